// Runs a program from an argument list, without a shell, for a bounded time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace interlock {

struct ProcessRequest {
  std::vector<std::string> arguments;  ///< [0] with a slash is a path, else looked up in PATH
  std::string working_directory;       ///< "" = ours
  std::map<std::string, std::string> environment;  ///< on top of ours
  Duration timeout = std::chrono::minutes(2);
  Duration grace = std::chrono::seconds(5);  ///< between SIGTERM and SIGKILL
  size_t output_cap = size_t{256} * 1024;  ///< for each stream; what is beyond is read and dropped
  /// Called at least every 200 ms of waiting, by the calling thread.  False ends the program's
  /// process group as a timeout would.
  std::function<bool()> tick;
};

enum class ProcessEnd { kExited, kSignaled, kTimedOut, kAborted };

struct ProcessResult {
  ProcessEnd end = ProcessEnd::kExited;
  int exit_code = -1;      ///< -1 unless it exited
  int signal = 0;          ///< the signal that ended it, else 0
  std::string output;      ///< stdout
  std::string errors;      ///< stderr
  bool truncated = false;  ///< something went over output_cap
  Duration elapsed{0};
};

/// Standard input is empty; no other file of ours is open in the program; it runs in a process
/// group of its own, so that a terminal's Ctrl-C does not reach it.  What it leaves behind (a
/// daemon, even one that holds its output open) lives on after a normal exit and delays us by at
/// most 500 ms; after a timeout or abort the whole group is ended.  Waits in real time.
/// kRefused (IL-A01) with the path when the program can't be executed; kInternal when the system
/// has no processes or files left.
Result<ProcessResult> RunProcess(const ProcessRequest& request);

}  // namespace interlock
