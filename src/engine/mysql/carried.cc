#include "engine/mysql/carried.h"

#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/session_setting.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

constexpr const char* kKept = "name, timing, event, definer, body, sql_mode, charset, collation";

/// CREATE DEFINER=… TRIGGER … FOR EACH ROW …, taken apart.
Result<void> TakeApart(const std::string& statement, CarriedTrigger& out) {
  const auto tokens = Tokenize(statement);
  std::size_t definer = tokens.size();
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (tokens[i].Is("DEFINER") && definer == tokens.size()) definer = i;
    if (tokens[i].Is("TRIGGER") && definer < i && out.definer.empty())
      out.definer = TextOf(statement, tokens, definer, i);
    if (!tokens[i].Is("FOR") || !tokens[i + 1].Is("EACH") || !tokens[i + 2].Is("ROW")) continue;
    out.body = statement.substr(tokens[i + 2].end);
    out.body.erase(0, out.body.find_first_not_of(" \t\r\n"));
    if (!out.definer.empty()) return {};
    break;
  }
  return WrongShape("SHOW CREATE TRIGGER of " + out.name + " is no CREATE TRIGGER");
}

std::vector<CarriedKey> KeysOf(const std::string& definition, const std::string& schema) {
  std::vector<CarriedKey> out;
  const auto lines = ParseCanonicalText(definition);
  if (!lines) return out;
  for (const auto& line : *lines) {
    if (line.ref.kind != ObjectKind::kConstraint || !line.definition.starts_with("FOREIGN KEY "))
      continue;
    CarriedKey key{line.ref.member, line.definition, {schema, ""}};
    const auto tokens = Tokenize(line.definition);
    for (std::size_t i = 0; i + 1 < tokens.size() && key.references.name.empty(); ++i) {
      if (!tokens[i].Is("REFERENCES")) continue;
      key.references.name = tokens[i + 1].text;
      if (i + 3 >= tokens.size() || !tokens[i + 2].Is(".")) continue;
      key.references = {tokens[i + 1].text, tokens[i + 3].text};
    }
    out.push_back(std::move(key));
  }
  return out;
}

/// The helper's name of the n-th key while two tables have it.
std::string HelperKey(const RebuildSide& live, std::size_t number) {
  return live.key + std::to_string(number);
}

/// ADD of the keys, under helpers' names or their own, after DROP of others.
Statement ChangeKeys(const TableName& table, const std::vector<std::string>& drops,
                     const std::vector<std::pair<std::string, std::string>>& adds) {
  std::vector<std::string> clauses;
  for (const auto& name : drops) clauses.push_back("DROP FOREIGN KEY " + Quote(name));
  for (const auto& [name, definition] : adds)
    clauses.push_back("ADD CONSTRAINT " + Quote(name) + " " + definition);
  return {"ALTER TABLE " + Quote(table) + " " + Join(clauses, ", ") + ", ALGORITHM=INPLACE",
          Manner::kPlain};
}

struct KeyNames {
  std::vector<std::string> own;
  std::vector<std::string> helpers;
  std::vector<std::pair<std::string, std::string>> with_own;
  std::vector<std::pair<std::string, std::string>> with_helpers;
};
KeyNames NamesOf(const RebuildSide& live, const Carried& carried) {
  KeyNames out;
  for (std::size_t i = 0; i < carried.keys.size(); ++i) {
    out.own.push_back(carried.keys[i].name);
    out.helpers.push_back(HelperKey(live, i));
    out.with_own.emplace_back(out.own.back(), carried.keys[i].definition);
    out.with_helpers.emplace_back(out.helpers.back(), carried.keys[i].definition);
  }
  return out;
}

Result<std::vector<std::string>> KeysThere(MySqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const auto shown, ShowTable(connection, table));
  std::vector<std::string> out;
  if (!shown) return out;
  for (const auto& constraint : shown->table.constraints)
    if (constraint.kind == ConstraintKind::kForeignKey) out.push_back(constraint.name);
  return out;
}

