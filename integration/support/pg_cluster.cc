#include "support/pg_cluster.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/process.h"

namespace interlock::testing {
namespace {

void AppendSettings(const std::vector<std::string>& settings, std::vector<std::string>* arguments) {
  for (const std::string& setting : settings) {
    arguments->push_back("-c");
    arguments->push_back(setting);
  }
}

}  // namespace

PostgresCluster::PostgresCluster() {
  std::string pattern = std::filesystem::temp_directory_path() / "interlock-cluster.XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot create " + pattern);
  directory_ = pattern;
}

std::unique_ptr<PostgresCluster> PostgresCluster::Start(const PostgresOptions& options) {
  std::unique_ptr<PostgresCluster> cluster(new PostgresCluster);
  std::vector<std::string> arguments = {"start", cluster->directory_};
  if (options.port != 0) arguments.push_back(std::to_string(options.port));
  AppendSettings(options.settings, &arguments);
  cluster->Script(std::move(arguments));
  cluster->ReadUrl();
  return cluster;
}

std::unique_ptr<PostgresCluster> PostgresCluster::StartReplica(
    const std::vector<std::string>& settings) {
  std::unique_ptr<PostgresCluster> replica(new PostgresCluster);
  std::vector<std::string> arguments = {"replica", replica->directory_, directory_};
  AppendSettings(settings, &arguments);
  replica->Script(std::move(arguments));
  replica->ReadUrl();
  return replica;
}

PostgresCluster::~PostgresCluster() {
  RunProcess({INTERLOCK_PG_CLUSTER_SCRIPT, "stop", directory_, "immediate"});
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string PostgresCluster::Script(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), INTERLOCK_PG_CLUSTER_SCRIPT);
  const ProcessResult result = RunProcess(arguments, {}, std::chrono::minutes(2));
  if (result.exit_code != 0) {
    throw std::runtime_error("pg_cluster.sh " + arguments[1] + " failed: " + result.stderr_text);
  }
  return result.stdout_text;
}

void PostgresCluster::ReadUrl() {
  const std::string url = Script({"url", directory_});
  const size_t begin = url.find('@') + 1;
  authority_ = url.substr(begin, url.rfind('/') - begin);
}

std::string PostgresCluster::Url(std::string_view database, std::string_view user) const {
  std::string url = "postgresql://";
  url.append(user).append("@").append(authority_).append("/").append(database);
  return url;
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

void PostgresCluster::Stop() { Script({"stop", directory_, "fast"}); }
void PostgresCluster::KillHard() { Script({"kill", directory_}); }
void PostgresCluster::Restart() { Script({"restart", directory_}); }
void PostgresCluster::Promote() { Script({"promote", directory_}); }

std::string PostgresCluster::Log() const {
  std::ifstream file(directory_ + "/server.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace interlock::testing
