// The servers of this run: each started at its first use, stopped at the end.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "engine/session_claims.h"
#include "engine/sql_ledger.h"
#include "support/mysql_server.h"
#include "support/pg_cluster.h"

namespace interlock::testing {

PostgresCluster& Server();
MySqlServer& MySql(MySqlFlavor flavor);

/// One kind of server, as a test that is for all of them sees it.
struct ServerKind {
  std::string name;  ///< "postgresql", "mariadb", "mysql": the dialect
  /// Creates an empty database and returns its url.
  std::function<std::string(const std::string& name)> create_database;
  std::function<Result<std::unique_ptr<SqlConnection>>(const std::string& url)> connect;
  std::function<std::unique_ptr<ClaimStore>(SqlConnection&)> claims;
  std::function<Result<std::unique_ptr<SqlConnection>>(const std::string& url)> connect_holder;
  std::string session_id;  ///< SQL for the session's number
  std::string end;         ///< SQL that ends the session {}
  std::string prefix;      ///< of the ledger's tables: "interlock." or "interlock_"
};
const std::vector<ServerKind>& AllServers();
/// MariaDB and MySQL of these.
const std::vector<ServerKind>& MySqlServers();
inline void PrintTo(const ServerKind& kind, std::ostream* out) { *out << kind.name; }

}  // namespace interlock::testing
