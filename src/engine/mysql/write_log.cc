#include "engine/mysql/write_log.h"

#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

std::string Values(const std::string& row, const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns) out.push_back(row + "." + Quote(column));
  return Join(out, ", ");
}

std::vector<std::string> Quoted(const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns) out.push_back(Quote(column));
  return out;
}

std::string NoteSql(const TableName& log, const std::string& row,
                    const std::vector<std::string>& columns) {
  return "INSERT INTO " + Quote(log.name) + " (" + Join(Quoted(columns), ", ") + ") VALUES (" +
         Values(row, columns) + ")";
}

/// What stands after FOR EACH ROW: without the database's name, as in CreateSql of sync_trigger.
std::string BodyOf(std::string_view event, const TableName& log,
                   const std::vector<std::string>& columns) {
  if (event == "INSERT") return NoteSql(log, "NEW", columns);
  if (event == "DELETE") return NoteSql(log, "OLD", columns);
  std::vector<std::string> same;
  for (const auto& column : columns)
    same.push_back("OLD." + Quote(column) + " <=> NEW." + Quote(column));
  return "BEGIN\n  " + NoteSql(log, "OLD", columns) + ";\n  IF NOT (" + Join(same, " AND ") +
         ") THEN\n    " + NoteSql(log, "NEW", columns) + ";\n  END IF;\nEND";
}

/// Columns of a unique index that serves as a key: whole, NOT NULL, none of them generated.
std::optional<std::vector<std::string>> KeyColumns(const TableText& table, const Index& index) {
  const auto text = table.keys.find(index.name);
  if (!index.unique || index.columns.empty() || text == table.keys.end()) return std::nullopt;
  const auto parts = KeyParts(text->second);
  if (parts != Quoted(index.columns)) return std::nullopt;
  // One that the optimizer may not use walks no table.
  for (const auto& token : Tokenize(text->second))
    if (token.Is("INVISIBLE") || token.Is("IGNORED")) return std::nullopt;
  for (const auto& name : index.columns) {
    const Column* column = table.table.FindColumn(name);
    if (column == nullptr || column->nullable || !column->generated.empty()) return std::nullopt;
  }
  return index.columns;
}

/// Compared as they stand, so that a join of both finds the same rows in the same order.
bool SameKind(const TableText& live, const std::string& column, const TableText& aside,
              const std::string& other) {
  const Column* a = live.table.FindColumn(column);
  const Column* b = aside.table.FindColumn(other);
  if (a == nullptr || b == nullptr) return false;
  static const std::vector<std::string> kNumbers{"tinyint", "smallint", "mediumint", "int",
                                                 "bigint"};
  const auto word = [](const std::string& type) {
    return Lower(type.substr(0, type.find_first_of(" (")));
  };
  if (Contains(kNumbers, word(a->type)) && Contains(kNumbers, word(b->type))) return true;
  if (a->type != b->type || a->collation != b->collation || a->attributes != b->attributes)
    return false;
  // What is not said of a column is its table's.
  static const std::vector<std::string> kTexts{"char", "varchar", "enum", "set"};
  return !Contains(kTexts, word(a->type)) || live.charset == aside.charset;
}

}  // namespace

std::optional<SharedKey> FindSharedKey(const TableText& live, const TableText& aside,
                                       const std::map<std::string, std::string>& renamed) {
  std::optional<SharedKey> best;
  for (const auto& index : live.table.indexes) {
    const auto columns = KeyColumns(live, index);
    if (!columns) continue;
    SharedKey key{index.name, *columns, {}, ""};
    bool same = true;
    for (const auto& column : *columns) {
      key.aside.push_back(NameAside(column, aside, renamed));
      same = same && SameKind(live, column, aside, key.aside.back());
    }
    const auto serves = [&](const Index& other) {
      auto theirs = KeyColumns(aside, other);
      if (!theirs) return false;
      auto mine = key.aside;
      std::sort(mine.begin(), mine.end());
      std::sort(theirs->begin(), theirs->end());
      return mine == *theirs;
    };
    const auto& others = aside.table.indexes;
    if (!same || std::none_of(others.begin(), others.end(), serves)) continue;
    for (const auto& other : others)
      if (key.aside_index.empty() && KeyColumns(aside, other) == key.aside)
        key.aside_index = other.name;
    const bool better = !best || index.name == "PRIMARY" ||
                        (best->index != "PRIMARY" && key.columns.size() < best->columns.size());
    if (better) best = std::move(key);
  }
  return best;
}

