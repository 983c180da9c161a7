#include "engine/mysql/census.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <thread>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/grants.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

/// What poolers call their own sessions.
constexpr std::array<std::string_view, 3> kPoolers{{"proxysql*", "maxscale*", "mysqlrouter*"}};

bool IsRefused(const Error& error) { return error.kind == ErrorKind::kRefused; }

/// "10.0.3.9:41822" without the port; "" for a local socket.
std::string HostOf(const std::string& host) {
  const auto colon = host.rfind(':');
  const bool port = colon != std::string::npos && colon + 1 < host.size() &&
                    host.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (port) return host.substr(0, colon);
  return host == "localhost" ? "" : host;
}

/// The tables that hold what sessions said of themselves: of all of them, of this account's.
constexpr std::string_view kAllAttributes = "performance_schema.session_connect_attrs";
constexpr std::string_view kOwnAttributes = "performance_schema.session_account_connect_attrs";

/// What this account may see of others.
struct Sight {
  bool process = false;     ///< every session
  bool attributes = false;  ///< what they call themselves, where the server keeps it
  bool kept = false;        ///< the server keeps it
};

Result<Sight> ReadSight(MySqlConnection& connection) {
  Sight out;
  IL_ASSIGN(const Grants grants, ReadGrants(connection));
  out.process = grants.Everywhere("PROCESS");
  IL_ASSIGN(const SqlRows kept, connection.Execute("SELECT @@performance_schema", {}));
  IL_ASSIGN(const SqlValue on, FirstValue(kept));
  out.kept = on == "1";
  const auto read =
      connection.Execute("SELECT 1 FROM " + std::string(kAllAttributes) + " LIMIT 1", {});
  if (!read && !IsRefused(read.error())) return Fail(read.error());
  out.attributes = read.has_value();
  return out;
}

struct Process {
  DbSession session;
  bool ours = false;
  bool waits = false;                   ///< for a lock, of the table or of a row
  std::optional<Duration> transaction;  ///< its age
  Duration time{0};                     ///< since the state began
  std::string info;                     ///< the beginning of its statement
};

Result<Process> ReadProcess(const std::vector<SqlValue>& row) {
  Process out;
  DbSession& session = out.session;
  IL_ASSIGN(session.id, WholeNumber(row.at(0)));
  session.user = row.at(2).value_or("");
  session.account = session.user;
  out.ours = row.at(10) == "1";
  session.name = out.ours ? "interlock" : row.at(1).value_or(session.user);
  session.host = HostOf(row.at(3).value_or(""));
  session.elsewhere = row.at(4) == "1";
  IL_ASSIGN(const std::int64_t seconds, WholeNumber(row.at(6)));
  out.time = std::chrono::seconds(std::max<std::int64_t>(seconds, 0));
  if (row.at(7)) {
    IL_ASSIGN(const std::int64_t age, WholeNumber(row.at(7)));
    out.transaction = Duration(std::max<std::int64_t>(age, 0));
  }
  const std::string command = row.at(5).value_or("");
  if (command == "Sleep") {
    session.state = out.transaction ? "idle in transaction" : "idle";
    session.idle = out.time;
  } else {
    session.state = command == "Killed" ? "killed" : "active";
  }
  out.waits = row.at(8) == "1";
  out.info = row.at(9).value_or("");
  return out;
}

