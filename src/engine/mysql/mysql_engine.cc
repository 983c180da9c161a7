#include "engine/mysql/mysql_engine.h"

#include <utility>

#include "engine/mysql/bulk_session.h"
#include "engine/mysql/mysql_session.h"
#include "engine/mysql/rebuild.h"
#include "engine/sql_ledger.h"

namespace interlock::mysql {
namespace {

/// MySQL hides columns since then.
constexpr int kOldestMySql = 80023;

/// A ledger may lie on an older one.
Result<std::unique_ptr<MySqlConnection>> OpenDatabase(const std::string& url, bool holds_claims) {
  IL_ASSIGN(auto connection, MySqlConnection::Open(url, {"interlock", holds_claims}));
  const ServerVersion& version = connection->version();
  if (version.flavor == Flavor::kMariaDb || version.number >= kOldestMySql) return connection;
  return Fail(ErrorKind::kConfig, "IL-E05",
              "the server is MySQL " + version.text + "; 8.0.23 is the oldest that works",
              "upgrade the server");
}

}  // namespace

Capabilities CapabilitiesOf(const ServerVersion& version) {
  Capabilities out;
  out.engine = version.flavor == Flavor::kMariaDb ? "mariadb" : "mysql";
  out.major = version.number / 10000;
  out.names = {.longest = 64,
               .in_characters = true,
               .basic_plane_only = true,  // MySQL makes '?' of the others, MariaDB refuses them
               .space_at_end = false,
               .helper_tables = HelperPrefixes()};
  out.transactional_ddl = false;
  out.unvalidated_checks = false;
  out.not_null_by_check = false;
  out.hides_new_columns = true;
  out.omitted_need_default = true;
  out.triggers_fire_by_name = false;
  out.index_names_per_schema = false;
  out.builds_on_partitioned = true;
  out.partial_indexes = false;
  out.sequences = version.flavor == Flavor::kMariaDb;
  out.stale_statement_error.clear();
  out.snapshot_error.clear();
  return out;
}

MySqlEngine::MySqlEngine(Database database, Clock& clock)
    : database_(std::move(database)), clock_(clock) {}

Result<std::unique_ptr<Session>> MySqlEngine::Open(const std::string& url, bool holds_claims,
                                                   const std::string& server) {
  IL_ASSIGN(auto connection, OpenDatabase(url, holds_claims));
  return std::make_unique<MySqlSession>(
      std::move(connection),
      SessionScope{database_.owns, database_.ignore, server, database_.in_place_rows,
                   !database_.replicas.empty(), database_.backfill.nice_ratio > 0},
      clock_);
}

Result<std::unique_ptr<Session>> MySqlEngine::Connect(bool holds_claims) {
  return Open(database_.url, holds_claims, "primary");
}

Result<std::unique_ptr<Session>> MySqlEngine::ConnectReplica(size_t index) {
  if (index >= database_.replicas.size())
    return Fail(ErrorKind::kInternal, "IL-E99",
                "there is no replica " + std::to_string(index) + " of " + database_.name);
  return Open(database_.replicas[index], false, "replica " + std::to_string(index + 1));
}

Result<std::unique_ptr<BulkSession>> MySqlEngine::ConnectBulk() {
  return OpenBulkSession(database_.url, WatchReplicas(database_.replicas), database_.backfill);
}

Result<std::unique_ptr<Ledger>> MySqlEngine::OpenLedger(const std::string& actor) {
  SqlConnector connect = [url = database_.url]() -> Result<std::unique_ptr<SqlConnection>> {
    // One that falls silent must not keep the head's row: the server ends it after 30 s.
    return MySqlConnection::Open(url, {"interlock ledger", true});
  };
  return std::make_unique<SqlLedger>(std::move(connect), actor, clock_);
}

Result<Capabilities> MySqlEngine::Probe() {
  IL_ASSIGN(const auto connection, OpenDatabase(database_.url, false));
  return CapabilitiesOf(connection->version());
}

}  // namespace interlock::mysql