/// `precedes`: a trigger of the same kind that is there, or "".
Result<void> Create(MySqlConnection& connection, const CarriedTrigger& trigger,
                    const std::string& name, const TableName& on, const std::string& precedes,
                    Sender& sender) {
  IL_ASSIGN(const auto as_written, SessionSetting::AsWritten(connection, trigger.sql_mode,
                                                             trigger.charset, trigger.collation));
  return sender.Send(
      {"CREATE " + trigger.definer + " TRIGGER " + Quote(TableName{on.schema, name}) + " " +
           trigger.timing + " " + trigger.event + " ON " + Quote(on) + " FOR EACH ROW " +
           (precedes.empty() ? "" : "PRECEDES " + Quote(precedes) + " ") + trigger.body,
       Manner::kPlain});
}

/// All of them, before the log's trigger.
Result<void> CreateAll(MySqlConnection& connection, const Carried& carried, const TableName& on,
                       const RebuildSide& side, Sender& sender) {
  for (const auto& trigger : carried.triggers) {
    std::string precedes;
    for (std::size_t i = 0; i < kLoggedEvents.size(); ++i)
      if (trigger.timing == "AFTER" && trigger.event == kLoggedEvents[i])
        precedes = side.triggers[i];
    IL_RETURN_IF_ERROR(Create(connection, trigger, trigger.name, on, precedes, sender));
  }
  return {};
}

Result<void> DropAll(const Carried& carried, const TableName& table, Sender& sender) {
  for (const auto& trigger : carried.triggers)
    IL_RETURN_IF_ERROR(sender.Send({DropTriggerSql(table, trigger.name), Manner::kPlain}));
  return {};
}

Result<Carried> ReadKept(MySqlConnection& connection, const TableName& table,
                         const RebuildSide& live) {
  Carried out;
  out.keys = KeysOf(live.definition, table.schema);
  IL_ASSIGN(const SqlRows rows, connection.Execute("SELECT " + std::string(kKept) + " FROM " +
                                                       Quote(live.kept) + " ORDER BY place",
                                                   {}));
  for (const auto& row : rows.rows) {
    std::vector<std::string> values;
    for (const auto& value : row) values.push_back(value.value_or(""));
    if (values.size() != 8) return WrongShape("a trigger that was kept has too few columns");
    out.triggers.push_back(
        {values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]});
  }
  return out;
}

/// Foreign keys to the live table from wherever they are.
Result<void> PutKeysBack(MySqlConnection& connection, const TableName& table,
                         const RebuildSide& live, const TableName& aside, const Carried& carried,
                         Sender& sender) {
  IL_ASSIGN(const auto no_checks, SessionSetting::NoKeyChecks(connection));
  const auto names = NamesOf(live, carried);
  IL_ASSIGN(auto theirs, KeysThere(connection, aside));
  IL_ASSIGN(const auto ours, KeysThere(connection, table));
  if (ours.empty()) {
    if (!std::is_permutation(theirs.begin(), theirs.end(), names.helpers.begin(),
                             names.helpers.end())) {
      IL_RETURN_IF_ERROR(sender.Send(ChangeKeys(aside, theirs, names.with_helpers)));
      theirs = names.helpers;
    }
    IL_RETURN_IF_ERROR(sender.Send(ChangeKeys(table, {}, names.with_own)));
  }
  if (theirs.empty()) return {};
  return sender.Send(ChangeKeys(aside, theirs, {}));
}

/// Triggers of the live table that let nobody write to it, but for those that are there.
Result<void> Halt(const TableName& table, const RebuildSide& live,
                  const std::vector<std::string>& there, Sender& sender) {
  for (std::size_t i = 0; i < kLoggedEvents.size(); ++i) {
    if (Contains(there, live.halts[i])) continue;
    IL_RETURN_IF_ERROR(sender.Send(
        {"CREATE TRIGGER " + Quote(TableName{table.schema, live.halts[i]}) + " BEFORE " +
             std::string(kLoggedEvents[i]) + " ON " + Quote(table) +
             " FOR EACH ROW SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = "
             "'interlock swaps this table: try again'",
         Manner::kPlain}));
  }
  return {};
}

