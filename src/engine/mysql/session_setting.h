// A setting of our session that is other than pinned for a while.
#pragma once

#include <string>
#include <utility>

#include "base/clock.h"
#include "engine/mysql/connection.h"

namespace interlock::mysql {

/// Set back to the pinned value at the end, whatever happens; a connection that is lost there shows
/// at its next use.
class SessionSetting {
 public:
  /// How long statements wait for locks, of tables and rows; rounded up to a whole second.
  static Result<SessionSetting> LockWait(MySqlConnection& connection, Duration limit);
  /// How long a query may take.
  static Result<SessionSetting> TimeLimit(MySqlConnection& connection, int seconds);
  /// Foreign keys are added without a look at the rows.
  static Result<SessionSetting> NoKeyChecks(MySqlConnection& connection);
  /// What a table held under another mode is no fault of its rows: dates that are none, a counted
  /// 0.  The rest stays strict.  Triggers that are made keep it.
  static Result<SessionSetting> RowsAsTheyAre(MySqlConnection& connection);

  /// What a trigger keeps of the session that makes it.
  static Result<SessionSetting> AsWritten(MySqlConnection& connection, const std::string& sql_mode,
                                          const std::string& charset, const std::string& collation);

  /// How long the session may say nothing before the server ends it; rounded up, and a second more.
  static Result<SessionSetting> MostSilence(MySqlConnection& connection, Duration limit);

  SessionSetting(SessionSetting&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), back_(std::move(other.back_)) {}
  SessionSetting(const SessionSetting&) = delete;
  SessionSetting& operator=(const SessionSetting&) = delete;
  SessionSetting& operator=(SessionSetting&&) = delete;
  ~SessionSetting();

 private:
  static Result<SessionSetting> Set(MySqlConnection& connection, const std::string& sql,
                                    std::string back);
  SessionSetting(MySqlConnection& connection, std::string back)
      : connection_(&connection), back_(std::move(back)) {}
  MySqlConnection* connection_;
  std::string back_;
};

}  // namespace interlock::mysql
