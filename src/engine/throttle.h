// Holds the workers of a backfill while something asks for a pause, or stops them for good.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace interlock {

/// Shared by the workers and the thread that watches.  Thread-safe.
class Throttle {
 public:
  /// `nice_ratio`: as BackfillSettings.
  explicit Throttle(Clock& clock, int nice_ratio = 0) : clock_(clock), nice_ratio_(nice_ratio) {}

  /// Workers pass no further than their next Admit() until it is cleared with nothing.
  void SetPause(std::optional<std::string> reason);
  std::optional<std::string> pause() const;

  /// The first error wins, but being fenced off outranks every other.
  void Fail(Error error);
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  std::optional<Error> error() const;

  /// Waits while paused.  False: stop working now.
  bool Admit();
  /// Sleeps in short pieces; false when stopped meanwhile.
  bool Sleep(Duration duration);
  /// Leaves the server to others, after `work` of one worker.
  void Rest(Duration work) { Sleep(work * nice_ratio_); }

 private:
  Clock& clock_;
  const int nice_ratio_;
  mutable std::mutex mutex_;
  std::atomic<bool> stopped_{false};
  std::optional<std::string> pause_;
  std::optional<Error> error_;
};

}  // namespace interlock