/// The user's triggers to the live table, and after them those that let nobody write to it away.
Result<void> PutTriggersBack(MySqlConnection& connection, const TableName& table,
                             const RebuildSide& live, const std::vector<std::string>& there,
                             const Carried& carried, Sender& sender) {
  // Not all of these may have been made, or some are gone; the user's triggers are all there then.
  IL_RETURN_IF_ERROR(Halt(table, live, there, sender));
  // Whatever table they are on: in their order they come again.
  IL_RETURN_IF_ERROR(DropAll(carried, table, sender));
  IL_RETURN_IF_ERROR(CreateAll(connection, carried, table, live, sender));
  for (const auto& halt : live.halts)
    IL_RETURN_IF_ERROR(sender.Send({DropTriggerSql(table, halt), Manner::kPlain}));
  return {};
}

}  // namespace

std::vector<TableName> Carried::Parents() const {
  std::vector<TableName> out;
  for (const auto& key : keys)
    if (std::find(out.begin(), out.end(), key.references) == out.end())
      out.push_back(key.references);
  return out;
}

Result<Carried> ReadCarried(MySqlConnection& connection, const TableName& table,
                            const RebuildSide& live) {
  Carried out;
  out.keys = KeysOf(live.definition, table.schema);
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT trigger_name, action_timing, event_manipulation FROM "
                               "information_schema.triggers WHERE event_object_schema = $1 AND "
                               "event_object_table = $2 ORDER BY event_manipulation, "
                               "action_timing, action_order",
                               {table.schema, table.name}));
  for (const auto& row : rows.rows) {
    CarriedTrigger trigger;
    trigger.name = row.at(0).value_or("");
    trigger.timing = row.at(1).value_or("");
    trigger.event = row.at(2).value_or("");
    if (IsHelperName(trigger.name)) continue;
    IL_ASSIGN(auto shown, connection.Show("SHOW CREATE TRIGGER " +
                                          Quote(TableName{table.schema, trigger.name})));
    if (shown.empty()) return WrongShape("a trigger has no statement");
    auto& parts = shown.front();
    trigger.sql_mode = parts["sql_mode"].value_or("");
    trigger.charset = parts["character_set_client"].value_or("");
    trigger.collation = parts["collation_connection"].value_or("");
    IL_ASSIGN(const std::string statement, Given(parts["sql original statement"]));
    IL_RETURN_IF_ERROR(TakeApart(statement, trigger));
    out.triggers.push_back(std::move(trigger));
  }
  return out;
}

Result<std::vector<std::string>> TryTriggers(MySqlConnection& connection, const Rebuild& rebuild,
                                             const Carried& carried, Sender& sender) {
  std::vector<std::string> out;
  const std::string& name = rebuild.to.triggers.front();
  for (const auto& trigger : carried.triggers) {
    const auto made = Create(connection, trigger, name, rebuild.to.fresh, "", sender);
    if (made) {
      IL_RETURN_IF_ERROR(sender.Send(
          {"DROP TRIGGER " + Quote(TableName{rebuild.table.schema, name}), Manner::kPlain}));
      continue;
    }
    if (made.error().kind == ErrorKind::kUnreachable || made.error().kind == ErrorKind::kInDoubt)
      return Fail(made.error());
    out.push_back("trigger " + DisplayName(trigger.name) +
                  " cannot be made on the new table: " + made.error().message);
  }
  return out;
}

Result<void> KeepKeysOf(const TableText& table, const TableName& aside, const TableText& beside,
                        Sender& sender) {
  std::vector<std::string> clauses;
  for (const auto& index : beside.table.indexes) {
    const auto serves = [&](const Constraint& constraint) {
      return constraint.kind == ConstraintKind::kForeignKey && constraint.columns == index.columns;
    };
    const auto& constraints = table.table.constraints;
    if (index.unique || std::none_of(constraints.begin(), constraints.end(), serves)) continue;
    clauses.push_back("DROP KEY " + Quote(index.name));
    clauses.push_back("ADD " + beside.keys.at(index.name));
  }
  if (clauses.empty()) return {};
  return sender.Send({"ALTER TABLE " + Quote(aside) + " " + Join(clauses, ", "), Manner::kInstant});
}

