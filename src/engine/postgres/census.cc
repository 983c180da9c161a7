#include "engine/postgres/census.h"

#include <array>

#include "base/digest.h"
#include "base/text.h"
#include "engine/postgres/answers.h"

namespace interlock::postgres {
namespace {

/// What poolers call their own sessions, where they do not pass the client's name on.
constexpr std::array<std::string_view, 6> kPoolers{
    {"pgbouncer*", "odyssey*", "pgcat*", "pgpool*", "supavisor*", "pgagroal*"}};

Result<Duration> Microseconds(const SqlValue& value) {
  IL_ASSIGN(const std::int64_t count, WholeNumber(value));
  return Duration(count);
}

std::string MicrosecondsSince(const std::string& column) {
  return "coalesce((extract(epoch FROM clock_timestamp() - " + column + ") * 1000000)::bigint, 0)";
}

bool IsPooler(const std::string& name) {
  for (const auto& pattern : kPoolers)
    if (MatchesPattern(name, pattern)) return true;
  return false;
}

Result<bool> SeesAllActivity(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT pg_has_role('pg_read_all_stats', 'USAGE')"));
  IL_ASSIGN(const SqlValue value, FirstValue(rows));
  return value == "t";
}

}  // namespace

Result<SessionList> ReadSessions(SqlConnection& connection, const std::string& server) {
  IL_ASSIGN(
      const SqlRows rows,
      connection.Execute(
          "SELECT pid, application_name, usename, coalesce(client_hostname, host(client_addr), ''),"
          " coalesce(state, ''), CASE WHEN state LIKE 'idle%' THEN " +
          MicrosecondsSince("state_change") +
          " ELSE 0 END, backend_type IS NULL FROM pg_stat_activity"
          " WHERE datname = current_database() AND pid <> pg_backend_pid()"
          " AND coalesce(backend_type, 'client backend') = 'client backend' ORDER BY pid"));
  SessionList out;
  std::int64_t hidden = 0;
  std::string pooler;
  for (const auto& row : rows.rows) {
    DbSession session;
    IL_ASSIGN(session.id, WholeNumber(row.at(0)));
    session.server = server;
    session.name = row.at(1).value_or("");
    session.user = row.at(2).value_or("");
    session.host = row.at(3).value_or("");
    session.state = row.at(4).value_or("");
    IL_ASSIGN(session.idle, Microseconds(row.at(5)));
    if (row.at(6) == "t") ++hidden;
    if (IsPooler(session.name)) pooler = session.name;
    out.sessions.push_back(std::move(session));
  }
  if (hidden > 0) {
    IL_ASSIGN(const bool sees_all, SeesAllActivity(connection));
    out.complete = sees_all;
    if (!sees_all)
      out.why_incomplete = "this role may not see what " + WithCommas(hidden) +
                           " sessions of other roles are: grant it pg_read_all_stats";
  }
  if (!pooler.empty()) {
    out.complete = false;
    out.why_incomplete = "'" + pooler + "' is a pooler: it hides its clients";
  }
  return out;
}

namespace {

Result<std::vector<Blocker>> ToBlockers(const SqlRows& rows) {
  std::vector<Blocker> out;
  for (const auto& row : rows.rows) {
    IL_ASSIGN(const auto pid, WholeNumber(row.at(0)));
    IL_ASSIGN(const auto since, Microseconds(row.at(4)));
    Blocker blocker{pid,
                    row.at(1).value_or(""),
                    row.at(2).value_or(""),
                    row.at(3).value_or(""),
                    since,
                    row.at(5).value_or(""),
                    std::nullopt};
    if (row.at(6)) {
      IL_ASSIGN(blocker.gives_way, Microseconds(row.at(6)));
    }
    blocker.holds = row.at(7) == "t";
    blocker.reads = row.at(8) == "t";
    out.push_back(std::move(blocker));
  }
  return out;
}

}  // namespace

Result<std::vector<Blocker>> ReadBlockers(SqlConnection& connection, const TableName& table) {
  IL_ASSIGN(
      const SqlRows rows,
      connection.Execute(
          "SELECT a.pid, a.application_name, coalesce(a.usename, ''),"
          " coalesce(a.state, 'hidden') || CASE WHEN w.waits THEN ', waits' ELSE '' END, " +
              MicrosecondsSince("a.xact_start") +
              ", left(coalesce(a.query, ''), 80),"
              // One that prevents wraparound is not ended for anybody.
              " CASE WHEN a.backend_type = 'autovacuum worker' AND a.query NOT LIKE"
              " '%(to prevent wraparound)%' THEN (SELECT setting::bigint * 1000 FROM pg_settings"
              " WHERE name = 'deadlock_timeout') END, a.backend_type = 'client backend'"
              " AND NOT EXISTS (SELECT FROM pg_locks x WHERE x.pid = a.pid AND NOT x.granted),"
              " w.reads FROM (SELECT l.pid, bool_or(NOT l.granted) AS waits,"
              "   bool_and(l.mode = 'AccessShareLock') AS reads"
              "   FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n"
              "   ON n.oid = c.relnamespace WHERE l.locktype = 'relation' AND n.nspname = $1"
              "   AND c.relname = $2 AND l.database = (SELECT oid FROM pg_database WHERE datname"
              "     = current_database()) AND l.pid IS NOT NULL GROUP BY l.pid) w"
              " JOIN pg_stat_activity a ON a.pid = w.pid WHERE a.pid <> pg_backend_pid()"
              " AND coalesce(a.application_name, '') NOT LIKE 'interlock%' ORDER BY 5 DESC, 1",
          {table.schema, table.name}));
  return ToBlockers(rows);
}

Result<std::vector<Blocker>> ReadBlockersOf(SqlConnection& connection, int pid) {
  IL_ASSIGN(
      const SqlRows rows,
      connection.Execute("SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.usename, ''),"
                         " coalesce(a.state, 'hidden'), " +
                             MicrosecondsSince("a.xact_start") +
                             ", left(coalesce(a.query, ''), 80), NULL::bigint, false, false"
                             " FROM pg_stat_activity a WHERE a.pid = ANY "
                             "(pg_blocking_pids($1::int)) ORDER BY 5 DESC, 1",
                         {std::to_string(pid)}));
  return ToBlockers(rows);
}

Result<std::vector<ReplicaState>> ReadReplicas(SqlConnection& connection) {
  // pg_receivewal and pg_basebackup only fetch; a logical subscriber has a schema of its own.
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT coalesce(client_hostname, host(client_addr), nullif(application_name, ''),"
                " 'pid ' || pid), state, (extract(epoch FROM replay_lag) * 1000000)::bigint"
                " FROM pg_stat_replication r WHERE application_name NOT IN"
                " ('pg_receivewal', 'pg_basebackup') AND coalesce(state, '') NOT IN ('backup', "
                "'stopping')"
                " AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid"
                "   AND s.slot_type = 'logical') ORDER BY 1"));
  std::vector<ReplicaState> out;
  for (const auto& row : rows.rows) {
    if (!row.at(1))
      return Fail(ErrorKind::kUndecidable, "IL-E24",
                  "this role may not see the state of the replicas that are attached",
                  "grant it pg_read_all_stats");
    ReplicaState replica;
    replica.name = row.at(0).value_or("");
    replica.reachable = row.at(1) == "streaming";
    if (row.at(2)) {
      IL_ASSIGN(replica.lag, Microseconds(row.at(2)));
    }
    // Without traffic the server stops measuring: everything was replayed.
    if (!row.at(2) && replica.reachable) replica.lag = Duration(0);
    out.push_back(std::move(replica));
  }
  return out;
}

