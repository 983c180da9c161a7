#include "engine/sql_ledger_texts.h"

namespace interlock {

const LedgerSql* FindLedgerSql(std::string_view dialect) {
  static const std::vector<LedgerSql> kAll{PostgresLedgerSql(), SqliteLedgerSql(),
                                           MySqlLedgerSql("mysql"), MySqlLedgerSql("mariadb")};
  for (const auto& sql : kAll)
    if (sql.dialect == dialect) return &sql;
  return nullptr;
}

}  // namespace interlock