/// Sessions of clients but this one: no threads of the server's own, no replicas.
Result<std::vector<Process>> ReadProcesses(MySqlConnection& connection, const Sight& sight) {
  const std::string transactions =
      sight.process ? " LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id"
                    : " LEFT JOIN (SELECT NULL AS trx_mysql_thread_id, NULL AS trx_started,"
                      " NULL AS trx_state) t ON FALSE";
  IL_ASSIGN(
      const SqlRows rows,
      connection.Execute(
          "SELECT p.id, a.attr_value, p.user, p.host,"
          " CASE WHEN p.db = DATABASE() OR p.db IS NULL THEN 0 ELSE 1 END, p.command,"
          " COALESCE(p.time, 0), TIMESTAMPDIFF(MICROSECOND, t.trx_started, NOW(6)),"
          " CASE WHEN p.state LIKE 'Waiting for table%' OR t.trx_state = 'LOCK WAIT' THEN 1"
          " ELSE 0 END, LEFT(p.info, 2000), " +
              OursSql("p.id") + " FROM " + connection.process_list() + " p LEFT JOIN " +
              std::string(sight.attributes ? kAllAttributes : kOwnAttributes) +
              " a ON a.processlist_id = p.id AND a.attr_name = 'program_name'" + transactions +
              " WHERE p.id <> CONNECTION_ID() AND p.command <> 'Daemon'"
              " AND p.command NOT LIKE 'Binlog Dump%' AND p.user NOT IN"
              " ('system user', 'event_scheduler', 'unauthenticated user') ORDER BY p.id",
          {}));
  std::vector<Process> out;
  for (const auto& row : rows.rows) {
    IL_ASSIGN(auto process, ReadProcess(row));
    out.push_back(std::move(process));
  }
  return out;
}

/// Which sessions have a lock on a table, and how the server is asked.
struct LockSource {
  const char* available;  ///< a row when it is kept
  const char* locks;      ///< $1 database, $2 table → session, 1 when it waits
};
constexpr std::array<LockSource, 2> kLockSources{{
    {"SELECT 1 FROM performance_schema.setup_instruments WHERE enabled = 'YES'"
     " AND name = 'wait/lock/metadata/sql/mdl'",
     "SELECT t.processlist_id, MAX(l.lock_status = 'PENDING')"
     " FROM performance_schema.metadata_locks l JOIN performance_schema.threads t"
     " ON t.thread_id = l.owner_thread_id WHERE l.object_type = 'TABLE' AND l.object_schema = $1"
     " AND l.object_name = $2 AND t.processlist_id IS NOT NULL GROUP BY t.processlist_id"},
    {"SELECT 1 FROM information_schema.plugins WHERE plugin_name = 'METADATA_LOCK_INFO'"
     " AND plugin_status = 'ACTIVE'",
     "SELECT DISTINCT thread_id, 0 FROM information_schema.metadata_lock_info"
     " WHERE table_schema = $1 AND table_name = $2 AND lock_type LIKE 'Table%'"},
}};

using Lockers = std::map<std::int64_t, bool>;

/// Nothing where the server does not tell.
Result<std::optional<Lockers>> ReadLockers(MySqlConnection& connection, const TableName& table) {
  for (const auto& source : kLockSources) {
    const auto available = connection.Execute(source.available, {});
    if (!available && !IsRefused(available.error())) return Fail(available.error());
    if (!available || available->rows.empty()) continue;
    const auto rows = connection.Execute(source.locks, {table.schema, table.name});
    if (!rows && !IsRefused(rows.error())) return Fail(rows.error());
    if (!rows) continue;
    Lockers out;
    for (const auto& row : rows->rows) {
      IL_ASSIGN(const std::int64_t id, WholeNumber(row.at(0)));
      out[id] = row.at(1) == "1";
    }
    return std::optional(std::move(out));
  }
  return std::optional<Lockers>();
}

bool Names(const std::string& statement, const std::string& table) {
  const auto tokens = Tokenize(statement);
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) {
    return token.kind != Token::Kind::kString && Upper(token.text) == Upper(table);
  });
}

/// What the process list alone says of a lock: "" when nothing.
std::string Guess(const Process& process, const TableName& table) {
  if (Names(process.info, table.name)) return process.waits ? ", waits" : ", uses it";
  if (process.transaction && !process.session.elsewhere) return ", may hold it";
  return "";
}

/// Values of the server's settings by name; those it does not have are missing.
Result<std::map<std::string, std::string>> ReadSettings(MySqlConnection& connection,
                                                        const std::vector<std::string>& names) {
  IL_ASSIGN(
      const SqlRows rows,
      connection.Execute(
          "SHOW GLOBAL VARIABLES WHERE variable_name IN ('" + Join(names, "', '") + "')", {}));
  std::map<std::string, std::string> out;
  for (const auto& row : rows.rows)
    if (row.size() == 2) out[Lower(row[0].value_or(""))] = row[1].value_or("");
  return out;
}

