#include "support/pg_cluster.h"

#include <libpq-fe.h>

#include <stdexcept>

namespace interlock::testing {

PostgresCluster::PostgresCluster() : server_(INTERLOCK_PG_CLUSTER_SCRIPT) {}

std::unique_ptr<PostgresCluster> PostgresCluster::Start(const PostgresOptions& options) {
  std::unique_ptr<PostgresCluster> cluster(new PostgresCluster);
  std::vector<std::string> arguments = {"start", cluster->server_.Directory()};
  if (options.port != 0) arguments.push_back(std::to_string(options.port));
  cluster->server_.Launch(std::move(arguments), options.settings);
  return cluster;
}

std::unique_ptr<PostgresCluster> PostgresCluster::StartReplica(
    const std::vector<std::string>& settings) {
  std::unique_ptr<PostgresCluster> replica(new PostgresCluster);
  replica->server_.Launch({"replica", replica->server_.Directory(), server_.Directory()}, settings);
  return replica;
}

std::string PostgresCluster::Url(std::string_view database, std::string_view user) const {
  return server_.Url(database, user);
}

std::string PostgresCluster::CreateDatabase(std::string_view name) {
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(Url().c_str()), PQfinish);
  char* quoted = PQescapeIdentifier(connection.get(), name.data(), name.size());
  const std::string sql = std::string("CREATE DATABASE ") + (quoted == nullptr ? "" : quoted);
  PQfreemem(quoted);
  std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                       PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  }
  return Url(name);
}

void PostgresCluster::Promote() { server_.Script({"promote", server_.Directory()}); }

}  // namespace interlock::testing
