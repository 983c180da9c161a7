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

struct MySqlConnection::Impl {
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

  std::unique_ptr<sql::Connection> connection;
  std::map<std::string, Prepared> prepared;  ///< by text, after connection: destroyed before it
  std::string url_text;
  std::string program_name;
  ServerUrl url;
  ServerVersion version;
  bool ends_when_silent = false;
  std::string database;
  std::string process_list = "information_schema.processlist";
  bool folds_names = false;
  bool dead = false;
  Phase phase = Phase::kNone;

  static constexpr std::size_t kMostPrepared = 40;

  Result<void> Alive() const {
    if (!dead) return {};
    return Fail(ErrorKind::kUnreachable, "IL-E03",
                "the connection to " + url.Where() + " was lost before");
  }

  /// Within a transaction MariaDB leaves tables out of information_schema while their definition is
  /// changed, with a warning: what it shows then is not what is.  "" or what it says of one; of
  /// queries alone, since whatever else is sent takes effect once.
  std::string Skipped(const std::string& sql) const {
    constexpr const char* kSkippedTable = "1684";
    if (version.flavor != Flavor::kMariaDb || sql.find("information_schema.") == std::string::npos)
      return "";
    const auto tokens = Tokenize(sql);
    if (tokens.empty() || !tokens[0].Is("SELECT")) return "";
    const SqlRows warnings = SendText("SHOW WARNINGS", nullptr);
    for (const auto& row : warnings.rows)
      if (row.size() == 3 && row[1] == kSkippedTable) return row[2].value_or("");
    return "";
  }

  SqlRows SendText(const std::string& sql, std::vector<std::string>* names) const {
    const std::unique_ptr<sql::Statement> statement(connection->createStatement());
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
    if (const auto found = prepared.find(sql); found != prepared.end()) return found->second;
    if (prepared.size() >= kMostPrepared) prepared.clear();
    auto placeholders = WithQuestionMarks(sql);
    Prepared made{
        std::unique_ptr<sql::PreparedStatement>(connection->prepareStatement(placeholders.sql)),
        std::move(placeholders.order)};
    made.has_rows = made.statement->getMetaData()->getColumnCount() > 0;
    return prepared.emplace(sql, std::move(made)).first->second;
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
      Error error = FromException(exception, moment, url.Where(), version.flavor);
      if (phase == Phase::kOpen) phase = Phase::kAborted;
      if (IsLost(mysql::NumberOf(exception), version.flavor)) Die();
      return Fail(std::move(error));
    }
  }

  /// The socket is closed at once: a server that still has the other end ends the session, and with
  /// it its locks.
  void Die() {
    dead = true;
    phase = Phase::kNone;
    prepared.clear();
    connection.reset();
  }

  Result<void> Connect(const ConnectOptions& options) {
    try {
      // The one driver of the process; made at the first call, by one thread.
      static sql::Driver* const driver = sql::mysql::get_driver_instance();
      auto properties = OptionsOf(url, options);
      connection.reset(driver->connect(properties));
    } catch (const std::exception& exception) {
      return Fail(FromException(exception, Moment::kConnecting, url.Where(), version.flavor));
    }
    IL_RETURN_IF_ERROR(RequireTls());
    IL_ASSIGN(const SqlRows rows,
              Send("SELECT VERSION(), DATABASE(), @@global.lower_case_table_names", {},
                   Moment::kBeginning));
    IL_ASSIGN(const auto row, FirstRow(rows));
    version = ReadVersion(row.at(0).value_or(""));
    folds_names = row.at(2) != "0";
    IL_ASSIGN(database, Given(row.at(1)));
    if (folds_names) database = Lower(database);
    IL_RETURN_IF_ERROR(RequireVersion(version));
    IL_RETURN_IF_ERROR(FindProcessList());
    for (const auto& sql : PinningSql(version.flavor, options.ends_when_silent))
      IL_RETURN_IF_ERROR(Send(sql, {}, Moment::kBeginning));
    return options.program_name.starts_with("interlock") ? Mark() : Result<void>();
  }

  Result<void> FindProcessList() {
    constexpr int kFirst = 80022;
    if (version.flavor != Flavor::kMySql || version.number < kFirst) return {};
    IL_ASSIGN(const SqlRows rows, Send("SELECT @@performance_schema", {}, Moment::kBeginning));
    IL_ASSIGN(const SqlValue kept, FirstValue(rows));
    if (kept == "1") process_list = "performance_schema.processlist";
    return {};
  }

  /// A server that refuses such locks knows the session by its name alone.
  Result<void> Mark() {
    auto marked =
        Send("SELECT GET_LOCK(" + MarkOf("CONNECTION_ID()") + ", 0)", {}, Moment::kBeginning);
    if (!marked && dead) return Fail(std::move(marked).error());
    return {};
  }

  /// libmariadb goes on in plain text when a server, or who stands in between, offers no TLS.
  Result<void> RequireTls() {
    if (url.tls == TlsMode::kPreferred) return {};
    IL_ASSIGN(const SqlRows rows,
              Send("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {}, Moment::kBeginning));
    if (!rows.rows.empty() && rows.rows[0].size() == 2 && !rows.rows[0][1].value_or("").empty())
      return {};
    return Fail(ErrorKind::kConfig, "IL-E06",
                "the connection to " + url.Where() + " is not encrypted, as ssl-mode asks for",
                "let the server do TLS, or take ssl-mode out of the url");
  }
};

MySqlConnection::MySqlConnection() : impl_(std::make_unique<Impl>()) {}
MySqlConnection::~MySqlConnection() = default;

Result<std::unique_ptr<MySqlConnection>> MySqlConnection::Open(const std::string& url,
                                                               const ConnectOptions& options) {
  std::unique_ptr<MySqlConnection> out(new MySqlConnection);
  IL_ASSIGN(out->impl_->url, ParseUrl(url));
  out->impl_->ends_when_silent = options.ends_when_silent;
  out->impl_->url_text = url;
  out->impl_->program_name = options.program_name;
  IL_RETURN_IF_ERROR(out->impl_->Connect(options));
  return out;
}

Result<std::vector<NamedRow>> MySqlConnection::Show(const std::string& sql) {
  std::vector<std::string> names;
  IL_ASSIGN(SqlRows rows, impl_->Send(sql, {}, Moment::kBeginning, &names));
  std::vector<NamedRow> out;
  for (auto& row : rows.rows) {
    auto& named = out.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) named[names.at(i)] = std::move(row[i]);
  }
  return out;
}

