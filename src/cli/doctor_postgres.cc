// doctor's questions to a PostgreSQL server.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "cli/doctor_questions.h"
#include "cli/text_style.h"
#include "engine/postgres/pg_engine.h"

namespace interlock::cli {
namespace {

constexpr int kIdleTimeoutMajor = 14;  // idle_session_timeout came with 14

bool Yes(const std::string& text) { return text == "t" || text == "true" || text == "on"; }

int CheckVersion(Questions& ask) {
  const auto rows = ask.Ask("version",
                            "SELECT pg_catalog.current_setting('server_version_num'), "
                            "pg_catalog.current_setting('server_version'), "
                            "pg_catalog.pg_is_in_recovery()::text");
  if (rows.empty()) return 0;
  const int major = Number(rows[0][0]) / 10000;
  if (major < postgres::kOldestMajor) {
    ask.Add(Finding::kStop, "version", "PostgreSQL " + rows[0][1],
            "needs " + std::to_string(postgres::kOldestMajor) + " or newer");
  } else if (major < kIdleTimeoutMajor) {
    ask.Add(Finding::kWarn, "version", "PostgreSQL " + rows[0][1],
            "before 14 the server does not end a silent holder of claims by itself; interlock "
            "claims break does");
  } else {
    ask.Ok("version", "PostgreSQL " + rows[0][1]);
  }
  if (Yes(rows[0][2]))
    ask.Add(Finding::kStop, "role of the server", "it is a replica (in recovery)",
            "point url at the primary; replicas belong into `replicas`");
  return major;
}

void CheckPrivileges(Questions& ask, const Database& database) {
  const auto create = ask.Ask(
      "privileges",
      "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')::text, "
      "CASE WHEN n.oid IS NULL THEN '' ELSE (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND "
      "pg_catalog.has_schema_privilege(n.oid, 'CREATE'))::text END, pg_catalog.current_user(), "
      "pg_catalog.current_database() "
      "FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'interlock'");
  if (!create.empty()) {
    const auto& row = create[0];
    if (row[1].empty() && !Yes(row[0])) {
      ask.Add(Finding::kStop, "ledger schema", row[2] + " may not create schema interlock",
              "GRANT CREATE ON DATABASE \"" + row[3] + "\" TO \"" + row[2] +
                  "\"; or CREATE SCHEMA interlock AUTHORIZATION \"" + row[2] + "\"");
    } else if (!row[1].empty() && !Yes(row[1])) {
      ask.Add(Finding::kStop, "ledger schema", row[2] + " may not use schema interlock",
              "GRANT USAGE, CREATE ON SCHEMA interlock TO \"" + row[2] + "\"");
    } else {
      ask.Ok("ledger schema", row[1].empty() ? "may be created" : "is there and usable");
    }
  }
  const auto foreign = ask.Ask(
      "ownership",
      "SELECT n.nspname || '.' || c.relname, pg_catalog.pg_get_userbyid(c.relowner) "
      "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', "
      "'interlock') AND n.nspname NOT LIKE 'pg\\_%' "
      "AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') ORDER BY 1");
  if (ask.failed() || create.empty()) return;
  std::vector<std::string> names;
  std::set<std::string> owners;
  for (const auto& row : foreign) {
    if (!Covers(database, row[0])) continue;
    names.push_back(row[0] + " (of " + row[1] + ")");
    owners.insert(row[1]);
  }
  if (names.empty()) {
    ask.Ok("ownership", "owns every table, or is a member of its owner");
    return;
  }
  const size_t count = names.size();
  if (names.size() > 3) names.resize(3);
  ask.Add(Finding::kStop, "ownership",
          Count(static_cast<long long>(count), "table") +
              (count == 1 ? " belongs to another: " : " belong to others: ") + Join(names, ", ") +
              (count > 3 ? ", …" : ""),
          "GRANT \"" + Join(std::vector<std::string>(owners.begin(), owners.end()), "\", \"") +
              "\" TO \"" + create[0][2] + "\", or take them out with `ignore`");
}

/// Expressions are proved and indexes built in the tables' own schemas.
void CheckSchemas(Questions& ask, const Database& database) {
  const auto rows = ask.Ask(
      "schemas",
      "SELECT n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE')::text, "
      "pg_catalog.has_schema_privilege(n.oid, 'CREATE')::text, pg_catalog.quote_ident(n.nspname), "
      "pg_catalog.quote_ident(pg_catalog.current_user()), "
      "COALESCE((SELECT pg_catalog.string_agg(c.relname, E'\\n') FROM pg_catalog.pg_class c "
      " WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')), '') "
      "FROM pg_catalog.pg_namespace n WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', "
      "'interlock') AND n.nspname NOT LIKE 'pg\\_%' AND EXISTS (SELECT 1 FROM pg_catalog.pg_class "
      "c "
      "WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')) ORDER BY 1");
  if (ask.failed()) return;
  bool all = true;
  for (const auto& row : rows) {
    const auto tables = Split(row[5], '\n');
    const bool ours = std::any_of(tables.begin(), tables.end(), [&](const std::string& table) {
      return Covers(database, row[0] + "." + table);
    });
    if (!ours || (Yes(row[1]) && Yes(row[2]))) continue;
    all = false;
    std::vector<std::string> missing;
    if (!Yes(row[1])) missing.push_back("USAGE");
    if (!Yes(row[2])) missing.push_back("CREATE");
    ask.Add(Finding::kStop, "schema " + row[0], "no " + Join(missing, ", no "),
            "GRANT " + Join(missing, ", ") + " ON SCHEMA " + row[3] + " TO " + row[4]);
  }
  if (all) ask.Ok("schemas", "USAGE and CREATE on each that holds a table");
}

void CheckMonitoring(Questions& ask) {
  const auto rows = ask.Ask("monitoring",
                            "SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')::text, "
                            "pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')::text, "
                            "pg_catalog.current_user()");
  if (rows.empty()) return;
  if (Yes(rows[0][0])) {
    ask.Ok("pg_read_all_stats", "sees every session");
  } else {
    ask.Add(Finding::kStop, "pg_read_all_stats", "sees only its own sessions in full",
            "GRANT pg_read_all_stats TO \"" + rows[0][2] +
                "\"; else a census is undecidable and contracts stay closed");
  }
  if (Yes(rows[0][1])) {
    ask.Ok("pg_signal_backend", "may end another role's session");
  } else {
    ask.Add(Finding::kWarn, "pg_signal_backend", "may not end another role's session",
            "GRANT pg_signal_backend TO \"" + rows[0][2] +
                "\" lets claims break and end_blockers_after reach other roles");
  }
}

void CheckSettings(Questions& ask, const Database& database) {
  const auto rows = ask.Ask(
      "settings",
      "SELECT pg_catalog.current_setting('server_encoding'), "
      "pg_catalog.current_setting('max_connections'), "
      "pg_catalog.current_setting('superuser_reserved_connections'), "
      "(SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity "
      " WHERE backend_type = 'client backend')::text, "
      "pg_catalog.current_setting('track_activities'), "
      "(SELECT setting FROM pg_catalog.pg_settings WHERE name = 'track_activity_query_size'), "
      "pg_catalog.current_setting('fsync'), "
      "(SELECT setting FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout')");
  if (rows.empty()) return;
  const auto& row = rows[0];
  if (row[0] == "UTF8") {
    ask.Ok("encoding", row[0]);
  } else {
    ask.Add(Finding::kStop, "encoding", row[0], "names and texts must be UTF8");
  }
  CheckConnections(ask, database, Number(row[1]), Number(row[2]) + Number(row[3]));
  if (!Yes(row[4]))
    ask.Add(Finding::kStop, "track_activities", "off",
            "set it on: without it sessions and orphan statements cannot be told");
  if (Number(row[5]) < 256)
    ask.Add(Finding::kWarn, "track_activity_query_size", row[5],
            "1024 or more, so that the tag in front of a statement is seen");
  if (!Yes(row[6]))
    ask.Add(Finding::kWarn, "fsync", "off", "after a crash of the server the ledger may be lost");
  const Duration deadlock = std::chrono::milliseconds(Number(row[7]));
  if (database.lock_timeout >= deadlock)
    ask.Add(Finding::kWarn, "lock_timeout",
            HumanDuration(database.lock_timeout) + " is not under deadlock_timeout, " +
                HumanDuration(deadlock),
            "keep it shorter, so that a step gives up before the application is made a victim");
}

}  // namespace

std::vector<CheckLine> CheckPostgres(SqlConnection& connection, const Database& database) {
  Questions ask(connection, "database " + database.name);
  CheckVersion(ask);
  CheckPrivileges(ask, database);
  CheckSchemas(ask, database);
  CheckMonitoring(ask);
  CheckSettings(ask, database);
  return ask.Take();
}

}  // namespace interlock::cli