Result<ServerIdentity> ReadIdentity(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows recovery, connection.Execute("SELECT pg_is_in_recovery()"));
  ServerIdentity out;
  IL_ASSIGN(const SqlValue in_recovery, FirstValue(recovery));
  out.in_recovery = in_recovery == "t";
  // The control file's timeline lags behind a promotion; the name of the WAL file does not.
  const std::string timeline =
      out.in_recovery ? "(SELECT coalesce((SELECT received_tli FROM pg_stat_wal_receiver),"
                        " (SELECT timeline_id FROM pg_control_checkpoint()))::text)"
                      : "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)"
                        "::int::text";
  const std::string position =
      out.in_recovery ? "pg_last_wal_replay_lsn()" : "pg_current_wal_lsn()";
  IL_ASSIGN(
      const SqlRows rows,
      connection.Execute(
          "SELECT (SELECT system_identifier FROM pg_control_system()), current_database() || ' ' ||"
          " (SELECT oid FROM pg_database WHERE datname = current_database()), " +
          timeline + ", " + position +
          ", coalesce(host(inet_server_addr()) || ':' || inet_server_port(), 'local socket, port '"
          " || current_setting('port')), current_setting('server_version'),"
          " current_setting('server_version_num')"));
  IL_ASSIGN(const auto row, FirstRow(rows));
  out.system = row.at(0).value_or("");
  out.database = row.at(1).value_or("");
  out.timeline = row.at(2).value_or("");
  out.position = row.at(3).value_or("");
  out.host = row.at(4).value_or("");
  out.version = Split(row.at(5).value_or(""), ' ').front();
  IL_ASSIGN(const int version, SmallNumber(row.at(6)));
  out.major = version / 10000;
  return out;
}

Result<void> ProveOneSession(PgConnection& connection) {
  constexpr const char* kHint =
      "give interlock a url that leads to the server itself, past the pooler";
  IL_ASSIGN(const SqlRows own, connection.Execute("SELECT pg_backend_pid()", {}));
  IL_ASSIGN(const SqlValue pid, FirstValue(own));
  const std::string server_pid = pid.value_or("");
  if (server_pid != std::to_string(connection.backend_pid()))
    return Fail(ErrorKind::kRefused, "IL-E30",
                "a pooler stands between us and the server: it says session " +
                    std::to_string(connection.backend_pid()) + ", the server says " + server_pid,
                kHint);
  const std::string key = std::to_string(std::stoll(RandomId().substr(0, 15), nullptr, 16));
  const std::string take = "SELECT pg_try_advisory_lock(" + key + ")";
  const std::string give_up = "SELECT pg_advisory_unlock(" + key + ")";
  IL_RETURN_IF_ERROR(connection.Execute(take, {}));
  auto shared = [&]() -> Result<bool> {
    IL_ASSIGN(const auto second, PgConnection::Open(connection.url(), {"interlock proof", false}));
    IL_ASSIGN(const SqlRows got, second->Execute(take, {}));
    IL_ASSIGN(const SqlValue taken, FirstValue(got));
    const bool same = taken == "t";
    if (same) IL_RETURN_IF_ERROR(second->Execute(give_up, {}));
    return same;
  }();
  IL_RETURN_IF_ERROR(connection.Execute(give_up, {}));
  if (!shared) return Fail(std::move(shared).error());
  if (*shared)
    return Fail(ErrorKind::kRefused, "IL-E31",
                "two connections got the same exclusive lock: a pooler in transaction mode stands "
                "in between",
                kHint);
  return {};
}

}  // namespace interlock::postgres
