// The driver "command": the user's own programs, run from argument lists.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/project.h"
#include "rollout/driver.h"
#include "rollout/process.h"

namespace interlock {

struct CommandDriverOptions {
  std::string app;
  DriverSettings settings;
  std::string
      root;  ///< the project's: working directory, and where relative paths with a slash begin
  std::map<std::string, std::string> environment;  ///< on top of ours and INTERLOCK_APP, …
  std::function<bool()> tick;                      ///< see ProcessRequest
  /// For `instances = [...]` only: versions that an instance may be at, by the record, the
  /// likeliest first.  `healthy` must confirm one of them, else the version is not known ("").
  std::function<std::vector<std::string>(const std::string& instance)> recorded_versions;
};

/// Codes: IL-A01 program can't be executed (kRefused), IL-A02 command failed (kFailed, exit code
/// and last five lines), IL-A03 took too long (kTransient), IL-A04 list not understood
/// (kUndecidable), IL-A05 ended because tick said so (kStopped), IL-A06 a command is not configured
/// (kConfig).
class CommandDriver : public Driver {
 public:
  explicit CommandDriver(CommandDriverOptions options);

  Result<std::vector<Instance>> List() override;
  std::vector<std::string> FixedInstances() const override;
  Result<void> Start(const std::string& instance, const std::string& version) override;
  Result<void> Stop(const std::string& instance) override;
  Result<Health> Healthy(const std::string& instance, const std::string& version) override;
  bool CanDrain() const override;
  Result<void> Drain(const std::string& instance) override;
  Result<void> Undrain(const std::string& instance) override;
  Duration timeout() const override;

 private:
  Result<std::vector<Instance>> ListFixed();
  Result<ProcessResult> Run(const std::string& verb, const std::vector<std::string>& command,
                            const std::string& instance, const std::string& version);
  Result<void> RunToSuccess(const std::string& verb, const std::vector<std::string>& command,
                            const std::string& instance, const std::string& version);

  CommandDriverOptions options_;
  std::map<std::string, std::string> started_;  ///< what this object started: the likeliest version
};

/// A command with {app}, {instance} and {version} filled in, each in one pass (a value that looks
/// like a placeholder stays as it is), and its program made absolute under `root` when it is a
/// relative path with a slash.  Pure.
std::vector<std::string> FillCommand(const std::vector<std::string>& command,
                                     const std::string& root, const std::string& app,
                                     const std::string& instance, const std::string& version);

/// "INSTANCE VERSION" lines, or "-" alone; an instance at version "-" does not run.  kUndecidable
/// shows the line.  Pure.
Result<std::vector<Instance>> ParseInstanceList(const std::string& app, const std::string& text);

}  // namespace interlock
