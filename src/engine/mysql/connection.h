// A connection to MySQL or MariaDB: pinned settings, translated errors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/mysql/url.h"
#include "engine/mysql/version.h"
#include "engine/sql.h"

namespace interlock::mysql {

struct ConnectOptions {
  std::string program_name = "interlock";  ///< what performance_schema shows of the session
  bool ends_when_silent = false;           ///< wait_timeout of 30 s
  /// An answer that takes longer is a lost connection, and connecting takes no longer, either; 0:
  /// answers never, connecting 10 s.  Only for sessions without DDL: a rebuild is silent for hours,
  /// and nothing tells it from a server that is gone, since the connector sets no keepalive times
  /// and shows no socket.
  int longest_answer_seconds = 0;
};

/// A row by the names of its columns, in lower case.
using NamedRow = std::map<std::string, SqlValue>;

/// DDL commits by itself there, also what the transaction did before it: callers send none between
/// Begin and Commit but where that is harmless.
class MySqlConnection : public SqlConnection {
 public:
  /// Connects and pins the session: utf8mb4 compared bytewise, strict sql_mode, time zone UTC,
  /// READ COMMITTED (a locking read then sees what it waited for, and locks no gaps), no limits on
  /// rows and time, foreign keys checked, lock waits of 10 s at most.  kUnreachable says host, port
  /// and database, never the password; kConfig (IL-E05) for a server that is too old, IL-E06 when
  /// the url wants TLS and the session has none.  One that calls itself interlock marks itself as
  /// ours (OursSql).
  static Result<std::unique_ptr<MySqlConnection>> Open(const std::string& url,
                                                       const ConnectOptions& options);
  /// Values travel apart from the text.  Columns of such a statement's answer must be numbers or
  /// texts: the connector cannot decode JSON or geometry there.
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>& values) override = 0;
  /// The same, but rows that do not fit (IsOfRows) do not end the transaction.
  virtual Result<SqlRows> Attempt(const std::string& sql) = 0;
  /// As Execute without values, for a SHOW: its columns have other places in other versions.
  virtual Result<std::vector<NamedRow>> Show(const std::string& sql) = 0;
  /// Pins the session again, and its database, after statements of somebody else's.
  virtual Result<void> Pin() = 0;

  virtual const ServerVersion& version() const = 0;
  virtual const std::string& url() const = 0;
  virtual const std::string& program_name() const = 0;
  /// As the server calls it; in lower case where it folds names.
  virtual const std::string& database() const = 0;
  /// The table of sessions.  MySQL's information_schema cannot show it while one of them sends a
  /// character of four bytes (error 3854), so that it is performance_schema's where that is on.
  virtual const std::string& process_list() const = 0;
  /// Names of databases and tables are the same in any case (lower_case_table_names).
  virtual bool folds_names() const = 0;
};

/// SQL for whether the session whose number the SQL `id` gives is one of interlock's, whatever its
/// account; the application's sessions may have the same.  NULL or 0 where it is not.
std::string OursSql(const std::string& id);

/// $1 … $n outside of quotes as ?, and which value each ? stands for, from 0.  Pure.
struct Placeholders {
  std::string sql;
  std::vector<std::size_t> order;
};
Placeholders WithQuestionMarks(const std::string& sql);

}  // namespace interlock::mysql
