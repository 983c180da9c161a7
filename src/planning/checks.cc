#include "planning/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/sync.h"
#include "planning/dependents.h"
#include "planning/expression.h"
#include "planning/identifiers.h"
#include "planning/sequences.h"

namespace interlock::planning {
namespace {

/// What `inherits public.a, app."B"` in the table's attributes names.
std::vector<TableName> Ancestors(const Table& table) {
  std::vector<TableName> out;
  const auto tokens = Tokenize(table.attributes);
  int depth = 0;
  std::size_t i = 0;
  for (; i < tokens.size(); ++i) {
    if (tokens[i].text == "(") ++depth;
    if (tokens[i].text == ")") --depth;
    if (depth == 0 && tokens[i].kind == SqlToken::Kind::kWord && tokens[i].text == "inherits")
      break;
  }
  while (i + 3 < tokens.size() && tokens[i + 2].text == ".") {
    out.push_back({tokens[i + 1].text, tokens[i + 3].text});
    i += 4;
    if (i >= tokens.size() || tokens[i].text != ",") break;
  }
  return out;
}

/// Whether the column is part of the partition key, which the server never lets go.
bool InPartitionKey(const Table& table, const std::string& column) {
  const auto tokens = Tokenize(table.attributes);
  for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
    if (tokens[i].text != "partition" || tokens[i + 1].text != "by") continue;
    // `partition by range (created_at)`: the strategy is no column.
    for (std::size_t k = i + 3; k < tokens.size(); ++k)
      if (tokens[k].text == column && tokens[k].kind != SqlToken::Kind::kString) return true;
  }
  return false;
}

bool UsesAny(const std::vector<std::string>& used, const std::vector<std::string>& columns) {
  return std::any_of(used.begin(), used.end(),
                     [&](const std::string& column) { return Contains(columns, column); });
}

}  // namespace

Result<void> CheckColumnSpec(const Draft& draft, const TableName& table, const ColumnSpec& column) {
  IL_RETURN_IF_ERROR(CheckName("column", column.name, draft.capabilities().names));
  if (Tokenize(column.type).empty())
    return Fail(ErrorKind::kRefused, "IL-P12",
                fmt::format("column {} has no type", QualifiedColumn(table, column.name)),
                "write `type = \"…\"`");
  return {};
}

Result<void> CheckNewColumn(const Draft& draft, const Table& table, const ColumnSpec& column) {
  IL_RETURN_IF_ERROR(CheckColumnSpec(draft, table.name, column));
  IL_RETURN_IF_ERROR(draft.CheckNotInSync(table.name, {column.name}, Draft::Own::kRefuse));
  if (table.FindColumn(column.name) != nullptr)
    return Fail(ErrorKind::kRefused, "IL-P03",
                fmt::format("column {} is there already", QualifiedColumn(table.name, column.name)),
                "choose another name, or take the change out if the column is what you want");
  if (column.identity || IsSerial(column.type))
    return Fail(ErrorKind::kRefused, "IL-P15",
                fmt::format("column {} is {}: adding it to an existing table rewrites the table "
                            "under an access exclusive lock",
                            QualifiedColumn(table.name, column.name),
                            column.identity ? "an identity column" : column.type),
                draft.capabilities().sequences
                    ? "create a sequence with an `sql` change and add the column as integer or "
                      "bigint with `default = \"nextval('…')\"`"
                    : "create a new table with such a column, or carry the change out by `sql` "
                      "steps of your own");
  return {};
}

