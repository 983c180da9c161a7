// Runs programs from tests, without a shell in between, and sees how they end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace interlock::testing {

/// Variables set on top of this process's environment.
using Environment = std::map<std::string, std::string>;

struct ProcessResult {
  int exit_code = -1;      // -1 when a signal ended it
  int signal = 0;          // the signal that ended it, else 0
  bool timed_out = false;  // RunProcess's timeout; then signal is SIGKILL
  std::string stdout_text;
  std::string stderr_text;
  double seconds = 0;
};

/// A program running on its own, in its own process group, its output captured in files (so no
/// reader is needed to keep it going, and grandchildren that keep the output open delay nobody).
/// While it still runs, the destructor ends its whole group with SIGKILL.  Not thread-safe.
class BackgroundProcess {
 public:
  /// argv[0] is looked up in PATH.  Throws std::runtime_error when it can't be executed.
  explicit BackgroundProcess(const std::vector<std::string>& argv, const Environment& env = {});
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;

  pid_t Pid() const { return pid_; }
  bool Running() { return !Poll(); }

  /// Signals the program alone, as `kill PID` would; nothing if it has ended.
  void Kill(int signal = SIGKILL);

  /// What happened, once it has ended; nullopt if it still runs after `timeout`.
  std::optional<ProcessResult> Wait(std::chrono::milliseconds timeout);

  /// What it has written up to now.
  std::string Stdout() const;
  std::string Stderr() const;

 private:
  bool Poll();

  pid_t pid_ = -1;
  int stdout_fd_ = -1;
  int stderr_fd_ = -1;
  std::chrono::steady_clock::time_point started_;
  std::optional<ProcessResult> result_;
};

/// Runs a program to its end, or for `timeout`, after which its process group is killed.
ProcessResult RunProcess(const std::vector<std::string>& argv, const Environment& env = {},
                         std::chrono::milliseconds timeout = std::chrono::seconds(60));

}  // namespace interlock::testing
