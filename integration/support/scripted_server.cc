#include "support/scripted_server.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "support/process.h"

namespace interlock::testing {

ScriptedServer::ScriptedServer(std::string script) : script_(std::move(script)) {
  std::string pattern = std::filesystem::temp_directory_path() / "interlock-cluster.XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot create " + pattern);
  directory_ = pattern;
}

ScriptedServer::~ScriptedServer() {
  RunProcess({script_, "stop", directory_, "immediate"});
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string ScriptedServer::Script(std::vector<std::string> arguments,
                                   const std::vector<std::string>& settings) const {
  arguments.insert(arguments.begin(), script_);
  for (const std::string& setting : settings) {
    arguments.push_back("-c");
    arguments.push_back(setting);
  }
  const ProcessResult result = RunProcess(arguments, {}, std::chrono::minutes(5));
  if (result.exit_code != 0) {
    const std::string name = std::filesystem::path(script_).filename();
    throw std::runtime_error(name + " " + arguments[1] + " failed: " + result.stderr_text);
  }
  return result.stdout_text;
}

void ScriptedServer::Launch(std::vector<std::string> arguments,
                            const std::vector<std::string>& settings) {
  Script(std::move(arguments), settings);
  const std::string url = Script({"url", directory_});
  const size_t user = url.find("://") + 3;
  const size_t host = url.find('@') + 1;
  scheme_ = url.substr(0, user);
  authority_ = url.substr(host, url.rfind('/') - host);
}

std::string ScriptedServer::Url(std::string_view database, std::string_view user) const {
  std::string url = scheme_;
  url.append(user).append("@").append(authority_).append("/").append(database);
  return url;
}

std::string ScriptedServer::Log() const {
  std::ifstream file(directory_ + "/server.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace interlock::testing
