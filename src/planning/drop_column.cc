// drop_column: expand only makes room for writers that do not know the column; it goes at contract,
// by way of quarantine.
#include <fmt/format.h>

#include "base/text.h"
#include "planning/checks.h"
#include "planning/dependents.h"
#include "planning/expression.h"
#include "planning/kinds.h"
#include "planning/omitted.h"
#include "planning/quarantine.h"

namespace interlock::planning {
namespace {

tl::unexpected<Error> NeedsDrops(std::string_view kind, const std::string& name, const Table& table,
                                 const std::string& column) {
  return Fail(ErrorKind::kRefused, "IL-P09",
              fmt::format("{} {} uses {} and would go along with it", kind, DisplayName(name),
                          QualifiedColumn(table.name, column)),
              fmt::format("write `drops = [\"{}\"]` to let it go, or replace it in an earlier "
                          "migration",
                          name));
}

/// Names of what goes along with the column.  Only what is plainly about this column alone may go
/// without being named in `drops`.
Result<std::vector<std::string>> TakenAlong(const Draft& draft, const Table& table,
                                            const change::DropColumn& change) {
  std::vector<std::string> out;
  const std::vector<std::string> alone{change.column};
  const auto has_gone = [&](const std::vector<std::string>& columns) {
    for (const auto& column : columns)
      if (draft.DroppedHere(table.name, column)) return true;
    return false;
  };
  for (const auto& index : table.indexes) {
    if (!index.constraint.empty() || !Contains(index.columns, change.column)) continue;
    if (has_gone(index.columns)) continue;
    const bool plain = index.columns == alone && (!index.unique || !index.valid);
    if (!plain && !Contains(change.drops, index.name))
      return NeedsDrops(index.unique ? "unique index" : "index", index.name, table, change.column);
    out.push_back(index.name);
  }
  for (const auto& constraint : table.constraints) {
    if (!Contains(constraint.columns, change.column) || IsNotNullConstraint(constraint)) continue;
    if (has_gone(constraint.columns)) continue;
    const bool plain = constraint.kind == ConstraintKind::kCheck && constraint.columns == alone;
    if (!plain && !Contains(change.drops, constraint.name))
      return NeedsDrops("constraint", constraint.name, table, change.column);
    out.push_back(constraint.name);
  }
  return out;
}

}  // namespace

Result<void> PlanChange(Draft& draft, const change::DropColumn& change) {
  IL_ASSIGN(const Table table, draft.FindTable(change.table));
  IL_RETURN_IF_ERROR(CheckWholeTable(draft, table));
  IL_ASSIGN(const Column column, CheckOldColumn(draft, table, change.column));
  IL_RETURN_IF_ERROR(CheckDrops(table, {change.column}, change.drops));
  IL_ASSIGN(const std::vector<std::string> taken, TakenAlong(draft, table, change));
  const std::string name = QualifiedColumn(table.name, change.column);

  SyncSpec spec;
  spec.id = draft.SpecId();
  spec.table = table.name;
  spec.old_columns = {change.column};
  const bool has_value =
      column.default_value || !column.identity.empty() || !column.generated.empty();
  if (!change.fill && !column.nullable && !has_value)
    return Fail(ErrorKind::kRefused, "IL-P14",
                fmt::format("{} is NOT NULL without a default: an insert by a version that does "
                            "not know it would fail",
                            name),
                "give the change a `fill`: what old versions read in such rows");
  if (change.fill) {
    if (Tokenize(*change.fill).empty() || IsNullLiteral(*change.fill))
      return Fail(ErrorKind::kRefused, "IL-P14", fmt::format("`fill` of {} gives no value", name),
                  "write an expression over the row's columns, or take `fill` out");
    if (!column.generated.empty())
      return Fail(ErrorKind::kRefused, "IL-P15",
                  fmt::format("{} is a generated column: nothing can be written to it", name),
                  "take `fill` out");
    std::vector<std::string> named = draft.NamedColumns(table, *change.fill);
    std::erase(named, change.column);
    IL_RETURN_IF_ERROR(draft.CheckNotInSync(table.name, named, Draft::Own::kRefuse));
    IL_RETURN_IF_ERROR(CheckSyncTriggerLast(draft, table));
    spec.fills = {{change.column, *change.fill}};
    std::vector<std::string> hazards;
    if (column.nullable)
      hazards.emplace_back("a NULL written by the old version is filled too until contract");
    if (column.default_value)
      hazards.push_back(fmt::format("{} has a default, which comes before `fill`", name));
    IL_RETURN_IF_ERROR(AddDefaultForOmitted(draft, table, column));
    draft.Add(Phase::kExpand, action::InstallSync{spec}, std::move(hazards));
  }
  return AddQuarantineSteps(draft, table, spec, taken);
}

}  // namespace interlock::planning