Result<Column> CheckOldColumn(const Draft& draft, const Table& table, const std::string& column) {
  IL_RETURN_IF_ERROR(draft.CheckNotInSync(table.name, {column}, Draft::Own::kRefuse));
  IL_ASSIGN(Column found, draft.FindColumn(table, column));
  const std::string name = QualifiedColumn(table.name, column);
  if (Contains(table.PrimaryKey(), column))
    return Fail(ErrorKind::kRefused, "IL-P07", fmt::format("{} is in the primary key", name),
                "this version cannot change a primary key: keep the column, or carry the change "
                "out by `sql` steps of your own");
  for (const Table* item : Family(draft.catalog(), table.name))
    if (InPartitionKey(*item, column))
      return Fail(ErrorKind::kRefused, "IL-P07",
                  fmt::format("{} is in the partition key", QualifiedColumn(item->name, column)),
                  "the server cannot drop it: keep the column, or move to a new table");
  for (const auto& [other_name, other] : draft.catalog().tables)
    for (const auto& constraint : other.constraints)
      if (constraint.references == table.name && Contains(constraint.referenced_columns, column))
        return Fail(ErrorKind::kRefused, "IL-P08",
                    fmt::format("{} is referenced by foreign key {} of {}", name,
                                DisplayName(constraint.name), ToString(other_name)),
                    "drop that foreign key, or let it reference another column, in an earlier "
                    "migration");
  for (const Table* item : Family(draft.catalog(), table.name))
    for (const auto& index : item->indexes)
      if (index.replica_identity && Contains(index.columns, column))
        return Fail(ErrorKind::kRefused, "IL-P22",
                    fmt::format("index {} of {} is the replica identity and uses {}: without it "
                                "the server refuses updates of a published table",
                                DisplayName(index.name), ToString(item->name), name),
                    fmt::format("choose another first: ALTER TABLE {} REPLICA IDENTITY DEFAULT",
                                ToString(item->name)));
  for (const auto& item : table.columns)
    if (item.name != column && MayName(item.generated, column, draft.catalog().names_ignore_case))
      return Fail(ErrorKind::kRefused, "IL-P20",
                  fmt::format("the generated column {} uses {}",
                              QualifiedColumn(table.name, item.name), name),
                  "drop the generated column in an earlier migration");
  return found;
}

Result<void> CheckWholeTable(const Draft& draft, const Table& table) {
  if (table.parent)
    return Fail(ErrorKind::kRefused, "IL-P17",
                fmt::format("{} is a partition of {}: its columns are the parent's",
                            ToString(table.name), ToString(*table.parent)),
                fmt::format("name {} instead", ToString(*table.parent)));
  const auto refuse = [](const TableName& heir, const TableName& ancestor) {
    return Fail(ErrorKind::kRefused, "IL-P21",
                fmt::format("{} inherits columns of {}: a change of the one reaches into the "
                            "other, its triggers and backfills do not",
                            ToString(heir), ToString(ancestor)),
                fmt::format("ALTER TABLE {} NO INHERIT {} first, or carry the change out by `sql` "
                            "steps of your own",
                            ToString(heir), ToString(ancestor)));
  };
  const auto ancestors = Ancestors(table);
  if (!ancestors.empty()) return refuse(table.name, ancestors.front());
  for (const auto& [name, item] : draft.catalog().tables)
    for (const auto& ancestor : Ancestors(item))
      if (ancestor == table.name) return refuse(name, ancestor);
  return {};
}

Result<void> CheckSyncTriggerLast(const Draft& draft, const Table& table) {
  if (!draft.capabilities().triggers_fire_by_name) return {};
  for (const Table* item : Family(draft.catalog(), table.name))
    for (const auto& trigger : item->triggers)
      if (trigger.before_row && trigger.name > kSyncTrigger)
        return Fail(
            ErrorKind::kRefused, "IL-P16",
            fmt::format("trigger {} on {} would fire after the sync trigger {} and could "
                        "leave old and new columns unequal",
                        DisplayName(trigger.name), ToString(item->name), DisplayName(kSyncTrigger)),
            fmt::format("rename it so that it sorts first: ALTER TRIGGER {} ON {} RENAME "
                        "TO …",
                        DisplayName(trigger.name), ToString(item->name)));
  return {};
}

Result<void> CheckDrops(const Table& table, const std::vector<std::string>& columns,
                        const std::vector<std::string>& drops) {
  std::vector<std::string> using_them;
  for (const auto& index : table.indexes)
    if (UsesAny(index.columns, columns)) using_them.push_back(index.name);
  for (const auto& constraint : table.constraints)
    if (UsesAny(constraint.columns, columns) && !Contains(using_them, constraint.name))
      using_them.push_back(constraint.name);
  for (const auto& name : drops) {
    if (Contains(using_them, name)) continue;
    const std::string nearest = NearestName(name, using_them);
    return Fail(ErrorKind::kRefused, "IL-P10",
                fmt::format("`drops` names {}, but no index or constraint of {} with that name "
                            "uses {}",
                            DisplayName(name), ToString(table.name), NameList(columns)),
                !nearest.empty() ? fmt::format("did you mean {}?", nearest)
                : using_them.empty()
                    ? "take it out"
                    : fmt::format("take it out; these use them: {}", NameList(using_them)));
  }
  return {};
}

}  // namespace interlock::planning
