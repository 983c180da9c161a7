#include "engine/mysql/rows_in_the_way.h"

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/session_setting.h"

namespace interlock::mysql {
namespace {

constexpr int kSeconds = 30;
constexpr std::string_view kShown = " LIMIT 10";

/// Columns by which a row of the table is named.
std::vector<std::string> RowName(const Table& table) {
  auto key = table.PrimaryKey();
  if (key.empty() && !table.columns.empty()) key.push_back(table.columns.front().name);
  return key;
}

std::string Shown(const std::vector<SqlValue>& values, std::size_t from, std::size_t to) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < to && i < values.size(); ++i)
    out.push_back(values[i].value_or("NULL"));
  return "(" + Join(out, ", ") + ")";
}

}  // namespace

std::vector<std::string> Duplicates(MySqlConnection& connection, const TableName& table,
                                    const std::string& key) {
  const auto parts = KeyParts(key);
  std::vector<std::string> given;
  for (const auto& part : parts) given.push_back(part + " IS NOT NULL");
  const auto limit = SessionSetting::TimeLimit(connection, kSeconds);
  if (!limit) return {};
  const auto found =
      connection.Execute("SELECT " + Join(parts, ", ") + ", COUNT(*) FROM " + Quote(table) +
                             " WHERE " + Join(given, " AND ") + " GROUP BY " + Join(parts, ", ") +
                             " HAVING COUNT(*) > 1" + std::string(kShown),
                         {});
  if (!found) return {};
  std::vector<std::string> out;
  for (const auto& row : found->rows)
    out.push_back(Shown(row, 0, row.size() - 1) + ": " + row.back().value_or("?") + " rows");
  return out;
}

std::vector<std::string> NullRows(MySqlConnection& connection, const TableText& table,
                                  const TableName& name, const std::string& column) {
  std::vector<std::string> key;
  for (const auto& part : RowName(table.table)) key.push_back(Quote(part));
  const auto limit = SessionSetting::TimeLimit(connection, kSeconds);
  if (!limit) return {};
  const auto found =
      connection.Execute("SELECT " + Join(key, ", ") + " FROM " + Quote(name) + " WHERE " +
                             Quote(column) + " IS NULL" + std::string(kShown),
                         {});
  if (!found) return {};
  std::vector<std::string> out;
  for (const auto& row : found->rows) out.push_back(Shown(row, 0, row.size()) + " is NULL");
  return out;
}

std::optional<std::string> OrphanQuery(const TableText& table, const std::string& constraint) {
  const Constraint* key = table.table.FindConstraint(constraint);
  if (key == nullptr || !key->references || key->columns.empty() ||
      key->columns.size() != key->referenced_columns.size())
    return std::nullopt;
  std::vector<std::string> shown;
  for (const auto& part : RowName(table.table)) shown.push_back("c." + Quote(part));
  std::vector<std::string> given;
  std::vector<std::string> same;
  for (std::size_t i = 0; i < key->columns.size(); ++i) {
    const std::string own = "c." + Quote(key->columns[i]);
    shown.push_back(own);
    given.push_back(own + " IS NOT NULL");
    same.push_back("p." + Quote(key->referenced_columns[i]) + " = " + own);
  }
  return "SELECT " + Join(shown, ", ") + " FROM " + Quote(table.table.name) + " c WHERE " +
         Join(given, " AND ") + " AND NOT EXISTS (SELECT 1 FROM " + Quote(*key->references) +
         " p WHERE " + Join(same, " AND ") + ")" + std::string(kShown);
}

Result<std::vector<std::string>> Orphans(MySqlConnection& connection, const std::string& query) {
  IL_ASSIGN(const SqlRows found, connection.Execute(query, {}));
  std::vector<std::string> out;
  for (const auto& row : found.rows)
    out.push_back(Shown(row, 0, row.size()) + " refers to nothing");
  return out;
}

}  // namespace interlock::mysql
