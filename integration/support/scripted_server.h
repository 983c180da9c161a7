// What the throwaway servers of tests have in common: a temporary directory, and a script that is
// told to start a server there, to kill it and to remove it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace interlock::testing {

/// A directory for one server.  The destructor stops what runs there and removes it.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::string script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  const std::string& Directory() const { return directory_; }

  /// Runs the script with `arguments` and "-c NAME=VALUE" for each setting, and returns what it
  /// prints.  Throws std::runtime_error with its words when it fails.
  std::string Script(std::vector<std::string> arguments,
                     const std::vector<std::string>& settings = {}) const;

  /// As Script; then the server has a Url.
  void Launch(std::vector<std::string> arguments, const std::vector<std::string>& settings);

  /// SCHEME://USER@127.0.0.1:PORT/DATABASE
  std::string Url(std::string_view database, std::string_view user) const;

  void Stop() { Script({"stop", directory_, "fast"}); }
  void KillHard() { Script({"kill", directory_}); }
  void Restart() { Script({"restart", directory_}); }

  /// The server's log up to now.
  std::string Log() const;

 private:
  std::string script_;
  std::string directory_;
  std::string scheme_;     // up to and with "://"
  std::string authority_;  // 127.0.0.1:PORT
};

}  // namespace interlock::testing
