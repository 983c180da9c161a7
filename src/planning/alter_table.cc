// alter_table: in place where the server can, else by a shadow table.  Which it is shows only when
// it is carried out, so the steps of a rebuild are planned either way.
#include <fmt/format.h>

#include "base/text.h"
#include "planning/checks.h"
#include "planning/kinds.h"

namespace interlock::planning {
namespace {

std::string Expectation(const ForeseenAlter& foreseen) {
  const std::string why = foreseen.why.empty() ? "" : fmt::format(" ({})", foreseen.why);
  switch (foreseen.way) {
    case AlterWay::kInstant:
      return fmt::format("expected: a change of the definition alone{}", why);
    case AlterWay::kInPlace:
      return fmt::format("expected: in place by the server, while reads and writes go on{}", why);
    case AlterWay::kRebuild:
      break;
  }
  return fmt::format("expected: a rebuild by a shadow table{}", why);
}

/// What a version that knows the former shape only would meet.
std::vector<std::string> Hazards(const ForeseenAlter& foreseen) {
  std::vector<std::string> out{Expectation(foreseen)};
  for (const auto& [from, to] : foreseen.alteration.renamed)
    out.push_back(fmt::format("{} is called {} from the cut-over on: a version that names it fails",
                              DisplayName(from), DisplayName(to)));
  for (const auto& column : foreseen.dropped)
    out.push_back(fmt::format("{} is gone from the cut-over on: a version that names it fails",
                              DisplayName(column)));
  if (foreseen.way != AlterWay::kRebuild)
    out.emplace_back("the steps that follow have work only where the server cannot do it in place");
  return out;
}

}  // namespace

Result<void> PlanChange(Draft& draft, const change::AlterTable& change) {
  const TableName name = draft.catalog().Resolve(change.table);
  IL_ASSIGN(const Table table, draft.FindTable(name));
  const ForeseenAlter* foreseen = draft.Foreseen();
  if (foreseen == nullptr)
    return Fail(ErrorKind::kInternal, "IL-E99",
                "nobody has foreseen the ALTER of " + ToString(name));
  if (const auto open = draft.OpenMigrations(name); !open.empty())
    return Fail(ErrorKind::kRefused, "IL-P05",
                fmt::format("columns of {} are kept in sync by the open migration {}",
                            ToString(name), open.front()),
                fmt::format("contract it first (`interlock contract {}`), or say "
                            "`after = [\"{}@contracted\"]`",
                            open.front(), open.front()));
  if (foreseen->alteration.before == foreseen->alteration.after)
    return Fail(
        ErrorKind::kRefused, "IL-P28",
        fmt::format("the ALTER of {} changes nothing that the catalog shows", ToString(name)),
        "take it out; what only concerns comments or the list of partitions is an `sql` change");
  if (foreseen->way == AlterWay::kRebuild && !foreseen->hindrances.empty())
    return Fail(ErrorKind::kRefused, "IL-P29",
                fmt::format("{} would have to be rebuilt ({}), and that cannot be done",
                            ToString(name), foreseen->why),
                "mend what stands in the way, or choose a change that the server does in place",
                foreseen->hindrances);
  const Alteration& alteration = foreseen->alteration;
  draft.Add(Phase::kExpand, action::AlterTable{alteration}, Hazards(*foreseen));
  draft.Add(Phase::kBackfill, action::CopyRows{alteration});
  draft.Add(Phase::kVerify, action::CompareRows{alteration});
  draft.Add(Phase::kVerify, action::CutOver{alteration});
  draft.Add(Phase::kContract, action::DropReplaced{alteration}, {}, ContractRank::kDrop);
  return {};
}

}  // namespace interlock::planning