std::string NameAside(const std::string& column, const TableText& aside,
                      const std::map<std::string, std::string>& renamed) {
  if (const auto found = renamed.find(column); found != renamed.end()) return found->second;
  const bool taken = std::any_of(renamed.begin(), renamed.end(),
                                 [&](const auto& item) { return item.second == column; });
  return !taken && aside.table.FindColumn(column) != nullptr ? column : "";
}

std::map<std::string, std::string> RenamedFrom(const Rebuild& rebuild, const RebuildSide& live) {
  if (live.definition == rebuild.from.definition) return rebuild.renamed;
  std::map<std::string, std::string> out;
  for (const auto& [from, to] : rebuild.renamed) out[to] = from;
  return out;
}

std::string CreateLogSql(const RebuildSide& live, const TableText& table, const SharedKey& key) {
  // Rising as AUTO_INCREMENT is, but without its lock: with the default innodb_autoinc_lock_mode of
  // MariaDB writers would queue for it, and meet a deadlock as error 1467, which nobody retries.
  std::vector<std::string> parts{
      std::string(kLogId) +
      " BIGINT UNSIGNED NOT NULL DEFAULT (UUID_SHORT() & 9223372036854775807) PRIMARY KEY"};
  for (const auto& column : key.columns)
    parts.push_back(WithVisibility(WithoutIdentity(table.columns.at(column)), true));
  parts.push_back("KEY (" + Join(Quoted(key.columns), ", ") + ")");
  return "CREATE TABLE " + Quote(live.log) + " (" + Join(parts, ", ") + ") ENGINE=InnoDB" +
         table.charset;
}

std::vector<std::string> CreateTriggersSql(const RebuildSide& side, const TableName& table,
                                           const SharedKey& key,
                                           const std::vector<CarriedTrigger>& others) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kLoggedEvents.size(); ++i) {
    const auto first = std::find_if(others.begin(), others.end(), [&](const auto& other) {
      return other.timing == "AFTER" && other.event == kLoggedEvents[i];
    });
    out.push_back("CREATE TRIGGER " + Quote(side.triggers[i]) + " AFTER " +
                  std::string(kLoggedEvents[i]) + " ON " + Quote(table.name) + " FOR EACH ROW\n" +
                  (first == others.end() ? "" : "PRECEDES " + Quote(first->name) + "\n") +
                  BodyOf(kLoggedEvents[i], side.log, key.columns));
  }
  return out;
}

Result<bool> IsLogged(MySqlConnection& connection, const Rebuild& rebuild, const RebuildSide& live,
                      const TableText& table, const TableText& aside,
                      const std::map<std::string, HelperTrigger>& triggers) {
  const auto key = FindSharedKey(table, aside, RenamedFrom(rebuild, live));
  if (!key) return false;
  IL_ASSIGN(const auto log, ShowTable(connection, live.log));
  if (!log) return false;
  for (const auto& column : key->columns)
    if (log->table.FindColumn(column) == nullptr) return false;
  for (std::size_t i = 0; i < kLoggedEvents.size(); ++i) {
    const TableName name{rebuild.table.schema, live.triggers[i]};
    const auto there = triggers.find(name.name);
    if (there == triggers.end() || there->second.table != rebuild.table.name ||
        there->second.event != kLoggedEvents[i] || there->second.timing != "AFTER")
      return false;
    IL_ASSIGN(const SqlRows shown, connection.Execute("SHOW CREATE TRIGGER " + Quote(name), {}));
    IL_ASSIGN(const auto parts, FirstRow(shown));
    if (parts.size() < 3 || !parts[2]) return WrongShape("a trigger has no statement");
    if (!parts[2]->ends_with(BodyOf(kLoggedEvents[i], live.log, key->columns))) return false;
  }
  return true;
}

}  // namespace interlock::mysql