Result<void> KeepCarried(const RebuildSide& live, const Carried& carried, Sender& sender) {
  IL_RETURN_IF_ERROR(sender.Send(
      {"CREATE TABLE " + Quote(live.kept) +
           " (place INT PRIMARY KEY, name VARCHAR(64), timing VARCHAR(10), event VARCHAR(10), "
           "definer TEXT, body LONGTEXT, sql_mode TEXT, charset VARCHAR(64), collation "
           "VARCHAR(64)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
       Manner::kPlain}));
  std::vector<std::string> rows;
  for (const auto& trigger : carried.triggers) {
    std::vector<std::string> values{std::to_string(rows.size())};
    for (const auto* value :
         {&trigger.name, &trigger.timing, &trigger.event, &trigger.definer, &trigger.body,
          &trigger.sql_mode, &trigger.charset, &trigger.collation})
      values.push_back(Literal(*value));
    rows.push_back("(" + Join(values, ", ") + ")");
  }
  if (rows.empty()) return {};
  return sender.Send(
      {"INSERT INTO " + Quote(live.kept) + " (place, " + kKept + ") VALUES " + Join(rows, ", "),
       Manner::kPlain});
}

Result<void> MoveCarried(MySqlConnection& connection, const Rebuild& rebuild,
                         const TableName& aside, const Carried& carried, Sender& sender) {
  if (carried.empty()) return {};
  IL_ASSIGN(const auto no_checks, SessionSetting::NoKeyChecks(connection));
  const auto names = NamesOf(rebuild.from, carried);
  const bool keys = !carried.keys.empty();
  IL_RETURN_IF_ERROR(Halt(rebuild.table, rebuild.from, {}, sender));
  // At each moment one of the two has the keys: nobody takes a parent's row away.
  if (keys) IL_RETURN_IF_ERROR(sender.Send(ChangeKeys(aside, {}, names.with_helpers)));
  IL_RETURN_IF_ERROR(DropAll(carried, rebuild.table, sender));
  if (keys) {
    IL_RETURN_IF_ERROR(sender.Send(ChangeKeys(rebuild.table, names.own, {})));
    IL_RETURN_IF_ERROR(sender.Send(ChangeKeys(aside, names.helpers, names.with_own)));
  }
  return CreateAll(connection, carried, aside, rebuild.to, sender);
}

Result<void> MendHalted(MySqlConnection& connection, const Rebuild& rebuild,
                        const Standing& standing, Sender& sender) {
  const bool from = standing.live == Standing::Live::kFrom;
  const RebuildSide& live = from ? rebuild.from : rebuild.to;
  const RebuildSide& other = from ? rebuild.to : rebuild.from;
  if (standing.aside != Standing::Aside::kFresh && standing.aside != Standing::Aside::kReplaced)
    return Fail(ErrorKind::kUndecidable, "IL-E73",
                "a swap of " + ToString(rebuild.table) +
                    " was cut, and cannot be taken back: " + standing.detail,
                "look at what changed it; then run the same command again");
  const TableName& aside =
      standing.aside == Standing::Aside::kReplaced ? other.replaced : other.fresh;
  IL_ASSIGN(const Carried carried, ReadKept(connection, rebuild.table, live));
  // Under two locks, since MySQL 9.7 finds no trigger that another one could precede (3011) where a
  // parent of the table is locked as well.  Nobody writes in between.
  std::vector<TableName> locked{rebuild.table, aside};
  for (auto& parent : carried.Parents()) locked.push_back(std::move(parent));
  if (!carried.keys.empty())
    IL_RETURN_IF_ERROR(sender.WhileLocked(locked, [&] {
      return PutKeysBack(connection, rebuild.table, live, aside, carried, sender);
    }));
  IL_RETURN_IF_ERROR(sender.WhileLocked({rebuild.table, aside}, [&] {
    return PutTriggersBack(connection, rebuild.table, live, standing.triggers, carried, sender);
  }));
  return sender.Send({"DROP TABLE IF EXISTS " + Quote(live.kept), Manner::kPlain});
}

}  // namespace interlock::mysql
