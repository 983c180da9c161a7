#include "engine/sql_ledger_texts.h"

#include <fmt/format.h>

namespace interlock {

LedgerSql CommonLedgerSql(std::string_view dialect, std::string_view prefix) {
  LedgerSql sql;
  sql.dialect = dialect;
  sql.add_head = fmt::format(
      "INSERT INTO {}ledger_heads (chain, seq, hash) VALUES ($1, 0, $2) "
      "ON CONFLICT (chain) DO NOTHING",
      prefix);
  sql.move_head = fmt::format(
      "UPDATE {}ledger_heads SET seq = $2, hash = $3 WHERE chain = $1 AND seq = $4", prefix);
  sql.heads = fmt::format(
      "SELECT 'head', seq, hash, 0 FROM {0}ledger_heads WHERE chain = $1 UNION ALL "
      "SELECT 'last', l.seq, l.hash, l.at FROM (SELECT seq, hash, at FROM {0}ledger "
      "WHERE chain = $1 ORDER BY seq DESC LIMIT 1) l",
      prefix);
  sql.hash_at = fmt::format("SELECT hash FROM {}ledger WHERE chain = $1 AND seq = $2", prefix);
  sql.chains =
      fmt::format("SELECT chain FROM {0}ledger UNION SELECT chain FROM {0}ledger_heads", prefix);
  return sql;
}

std::string LedgerLiteral(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

const LedgerSql* FindLedgerSql(std::string_view dialect) {
  static const std::vector<LedgerSql> kAll{PostgresLedgerSql(), SqliteLedgerSql(),
                                           MySqlLedgerSql("mysql"), MySqlLedgerSql("mariadb")};
  for (const auto& sql : kAll)
    if (sql.dialect == dialect) return &sql;
  return nullptr;
}

}  // namespace interlock
