// create_table: one step; everything inside the table comes with it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "planning/checks.h"
#include "planning/dependents.h"
#include "planning/expression.h"
#include "planning/identifiers.h"
#include "planning/kinds.h"
#include "planning/sequences.h"

namespace interlock::planning {
namespace {

Result<void> CheckColumns(const Table& self, const std::vector<std::string>& columns,
                          const std::string& where, const Draft& draft) {
  if (columns.empty())
    return Fail(ErrorKind::kRefused, "IL-P12",
                fmt::format("{} of {} names no column", where, ToString(self.name)),
                "name its columns");
  for (const auto& column : columns) IL_RETURN_IF_ERROR(draft.FindColumn(self, column));
  return {};
}

bool SameColumns(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

/// Whether the columns are a primary key, a unique constraint or a plain unique index.
bool IsKey(const Table& table, const std::vector<std::string>& columns) {
  if (SameColumns(table.PrimaryKey(), columns)) return true;
  for (const auto& constraint : table.constraints)
    if (constraint.kind == ConstraintKind::kUnique && SameColumns(constraint.columns, columns))
      return true;
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
    return index.unique && index.valid && SameColumns(index.columns, columns);
  });
}

Result<void> CheckReference(const Draft& draft, const Table& self, TableReference& reference) {
  const std::string label = fmt::format("the foreign key on {}", NameList(reference.columns));
  IL_RETURN_IF_ERROR(CheckColumns(self, reference.columns, "a foreign key", draft));
  reference.table = draft.catalog().Resolve(reference.table);
  Table target = self;
  if (reference.table != self.name) {
    IL_ASSIGN(target, draft.FindTable(reference.table));
  }
  if (reference.referenced.empty()) reference.referenced = target.PrimaryKey();
  for (const auto& column : reference.referenced)
    IL_RETURN_IF_ERROR(draft.FindColumn(target, column));
  IL_RETURN_IF_ERROR(
      draft.CheckNotInSync(reference.table, reference.referenced, Draft::Own::kRefuse));
  if (reference.referenced.size() != reference.columns.size() ||
      !IsKey(target, reference.referenced))
    return Fail(ErrorKind::kRefused, "IL-P12",
                fmt::format("{} needs as many columns of a primary key or unique constraint of {}; "
                            "found {}",
                            label, ToString(reference.table),
                            reference.referenced.empty() ? "none" : NameList(reference.referenced)),
                "say which with `columns` of the reference, or add a unique constraint first");
  return {};
}

/// The table as its own members see it: columns, and the keys a self-reference may use.
Table Shape(const change::CreateTable& change) {
  Table self;
  self.name = change.table;
  for (const auto& spec : change.columns) {
    Column column;
    column.name = spec.name;
    self.columns.push_back(column);
  }
  self.constraints.push_back(
      {"", ConstraintKind::kPrimaryKey, "", change.primary_key, std::nullopt, {}, true});
  for (const auto& unique : change.uniques)
    self.constraints.push_back(
        {unique.name, ConstraintKind::kUnique, "", unique.columns, std::nullopt, {}, true});
  return self;
}

/// Constraint names are the table's own; those of keys are relations of the schema too.
Result<void> CheckMemberNames(const Draft& draft, const change::CreateTable& change) {
  std::vector<std::string> names;
  const auto check = [&](const std::string& name) -> Result<void> {
    if (name.empty()) return {};
    IL_RETURN_IF_ERROR(CheckName("constraint", name, draft.capabilities().names));
    if (Contains(names, name))
      return Fail(ErrorKind::kRefused, "IL-P03",
                  fmt::format("two constraints of {} are called {}", ToString(change.table),
                              DisplayName(name)),
                  "choose another name for one");
    names.push_back(name);
    return {};
  };
  for (const auto& unique : change.uniques) {
    IL_RETURN_IF_ERROR(check(unique.name));
    if (!unique.name.empty())
      IL_RETURN_IF_ERROR(draft.CheckRelationFree(change.table.schema, unique.name));
  }
  for (const auto& item : change.checks) IL_RETURN_IF_ERROR(check(item.name));
  for (const auto& item : change.references) IL_RETURN_IF_ERROR(check(item.name));
  return {};
}

}  // namespace

Result<void> PlanChange(Draft& draft, const change::CreateTable& asked) {
  change::CreateTable change = asked;
  change.table = draft.catalog().ResolveNew(asked.table);
  // A longer one would be cut by the server, and so name another schema.
  IL_RETURN_IF_ERROR(CheckName("schema", change.table.schema, draft.capabilities().names));
  IL_RETURN_IF_ERROR(CheckName("table", change.table.name, draft.capabilities().names));
  IL_RETURN_IF_ERROR(draft.CheckRelationFree(change.table.schema, change.table.name));
  if (change.columns.empty())
    return Fail(ErrorKind::kRefused, "IL-P12",
                fmt::format("table {} has no columns", ToString(change.table)),
                "give it at least one `[[change.column]]`");
  std::vector<std::string> names;
  for (const auto& column : change.columns) {
    IL_RETURN_IF_ERROR(CheckColumnSpec(draft, change.table, column));
    if (Contains(names, column.name))
      return Fail(ErrorKind::kRefused, "IL-P03",
                  fmt::format("table {} has two columns {}", ToString(change.table),
                              DisplayName(column.name)),
                  "take one out");
    names.push_back(column.name);
  }
  const Table self = Shape(change);
  if (!change.primary_key.empty())
    IL_RETURN_IF_ERROR(CheckColumns(self, change.primary_key, "the primary key", draft));
  for (const auto& unique : change.uniques)
    IL_RETURN_IF_ERROR(CheckColumns(self, unique.columns, "a unique constraint", draft));
  for (const auto& check : change.checks)
    if (Tokenize(check.expression).empty())
      return Fail(ErrorKind::kRefused, "IL-P12",
                  fmt::format("a check of {} has no expression", ToString(change.table)),
                  "write `expression = \"…\"`");
  for (auto& reference : change.references)
    IL_RETURN_IF_ERROR(CheckReference(draft, self, reference));
  IL_RETURN_IF_ERROR(CheckMemberNames(draft, change));
  for (const auto& sequence : SequencesOf(change, draft.catalog()))
    IL_RETURN_IF_ERROR(draft.CheckRelationFree(sequence.table.schema, sequence.table.name));

  std::vector<std::string> hazards;
  if (change.primary_key.empty())
    hazards.push_back(
        "no primary key: a later backfill goes by physical order, and logical "
        "replication cannot tell rows apart");
  // Nobody uses a table of the same migration yet; any other one a foreign key locks for a moment.
  bool locks_others = false;
  for (const auto& reference : change.references) {
    if (reference.table == change.table || draft.CreatedHere(reference.table)) continue;
    locks_others = true;
    hazards.push_back(
        fmt::format("the foreign key to {} makes writes to it wait for a moment "
                    "(share row exclusive)",
                    ToString(reference.table)));
  }
  Step& step = draft.Add(Phase::kExpand, action::CreateTable{change}, std::move(hazards));
  if (locks_others) step.lock = LockLevel::kShareRowExclusive;
  return {};
}

}  // namespace interlock::planning
