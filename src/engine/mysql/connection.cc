#include "engine/mysql/connection.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/connector.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

constexpr int kOldestMySql = 80017;
constexpr int kOldestMariaDb = 100600;

constexpr const char* kNoLimits =
    "SET SESSION sql_select_limit = 18446744073709551615, max_join_size = 18446744073709551615,"
    " sql_big_selects = 1";

sql::ConnectOptionsMap OptionsOf(const ServerUrl& url, const ConnectOptions& options) {
  sql::ConnectOptionsMap out;
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = sql::SQLString(value);
  };
  if (url.socket.empty()) {
    const bool colons = url.host.find(':') != std::string::npos;
    text("hostName",
         "tcp://" + (colons ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port));
  } else {
    text("hostName", "unix://" + url.socket);
  }
  out["userName"] = sql::SQLString(url.user);
  out["password"] = sql::SQLString(url.password);
  text("schema", url.database);
  text("sslCA", url.tls_ca);
  text("sslCert", url.tls_cert);
  text("sslKey", url.tls_key);
#ifdef MYCPPCONN_MARIADB_BUILD
  // libmariadb knows no modes: encrypted or not, and whether the certificate, with the name in it,
  // counts.  Whether it is encrypted is looked at afterwards, too.
  if (url.tls != TlsMode::kPreferred) out["sslEnforce"] = true;
  if (url.tls == TlsMode::kVerifyCa || url.tls == TlsMode::kVerifyIdentity) out["sslVerify"] = true;
#else
  const std::map<TlsMode, int> modes{{TlsMode::kPreferred, sql::SSL_MODE_PREFERRED},
                                     {TlsMode::kRequired, sql::SSL_MODE_REQUIRED},
                                     {TlsMode::kVerifyCa, sql::SSL_MODE_VERIFY_CA},
                                     {TlsMode::kVerifyIdentity, sql::SSL_MODE_VERIFY_IDENTITY}};
  out["OPT_SSL_MODE"] = modes.at(url.tls);
#endif
  const int longest = options.longest_answer_seconds;
  out["OPT_CONNECT_TIMEOUT"] = longest > 0 ? std::min(longest, 10) : 10;
  if (longest > 0) out["OPT_READ_TIMEOUT"] = longest;
  out["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  // A silently made new session would have neither claims nor settings.
  out["OPT_RECONNECT"] = false;
  out["CLIENT_MULTI_STATEMENTS"] = false;
  // Before the driver's own question about the server, which an account's limits could refuse.
  out["preInit"] = sql::SQLString(kNoLimits);
  std::map<sql::SQLString, sql::SQLString> attributes;
  attributes["program_name"] = sql::SQLString(options.program_name);
  out["OPT_CONNECT_ATTR_ADD"] = attributes;
  return out;
}

/// Everything that could change what the server answers or when it gives up.  Zero dates that are
/// there stay valid, since a rebuild must carry them over.
std::vector<std::string> PinningSql(Flavor flavor, bool ends_when_silent) {
  const bool maria = flavor == Flavor::kMariaDb;
  std::string sql =
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
      " autocommit = 1, foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0,"
      " completion_type = 'NO_CHAIN', timestamp = DEFAULT, default_tmp_storage_engine = InnoDB,"
      " sql_auto_is_null = 0, sql_quote_show_create = 1, lc_time_names = 'en_US',"
      " lc_messages = 'en_US', group_concat_max_len = 16777216, innodb_lock_wait_timeout = 10,"
      " lock_wait_timeout = 10, interactive_timeout = 28800, wait_timeout = ";
  sql += ends_when_silent ? "30" : "28800";
  if (maria) {
    sql += ", max_statement_time = 0, check_constraint_checks = 1";
    for (const char* which : {"", "write_", "readonly_"})
      sql += std::string(", idle_") + which +
             "transaction_timeout = " + (ends_when_silent ? "30" : "0");
  } else {
    sql += ", max_execution_time = 0, information_schema_stats_expiry = 0";
  }
  return {"SET NAMES utf8mb4 COLLATE utf8mb4_bin", kNoLimits, sql,
          "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE"};
}

std::vector<std::string> ReadNames(sql::ResultSet& result) {
  std::vector<std::string> out;
  auto* const about = result.getMetaData();
  for (unsigned i = 1; i <= about->getColumnCount(); ++i)
    out.push_back(Lower(about->getColumnLabel(i).asStdString()));
  return out;
}

