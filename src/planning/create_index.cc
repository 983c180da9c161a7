// create_index: concurrently, except on a table that the same migration creates.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "planning/checks.h"
#include "planning/dependents.h"
#include "planning/identifiers.h"
#include "planning/kinds.h"

namespace interlock::planning {
namespace {

constexpr std::size_t kManyColumns = 5;

/// Every column the index depends on, in order of appearance.
Result<std::vector<std::string>> UsedColumns(const Draft& draft, const Table& table,
                                             const change::CreateIndex& change) {
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& columns) {
    for (const auto& column : columns)
      if (!Contains(out, column)) out.push_back(column);
  };
  for (const auto& part : change.parts) {
    if (part.column.empty() == part.expression.empty())
      return Fail(ErrorKind::kRefused, "IL-P12",
                  fmt::format("a part of index {} needs either a column or an expression",
                              DisplayName(change.name)),
                  "write one of them");
    if (!part.column.empty()) add({part.column});
    add(draft.NamedColumns(table, part.expression));
  }
  add(change.include);
  add(draft.NamedColumns(table, change.where));
  // Before their existence: a column in quarantine has another name now.
  IL_RETURN_IF_ERROR(draft.CheckNotInSync(table.name, out, Draft::Own::kAllowNew));
  for (const auto& column : out) IL_RETURN_IF_ERROR(draft.FindColumn(table, column));
  return out;
}

Result<void> CheckServerHasIt(const Draft& draft, const change::CreateIndex& change) {
  if (draft.capabilities().partial_indexes || (change.where.empty() && change.include.empty()))
    return {};
  const std::string part = change.where.empty() ? "include" : "where";
  return Fail(ErrorKind::kRefused, "IL-P23",
              fmt::format("index {} has `{}`, which {} does not know", DisplayName(change.name),
                          part, draft.capabilities().engine),
              part == "where" ? "take it out: the index then covers all rows"
                              : "take it out, or add the columns to `columns`");
}

Result<Phase> ChoosePhase(const Draft& draft, const Table& table, const change::CreateIndex& change,
                          const std::vector<std::string>& columns) {
  if (change.phase) {
    if (*change.phase == Phase::kExpand || *change.phase == Phase::kContract) return *change.phase;
    return Fail(ErrorKind::kRefused, "IL-P19",
                fmt::format("index {} cannot be built in phase {}", DisplayName(change.name),
                            ToString(*change.phase)),
                "write `phase = \"expand\"` or `phase = \"contract\"`, or leave it out");
  }
  if (draft.CreatedHere(table.name)) return Phase::kExpand;
  if (change.unique) return Phase::kContract;
  // Built before the backfill it would make every batch slower.
  const bool filled = std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
    return draft.FilledHere(table.name, column);
  });
  return filled ? Phase::kBackfill : Phase::kExpand;
}

}  // namespace

Result<void> PlanChange(Draft& draft, const change::CreateIndex& asked) {
  change::CreateIndex change = asked;
  change.table = draft.catalog().Resolve(asked.table);
  IL_ASSIGN(const Table table, draft.FindTable(change.table));
  IL_RETURN_IF_ERROR(CheckName("index", change.name, draft.capabilities().names));
  if (change.parts.empty())
    return Fail(ErrorKind::kRefused, "IL-P12",
                fmt::format("index {} names no column", DisplayName(change.name)),
                "write `columns = [\"…\"]`");
  IL_ASSIGN(const std::vector<std::string> columns, UsedColumns(draft, table, change));
  IL_RETURN_IF_ERROR(draft.CheckIndexFree(table, change.name));
  IL_RETURN_IF_ERROR(CheckServerHasIt(draft, change));
  if (table.partitioned && !draft.capabilities().builds_on_partitioned)
    return Fail(ErrorKind::kRefused, "IL-P17",
                fmt::format("{} is partitioned: index {} cannot be built concurrently on it",
                            ToString(table.name), DisplayName(change.name)),
                "use an `sql` change: CREATE INDEX ON ONLY the parent, CREATE INDEX CONCURRENTLY "
                "for each partition, then ALTER INDEX … ATTACH PARTITION");
  IL_ASSIGN(const Phase phase, ChoosePhase(draft, table, change, columns));

  const bool is_new = draft.CreatedHere(table.name);
  std::vector<std::string> hazards;
  if (change.unique && !is_new && phase == Phase::kContract)
    hazards.push_back(
        "until contract both versions can write duplicates; one that is there makes "
        "the build fail");
  if (change.unique && !is_new && phase == Phase::kExpand)
    hazards.push_back(
        "a duplicate that the old version writes is refused from now on; one that is "
        "there makes the build fail");
  if (change.parts.size() + change.include.size() > kManyColumns)
    hazards.push_back(
        fmt::format("{} columns: every write pays for each, and few queries use them "
                    "all",
                    change.parts.size() + change.include.size()));
  if (!is_new && draft.capabilities().engine == "postgresql" && draft.capabilities().major == 14)
    hazards.emplace_back(
        "a concurrent build on 14.0 to 14.3 may leave a corrupt index: update to "
        "14.4 or later first");
  draft.Add(phase, action::CreateIndex{change, !is_new}, std::move(hazards));
  return {};
}

}  // namespace interlock::planning
