// add_column: in place when the server can do it without touching rows; otherwise the column is
// added empty, filled by trigger and backfill, and tightened at contract.
#include <fmt/format.h>

#include "planning/checks.h"
#include "planning/dependents.h"
#include "planning/expression.h"
#include "planning/kinds.h"
#include "planning/not_null.h"

namespace interlock::planning {
namespace {

constexpr const char* kNullIsFilled =
    "a NULL written by the new version is filled too until contract";

/// The column as the expand phase adds it.
ColumnSpec Bare(ColumnSpec column) {
  column.nullable = true;
  column.default_value.reset();
  return column;
}

/// Old rows and writers that do not know the column get `fill`.
Result<void> PlanFilled(Draft& draft, const Table& table, const ColumnSpec& column,
                        const std::string& fill, bool default_at_once) {
  IL_RETURN_IF_ERROR(CheckSyncTriggerLast(draft, table));
  SyncSpec spec;
  spec.id = draft.SpecId();
  spec.table = table.name;
  spec.fills = {{column.name, fill}};

  draft.Add(Phase::kExpand, action::AddColumns{table.name, {Bare(column)}});
  if (default_at_once)
    draft.Add(Phase::kExpand, action::SetDefault{table.name, column.name, column.default_value});
  std::vector<std::string> hazards;
  if (column.nullable) hazards.emplace_back(kNullIsFilled);
  draft.Add(Phase::kExpand, action::InstallSync{spec}, std::move(hazards));

  if (table.row_estimate < 0) draft.Add(Phase::kBackfill, action::Analyze{table.name});
  draft.Add(Phase::kBackfill, action::Backfill{spec});
  draft.Add(Phase::kVerify, action::Verify{spec});

  draft.ShowHidden(table.name, {column.name});
  if (!column.nullable) IL_RETURN_IF_ERROR(AddNotNullSteps(draft, table.name, column.name));
  if (column.default_value && !default_at_once)
    draft.Add(Phase::kContract, action::SetDefault{table.name, column.name, column.default_value});
  draft.Add(Phase::kContract, action::RemoveSync{spec});
  return {};
}

}  // namespace

Result<void> PlanChange(Draft& draft, const change::AddColumn& change) {
  IL_ASSIGN(const Table table, draft.FindTable(change.table));
  const ColumnSpec& column = change.column;
  IL_RETURN_IF_ERROR(CheckWholeTable(draft, table));
  IL_RETURN_IF_ERROR(CheckNewColumn(draft, table, column));
  for (const auto* expression : {&change.fill, &column.default_value})
    if (*expression)
      IL_RETURN_IF_ERROR(draft.CheckNotInSync(table.name, draft.NamedColumns(table, **expression),
                                              Draft::Own::kRefuse));

  if (change.fill) {
    if (Tokenize(*change.fill).empty() || IsNullLiteral(*change.fill))
      return Fail(
          ErrorKind::kRefused, "IL-P13",
          fmt::format("`fill` of {} gives no value", QualifiedColumn(table.name, column.name)),
          "write an expression over the row's columns, or take `fill` out");
    return PlanFilled(draft, table, column, *change.fill, false);
  }

  const bool has_value = column.default_value && !IsNullLiteral(*column.default_value);
  if (!column.nullable && !has_value)
    return Fail(ErrorKind::kRefused, "IL-P13",
                fmt::format("{} is NOT NULL and has no value for the rows that are there and for "
                            "the versions that do not know it",
                            QualifiedColumn(table.name, column.name)),
                "give it `default` or `fill`, or say `null = true`");
  if (!column.default_value || IsConstantDefault(*column.default_value)) {
    draft.Add(Phase::kExpand, action::AddColumns{table.name, {column}});
    draft.ShowHidden(table.name, {column.name});
    return {};
  }
  if (!column.nullable) return PlanFilled(draft, table, column, *column.default_value, true);
  draft.Add(Phase::kExpand, action::AddColumns{table.name, {Bare(column)}});
  draft.Add(Phase::kExpand, action::SetDefault{table.name, column.name, column.default_value},
            {"the default is not constant: rows that are there keep NULL"});
  draft.ShowHidden(table.name, {column.name});
  return {};
}

}  // namespace interlock::planning
