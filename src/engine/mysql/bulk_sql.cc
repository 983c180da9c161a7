#include "engine/mysql/bulk_sql.h"

#include <vector>

#include "base/text.h"

namespace interlock::mysql {
namespace {

constexpr std::string_view kSkipLocked = " FOR UPDATE SKIP LOCKED";

// InnoDB tells of waits at once, and lets nobody wait whom it can make a deadlock's victim: a wait
// for a row of an index, for a parent's row, is over after a second.
constexpr std::string_view kSettings = "SET SESSION innodb_lock_wait_timeout = 1";

BulkFlavor MySqlFlavor() {
  BulkFlavor out;
  out.collation = "utf8mb4_0900_bin";
  out.settings = kSettings;
  out.before_batch = "SET SESSION wait_timeout = 30";
  out.after_batch = "SET SESSION wait_timeout = 28800";
  // A statement within a trigger has a row of its own; times are in picoseconds.
  out.waiters =
      "SELECT COUNT(DISTINCT w.requesting_thread_id) FROM performance_schema.data_lock_waits AS w "
      "JOIN performance_schema.events_statements_current AS b ON b.thread_id = "
      "w.blocking_thread_id JOIN performance_schema.events_statements_current AS r ON r.thread_id "
      "= w.requesting_thread_id WHERE LEFT(b.sql_text, CHAR_LENGTH($1)) = $1 AND "
      "r.timer_wait > 100000000000";
  return out;
}

BulkFlavor MariaDbFlavor() {
  BulkFlavor out;
  out.collation = "utf8mb4_nopad_bin";
  out.settings = std::string(kSettings) + ", idle_transaction_timeout = 30";
  out.waiters =
      "SELECT COUNT(DISTINCT r.trx_id) FROM information_schema.innodb_lock_waits AS w JOIN "
      "information_schema.innodb_trx AS b ON b.trx_id = w.blocking_trx_id JOIN "
      "information_schema.innodb_trx AS r ON r.trx_id = w.requesting_trx_id JOIN "
      "information_schema.processlist AS p ON p.id = r.trx_mysql_thread_id WHERE "
      "LEFT(b.trx_query, CHAR_LENGTH($1)) = $1 AND p.time_ms > 100";
  return out;
}

/// Where the rows are that a batch is about.
std::string NeedyRows(const TableKey& key, const RowSql& row, const std::string& condition) {
  return " FROM " + key.From() + " WHERE " + condition + " AND " + row.NeedsWrite();
}

std::string CountOf(const std::string& test) { return "COUNT(CASE WHEN " + test + " THEN 1 END)"; }

}  // namespace

const BulkFlavor& FlavorOf(std::string_view dialect) {
  static const BulkFlavor kMySqlTexts = MySqlFlavor();
  static const BulkFlavor kMariaDbTexts = MariaDbFlavor();
  return dialect == "mariadb" ? kMariaDbTexts : kMySqlTexts;
}

std::string UpdateSql(const TableKey& key, const RowSql& row, const std::string& condition) {
  std::vector<std::string> joins;
  for (const auto& column : key.columns)
    joins.push_back("t." + column.name + " = k." + column.name);
  // With a LIMIT the inner query is never merged into the outer one, which would lock the table's
  // rows without skipping any.
  return "UPDATE (SELECT " + key.Columns() + NeedyRows(key, row, condition) +
         " LIMIT 18446744073709551615" + std::string(kSkipLocked) + ") AS k STRAIGHT_JOIN " +
         key.From() + " ON " + Join(joins, " AND ") + " SET " + row.SetList();
}

std::string LockSql(const TableKey& key, const RowSql& row, const std::string& condition) {
  return "SELECT COUNT(*)" + NeedyRows(key, row, condition) + std::string(kSkipLocked);
}

std::string CountSql(const TableKey& key, const RowSql& row, const std::string& condition) {
  return "SELECT COUNT(*), " + CountOf(row.NeedsWrite()) + " FROM " + key.From() + " WHERE " +
         condition;
}

std::string CompareSql(const TableKey& key, const RowSql& row, const std::string& condition) {
  return "SELECT COUNT(*), " + CountOf(row.Differs()) + ", " + CountOf(row.Lossy()) + " FROM " +
         key.From() + " WHERE " + condition;
}

std::string FirstKeysSql(const TableKey& key, const std::string& condition,
                         const std::string& test) {
  return "SELECT " + key.Shown() + " FROM " + key.From() + " WHERE " + condition + " AND " + test +
         " ORDER BY " + key.Order() + " LIMIT 10";
}

}  // namespace interlock::mysql
