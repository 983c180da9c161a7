#include "engine/postgres/connection.h"

#include <libpq-fe.h>

#include <array>
#include <map>
#include <pqxx/pqxx>
#include <set>
#include <utility>

#include "base/digest.h"
#include "engine/postgres/errors.h"

#if !defined(PQXX_VERSION_MAJOR)
#error "libpqxx 6.4 or newer is needed"
#endif

namespace interlock::postgres {
namespace {

using Settings = std::map<std::string, std::string>;

/// Reads a url or a keyword string as libpq does.  Its own message may repeat a password, so it is
/// not passed on.
Result<Settings> ParseUrl(const std::string& url) {
  PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
  if (options == nullptr)
    return Fail(ErrorKind::kConfig, "IL-E01", "the database's url cannot be read",
                "write postgresql://user@host:port/database?option=value");
  Settings settings;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option)
    if (option->val != nullptr) settings[option->keyword] = option->val;
  PQconninfoFree(options);
  return settings;
}

std::string Keywords(const Settings& settings) {
  std::string out;
  for (const auto& [key, value] : settings) {
    out += key + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out += "' ";
  }
  return out;
}

std::string Where(const Settings& settings) {
  const auto get = [&](const char* key, const char* otherwise) {
    const auto found = settings.find(key);
    return found == settings.end() || found->second.empty() ? std::string(otherwise)
                                                            : found->second;
  };
  std::string out = get("host", get("hostaddr", "the local socket").c_str());
  out += " port " + get("port", "5432") + ", database " + get("dbname", "(the user's name)");
  return out + ", user " + get("user", "(the default)");
}

/// What the url leaves open: a dead peer is noticed in about 30 s.
void AddDefaults(const ConnectOptions& options, Settings& settings) {
  static constexpr std::array<std::pair<const char*, const char*>, 5> kDefaults{{
      {"connect_timeout", "10"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "30000"},
  }};
  for (const auto& [key, value] : kDefaults) settings.emplace(key, value);
  settings["application_name"] = options.application_name;
  settings["client_encoding"] = "UTF8";
}

/// Everything that could change what the server prints or when it gives up.  A role's own
/// settings are overruled; durability is never below what the server's default gives.  A policy
/// that hides rows must raise an error: what a backfill or a comparison does not see is lost.
std::string PinningSql(const ConnectOptions& options, int server_version) {
  const bool silent = options.ends_when_silent;
  std::string sql =
      "SET search_path = ''; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD';"
      "SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET lc_monetary = 'C';"
      "SET lc_numeric = 'C'; SET lc_time = 'C'; SET xmloption = 'content';"
      "SET standard_conforming_strings = on; SET escape_string_warning = on;"
      "SET quote_all_identifiers = off; SET extra_float_digits = 1; SET array_nulls = on;"
      "SET transform_null_equals = off; SET default_transaction_read_only = off;"
      "SET default_transaction_isolation = 'read committed';"
      "SET default_transaction_deferrable = off; SET row_security = off;"
      "SET lock_timeout = 0; SET client_min_messages = error;"
      // One that reads a catalog of thousands of tables would be compiled for longer than it runs.
      "SET jit = off;"
      // So that a short sort needs no temporary file, which the role may be refused.
      "SET work_mem = '16MB';"
      "SELECT pg_catalog.set_config('synchronous_commit', 'on', false)"
      " WHERE pg_catalog.current_setting('synchronous_commit') = 'off';";
  const std::string seconds = silent ? "'30s';" : "0;";
  sql += "SET idle_in_transaction_session_timeout = " + seconds;
  if (server_version >= 140000) sql += "SET idle_session_timeout = " + seconds;
  if (server_version >= 170000) sql += "SET transaction_timeout = 0;";
  if (silent)
    sql +=
        "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
        "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 30000;";
  return sql;
}

SqlRows ToRows(const pqxx::result& result) {
  SqlRows out;
  out.rows.reserve(static_cast<size_t>(result.size()));
  for (const auto& row : result) {
    auto& values = out.rows.emplace_back();
    values.reserve(static_cast<size_t>(row.size()));
    for (const auto& field : row) {
      if (field.is_null()) {
        values.emplace_back();
      } else {
        values.emplace_back(field.template as<std::string>());
      }
    }
  }
  out.affected = static_cast<std::int64_t>(result.affected_rows());
  return out;
}

pqxx::result Send(pqxx::connection& connection, const std::string& sql,
                  const std::vector<SqlValue>& values) {
  pqxx::nontransaction work(connection);
  if (values.empty()) return work.exec(sql);
#if PQXX_VERSION_MAJOR >= 7
  pqxx::params params;
  for (const auto& value : values) {
    if (value) {
      params.append(*value);
    } else {
      params.append();
    }
  }
#else
  std::vector<const char*> texts;
  for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
  const auto params = pqxx::prepare::make_dynamic_params(texts);
#endif
#if PQXX_VERSION_MAJOR >= 8
  return work.exec(sql, params);
#else
  return work.exec_params(sql, params);
#endif
}

int ServerVersion(pqxx::connection& connection) { return connection.server_version(); }

/// libpqxx 6 would silently connect anew, to a session without claims and settings.
void NeverReconnect([[maybe_unused]] pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
}

}  // namespace