/// Whether a replica's thread that talks to its source is there, unlike those that apply what a
/// cluster sends.  performance_schema does not tell them apart; information_schema cannot be read
/// while some session sends a character of four bytes, which is over in a moment.
Result<bool> Follows(MySqlConnection& connection) {
  constexpr int kCannotConvert = 3854;
  constexpr int kTries = 50;
  for (int attempt = 1;; ++attempt) {
    const auto rows = connection.Execute(
        "SELECT 1 FROM information_schema.processlist WHERE user = 'system user'"
        " AND (command = 'Slave_IO' OR host <> '') LIMIT 1",
        {});
    if (rows) return !rows->rows.empty();
    if (NumberOf(rows.error()) != kCannotConvert || attempt == kTries) return Fail(rows.error());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

Result<ServerIdentity> ReadIdentity(MySqlConnection& connection) {
  IL_ASSIGN(auto settings,
            ReadSettings(connection,
                         {"server_uuid", "server_uid", "server_id", "gtid_executed",
                          "gtid_current_pos", "read_only", "super_read_only", "hostname", "port"}));
  const ServerVersion& version = connection.version();
  ServerIdentity out;
  out.host = settings["hostname"] + ":" + settings["port"];
  out.system = settings["server_uuid"];
  if (version.flavor == Flavor::kMariaDb) {
    const std::string& uid = settings["server_uid"];
    out.system = (uid.empty() ? settings["hostname"] : uid) + " server " + settings["server_id"];
  }
  out.database = connection.database();
  out.position = settings["gtid_executed"] + settings["gtid_current_pos"];
  std::erase(out.position, '\n');
  out.version = version.text.substr(version.text.starts_with("5.5.5-") ? 6 : 0);
  out.version = out.version.substr(0, out.version.find('-'));
  out.major = version.number / 100;
  const auto on = [&](const char* name) {
    const std::string& value = settings[name];
    return !value.empty() && value != "OFF" && value != "0";
  };
  IL_ASSIGN(const bool follows, Follows(connection));
  out.in_recovery = on("read_only") || on("super_read_only") || follows;
  return out;
}

Result<SessionList> ReadSessions(MySqlConnection& connection, const std::string& server) {
  IL_ASSIGN(const Sight sight, ReadSight(connection));
  IL_ASSIGN(auto processes, ReadProcesses(connection, sight));
  SessionList out;
  for (auto& process : processes) {
    auto& session = process.session;
    session.server = server;
    for (const auto& pattern : kPoolers)
      if (MatchesPattern(Lower(session.name), pattern)) {
        out.complete = false;
        out.why_incomplete = "'" + session.name + "' is a pooler: it hides its clients";
      }
    out.sessions.push_back(std::move(session));
  }
  if (sight.kept && !sight.attributes) {
    out.complete = false;
    out.why_incomplete =
        "this account may not see what sessions call themselves: GRANT SELECT ON "
        "performance_schema.* to it";
  }
  if (!sight.process) {
    out.complete = false;
    out.why_incomplete = "this account sees no sessions of others: GRANT PROCESS ON *.* to it";
  }
  return out;
}

Result<bool> TellsLocks(MySqlConnection& connection) {
  IL_ASSIGN(const auto lockers, ReadLockers(connection, {connection.database(), ""}));
  return lockers.has_value();
}

Result<std::vector<Blocker>> ReadBlockers(MySqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const Sight sight, ReadSight(connection));
  IL_ASSIGN(const auto processes, ReadProcesses(connection, sight));
  IL_ASSIGN(const auto lockers, ReadLockers(connection, table));
  std::vector<Blocker> out;
  for (const auto& process : processes) {
    if (process.ours) continue;
    const DbSession& session = process.session;
    std::string how;
    if (lockers && lockers->contains(session.id)) {
      how = process.waits || lockers->at(session.id) ? ", waits" : "";
    } else if (lockers) {
      // The plugin tells of no waiters.
      if (!process.waits || !Names(process.info, table.name)) continue;
      how = ", waits";
    } else {
      how = Guess(process, table);
      if (how.empty()) continue;
    }
    out.push_back({session.id, session.name, session.user, session.state + how,
                   process.transaction.value_or(process.time), process.info.substr(0, 80),
                   std::nullopt,
                   lockers && how.empty() && process.transaction && session.state != "killed"});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Blocker& a, const Blocker& b) { return a.age > b.age; });
  return out;
}

