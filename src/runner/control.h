// What a run is told and what it tells: stop requests, time, events, who is acting.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace interlock {

/// One fact while a run goes on, for the terminal and for --events.  Kinds: "step.started",
/// "step.finished", "progress", "waiting", "gate", "rollout", "state", "note".
struct RunEvent {
  std::string kind;
  std::string release;
  std::string step;
  std::string text;     ///< one line for people
  nlohmann::json data;  ///< figures, by kind (docs/formats.md)
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void Report(const RunEvent& event) = 0;
};

/// Who acts, for claims and entries.
struct Actor {
  std::string name;
  std::string host;
  int pid = 0;
};

/// Shared by everything in one run; outlives it.
struct RunControl {
  Clock& clock;
  Reporter& reporter;
  Actor actor;
  std::function<bool()> stop_requested = [] { return false; };
  /// Asked for again: a statement that may take hours is cancelled, too.
  std::function<bool()> stop_insisted = [] { return false; };
  /// Uniform in [0, 1): jitter of pauses.
  std::function<double()> random = [] { return 0.5; };
};

/// kStopped when a stop was asked for.
Result<void> CheckStop(const RunControl& control, const std::string& where);

}  // namespace interlock