SqlRows ReadRows(sql::ResultSet& result) {
  SqlRows out;
  const unsigned columns = result.getMetaData()->getColumnCount();
  while (result.next()) {
    auto& values = out.rows.emplace_back();
    values.reserve(columns);
    for (unsigned i = 1; i <= columns; ++i) {
      // Asked for first: isNull of a prepared statement's answer tells of the value read last.
      std::string text = result.getString(i).asStdString();
      if (result.wasNull()) {
        values.emplace_back();
      } else {
        values.emplace_back(std::move(text));
      }
    }
  }
  return out;
}

Result<void> RequireVersion(const ServerVersion& version) {
  const bool maria = version.flavor == Flavor::kMariaDb;
  if (version.number >= (maria ? kOldestMariaDb : kOldestMySql)) return {};
  return Fail(ErrorKind::kConfig, "IL-E05",
              std::string("the server is ") + (maria ? "MariaDB " : "MySQL ") + version.text +
                  "; MySQL 8.0.17 and MariaDB 10.6 are the oldest that work",
              "upgrade the server");
}

}  // namespace

Placeholders WithQuestionMarks(const std::string& sql) {
  Placeholders out;
  char quote = '\0';
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '$' && i + 1 < sql.size() && sql[i + 1] >= '1' && sql[i + 1] <= '9') {
      std::size_t number = 0;
      while (i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9')
        number = number * 10 + static_cast<std::size_t>(sql[++i] - '0');
      out.order.push_back(number - 1);
      out.sql += '?';
      continue;
    }
    out.sql += c;
  }
  return out;
}

namespace {

/// SQL for the name of the lock by which a session of ours is known.
std::string MarkOf(const std::string& id) { return "CONCAT('interlock_session_', " + id + ")"; }

}  // namespace

std::string OursSql(const std::string& id) { return "IS_USED_LOCK(" + MarkOf(id) + ") = " + id; }

namespace {

class ServerConnection final : public MySqlConnection {
 public:
  Result<void> Connect(const std::string& url, const ConnectOptions& options);

  std::string_view dialect() const override {
    return version_.flavor == Flavor::kMariaDb ? "mariadb" : "mysql";
  }
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>& values) override;
  Result<SqlRows> Attempt(const std::string& sql) override;
  Result<void> Begin() override;
  Result<void> Commit() override;
  void Rollback() override;
  Result<std::vector<NamedRow>> Show(const std::string& sql) override;
  Result<void> Pin() override;
  const ServerVersion& version() const override { return version_; }
  const std::string& url() const override { return url_text_; }
  const std::string& program_name() const override { return program_name_; }
  const std::string& database() const override { return database_; }
  const std::string& process_list() const override { return process_list_; }
  bool folds_names() const override { return folds_names_; }

 private:
  /// The transaction, as far as this side knows.
  enum class Phase {
    kNone,
    kOpen,
    kAborted  ///< a statement failed: the server may have ended it, and the next would last
  };

  struct Prepared {
    std::unique_ptr<sql::PreparedStatement> statement;
    std::vector<std::size_t> order;
    bool has_rows = false;
  };

  static constexpr std::size_t kMostPrepared = 40;

  Result<void> Alive() const {
    if (!dead_) return {};
    return Fail(ErrorKind::kUnreachable, "IL-E03",
                "the connection to " + url_.Where() + " was lost before");
  }

  /// Within a transaction MariaDB leaves tables out of information_schema while their definition is
  /// changed, with a warning: what it shows then is not what is.  "" or what it says of one; of
  /// queries alone, since whatever else is sent takes effect once.
  std::string Skipped(const std::string& sql) const {
    constexpr const char* kSkippedTable = "1684";
    if (version_.flavor != Flavor::kMariaDb || sql.find("information_schema.") == std::string::npos)
      return "";
    const auto tokens = Tokenize(sql);
    if (tokens.empty() || !tokens[0].Is("SELECT")) return "";
    const SqlRows warnings = SendText("SHOW WARNINGS", nullptr);
    for (const auto& row : warnings.rows)
      if (row.size() == 3 && row[1] == kSkippedTable) return row[2].value_or("");
    return "";
  }

  SqlRows SendText(const std::string& sql, std::vector<std::string>* names) const {
    const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
    const bool has_rows = statement->execute(sql);
    if (has_rows) {
      const std::unique_ptr<sql::ResultSet> result(statement->getResultSet());
      if (names != nullptr) *names = ReadNames(*result);
      return ReadRows(*result);
    }
    SqlRows out;
    out.affected = static_cast<std::int64_t>(statement->getUpdateCount());
    return out;
  }

