#include "engine/postgres/claims.h"

#include "engine/answers.h"

namespace interlock::postgres {
namespace {

/// SQL for the advisory lock's key of the object that `object` gives: the first 64 bits of SHA-256
/// over "interlock", database and object, each but the last ended by a zero byte.
std::string KeyOf(const std::string& object) {
  return "('x' || left(encode(sha256(convert_to('interlock', 'UTF8') || decode('00', 'hex') ||"
         " convert_to(current_database(), 'UTF8') || decode('00', 'hex') || convert_to(" +
         object + ", 'UTF8')), 'hex'), 16))::bit(64)::bigint";
}

/// SQL for a row with the pid of whoever holds the lock with that key; 0 for a prepared
/// transaction, which has none.
std::string HolderOf(const std::string& object) {
  return "SELECT coalesce(l.pid, 0) AS pid FROM pg_locks l WHERE l.locktype = 'advisory'"
         " AND l.objsubid = 1 AND l.granted AND l.mode = 'ExclusiveLock' AND l.database ="
         " (SELECT oid FROM pg_database WHERE datname = current_database())"
         " AND ((l.classid::bigint << 32) | l.objid::bigint) = (SELECT " +
         KeyOf(object) + ")";
}

/// The same, where it is this session.
std::string HeldHere(const std::string& object) {
  return HolderOf(object) + " AND l.pid = pg_backend_pid()";
}

}  // namespace

Result<bool> PgClaims::TryLock(const std::string& object) {
  // An advisory lock counts how often a session took it; a second time would not be given up.
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute("SELECT pg_try_advisory_lock(" + KeyOf("$1") +
                                    ") WHERE NOT EXISTS (" + HeldHere("$1") + ")",
                                {object}));
  return !rows.rows.empty() && rows.rows[0].at(0) == "t";
}

Result<bool> PgClaims::Unlock(const std::string& object) {
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute("SELECT pg_advisory_unlock(" + KeyOf("$1") + ")", {object}));
  IL_ASSIGN(const SqlValue given_up, FirstValue(rows));
  return given_up == "t";
}

Result<std::uint64_t> PgClaims::RaiseToken(const ClaimRequest& request, Timestamp now) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection_));
  IL_RETURN_IF_ERROR(connection_.Execute("SET LOCAL lock_timeout = '500ms'"));
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute(
                "INSERT INTO interlock.claims AS c (object, token, release, actor, host,"
                " runner_pid, session, since) VALUES ($1, 1, $2, $3, $4, $5::int, pg_backend_pid(),"
                " $6::bigint) ON CONFLICT (object) DO UPDATE SET token = c.token + 1,"
                " release = EXCLUDED.release, actor = EXCLUDED.actor, host = EXCLUDED.host,"
                " runner_pid = EXCLUDED.runner_pid, session = EXCLUDED.session,"
                " since = EXCLUDED.since RETURNING token",
                {request.object, request.release, request.actor, request.host,
                 std::to_string(request.runner_pid), std::to_string(now)}));
  IL_RETURN_IF_ERROR(transaction.Commit());
  IL_ASSIGN(const SqlValue token, FirstValue(rows));
  IL_ASSIGN(const std::int64_t number, WholeNumber(token));
  return static_cast<std::uint64_t>(number);
}

Result<ClaimStore::Standing> PgClaims::Look(const std::string& object) {
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute("SELECT (SELECT token FROM interlock.claims WHERE object = $1),"
                                " EXISTS (" +
                                    HeldHere("$1") + ")",
                                {object}));
  IL_ASSIGN(const auto row, FirstRow(rows));
  Standing out;
  if (row.at(0)) {
    IL_ASSIGN(const std::int64_t token, WholeNumber(row.at(0)));
    out.token = static_cast<std::uint64_t>(token);
  }
  out.held_here = row.at(1) == "t";
  return out;
}

Result<std::vector<ClaimHolder>> PgClaims::Holders() {
  IL_ASSIGN(const SqlRows there,
            connection_.Execute("SELECT to_regclass('interlock.claims') IS NOT NULL"));
  IL_ASSIGN(const SqlValue exists, FirstValue(there));
  if (exists != "t") return std::vector<ClaimHolder>();
  IL_ASSIGN(const SqlRows rows,
            connection_.Execute(
                "SELECT c.object, c.token, c.release, c.actor, c.host, c.runner_pid,"
                " c.session, c.since, h.pid FROM interlock.claims c"
                " LEFT JOIN LATERAL (" +
                HolderOf("c.object") + " LIMIT 1) h ON true ORDER BY c.object COLLATE \"C\""));
  return ReadHolders(rows);
}

Result<std::optional<std::int64_t>> PgClaims::Holder(const std::string& object) {
  IL_ASSIGN(const SqlRows holders, connection_.Execute(HolderOf("$1"), {object}));
  if (holders.rows.empty()) return std::optional<std::int64_t>();
  IL_ASSIGN(const std::int64_t holder, WholeNumber(holders.rows[0].at(0)));
  return std::optional<std::int64_t>(holder);
}

Result<void> PgClaims::End(std::int64_t session) {
  IL_RETURN_IF_ERROR(
      connection_.Execute("SELECT pg_terminate_backend($1::int)", {std::to_string(session)}));
  return {};
}

std::string PgClaims::StateOf(std::int64_t session) {
  const auto state = connection_.Execute(
      "SELECT coalesce(state, 'state hidden') FROM pg_stat_activity WHERE pid = $1::int",
      {std::to_string(session)});
  return state && !state->rows.empty() ? state->rows[0].at(0).value_or("?") : "";
}

Result<void> PgClaims::Ping() {
  IL_RETURN_IF_ERROR(connection_.Execute("SELECT 1", {}));
  return {};
}

}  // namespace interlock::postgres
