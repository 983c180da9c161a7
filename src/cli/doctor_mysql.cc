// doctor's questions to a MySQL or MariaDB server.
#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include "base/text.h"
#include "cli/doctor_questions.h"
#include "cli/text_style.h"
#include "engine/mysql/census.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/grants.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/replica_lag.h"

namespace interlock::cli {
namespace {

using mysql::Flavor;

/// What the account needs on its database, and for what; more it need not have.
struct Need {
  std::string_view what;
  std::array<const char*, 5> privileges;
};
constexpr std::array<Need, 4> kNeeds{{
    {"privileges: the catalog", {"SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "EXECUTE"}},
    {"privileges: tables", {"CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"}},
    {"privileges: rows", {"SELECT", "INSERT", "UPDATE", "DELETE", "LOCK TABLES"}},
    {"privileges: proofs", {"CREATE TEMPORARY TABLES"}},
}};

/// What it should have on the whole server.  Names of both servers; one of them is enough.
struct Duty {
  std::array<const char*, 3> mysql;
  std::array<const char*, 3> mariadb;
  Finding finding;
  const char* without;
  const char* mend;
};
constexpr std::array<Duty, 3> kDuties{{
    {{"PROCESS"},
     {"PROCESS"},
     Finding::kStop,
     "sees only its own sessions",
     "else a census is undecidable and contracts stay closed"},
    {{"REPLICATION SLAVE"},
     {"REPLICATION MASTER ADMIN", "SUPER"},
     Finding::kWarn,
     "takes every reader of the binary log for a replica",
     "so that it sees which are replicas"},
    {{"CONNECTION_ADMIN", "SUPER"},
     {"CONNECTION ADMIN", "SUPER"},
     Finding::kWarn,
     "may not end another account's session",
     "lets claims break and end_blockers_after reach other accounts"},
}};

class Doctor {
 public:
  Doctor(mysql::MySqlConnection& connection, const Database& database)
      : connection_(connection),
        database_(database),
        maria_(connection.version().flavor == Flavor::kMariaDb),
        ask_(connection, "database " + database.name) {}

  std::vector<CheckLine> Run() {
    ReadSettings();
    Version();
    Privileges();
    Triggers();
    Modes();
    Monitoring();
    Clusters();
    Replicas();
    Tables();
    Durability();
    return ask_.Take();
  }

 private:
  void ReadSettings() {
    for (const auto& row : ask_.Ask("settings", "SHOW GLOBAL VARIABLES"))
      if (row.size() == 2) settings_[Lower(row[0])] = row[1];
  }
  /// "" for one that this server does not have.
  std::string Setting(const std::string& name) const {
    const auto found = settings_.find(name);
    return found == settings_.end() ? "" : found->second;
  }
  bool On(const std::string& name) const {
    const std::string value = Setting(name);
    return value == "ON" || value == "1";
  }

  void Version() {
    const int number = connection_.version().number;
    const std::string text = (maria_ ? "MariaDB " : "MySQL ") + connection_.version().text;
    if (!maria_ && number < 80023) {
      ask_.Add(Finding::kStop, "version", text,
               "needs MySQL 8.0.23 or newer: new columns are invisible until the contract");
    } else if (!maria_ && number >= 80029 && number <= 80031) {
      ask_.Add(
          Finding::kWarn, "version", text,
          "8.0.29 to 8.0.31 may lose rows after ALTER … ALGORITHM=INSTANT: upgrade the server");
    } else {
      ask_.Ok("version", text);
    }
    if (!Setting("read_only").empty() && Setting("read_only") != "OFF")
      ask_.Add(Finding::kStop, "role of the server", "read_only is " + Setting("read_only"),
               "point url at the primary; replicas belong into `replicas`");
  }

  void Privileges() {
    const auto grants = mysql::ReadGrants(connection_);
    if (!grants) {
      ask_.Add(Finding::kWarn, "privileges", "cannot be asked: " + grants.error().message,
               grants.error().hint);
      return;
    }
    grants_ = *grants;
    const std::string& schema = connection_.database();
    for (const auto& need : kNeeds) {
      std::vector<std::string> wanted;
      std::vector<std::string> missing;
      for (const char* privilege : need.privileges) {
        if (privilege == nullptr) continue;
        wanted.emplace_back(privilege);
        if (!grants_.On(schema, privilege)) missing.emplace_back(privilege);
      }
      const std::string what(need.what);
      if (missing.empty()) {
        ask_.Ok(what, Join(wanted, ", "));
      } else {
        ask_.Add(
            Finding::kStop, what, "lacks " + Join(missing, ", "),
            "GRANT " + Join(missing, ", ") + " ON " + mysql::Quote(schema) + ".* TO " + Account());
      }
    }
    for (const auto& duty : kDuties) Check(duty);
    Routines();
  }

  /// A definition is shown to who made it; to others by a privilege of its own.
  void Routines() {
    const auto hidden = ask_.Ask("routines",
                                 "SELECT routine_name FROM information_schema.routines WHERE "
                                 "routine_schema = DATABASE() AND routine_definition IS NULL "
                                 "ORDER BY 1");
    if (hidden.empty()) return;
    constexpr int kOwnPrivilege = 110300;
    std::string privilege = "SHOW_ROUTINE ON *.*";
    if (maria_)
      privilege = connection_.version().number < kOwnPrivilege
                      ? "SELECT ON mysql.proc"
                      : "SHOW CREATE ROUTINE ON " + mysql::Quote(connection_.database()) + ".*";
    ask_.Add(Finding::kStop, "routines", "may not see the definition of " + hidden[0][0],
             "GRANT " + privilege + " TO " + Account());
  }

  void Check(const Duty& duty) {
    const auto& names = maria_ ? duty.mariadb : duty.mysql;
    const bool has = std::any_of(names.begin(), names.end(), [&](const char* name) {
      return name != nullptr && grants_.Everywhere(name);
    });
    if (has) {
      ask_.Ok(names[0], "granted");
    } else {
      ask_.Add(duty.finding, names[0], duty.without,
               std::string("GRANT ") + names[0] + " ON *.* TO " + Account() + ": " + duty.mend);
    }
  }

  std::string Account() {
    if (account_.empty()) {
      const auto rows = ask_.Ask("account", "SELECT CURRENT_USER()");
      account_ = rows.empty() ? "its account" : rows[0][0];
      const auto at = account_.rfind('@');
      if (at != std::string::npos)
        account_ =
            mysql::Quote(account_.substr(0, at)) + "@" + mysql::Quote(account_.substr(at + 1));
    }
    return account_;
  }

  void Triggers() {
    const bool may = grants_.Everywhere("SUPER") || (maria_ && grants_.Everywhere("BINLOG ADMIN"));
    if (On("log_bin") && !On("log_bin_trust_function_creators") && !may) {
      ask_.Add(Finding::kStop, "triggers",
               "the binary log is on, so the server lets this account make none (error 1419)",
               "SET GLOBAL log_bin_trust_function_creators = 1, and in the server's file");
    } else {
      ask_.Ok("triggers", "run as " + Account() + ": it must stay as long as a release is open");
    }
    if (On("log_bin") && Setting("binlog_format") == "STATEMENT")
      ask_.Add(Finding::kStop, "binlog_format", "STATEMENT",
               "ROW: the server refuses READ COMMITTED otherwise, and replicas may differ");
    if (On("event_scheduler")) {
      const auto rows = ask_.Ask("events",
                                 "SELECT COUNT(*) FROM information_schema.events WHERE "
                                 "event_schema = DATABASE() AND status = 'ENABLED'");
      if (!rows.empty() && rows[0][0] != "0")
        ask_.Ok("events", rows[0][0] + " run by themselves; what they name is waited for");
    }
  }

  void Modes() {
    const std::string mode = Setting("sql_mode");
    if (mode.find("STRICT_ALL_TABLES") == std::string::npos &&
        mode.find("STRICT_TRANS_TABLES") == std::string::npos) {
      ask_.Add(Finding::kWarn, "sql_mode", mode.empty() ? "is empty" : mode,
               "add STRICT_TRANS_TABLES: what such sessions cut silently, sync triggers refuse");
    } else {
      ask_.Ok("sql_mode", "strict");
    }
    // Our sessions set their own; a person's ALTER would wait, and make everybody wait, for it.
    constexpr int kHour = 3600;
    if (Number(Setting("lock_wait_timeout")) > kHour) {
      ask_.Add(Finding::kWarn, "lock_wait_timeout",
               HumanDuration(std::chrono::seconds(Number(Setting("lock_wait_timeout")))),
               "a minute: a statement that waits for a table's lock lets nobody past it; "
               "interlock's own sessions set it by themselves");
    } else {
      ask_.Ok("lock_wait_timeout", Setting("lock_wait_timeout") + " s");
    }
    if (database_.lock_timeout % std::chrono::seconds(1) != Duration::zero())
      ask_.Ok("lock_timeout", HumanDuration(database_.lock_timeout) +
                                  ": rounded up, since the server counts in seconds");
  }

  void Monitoring() {
    if (!On("performance_schema")) {
      ask_.Add(
          Finding::kWarn, "performance_schema",
          "off: sessions are known by their accounts alone, and who holds a table's lock is "
          "guessed",
          std::string("performance_schema = ON in the server's file; else one account a version "
                      "in census.sessions") +
              (maria_ ? ", and INSTALL SONAME 'metadata_lock_info'" : ""));
    } else if (!connection_.Execute(
                   "SELECT 1 FROM performance_schema.session_connect_attrs LIMIT 1", {}) ||
               !connection_.Execute("SELECT 1 FROM performance_schema.metadata_locks LIMIT 1",
                                    {})) {
      ask_.Add(Finding::kStop, "performance_schema", "may not be read",
               "GRANT SELECT ON performance_schema.* TO " + Account() +
                   "; else a census is undecidable");
    } else {
      ask_.Ok("performance_schema", "shows names and locks of sessions");
    }
    const auto told = mysql::TellsLocks(connection_);
    if (database_.end_blockers_after.count() > 0 && told && !*told)
      ask_.Add(Finding::kWarn, "end_blockers_after",
               "nobody is ended: the server does not tell who holds a table's lock",
               std::string("performance-schema-instrument = 'wait/lock/metadata/sql/mdl=ON' in the "
                           "server's file") +
                   (maria_ ? ", or INSTALL SONAME 'metadata_lock_info'" : ""));
    const auto used = ask_.Ask("connections", "SHOW GLOBAL STATUS LIKE 'Threads_connected'");
    if (!used.empty())
      CheckConnections(ask_, database_, Number(Setting("max_connections")), Number(used[0][1]));
  }

  void Clusters() {
    if (On("wsrep_on"))
      ask_.Add(Finding::kWarn, "Galera", "wsrep_on: a claim's lock counts on one node alone",
               "lead every runner to the same node, past what balances, and list the others in "
               "`replicas`");
    const auto members = connection_.Execute(
        "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE member_role = "
        "'PRIMARY'",
        {});
    if (members && !members->rows.empty() && Number(members->rows[0][0].value_or("")) > 1)
      ask_.Add(Finding::kWarn, "group replication",
               "several members take writes: a claim's lock counts on one of them alone",
               "single-primary mode, or lead every runner to the same member");
    const std::string folding = Setting("lower_case_table_names");
    if (folding != "0") ask_.Ok("names", "of tables are in lower case (lower_case_table_names)");
  }

  /// Those that cannot be reached stand among what all engines are asked.
  void Replicas() {
    if (database_.backfill.max_replica_lag == Duration::zero()) return;
    for (std::size_t i = 0; i < database_.replicas.size(); ++i) {
      const std::string name = "replica " + std::to_string(i + 1);
      std::unique_ptr<mysql::MySqlConnection> connection;
      const auto state = mysql::AskReplica(name, database_.replicas[i], connection);
      if (state.lag) {
        ask_.Ok("lag of " + name, HumanDuration(*state.lag));
      } else if (state.reachable) {
        ask_.Add(Finding::kWarn, "lag of " + name, "cannot be read: " + state.why_unknown,
                 "a backfill pauses until it can; with max_replica_lag = \"0s\" it does not look");
      }
    }
  }

  void Tables() {
    if (Setting("default_storage_engine") != "InnoDB")
      ask_.Add(Finding::kWarn, "default_storage_engine", Setting("default_storage_engine"),
               "InnoDB: new tables get it, and only it has transactions");
    const auto rows = ask_.Ask("engines",
                               "SELECT CONCAT(table_schema, '.', table_name), engine FROM "
                               "information_schema.tables WHERE table_schema = DATABASE() AND "
                               "table_type LIKE '%BASE TABLE' AND engine <> 'InnoDB' ORDER BY 1");
    if (ask_.failed()) return;
    std::vector<std::string> names;
    for (const auto& row : rows)
      if (Covers(database_, row[0])) names.push_back(row[0] + " (" + row[1] + ")");
    if (names.empty()) {
      ask_.Ok("engines", "every table is InnoDB");
      return;
    }
    const auto count = static_cast<long long>(names.size());
    if (names.size() > 3) names.resize(3);
    ask_.Add(Finding::kWarn, "engines",
             Count(count, "table") + " without transactions: " + Join(names, ", ") +
                 (count > 3 ? ", …" : ""),
             "ALTER TABLE … ENGINE=InnoDB before a release changes them");
  }

  void Durability() {
    const bool flushes = Setting("innodb_flush_log_at_trx_commit") == "1";
    const bool syncs = !On("log_bin") || Setting("sync_binlog") == "1";
    if (flushes && syncs) return;
    ask_.Add(Finding::kWarn, "durability",
             std::string(flushes ? "sync_binlog" : "innodb_flush_log_at_trx_commit") + " is not 1",
             "after a crash of the server the end of the ledger may be lost");
  }

  mysql::MySqlConnection& connection_;
  const Database& database_;
  bool maria_;
  Questions ask_;
  std::map<std::string, std::string> settings_;
  mysql::Grants grants_;
  std::string account_;
};

}  // namespace

std::vector<CheckLine> CheckMySql(mysql::MySqlConnection& connection, const Database& database) {
  return Doctor(connection, database).Run();
}

}  // namespace interlock::cli
