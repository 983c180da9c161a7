#include "support/mysql_server.h"

#include <utility>

namespace interlock::testing {
namespace {

const char* Name(MySqlFlavor flavor) {
  return flavor == MySqlFlavor::kMariaDb ? "mariadb" : "mysql";
}

}  // namespace

MySqlServer::MySqlServer(MySqlFlavor flavor)
    : flavor_(flavor), server_(INTERLOCK_MYSQL_SERVER_SCRIPT) {}

std::unique_ptr<MySqlServer> MySqlServer::Start(MySqlFlavor flavor, const MySqlOptions& options) {
  std::unique_ptr<MySqlServer> started(new MySqlServer(flavor));
  std::vector<std::string> arguments = {"start", Name(flavor), started->server_.Directory()};
  if (options.port != 0) arguments.push_back(std::to_string(options.port));
  started->server_.Launch(std::move(arguments), options.settings);
  return started;
}

std::unique_ptr<MySqlServer> MySqlServer::StartReplica(const std::vector<std::string>& settings) {
  std::unique_ptr<MySqlServer> replica(new MySqlServer(flavor_));
  replica->server_.Launch({"replica", replica->server_.Directory(), server_.Directory()}, settings);
  return replica;
}

std::string MySqlServer::Url(std::string_view database, std::string_view user) const {
  return server_.Url(database, user);
}

std::string MySqlServer::CreateDatabase(std::string_view name) {
  std::string sql = "CREATE DATABASE `";
  for (const char c : name) sql.append(c == '`' ? 2 : 1, c);
  server_.Script({"sql", server_.Directory(), sql + "`"});
  return Url(name);
}

}  // namespace interlock::testing
