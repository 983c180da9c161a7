#include "engine/mysql/session_setting.h"

#include <algorithm>

#include "engine/answers.h"
#include "engine/mysql/quote.h"

namespace interlock::mysql {

Result<SessionSetting> SessionSetting::LockWait(MySqlConnection& connection, Duration limit) {
  const auto sql = [](std::int64_t seconds) {
    const std::string text = std::to_string(seconds);
    return "SET SESSION lock_wait_timeout = " + text + ", innodb_lock_wait_timeout = " + text;
  };
  constexpr std::int64_t kPinned = 10;
  // Zero would be refused, or no wait at all.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count();
  return Set(connection, sql(std::max<std::int64_t>(seconds, 1)), sql(kPinned));
}

Result<SessionSetting> SessionSetting::TimeLimit(MySqlConnection& connection, int seconds) {
  if (connection.version().flavor == Flavor::kMariaDb)
    return Set(connection, "SET SESSION max_statement_time = " + std::to_string(seconds),
               "SET SESSION max_statement_time = 0");
  return Set(connection, "SET SESSION max_execution_time = " + std::to_string(seconds * 1000),
             "SET SESSION max_execution_time = 0");
}

Result<SessionSetting> SessionSetting::NoKeyChecks(MySqlConnection& connection) {
  return Set(connection, "SET SESSION foreign_key_checks = 0",
             "SET SESSION foreign_key_checks = 1");
}

Result<SessionSetting> SessionSetting::RowsAsTheyAre(MySqlConnection& connection) {
  const std::string pinned = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION";
  return Set(connection, pinned + ",NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'", pinned + "'");
}

Result<SessionSetting> SessionSetting::MostSilence(MySqlConnection& connection, Duration limit) {
  constexpr std::int64_t kPinned = 30;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count() + 1;
  const std::string sql = "SET SESSION wait_timeout = ";
  return Set(connection, sql + std::to_string(seconds), sql + std::to_string(kPinned));
}

Result<SessionSetting> SessionSetting::AsWritten(MySqlConnection& connection,
                                                 const std::string& sql_mode,
                                                 const std::string& charset,
                                                 const std::string& collation) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT @@SESSION.sql_mode, @@SESSION.character_set_client, "
                               "@@SESSION.collation_connection",
                               {}));
  IL_ASSIGN(const auto now, FirstRow(rows));
  const auto sql = [](const std::string& mode, const std::string& client,
                      const std::string& order) {
    return "SET SESSION sql_mode = " + Literal(mode) +
           ", character_set_client = " + Literal(client) +
           ", collation_connection = " + Literal(order);
  };
  return Set(connection, sql(sql_mode, charset, collation),
             sql(now.at(0).value_or(""), now.at(1).value_or(""), now.at(2).value_or("")));
}

Result<SessionSetting> SessionSetting::Set(MySqlConnection& connection, const std::string& sql,
                                           std::string back) {
  IL_RETURN_IF_ERROR(connection.Execute(sql, {}));
  return SessionSetting(connection, std::move(back));
}

SessionSetting::~SessionSetting() {
  if (connection_ == nullptr) return;
  [[maybe_unused]] const auto ignored = connection_->Execute(back_, {});
}

}  // namespace interlock::mysql