  Prepared& Prepare(const std::string& sql) {
    if (const auto found = prepared_.find(sql); found != prepared_.end()) return found->second;
    if (prepared_.size() >= kMostPrepared) prepared_.clear();
    auto placeholders = WithQuestionMarks(sql);
    Prepared made{
        std::unique_ptr<sql::PreparedStatement>(connection_->prepareStatement(placeholders.sql)),
        std::move(placeholders.order)};
    made.has_rows = made.statement->getMetaData()->getColumnCount() > 0;
    return prepared_.emplace(sql, std::move(made)).first->second;
  }

  SqlRows SendBound(const std::string& sql, const std::vector<SqlValue>& values) {
    Prepared& made = Prepare(sql);
    for (std::size_t i = 0; i < made.order.size(); ++i) {
      const auto& value = values.at(made.order[i]);
      const auto at = static_cast<unsigned>(i + 1);
      if (value) {
        made.statement->setString(at, sql::SQLString(*value));
      } else {
        made.statement->setNull(at, sql::DataType::VARCHAR);
      }
    }
    // A prepared statement does not tell its update count after execute().
    if (made.has_rows) {
      const std::unique_ptr<sql::ResultSet> result(made.statement->executeQuery());
      return ReadRows(*result);
    }
    SqlRows out;
    out.affected = made.statement->executeUpdate();
    return out;
  }

  /// The columns' `names` are for statements without values alone.
  Result<SqlRows> Send(const std::string& sql, const std::vector<SqlValue>& values, Moment moment,
                       std::vector<std::string>* names = nullptr) {
    IL_RETURN_IF_ERROR(Alive());
    constexpr int kMostTries = 100;
    constexpr auto kPause = std::chrono::milliseconds(10);
    try {
      for (int tries = 1;; ++tries) {
        SqlRows rows = values.empty() ? SendText(sql, names) : SendBound(sql, values);
        const std::string skipped = Skipped(sql);
        if (skipped.empty()) return rows;
        if (tries == kMostTries)
          return Fail(ErrorKind::kTransient, "IL-E12", "the catalog cannot be read: " + skipped,
                      "it may be tried again");
        std::this_thread::sleep_for(kPause);
      }
    } catch (const std::exception& exception) {
      Error error = FromException(exception, moment, url_.Where(), version_.flavor);
      if (phase_ == Phase::kOpen) phase_ = Phase::kAborted;
      if (IsLost(mysql::NumberOf(exception), version_.flavor)) Die();
      return Fail(std::move(error));
    }
  }

  /// The socket is closed at once: a server that still has the other end ends the session, and with
  /// it its locks.
  void Die() {
    dead_ = true;
    phase_ = Phase::kNone;
    prepared_.clear();
    connection_.reset();
  }

  Result<void> Login(const ConnectOptions& options) {
    try {
      // The one driver of the process; made at the first call, by one thread.
      static sql::Driver* const driver = sql::mysql::get_driver_instance();
      auto properties = OptionsOf(url_, options);
      connection_.reset(driver->connect(properties));
    } catch (const std::exception& exception) {
      return Fail(FromException(exception, Moment::kConnecting, url_.Where(), version_.flavor));
    }
    return RequireTls();
  }

  Result<void> LearnAboutServer() {
    IL_ASSIGN(const SqlRows rows,
              Send("SELECT VERSION(), DATABASE(), @@global.lower_case_table_names", {},
                   Moment::kBeginning));
    IL_ASSIGN(const auto row, FirstRow(rows));
    version_ = ReadVersion(row.at(0).value_or(""));
    folds_names_ = row.at(2) != "0";
    IL_ASSIGN(database_, Given(row.at(1)));
    if (folds_names_) database_ = Lower(database_);
    IL_RETURN_IF_ERROR(RequireVersion(version_));
    return FindProcessList();
  }

  Result<void> FindProcessList() {
    constexpr int kFirst = 80022;
    if (version_.flavor != Flavor::kMySql || version_.number < kFirst) return {};
    IL_ASSIGN(const SqlRows rows, Send("SELECT @@performance_schema", {}, Moment::kBeginning));
    IL_ASSIGN(const SqlValue kept, FirstValue(rows));
    if (kept == "1") process_list_ = "performance_schema.processlist";
    return {};
  }

  Result<void> PinSettings() {
    for (const auto& sql : PinningSql(version_.flavor, ends_when_silent_))
      IL_RETURN_IF_ERROR(Send(sql, {}, Moment::kBeginning));
    return {};
  }

  /// A server that refuses such locks knows the session by its name alone.
  Result<void> Mark() {
    auto marked =
        Send("SELECT GET_LOCK(" + MarkOf("CONNECTION_ID()") + ", 0)", {}, Moment::kBeginning);
    if (!marked && dead_) return Fail(std::move(marked).error());
    return {};
  }

