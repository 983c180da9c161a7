// Proofs that a connection is one session of one server.
#include "base/digest.h"
#include "engine/answers.h"
#include "engine/mysql/census.h"

namespace interlock::mysql {
namespace {

/// The session and the server that carry out a statement.
Result<std::string> WhoAnswers(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT CONCAT(CONNECTION_ID(), ' of server ', @@server_id)", {}));
  IL_ASSIGN(const SqlValue who, FirstValue(rows));
  return Given(who);
}

tl::unexpected<Error> Between(const std::string& what) {
  return Fail(ErrorKind::kRefused, "IL-E30", "a proxy stands between us and the server: " + what,
              "give interlock a url that leads to the server itself, past the proxy");
}

/// A statement alone, and one in a transaction, which goes to no replica.
Result<void> ProveSameServer(SqlConnection& connection) {
  // A proxy knows this text and answers it by itself.
  IL_ASSIGN(const SqlRows bare, connection.Execute("SELECT CONNECTION_ID()", {}));
  IL_ASSIGN(const SqlValue said, FirstValue(bare));
  IL_ASSIGN(const std::string alone, WhoAnswers(connection));
  if (!alone.starts_with(said.value_or("") + " "))
    return Between("it says session " + said.value_or("") + ", the server says " + alone);
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  IL_ASSIGN(const std::string inside, WhoAnswers(connection));
  IL_RETURN_IF_ERROR(transaction.Commit());
  if (inside != alone)
    return Between("a statement reached session " + alone + ", another one session " + inside);
  return {};
}

/// One that a pooler made bears the pooler's name.
Result<void> ProveOwnSession(SqlConnection& connection, const std::string& program_name) {
  const auto rows = connection.Execute(
      "SELECT attr_value FROM performance_schema.session_account_connect_attrs"
      " WHERE processlist_id = CONNECTION_ID() AND attr_name = 'program_name'",
      {});
  if (!rows && rows.error().kind != ErrorKind::kRefused) return Fail(rows.error());
  if (!rows || rows->rows.empty() || rows->rows[0].at(0) == program_name) return {};
  return Between("the session was made by '" + rows->rows[0].at(0).value_or("") + "'");
}

}  // namespace

Result<void> ProveOneSession(SqlConnection& connection, const std::string& program_name,
                             const Reconnect& reconnect) {
  IL_RETURN_IF_ERROR(ProveSameServer(connection));
  IL_RETURN_IF_ERROR(ProveOwnSession(connection, program_name));
  const std::string key = "'interlock_proof_" + RandomId().substr(0, 32) + "'";
  const std::string take = "SELECT GET_LOCK(" + key + ", 0)";
  const std::string give_up = "SELECT RELEASE_LOCK(" + key + ")";
  IL_RETURN_IF_ERROR(connection.Execute(take, {}));
  auto shared = [&]() -> Result<bool> {
    IL_ASSIGN(const auto second, reconnect());
    IL_ASSIGN(const SqlRows got, second->Execute(take, {}));
    IL_ASSIGN(const SqlValue taken, FirstValue(got));
    const bool same = taken == "1";
    if (same) IL_RETURN_IF_ERROR(second->Execute(give_up, {}));
    return same;
  }();
  IL_ASSIGN(const SqlRows freed, connection.Execute(give_up, {}));
  if (!shared) return Fail(std::move(shared).error());
  IL_ASSIGN(const SqlValue had, FirstValue(freed));
  if (*shared || had != "1")
    return Fail(ErrorKind::kRefused, "IL-E31",
                "the same exclusive lock is not one session's alone: a proxy that shares sessions "
                "stands in between",
                "give interlock a url that leads to the server itself, past the proxy");
  return {};
}

Result<void> ProveOneSession(MySqlConnection& connection) {
  return ProveOneSession(connection, connection.program_name(),
                         [&]() -> Result<std::unique_ptr<SqlConnection>> {
                           ConnectOptions options;
                           options.program_name = "interlock proof";
                           return MySqlConnection::Open(connection.url(), options);
                         });
}

}  // namespace interlock::mysql
