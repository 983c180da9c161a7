#include "engine/postgres/pg_engine.h"

#include <algorithm>
#include <utility>

#include "engine/postgres/answers.h"
#include "engine/postgres/bulk_session.h"
#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/pg_session.h"
#include "engine/sql_ledger.h"

namespace interlock::postgres {
namespace {

Result<int> SupportedMajor(SqlConnection& connection) {
  IL_ASSIGN(const int version, ServerVersion(connection));
  if (version / 10000 >= kOldestMajor) return version / 10000;
  return Fail(ErrorKind::kConfig, "IL-E05",
              "the server is PostgreSQL " + std::to_string(version / 10000) + "; " +
                  std::to_string(kOldestMajor) + " is the oldest that works",
              "upgrade the server");
}

}  // namespace

PgEngine::PgEngine(Database database, Clock& clock)
    : database_(std::move(database)), clock_(clock) {}

Result<std::unique_ptr<Session>> PgEngine::Open(const std::string& url, bool holds_claims,
                                                const std::string& server) {
  IL_ASSIGN(auto connection, PgConnection::Open(url, {"interlock", holds_claims}));
  IL_RETURN_IF_ERROR(SupportedMajor(*connection));
  return std::make_unique<PgSession>(
      std::move(connection), SessionScope{database_.owns, database_.ignore, server}, clock_);
}

Result<std::unique_ptr<Session>> PgEngine::Connect(bool holds_claims) {
  return Open(database_.url, holds_claims, "primary");
}

Result<std::unique_ptr<Session>> PgEngine::ConnectReplica(size_t index) {
  if (index >= database_.replicas.size())
    return Fail(ErrorKind::kInternal, "IL-E99",
                "there is no replica " + std::to_string(index) + " of " + database_.name);
  return Open(database_.replicas[index], false, "replica " + std::to_string(index + 1));
}

Result<std::unique_ptr<BulkSession>> PgEngine::ConnectBulk() {
  return OpenBulkSession(database_.url);
}

Result<std::unique_ptr<Ledger>> PgEngine::OpenLedger(const std::string& actor) {
  SqlConnector connect = [url = database_.url]() -> Result<std::unique_ptr<SqlConnection>> {
    IL_ASSIGN(auto connection, PgConnection::Open(url, {"interlock ledger", false}));
    IL_RETURN_IF_ERROR(SupportedMajor(*connection));
    return connection;
  };
  return std::make_unique<SqlLedger>(std::move(connect), actor, clock_);
}

Result<Capabilities> PgEngine::Probe() {
  IL_ASSIGN(auto connection, PgConnection::Open(database_.url, {"interlock", false}));
  Capabilities out;
  out.engine = "postgresql";
  IL_ASSIGN(out.major, SupportedMajor(*connection));
  IL_ASSIGN(const SqlRows rows,
            connection->Execute("SELECT current_setting('max_identifier_length')", {}));
  IL_ASSIGN(const SqlValue longest, FirstValue(rows));
  IL_ASSIGN(const int bytes, SmallNumber(longest));
  out.names.longest = static_cast<std::size_t>(std::max(bytes, 1));
  return out;
}

}  // namespace interlock::postgres
