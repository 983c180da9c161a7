// derive_columns: new columns computed from old ones, kept equal in both directions until every
// version that knows the old ones is gone.
#include <fmt/format.h>

#include "base/text.h"
#include "planning/checks.h"
#include "planning/dependents.h"
#include "planning/expression.h"
#include "planning/kinds.h"
#include "planning/not_null.h"
#include "planning/omitted.h"
#include "planning/quarantine.h"
#include "planning/twins.h"

namespace interlock::planning {
namespace {

Result<void> Incomplete(std::string message, std::string hint) {
  return Fail(ErrorKind::kRefused, "IL-P12", std::move(message), std::move(hint));
}

/// The old columns; says which are NOT NULL in `required`.
Result<void> CheckOldColumns(const Draft& draft, const Table& table,
                             const change::DeriveColumns& change,
                             std::vector<std::string>& required) {
  if (change.old_columns.empty())
    return Incomplete(
        fmt::format("`old` of derive_columns on {} is empty", ToString(table.name)),
        "name the columns to derive from; a column without ancestors is `add_column`");
  std::vector<std::string> seen;
  for (const auto& name : change.old_columns) {
    if (Contains(seen, name))
      return Incomplete(fmt::format("`old` names {} twice", DisplayName(name)), "take one out");
    seen.push_back(name);
    IL_ASSIGN(const Column column, CheckOldColumn(draft, table, name));
    if (!column.generated.empty())
      return Fail(ErrorKind::kRefused, "IL-P15",
                  fmt::format("{} is a generated column: nothing can be written to it",
                              QualifiedColumn(table.name, name)),
                  "derive from the columns that it is generated from");
    if (!column.nullable) required.push_back(name);
    const auto down = change.down.find(name);
    if (down == change.down.end() || Tokenize(down->second).empty())
      return Fail(
          ErrorKind::kRefused, "IL-P11",
          fmt::format("`down` does not say how {} follows from the new columns",
                      QualifiedColumn(table.name, name)),
          fmt::format("write `down = {{ {} = \"…\" }}`: old versions read it until contract",
                      DisplayName(name)));
  }
  for (const auto& [name, expression] : change.down)
    if (!Contains(change.old_columns, name))
      return Fail(
          ErrorKind::kRefused, "IL-P11",
          fmt::format("`down` has an expression for {}, which is not in `old`", DisplayName(name)),
          "take it out, or add the column to `old`");
  return {};
}

Result<std::vector<std::string>> CheckNewColumns(const Draft& draft, const Table& table,
                                                 const change::DeriveColumns& change) {
  if (change.new_columns.empty())
    return Fail(ErrorKind::kRefused, "IL-P12",
                fmt::format("`new` of derive_columns on {} is empty", ToString(table.name)),
                "name the new columns; to drop one without successor use `drop_column`");
  std::vector<std::string> names;
  for (const auto& derived : change.new_columns) {
    const ColumnSpec& column = derived.column;
    IL_RETURN_IF_ERROR(CheckNewColumn(draft, table, column));
    if (Contains(names, column.name))
      return Fail(ErrorKind::kRefused, "IL-P03",
                  fmt::format("`new` has two columns {}", DisplayName(column.name)),
                  "take one out");
    if (Tokenize(derived.up).empty())
      return Fail(ErrorKind::kRefused, "IL-P11",
                  fmt::format("{} has no `up`", QualifiedColumn(table.name, column.name)),
                  "write how it follows from the old columns");
    names.push_back(column.name);
  }
  return names;
}

SyncSpec SpecOf(const Draft& draft, const Table& table, const change::DeriveColumns& change) {
  SyncSpec spec;
  spec.id = draft.SpecId();
  spec.table = table.name;
  spec.old_columns = change.old_columns;
  spec.new_columns = change.new_columns;
  spec.down = change.down;
  spec.lossy = change.lossy.has_value();
  return spec;
}

std::string FirstWord(const std::string& type) {
  const auto tokens = Tokenize(type);
  return tokens.empty() ? "" : tokens.front().text;
}

bool TakesAnyText(const std::string& type) {
  static const std::vector<std::string> kTexts{"text",      "citext", "varchar",
                                               "character", "bpchar", "name"};
  return Contains(kTexts, FirstWord(type));
}

/// 0 for what is no number; a larger one takes every value of a smaller one.
int NumberWidth(const std::string& type) {
  static const std::vector<std::vector<std::string>> kByWidth{
      {"smallint", "int2"},   {"integer", "int", "int4"}, {"bigint", "int8"},
      {"numeric", "decimal"}, {"real", "float4"},         {"double", "float8"}};
  const std::string word = FirstWord(type);
  for (std::size_t i = 0; i < kByWidth.size(); ++i)
    if (Contains(kByWidth[i], word))
      return type.find('(') == std::string::npos ? static_cast<int>(i) + 1 : 1;
  return 0;
}

/// Whether a value of the type `from` can be one that a cast to `to` refuses.
bool CastMayRaise(const std::string& from, const std::string& to) {
  if (from == to || TakesAnyText(to)) return false;
  if (TakesAnyText(from) || FirstWord(from).starts_with("json")) return true;
  return NumberWidth(to) > 0 && NumberWidth(from) > NumberWidth(to);
}

/// Whether `up` shows something that fails for some values: then the trigger fails the write of a
/// version that knows nothing of it.  What functions do is not known.
bool UpMayRaise(const Table& table, const std::vector<std::string>& old_columns,
                const change::DerivedColumn& derived) {
  static const std::vector<std::string> kPicky{"/", "%", "to_date", "to_number", "to_timestamp"};
  const auto tokens = Tokenize(derived.up);
  std::vector<std::string> targets;
  if (tokens.size() == 1) targets.push_back(derived.column.type);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool is_text =
        tokens[i].kind == SqlToken::Kind::kString || tokens[i].kind == SqlToken::Kind::kQuotedName;
    if (is_text) continue;
    if (Contains(kPicky, tokens[i].text)) return true;
    if ((tokens[i].text == "::" || tokens[i].text == "as") && i + 1 < tokens.size())
      targets.push_back(tokens[i + 1].text);
  }
  for (const auto& name : old_columns) {
    const Column* column = table.FindColumn(name);
    if (column == nullptr || !MayName(derived.up, name)) continue;
    for (const auto& target : targets)
      if (CastMayRaise(column->type, target)) return true;
  }
  return false;
}

/// Nullable and without defaults: an old writer's row must not look like a new writer's.
std::vector<ColumnSpec> BareColumns(const change::DeriveColumns& change) {
  std::vector<ColumnSpec> out;
  for (const auto& derived : change.new_columns) {
    out.push_back(derived.column);
    out.back().nullable = true;
    out.back().default_value.reset();
  }
  return out;
}

}  // namespace