Result<void> MySqlConnection::Pin() {
  IL_RETURN_IF_ERROR(impl_->Send("USE " + Quote(database()), {}, Moment::kBeginning));
  for (const auto& sql : PinningSql(version().flavor, impl_->ends_when_silent))
    IL_RETURN_IF_ERROR(impl_->Send(sql, {}, Moment::kBeginning));
  return {};
}

std::string_view MySqlConnection::dialect() const {
  return impl_->version.flavor == Flavor::kMariaDb ? "mariadb" : "mysql";
}

const ServerVersion& MySqlConnection::version() const { return impl_->version; }
const std::string& MySqlConnection::url() const { return impl_->url_text; }
const std::string& MySqlConnection::program_name() const { return impl_->program_name; }
const std::string& MySqlConnection::database() const { return impl_->database; }
const std::string& MySqlConnection::process_list() const { return impl_->process_list; }
bool MySqlConnection::folds_names() const { return impl_->folds_names; }

Result<SqlRows> MySqlConnection::Execute(const std::string& sql,
                                         const std::vector<SqlValue>& values) {
  if (impl_->phase == Impl::Phase::kAborted)
    return Fail(ErrorKind::kFailed, "IL-E42", "a statement of the transaction failed before");
  return impl_->Send(sql, values, Moment::kSent);
}

Result<SqlRows> MySqlConnection::Attempt(const std::string& sql) {
  const bool open = impl_->phase == Impl::Phase::kOpen;
  auto done = Execute(sql, {});
  if (!done && open && !impl_->dead && IsOfRows(mysql::NumberOf(done.error())))
    impl_->phase = Impl::Phase::kOpen;
  return done;
}

Result<void> MySqlConnection::Begin() {
  if (impl_->phase != Impl::Phase::kNone)
    return Fail(ErrorKind::kInternal, "IL-E99", "a transaction is open already");
  IL_RETURN_IF_ERROR(impl_->Send("START TRANSACTION", {}, Moment::kBeginning));
  impl_->phase = Impl::Phase::kOpen;
  return {};
}

Result<void> MySqlConnection::Commit() {
  IL_RETURN_IF_ERROR(impl_->Alive());
  if (impl_->phase == Impl::Phase::kNone)
    return Fail(ErrorKind::kInternal, "IL-E99", "there is no transaction to commit");
  if (impl_->phase == Impl::Phase::kAborted) {
    Rollback();
    return Fail(ErrorKind::kFailed, "IL-E42",
                "a statement of the transaction failed, so it was rolled back");
  }
  auto done = impl_->Send("COMMIT", {}, Moment::kSent);
  if (!done) Rollback();  // what the server refused to commit may be open still
  impl_->phase = Impl::Phase::kNone;
  IL_RETURN_IF_ERROR(done);
  return {};
}

void MySqlConnection::Rollback() {
  if (impl_->phase != Impl::Phase::kNone) {
    // An error here means that the connection is lost: Send has marked it dead.
    [[maybe_unused]] const auto ignored = impl_->Send("ROLLBACK", {}, Moment::kBeginning);
  }
  impl_->phase = Impl::Phase::kNone;
}

}  // namespace interlock::mysql