  /// libmariadb goes on in plain text when a server, or who stands in between, offers no TLS.
  Result<void> RequireTls() {
    if (url_.tls == TlsMode::kPreferred) return {};
    IL_ASSIGN(const SqlRows rows,
              Send("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {}, Moment::kBeginning));
    if (!rows.rows.empty() && rows.rows[0].size() == 2 && !rows.rows[0][1].value_or("").empty())
      return {};
    return Fail(ErrorKind::kConfig, "IL-E06",
                "the connection to " + url_.Where() + " is not encrypted, as ssl-mode asks for",
                "let the server do TLS, or take ssl-mode out of the url");
  }

  std::unique_ptr<sql::Connection> connection_;
  std::map<std::string, Prepared> prepared_;  ///< by text, after connection_: destroyed before it
  std::string url_text_;
  std::string program_name_;
  ServerUrl url_;
  ServerVersion version_;
  bool ends_when_silent_ = false;
  std::string database_;
  std::string process_list_ = "information_schema.processlist";
  bool folds_names_ = false;
  bool dead_ = false;
  Phase phase_ = Phase::kNone;
};

Result<void> ServerConnection::Connect(const std::string& url, const ConnectOptions& options) {
  IL_ASSIGN(url_, ParseUrl(url));
  url_text_ = url;
  program_name_ = options.program_name;
  ends_when_silent_ = options.ends_when_silent;
  IL_RETURN_IF_ERROR(Login(options));
  IL_RETURN_IF_ERROR(LearnAboutServer());
  IL_RETURN_IF_ERROR(PinSettings());
  return options.program_name.starts_with("interlock") ? Mark() : Result<void>();
}

Result<std::vector<NamedRow>> ServerConnection::Show(const std::string& sql) {
  std::vector<std::string> names;
  IL_ASSIGN(SqlRows rows, Send(sql, {}, Moment::kBeginning, &names));
  std::vector<NamedRow> out;
  for (auto& row : rows.rows) {
    auto& named = out.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) named[names.at(i)] = std::move(row[i]);
  }
  return out;
}

Result<void> ServerConnection::Pin() {
  IL_RETURN_IF_ERROR(Send("USE " + Quote(database_), {}, Moment::kBeginning));
  return PinSettings();
}

Result<SqlRows> ServerConnection::Execute(const std::string& sql,
                                          const std::vector<SqlValue>& values) {
  if (phase_ == Phase::kAborted)
    return Fail(ErrorKind::kFailed, "IL-E42", "a statement of the transaction failed before");
  return Send(sql, values, Moment::kSent);
}

Result<SqlRows> ServerConnection::Attempt(const std::string& sql) {
  const bool open = phase_ == Phase::kOpen;
  auto done = Execute(sql, {});
  if (!done && open && !dead_ && IsOfRows(mysql::NumberOf(done.error()))) phase_ = Phase::kOpen;
  return done;
}

Result<void> ServerConnection::Begin() {
  if (phase_ != Phase::kNone)
    return Fail(ErrorKind::kInternal, "IL-E99", "a transaction is open already");
  IL_RETURN_IF_ERROR(Send("START TRANSACTION", {}, Moment::kBeginning));
  phase_ = Phase::kOpen;
  return {};
}

Result<void> ServerConnection::Commit() {
  IL_RETURN_IF_ERROR(Alive());
  if (phase_ == Phase::kNone)
    return Fail(ErrorKind::kInternal, "IL-E99", "there is no transaction to commit");
  if (phase_ == Phase::kAborted) {
    Rollback();
    return Fail(ErrorKind::kFailed, "IL-E42",
                "a statement of the transaction failed, so it was rolled back");
  }
  auto done = Send("COMMIT", {}, Moment::kSent);
  if (!done) Rollback();  // what the server refused to commit may be open still
  phase_ = Phase::kNone;
  IL_RETURN_IF_ERROR(done);
  return {};
}

void ServerConnection::Rollback() {
  if (phase_ != Phase::kNone) {
    // An error here means that the connection is lost: Send has marked it dead.
    [[maybe_unused]] const auto ignored = Send("ROLLBACK", {}, Moment::kBeginning);
  }
  phase_ = Phase::kNone;
}

}  // namespace

Result<std::unique_ptr<MySqlConnection>> MySqlConnection::Open(const std::string& url,
                                                               const ConnectOptions& options) {
  auto out = std::make_unique<ServerConnection>();
  IL_RETURN_IF_ERROR(out->Connect(url, options));
  return out;
}

}  // namespace interlock::mysql