struct PgConnection::Impl {
  /// The transaction, as far as this side knows.
  enum class Phase {
    kNone,
    kUnsent,  ///< its BEGIN travels with its first statement
    kOpen,
    kAborted,  ///< a statement failed, so the server waits for a ROLLBACK, also to a savepoint
    kEnded,    ///< the first statement failed, and the ROLLBACK is sent
  };

  std::unique_ptr<pqxx::connection> connection;
  std::string where;
  int backend_pid = 0;
  bool dead = false;
  Phase phase = Phase::kNone;
  std::set<std::string> prepared;  ///< names of what ExecuteOften sent
  bool shared = false;             ///< it is not this connection's alone: a pooler, or DEALLOCATE

  tl::unexpected<Error> Forgotten(Error error);

  Result<void> Alive() const {
    if (!dead) return {};
    return Fail(ErrorKind::kUnreachable, "IL-E03",
                "the connection to " + where + " was lost before");
  }

  /// As it stands.
  Result<SqlRows> Send(const std::string& sql, const std::vector<SqlValue>& values, Moment moment) {
    IL_RETURN_IF_ERROR(Alive());
    try {
      auto rows = ToRows(postgres::Send(*connection, sql, values));
      if (phase == Phase::kAborted) phase = Phase::kOpen;  // only ROLLBACK TO succeeds there
      return rows;
    } catch (const std::exception& exception) {
      const bool lost = !connection->is_open();
      Error error = FromException(exception, moment, lost, where);
      if (phase != Phase::kNone) phase = Phase::kAborted;
      if (lost) {
        dead = true;
        phase = Phase::kNone;
      }
      return Fail(std::move(error));
    }
  }

  Result<SqlRows> Run(const std::string& sql, const std::vector<SqlValue>& values) {
    if (phase == Phase::kUnsent) return RunFirst(sql, values);
    if (phase == Phase::kEnded)
      return Fail(ErrorKind::kFailed, "IL-E42", "the first statement of the transaction failed");
    return Send(sql, values, Moment::kSent);
  }

  /// One message with the BEGIN, unless values are bound, or a tag must stand at the beginning.
  Result<SqlRows> RunFirst(const std::string& sql, const std::vector<SqlValue>& values) {
    phase = Phase::kOpen;
    const bool apart = !values.empty() || sql.starts_with("/*");
    auto begun = Send(apart ? "BEGIN" : "BEGIN; " + sql, {}, Moment::kBeginning);
    if (begun && apart) return Send(sql, values, Moment::kSent);
    if (begun || dead) return begun;
    // A text that cannot be parsed was refused with its BEGIN, and what came next would last.
    if (Send("ROLLBACK", {}, Moment::kBeginning)) phase = Phase::kEnded;
    return begun;
  }
};

/// Of a prepared statement that is not there, or already: the same call, made again, does without.
tl::unexpected<Error> PgConnection::Impl::Forgotten(Error error) {
  if (IsOfPrepared(error)) {
    shared = true;
    error.kind = ErrorKind::kTransient;
  }
  return Fail(std::move(error));
}

