// A Connector/C++ connection behind SqlConnection: pinned settings, translated errors.
#pragma once

#include <memory>
#include <string>

#include "engine/mysql/url.h"
#include "engine/sql.h"

namespace interlock::mysql {

enum class Flavor { kMySql, kMariaDb };

struct ServerVersion {
  Flavor flavor = Flavor::kMySql;
  int number = 0;    ///< 80036 for 8.0.36, 101119 for 10.11.19
  std::string text;  ///< as the server says it
};

struct ConnectOptions {
  std::string program_name = "interlock";  ///< what performance_schema shows of the session
  bool ends_when_silent = false;           ///< wait_timeout of 30 s
};

/// DDL commits by itself there, also what the transaction did before it: callers send none between
/// Begin and Commit but where that is harmless.
class MySqlConnection : public SqlConnection {
 public:
  /// Connects and pins the session: utf8mb4 compared bytewise, strict sql_mode, time zone UTC,
  /// READ COMMITTED (a locking read then sees what it waited for, and locks no gaps), no limits on
  /// rows and time, foreign keys checked, lock waits of 10 s at most.  kUnreachable says host, port
  /// and database, never the password; kConfig (IL-E05) for a server that is too old.
  static Result<std::unique_ptr<MySqlConnection>> Open(const std::string& url,
                                                       const ConnectOptions& options);
  ~MySqlConnection() override;
  std::string_view dialect() const override;
  /// Values travel apart from the text.  Columns of such a statement's answer must be numbers or
  /// texts: the connector cannot decode JSON or geometry there.
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>& values) override;
  Result<void> Begin() override;
  Result<void> Commit() override;
  void Rollback() override;

  /// Pins the session again, and its database, after statements of somebody else's.
  Result<void> Pin();

  const ServerVersion& version() const;
  const std::string& database() const;

 private:
  MySqlConnection();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// $1 … $n outside of quotes as ?, and which value each ? stands for, from 0.  Pure.
struct Placeholders {
  std::string sql;
  std::vector<std::size_t> order;
};
Placeholders WithQuestionMarks(const std::string& sql);

/// Reads "10.11.19-MariaDB-0+deb12u1-log" and "9.7.4-2".  Pure.
ServerVersion ReadVersion(const std::string& text);

}  // namespace interlock::mysql
