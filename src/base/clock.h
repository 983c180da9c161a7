// Time as an interface, so that soaks, windows and pauses are tested without waiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace interlock {

using Duration = std::chrono::microseconds;
/// Microseconds since 1970-01-01T00:00:00Z.
using Timestamp = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() = 0;
  /// From now on Now() goes on from `now`, the time of a server that all runners share: how this
  /// machine's clock is set, or when it steps, has no say any more.
  virtual void Follow([[maybe_unused]] Timestamp now) {}
  /// Monotonic; never goes back when the wall clock is set.
  virtual Duration Elapsed() = 0;
  virtual void Sleep(Duration duration) = 0;
};

/// The system's clock; one for the process.
Clock& SystemClock();

/// "24h", "1m30s", "500ms", "0s"; units d, h, m, s, ms in this order.  kConfig on anything else.
Result<Duration> ParseDuration(std::string_view text);
/// Shortest exact form in the units above: "1m30s".
std::string FormatDuration(Duration duration);
/// For people: rounded to two units, "2 d 3 h", "41 s", "350 ms".
std::string HumanDuration(Duration duration);
/// "2026-11-22T10:15:00.123456Z"
std::string FormatTimestamp(Timestamp at);

}  // namespace interlock