Result<void> PlanChange(Draft& draft, const change::DeriveColumns& change) {
  IL_ASSIGN(const Table table, draft.FindTable(change.table));
  IL_RETURN_IF_ERROR(CheckWholeTable(draft, table));
  std::vector<std::string> required;
  IL_RETURN_IF_ERROR(CheckOldColumns(draft, table, change, required));
  IL_ASSIGN(const std::vector<std::string> names, CheckNewColumns(draft, table, change));
  IL_RETURN_IF_ERROR(CheckDrops(table, change.old_columns, change.drops));
  IL_RETURN_IF_ERROR(CheckSyncTriggerLast(draft, table));
  IL_ASSIGN(const Twins twins, FindTwins(draft, table, change.old_columns, names, change.drops));
  const SyncSpec spec = SpecOf(draft, table, change);

  std::vector<std::string> hazards;
  hazards.reserve(required.size());
  for (const auto& name : required)
    hazards.push_back(
        fmt::format("{} is NOT NULL: a write by the new version fails where `down` "
                    "gives NULL",
                    QualifiedColumn(table.name, name)));
  for (const auto& derived : change.new_columns)
    if (UpMayRaise(table, change.old_columns, derived))
      hazards.push_back(
          fmt::format("`up` of {} may raise for a value of the old version, whose write then fails",
                      DisplayName(derived.column.name)));
  draft.Add(Phase::kExpand, action::AddColumns{table.name, BareColumns(change)});
  for (const auto& name : change.old_columns)
    IL_RETURN_IF_ERROR(AddDefaultForOmitted(draft, table, *table.FindColumn(name)));
  draft.Add(Phase::kExpand, action::InstallSync{spec}, std::move(hazards));

  if (table.row_estimate < 0) draft.Add(Phase::kBackfill, action::Analyze{table.name});
  draft.Add(Phase::kBackfill, action::Backfill{spec});
  AddBackfillTwins(draft, twins);
  draft.Add(Phase::kVerify, action::Verify{spec});

  draft.Add(Phase::kContract, action::Verify{spec});
  // Before they become NOT NULL: a hidden column of that kind needs a default on MariaDB.
  draft.ShowHidden(table.name, names);
  AddContractTwins(draft, twins);
  for (const auto& derived : change.new_columns)
    if (!derived.column.nullable)
      IL_RETURN_IF_ERROR(AddNotNullSteps(draft, table.name, derived.column.name));
  for (const auto& [column, up] : change.new_columns)
    if (column.default_value)
      draft.Add(Phase::kContract,
                action::SetDefault{table.name, column.name, column.default_value});
  return AddQuarantineSteps(draft, table, spec, twins.dropped);
}

}  // namespace interlock::planning
