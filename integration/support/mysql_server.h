// A throwaway MariaDB or MySQL server for one test, driven through mysql_server.sh.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/scripted_server.h"

namespace interlock::testing {

enum class MySqlFlavor { kMariaDb, kMySql };

struct MySqlOptions {
  int port = 0;                       // 0: a free one
  std::vector<std::string> settings;  // "name=value" options of the server
};

/// Started servers only.  What fails throws std::runtime_error with the script's words.  The
/// destructor stops the server and removes all of its files.
class MySqlServer {
 public:
  /// The first start of a flavor on a machine takes longer: it fetches MySQL, and initialises a
  /// data directory for later ones to copy.
  static std::unique_ptr<MySqlServer> Start(MySqlFlavor flavor, const MySqlOptions& options = {});

  /// A read-only replica of this server, on a port of its own, that has what this server has now.
  /// MariaDB's read_only stops no root.
  std::unique_ptr<MySqlServer> StartReplica(const std::vector<std::string>& settings = {});

  /// mysql://USER@127.0.0.1:PORT/DATABASE; root has all privileges and no password.
  std::string Url(std::string_view database = "", std::string_view user = "root") const;

  /// Creates an empty database and returns its URL.
  std::string CreateDatabase(std::string_view name);

  /// Stops the server and discards its data.  May be called again.
  void Stop() { server_.Stop(); }

  /// SIGKILL: a power cut, but for the disk's cache.
  void KillHard() { server_.KillHard(); }

  /// Starts it again on the same port, also after KillHard.
  void Restart() { server_.Restart(); }

  /// The server's log up to now.
  std::string Log() const { return server_.Log(); }

 private:
  explicit MySqlServer(MySqlFlavor flavor);

  MySqlFlavor flavor_;
  ScriptedServer server_;
};

}  // namespace interlock::testing