PgConnection::PgConnection() : impl_(std::make_unique<Impl>()) {}
PgConnection::~PgConnection() = default;

Result<std::unique_ptr<PgConnection>> PgConnection::Open(const std::string& url,
                                                         const ConnectOptions& options) {
  IL_ASSIGN(Settings settings, ParseUrl(url));
  AddDefaults(options, settings);
  std::unique_ptr<PgConnection> out(new PgConnection);
  out->url_ = url;
  auto& impl = *out->impl_;
  impl.where = Where(settings);
  int version = 0;
  try {
    impl.connection = std::make_unique<pqxx::connection>(Keywords(settings));
    NeverReconnect(*impl.connection);
    impl.backend_pid = impl.connection->backendpid();
    version = ServerVersion(*impl.connection);
  } catch (const std::exception& exception) {
    return Fail(FromException(exception, Moment::kConnecting, true, impl.where));
  }
  // A role's statement_timeout may be so short that it strikes the very statement that lifts it.
  constexpr int kTries = 20;
  const std::string pinning = "SET statement_timeout = 0;" + PinningSql(options, version);
  auto pinned = impl.Send(pinning, {}, Moment::kBeginning);
  for (int i = 1; i < kTries && !pinned && pinned.error().kind == ErrorKind::kTransient; ++i)
    pinned = impl.Send(pinning, {}, Moment::kBeginning);
  IL_RETURN_IF_ERROR(pinned);
  return out;
}

Result<SqlRows> PgConnection::Execute(const std::string& sql, const std::vector<SqlValue>& values) {
  return impl_->Run(sql, values);
}

Result<SqlRows> PgConnection::ExecuteOften(const std::string& sql) {
  if (impl_->shared) return Execute(sql, {});
  // By the text, so that behind a pooler nobody else's statement is meant.
  const std::string name = "interlock_" + Sha256(sql).substr(0, 16);
  if (!impl_->prepared.contains(name)) {
    auto made = Execute("PREPARE " + name + " AS " + sql, {});
    if (!made) return impl_->Forgotten(std::move(made).error());
    impl_->prepared.insert(name);
  }
  auto rows = Execute("EXECUTE " + name, {});
  if (!rows) return impl_->Forgotten(std::move(rows).error());
  return rows;
}

Result<void> PgConnection::Begin() {
  if (impl_->phase != Impl::Phase::kNone)
    return Fail(ErrorKind::kInternal, "IL-E99", "a transaction is open already");
  IL_RETURN_IF_ERROR(impl_->Alive());
  impl_->phase = Impl::Phase::kUnsent;
  return {};
}

Result<void> PgConnection::Commit() {
  IL_RETURN_IF_ERROR(impl_->Alive());
  switch (impl_->phase) {
    case Impl::Phase::kNone:
      return Fail(ErrorKind::kInternal, "IL-E99", "there is no transaction to commit");
    case Impl::Phase::kUnsent:
      impl_->phase = Impl::Phase::kNone;
      return {};
    case Impl::Phase::kAborted:
    case Impl::Phase::kEnded:
      Rollback();
      return Fail(ErrorKind::kFailed, "IL-E42",
                  "a statement of the transaction failed, so it was rolled back");
    case Impl::Phase::kOpen:
      break;
  }
  // A deferred constraint may refuse; then the server has rolled back.
  auto done = impl_->Send("COMMIT", {}, Moment::kSent);
  impl_->phase = Impl::Phase::kNone;
  IL_RETURN_IF_ERROR(done);
  return {};
}

void PgConnection::Rollback() {
  if (impl_->phase == Impl::Phase::kOpen || impl_->phase == Impl::Phase::kAborted) {
    // An error here means that the connection is lost: Send has marked it dead.
    [[maybe_unused]] const auto ignored = impl_->Send("ROLLBACK", {}, Moment::kBeginning);
  }
  impl_->phase = Impl::Phase::kNone;
}

int PgConnection::backend_pid() const { return impl_->backend_pid; }

}  // namespace interlock::postgres
