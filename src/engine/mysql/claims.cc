#include "engine/mysql/claims.h"

#include "engine/answers.h"
#include "engine/mysql/errors.h"
#include "engine/sql_ledger_texts.h"

namespace interlock::mysql {
namespace {

/// SQL for the lock's name, of at most 64 characters, of the object that `object` gives.
std::string NameOf(const std::string& object) {
  return "CONCAT('interlock_', LEFT(SHA2(CONCAT('interlock', CHAR(0), DATABASE(), CHAR(0), " +
         object + "), 256), 44))";
}

/// SQL for 1 where this session holds the lock, else 0.
std::string HeldHere(const std::string& object) {
  return "IS_USED_LOCK(" + NameOf(object) + ") <=> CONNECTION_ID()";
}

}  // namespace

Result<bool> MySqlClaims::TryLock(const std::string& object) {
  // A session that holds it would get it again, and have to give it up twice.
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute("SELECT CASE WHEN " + HeldHere("$1") + " THEN 0 ELSE GET_LOCK(" +
                                    NameOf("$1") + ", 0) END",
                                {object}));
  IL_ASSIGN(const SqlValue value, FirstValue(rows));
  IL_ASSIGN(const std::int64_t locked, WholeNumber(value));
  return locked == 1;
}

Result<bool> MySqlClaims::Unlock(const std::string& object) {
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute("SELECT RELEASE_LOCK(" + NameOf("$1") + ")", {object}));
  IL_ASSIGN(const SqlValue released, FirstValue(rows));
  return released == "1";
}

Result<std::uint64_t> MySqlClaims::RaiseToken(const ClaimRequest& request, Timestamp now) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection_));
  IL_ASSIGN(
      const SqlRows found,
      connection_.Execute("SELECT token FROM interlock_claims WHERE object = $1 FOR UPDATE NOWAIT",
                          {request.object}));
  std::int64_t token = 1;
  if (!found.rows.empty()) {
    IL_ASSIGN(const std::int64_t old, WholeNumber(found.rows[0].at(0)));
    token = old + 1;
  }
  IL_RETURN_IF_ERROR(connection_.Execute(
      found.rows.empty()
          ? "INSERT INTO interlock_claims (object, token, `release`, actor, host, runner_pid,"
            " session, since) VALUES ($1, $2, $3, $4, $5, $6, CONNECTION_ID(), $7)"
          : "UPDATE interlock_claims SET token = $2, `release` = $3, actor = $4, host = $5,"
            " runner_pid = $6, session = CONNECTION_ID(), since = $7 WHERE object = $1",
      {request.object, std::to_string(token), request.release, request.actor, request.host,
       std::to_string(request.runner_pid), std::to_string(now)}));
  IL_RETURN_IF_ERROR(transaction.Commit());
  return static_cast<std::uint64_t>(token);
}

Result<ClaimStore::Standing> MySqlClaims::Look(const std::string& object) {
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute(
                "SELECT (SELECT token FROM interlock_claims WHERE object = $1), " + HeldHere("$1"),
                {object}));
  IL_ASSIGN(const auto row, FirstRow(rows));
  Standing out;
  if (row.at(0)) {
    IL_ASSIGN(const std::int64_t token, WholeNumber(row.at(0)));
    out.token = static_cast<std::uint64_t>(token);
  }
  out.held_here = row.at(1) == "1";
  return out;
}

Result<std::vector<ClaimHolder>> MySqlClaims::Holders() {
  IL_ASSIGN(const SqlRows there,
            connection_.Execute(FindLedgerSql(connection_.dialect())->exists, {}));
  if (there.rows.empty()) return std::vector<ClaimHolder>();
  IL_ASSIGN(
      const SqlRows rows,
      connection_.Execute("SELECT c.object, c.token, c.`release`, c.actor, c.host,"
                          " c.runner_pid, c.session, c.since, IS_USED_LOCK(" +
                              NameOf("c.object") + ") FROM interlock_claims c ORDER BY c.object",
                          {}));
  return ReadHolders(rows);
}

Result<std::optional<std::int64_t>> MySqlClaims::Holder(const std::string& object) {
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute("SELECT IS_USED_LOCK(" + NameOf("$1") + ")", {object}));
  IL_ASSIGN(const SqlValue holder, FirstValue(rows));
  if (!holder) return std::optional<std::int64_t>();
  IL_ASSIGN(const std::int64_t session, WholeNumber(holder));
  return std::optional<std::int64_t>(session);
}

Result<void> MySqlClaims::End(std::int64_t session) {
  constexpr int kUnknownThread = 1094;
  auto ended = connection_.Execute("KILL CONNECTION " + std::to_string(session), {});
  if (ended || NumberOf(ended.error()) == kUnknownThread) return {};
  return Fail(std::move(ended).error());
}

std::string MySqlClaims::StateOf(std::int64_t session) {
  // The second may fail on MySQL: see MySqlConnection::process_list.
  std::vector<std::string> tables{"information_schema.processlist"};
  if (connection_.dialect() == "mysql")
    tables.insert(tables.begin(), "performance_schema.processlist");
  for (const auto& table : tables) {
    const auto state = connection_.Execute(
        "SELECT LOWER(command) FROM " + table + " WHERE id = " + std::to_string(session), {});
    if (state && !state->rows.empty()) return state->rows[0].at(0).value_or("?");
  }
  return "";
}

Result<void> MySqlClaims::Ping() {
  IL_RETURN_IF_ERROR(connection_.Execute("DO 1", {}));
  return {};
}

}  // namespace interlock::mysql
