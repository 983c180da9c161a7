// What of a table's triggers and foreign keys cannot be carried over to its other shape.
#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/carried.h"
#include "engine/mysql/grants.h"
#include "engine/mysql/mentions.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"
#include "engine/mysql/write_log.h"

namespace interlock::mysql {
namespace {

/// "ON DELETE CASCADE", where rows of the table are changed with the parent's; "" elsewhere.
std::string ChildAction(const std::string& definition) {
  const auto tokens = Tokenize(definition);
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i)
    if (tokens[i].Is("ON") && (tokens[i + 2].Is("CASCADE") || tokens[i + 2].Is("SET")))
      return TextOf(definition, tokens, i, i + (tokens[i + 2].Is("SET") ? 4 : 3));
  return "";
}

/// Whether the column is the same in both, so that a key over it can be.
bool IsSame(const TableText& before, const TableText& after, const std::string& name) {
  const Column* was = before.table.FindColumn(name);
  const Column* is = after.table.FindColumn(name);
  return was != nullptr && is != nullptr && was->type == is->type &&
         was->collation == is->collation && was->attributes == is->attributes &&
         was->generated == is->generated &&
         (before.charset == after.charset || was->type.find("char") == std::string::npos);
}

bool BeginsAKey(const Table& table, const std::vector<std::string>& columns) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index& index) {
    return index.columns.size() >= columns.size() &&
           std::equal(columns.begin(), columns.end(), index.columns.begin());
  });
}

std::string KeyInTheWay(const TableText& before, const TableText& after, const Constraint& key) {
  if (const std::string action = ChildAction(key.definition); !action.empty())
    return action + " changes rows without firing a trigger, so that nobody would note them";
  if (!key.references || *key.references == before.table.name)
    return "it refers to the table itself, and would follow the one that is swapped out";
  if (key.references->schema != before.table.name.schema) return "it refers to another database";
  for (const auto& column : key.columns)
    if (!IsSame(before, after, column))
      return "its column " + DisplayName(column) + " does not stay as it is";
  if (!BeginsAKey(after.table, key.columns))
    return "no key of the new shape begins with its columns";
  return "";
}

bool IsAscii(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Columns that the new shape does not have under their names.
std::vector<std::string> ColumnsThatGo(const TableText& before, const TableText& after,
                                       const std::map<std::string, std::string>& renamed) {
  std::vector<std::string> out;
  for (const auto& column : before.table.columns)
    if (NameAside(column.name, after, renamed) != column.name) out.push_back(column.name);
  return out;
}

class TriggerChecks {
 public:
  TriggerChecks(MySqlConnection& connection, const TableName& table, std::vector<std::string> gone)
      : connection_(connection), table_(table), gone_(std::move(gone)) {}

  Result<std::vector<std::string>> Run(const std::vector<CarriedTrigger>& triggers) {
    std::vector<std::string> out;
    for (const auto& trigger : triggers) {
      IL_ASSIGN(const std::string why, Why(trigger));
      if (!why.empty()) out.push_back("trigger " + DisplayName(trigger.name) + ": " + why);
    }
    return out;
  }

 private:
  Result<std::string> Why(const CarriedTrigger& trigger) {
    const Mentions mentions(trigger.body);
    for (const auto& column : gone_)
      if (mentions(column))
        return "it names column " + DisplayName(column) + ", which goes or is renamed";
    // Its text is sent as it was written, and is read by us as utf8mb4.
    const bool unicode = trigger.charset.starts_with("utf8");
    if (!unicode && !(IsAscii(trigger.body) && IsAscii(trigger.name) && IsAscii(table_.name) &&
                      IsAscii(trigger.definer)))
      return "it was written in " + trigger.charset + " and holds letters outside ASCII";
    IL_ASSIGN(const SqlRows rows,
              connection_.Execute("SELECT t.definer, t.definer = CURRENT_USER(), "
                                  "t.database_collation = s.default_collation_name, "
                                  "t.database_collation FROM information_schema.triggers AS t JOIN "
                                  "information_schema.schemata AS s ON s.schema_name = "
                                  "t.trigger_schema WHERE t.trigger_schema = $1 AND "
                                  "t.trigger_name = $2",
                                  {table_.schema, trigger.name}));
    IL_ASSIGN(const auto row, FirstRow(rows));
    if (row.at(2) != "1")
      return "it was made when the database's collation was " + row.at(3).value_or("another") +
             ", and a new one would take that of today";
    if (row.at(1) == "1") return std::string();
    IL_ASSIGN(const bool may, MayNameOthers());
    if (may) return std::string();
    return "its definer is " + row.at(0).value_or("?") + ", and this account may not make one of " +
           (connection_.version().flavor == Flavor::kMySql
                ? "another account's (SET_ANY_DEFINER, before 8.2 SET_USER_ID)"
                : "another account's (SET USER)");
  }

  Result<bool> MayNameOthers() const {
    IL_ASSIGN(const Grants grants, ReadGrants(connection_));
    const std::vector<std::string> any =
        connection_.version().flavor == Flavor::kMySql
            ? std::vector<std::string>{"SUPER", "SET_USER_ID", "SET_ANY_DEFINER"}
            : std::vector<std::string>{"SUPER", "SET USER"};
    return std::any_of(any.begin(), any.end(),
                       [&](const std::string& name) { return grants.Everywhere(name); });
  }

  MySqlConnection& connection_;
  TableName table_;
  std::vector<std::string> gone_;
};

}  // namespace

Result<std::vector<std::string>> CarriedInTheWay(
    MySqlConnection& connection, const TableText& before, const TableText& after,
    const std::map<std::string, std::string>& renamed) {
  std::vector<std::string> out;
  for (const auto& constraint : before.table.constraints) {
    if (constraint.kind != ConstraintKind::kForeignKey) continue;
    if (const std::string why = KeyInTheWay(before, after, constraint); !why.empty())
      out.push_back("foreign key " + DisplayName(constraint.name) + " of the table: " + why);
  }
  const TableName& table = before.table.name;
  IL_ASSIGN(const Carried carried, ReadCarried(connection, table, {}));
  IL_ASSIGN(const auto triggers,
            TriggerChecks(connection, table, ColumnsThatGo(before, after, renamed))
                .Run(carried.triggers));
  out.insert(out.end(), triggers.begin(), triggers.end());
  return out;
}

}  // namespace interlock::mysql
