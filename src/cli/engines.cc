#include "cli/engines.h"

#include <filesystem>

#include "engine/mysql/connection.h"
#include "engine/mysql/mysql_engine.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/pg_engine.h"
#include "engine/sql_ledger.h"
#include "engine/sqlite/sqlite_connection.h"

namespace interlock::cli {
namespace {

class UnpreparedLedger : public Ledger {
 public:
  Result<void> Prepare() override { return Absent(); }
  Result<bool> Exists() override { return false; }
  Result<std::vector<Entry>> Read(const std::string&, std::uint64_t) override {
    return std::vector<Entry>{};
  }
  Result<std::vector<std::string>> Chains() override { return std::vector<std::string>{}; }
  Result<ChainHead> Head(const std::string& chain) override {
    ChainHead head;
    head.chain = chain;
    return head;
  }
  Result<Entry> Append(const std::string&, const EntryDraft&, const Fence&) override {
    return Absent();
  }
  Result<std::string> GetText(const Digest&) override { return Absent(); }

 private:
  static tl::unexpected<Error> Absent() {
    return Fail(ErrorKind::kUnreachable, "IL-U18", "The ledger home cannot be reached",
                "see [ledger] url in interlock.toml");
  }
};

Error NotInThisVersion(const std::string& what, const std::string& scheme) {
  return {ErrorKind::kConfig,
          "IL-U12",
          what + ": '" + scheme + ":' is not in this version",
          {},
          "this version knows postgresql: and mysql: for databases, and sqlite: besides for the "
          "ledger"};
}

/// Connects to a ledger home by its scheme; null when the scheme cannot hold one.
SqlConnector HomeConnector(const std::string& scheme, const std::string& url) {
  static constexpr const char* kName = "interlock ledger";
  if (scheme == "postgresql")
    return [url]() -> Result<std::unique_ptr<SqlConnection>> {
      return postgres::PgConnection::Open(url, {kName, false});
    };
  if (scheme == "mysql")
    return [url]() -> Result<std::unique_ptr<SqlConnection>> {
      // One that falls silent must not keep the head's row: the server ends it after 30 s.  None of
      // its statements waits longer than 10 s for a lock, so a server that says nothing is gone.
      return mysql::MySqlConnection::Open(url, {kName, true, 60});
    };
  return nullptr;
}

}  // namespace

std::string SchemeOf(const std::string& url) {
  const std::string scheme = url.substr(0, url.find(':'));
  return scheme == "postgres" ? "postgresql" : scheme;
}

Result<std::unique_ptr<Engine>> MakeEngine(const Database& database, Clock& clock) {
  const std::string scheme = SchemeOf(database.url);
  if (scheme == "postgresql") return std::make_unique<postgres::PgEngine>(database, clock);
  if (scheme == "mysql") return std::make_unique<mysql::MySqlEngine>(database, clock);
  return Fail(NotInThisVersion("Database " + database.name, scheme));
}

Result<std::unique_ptr<Ledger>> MakeHome(const std::string& url, const std::string& root,
                                         const std::string& actor, Clock& clock) {
  const std::string scheme = SchemeOf(url);
  if (scheme == "sqlite") {
    std::string path = url.substr(url.find(':') + 1);
    if (path.starts_with("//")) path.erase(0, 2);
    std::filesystem::path file(path);
    if (file.is_relative()) file = std::filesystem::path(root) / file;
    return sqlite::OpenSqliteLedger(file.string(), actor, clock);
  }
  auto connect = HomeConnector(scheme, url);
  if (!connect) return Fail(NotInThisVersion("The ledger home", scheme));
  return std::make_unique<SqlLedger>(std::move(connect), actor, clock);
}

std::unique_ptr<Ledger> NoLedger() { return std::make_unique<UnpreparedLedger>(); }

}  // namespace interlock::cli
