#include "conformance/servers.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/mysql/claims.h"
#include "engine/mysql/connection.h"
#include "engine/postgres/claims.h"
#include "engine/postgres/connection.h"

namespace interlock::testing {
namespace {

class ServerEnvironment : public ::testing::Environment {
 public:
  void TearDown() override {
    postgres.reset();
    mysql.clear();
  }
  static std::unique_ptr<PostgresCluster> postgres;
  static std::map<MySqlFlavor, std::unique_ptr<MySqlServer>> mysql;
};
std::unique_ptr<PostgresCluster> ServerEnvironment::postgres;
std::map<MySqlFlavor, std::unique_ptr<MySqlServer>> ServerEnvironment::mysql;

[[maybe_unused]] const auto* const registered =
    ::testing::AddGlobalTestEnvironment(new ServerEnvironment);

ServerKind PostgresKind() {
  ServerKind kind;
  kind.name = "postgresql";
  kind.create_database = [](const std::string& name) { return Server().CreateDatabase(name); };
  kind.connect = [](const std::string& url) -> Result<std::unique_ptr<SqlConnection>> {
    return postgres::PgConnection::Open(url, {"a test", false});
  };
  kind.connect_holder = [](const std::string& url) -> Result<std::unique_ptr<SqlConnection>> {
    return postgres::PgConnection::Open(url, {"interlock", true});
  };
  kind.claims = [](SqlConnection& connection) -> std::unique_ptr<ClaimStore> {
    return std::make_unique<postgres::PgClaims>(connection);
  };
  kind.session_id = "SELECT pg_backend_pid()";
  kind.end = "SELECT pg_terminate_backend({}, 5000)";
  kind.prefix = "interlock.";
  return kind;
}

ServerKind MySqlKind(const std::string& name, MySqlFlavor flavor) {
  ServerKind kind;
  kind.name = name;
  kind.create_database = [flavor](const std::string& database) {
    return MySql(flavor).CreateDatabase(database);
  };
  kind.connect = [](const std::string& url) -> Result<std::unique_ptr<SqlConnection>> {
    return mysql::MySqlConnection::Open(url, {"a test", false});
  };
  kind.connect_holder = [](const std::string& url) -> Result<std::unique_ptr<SqlConnection>> {
    return mysql::MySqlConnection::Open(url, {"interlock", true});
  };
  kind.claims = [](SqlConnection& connection) -> std::unique_ptr<ClaimStore> {
    return std::make_unique<mysql::MySqlClaims>(connection);
  };
  kind.session_id = "SELECT CONNECTION_ID()";
  kind.end = "KILL {}";
  kind.prefix = "interlock_";
  return kind;
}

}  // namespace

PostgresCluster& Server() {
  auto& server = ServerEnvironment::postgres;
  if (!server) server = PostgresCluster::Start({0, {"max_prepared_transactions=5"}});
  return *server;
}

MySqlServer& MySql(MySqlFlavor flavor) {
  auto& server = ServerEnvironment::mysql[flavor];
  if (!server) server = MySqlServer::Start(flavor);
  return *server;
}

const std::vector<ServerKind>& AllServers() {
  static const std::vector<ServerKind> all{PostgresKind(),
                                           MySqlKind("mariadb", MySqlFlavor::kMariaDb),
                                           MySqlKind("mysql", MySqlFlavor::kMySql)};
  return all;
}

const std::vector<ServerKind>& MySqlServers() {
  static const std::vector<ServerKind> kinds{AllServers().begin() + 1, AllServers().end()};
  return kinds;
}

}  // namespace interlock::testing
