#include "engine/mysql/server_load.h"

#include "base/text.h"
#include "engine/answers.h"

namespace interlock::mysql {
namespace {

struct Gauge {
  std::string what;     ///< "transactions in the history list"
  std::string setting;  ///< that sets its limit
  std::string sql;      ///< one number in the last column of its one row
};

/// The history list: of both servers the metric; MariaDB counts it only when told to, and has it as
/// a status as well.
Gauge History(Flavor flavor) {
  return {"transactions in InnoDB's history list", "max_history_list_length",
          flavor == Flavor::kMariaDb
              ? "SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'"
              : "SELECT count FROM information_schema.innodb_metrics WHERE name = "
                "'trx_rseg_history_len'"};
}

Gauge Threads() {
  return {"threads running", "max_threads_running", "SHOW GLOBAL STATUS LIKE 'Threads_running'"};
}

Result<std::optional<std::string>> Passed(MySqlConnection& connection, const Gauge& gauge,
                                          std::int64_t limit) {
  if (limit == 0) return std::optional<std::string>();
  const auto unread = [&](const std::string& why) {
    return std::optional(gauge.what + " cannot be read: " + why + "; mend that, or set " +
                         gauge.setting + " = 0");
  };
  const auto rows = connection.Execute(gauge.sql, {});
  if (!rows) {
    const Error& error = rows.error();
    if (error.kind != ErrorKind::kRefused && error.kind != ErrorKind::kFailed) return Fail(error);
    return unread(error.message + (error.hint.empty() ? "" : ": " + error.hint));
  }
  if (rows->rows.empty() || rows->rows.front().empty())
    return unread("the server tells none to this account");
  const auto value = WholeNumber(rows->rows.front().back());
  if (!value) return unread("the server tells no number");
  if (*value <= limit) return std::optional<std::string>();
  return std::optional(WithCommas(*value) + " " + gauge.what + ", more than " + gauge.setting +
                       " = " + std::to_string(limit));
}

}  // namespace

Result<std::optional<std::string>> LoadPause(MySqlConnection& connection,
                                             const BackfillSettings& limits) {
  IL_ASSIGN(auto threads, Passed(connection, Threads(), limits.max_threads_running));
  if (threads) return threads;
  return Passed(connection, History(connection.version().flavor), limits.max_history_list_length);
}

}  // namespace interlock::mysql
