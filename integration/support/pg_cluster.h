// A throwaway PostgreSQL server for one test, driven through pg_cluster.sh.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/scripted_server.h"

namespace interlock::testing {

struct PostgresOptions {
  int port = 0;                       // 0: a free one
  std::vector<std::string> settings;  // "name=value" lines of postgresql.conf
};

/// Started servers only.  What fails throws std::runtime_error with the script's words.  The
/// destructor stops the server and removes all of its files.
class PostgresCluster {
 public:
  static std::unique_ptr<PostgresCluster> Start(const PostgresOptions& options = {});

  /// A streaming replica of this server, on a port of its own.
  std::unique_ptr<PostgresCluster> StartReplica(const std::vector<std::string>& settings = {});

  /// postgresql://USER@127.0.0.1:PORT/DATABASE
  std::string Url(std::string_view database = "postgres", std::string_view user = "postgres") const;

  /// Creates an empty database and returns its URL.
  std::string CreateDatabase(std::string_view name);

  /// Stops the server and discards its data.  May be called again.
  void Stop() { server_.Stop(); }

  /// SIGKILL to the server and all its children: a power cut, but for the disk's cache.
  void KillHard() { server_.KillHard(); }

  /// Starts it again on the same port, also after KillHard.
  void Restart() { server_.Restart(); }

  /// Makes a replica a primary.
  void Promote();

  /// The server's log up to now; all DDL is in it.
  std::string Log() const { return server_.Log(); }

 private:
  PostgresCluster();

  ScriptedServer server_;
};

}  // namespace interlock::testing