namespace {

Result<std::vector<std::string>> Registered(const SqlRows& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows.rows) {
    if (row.size() < 3) return WrongShape("a replica has no host");
    const std::string host = row[1].value_or("");
    out.push_back(host.empty() ? "server " + row[0].value_or("?")
                               : host + ":" + row[2].value_or(""));
  }
  return out;
}

/// Who follows this server's binary log.
Result<std::vector<std::string>> Followers(MySqlConnection& connection) {
  const bool maria = connection.version().flavor == Flavor::kMariaDb;
  const auto registered = connection.Execute(maria ? "SHOW REPLICA HOSTS" : "SHOW REPLICAS", {});
  if (registered) return Registered(*registered);
  if (!IsRefused(registered.error())) return Fail(registered.error());
  IL_ASSIGN(const Grants grants, ReadGrants(connection));
  if (!grants.Everywhere("PROCESS"))
    return Fail(ErrorKind::kUndecidable, "IL-E24",
                "this account may not see the replicas that are attached",
                std::string("GRANT ") + (maria ? "REPLICATION MASTER ADMIN" : "REPLICATION SLAVE") +
                    " ON *.* to it");
  IL_ASSIGN(const SqlRows readers,
            connection.Execute("SELECT host FROM " + connection.process_list() +
                                   " WHERE command LIKE 'Binlog Dump%' ORDER BY host",
                               {}));
  std::vector<std::string> out;
  for (const auto& row : readers.rows) out.push_back(HostOf(row.at(0).value_or("")));
  return out;
}

/// The other members of a Galera cluster or of a replication group: they register nowhere.
Result<std::vector<std::string>> Members(MySqlConnection& connection) {
  std::vector<std::string> out;
  IL_ASSIGN(const SqlRows size,
            connection.Execute("SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'", {}));
  if (!size.rows.empty()) {
    IL_ASSIGN(const int nodes, SmallNumber(size.rows[0].at(1)));
    for (int node = 2; node <= nodes; ++node)
      out.push_back("Galera node " + std::to_string(node) + " of " + std::to_string(nodes));
  }
  IL_ASSIGN(auto group, ReadSettings(connection, {"group_replication_group_name"}));
  if (group["group_replication_group_name"].empty()) return out;
  const auto members = connection.Execute(
      "SELECT member_host, member_port FROM performance_schema.replication_group_members"
      " WHERE member_id NOT IN ('', @@server_uuid) ORDER BY 1, 2",
      {});
  if (!members && IsRefused(members.error()))
    return Fail(ErrorKind::kUndecidable, "IL-E24",
                "this account may not see the members of the replication group",
                "GRANT SELECT ON performance_schema.* to it");
  if (!members) return Fail(members.error());
  for (const auto& row : members->rows)
    out.push_back(row.at(0).value_or("") + ":" + row.at(1).value_or(""));
  return out;
}

}  // namespace

Result<std::vector<ReplicaState>> ReadReplicas(MySqlConnection& connection) {
  IL_ASSIGN(auto names, Followers(connection));
  IL_ASSIGN(const auto members, Members(connection));
  names.insert(names.end(), members.begin(), members.end());
  std::vector<ReplicaState> out;
  for (auto& name : names) {
    ReplicaState replica;
    replica.name = std::move(name);
    replica.reachable = true;
    out.push_back(std::move(replica));
  }
  return out;
}

Result<Timestamp> ReadNow(MySqlConnection& connection) {
  // UNIX_TIMESTAMP ends in 2038 there.
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', SYSDATE(6))", {}));
  IL_ASSIGN(const SqlValue now, FirstValue(rows));
  return WholeNumber(now);
}

Result<bool> HasRows(MySqlConnection& connection, const TableName& table) {
  constexpr int kNoTable = 1146;
  const auto found = connection.Execute("SELECT 1 FROM " + Quote(table) + " LIMIT 1", {});
  if (found) return !found->rows.empty();
  if (NumberOf(found.error()) == kNoTable) return false;
  return Fail(found.error());
}

}  // namespace interlock::mysql
