#include "base/clock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <thread>

namespace interlock {
namespace {

struct Unit {
  std::string_view name;
  std::string_view human;
  std::int64_t microseconds;
};
constexpr std::array<Unit, 5> kUnits{{{"d", "d", 86'400'000'000},
                                      {"h", "h", 3'600'000'000},
                                      {"m", "min", 60'000'000},
                                      {"s", "s", 1'000'000},
                                      {"ms", "ms", 1'000}}};

// The C library's tests depend on the locale.
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

class RealClock : public Clock {
 public:
  Timestamp Now() override {
    if (const auto offset = offset_.load(); offset != 0) return Elapsed().count() + offset;
    return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  Duration Elapsed() override {
    return std::chrono::duration_cast<Duration>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
  void Sleep(Duration duration) override { std::this_thread::sleep_for(duration); }
  void Follow(Timestamp now) override { offset_ = now - Elapsed().count(); }

 private:
  std::atomic<std::int64_t> offset_{0};  ///< of the followed time to Elapsed; 0: none is followed
};

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return clock;
}

Result<Duration> ParseDuration(std::string_view text) {
  auto wrong = [&] {
    return Fail(ErrorKind::kConfig, "IL-C20", fmt::format("'{}' is not a duration", text),
                "write a number with a unit: 500ms, 30s, 2m, 24h, 7d");
  };
  if (text.empty()) return wrong();
  std::int64_t total = 0;
  size_t i = 0;
  auto next_unit = kUnits.begin();  // each unit at most once, so the sum cannot overflow
  while (i < text.size()) {
    std::int64_t value = 0;
    const size_t start = i;
    while (i < text.size() && IsDigit(text[i])) {
      if (value > 1'000'000'000) return wrong();
      value = value * 10 + (text[i++] - '0');
    }
    if (i == start) return wrong();
    const size_t unit_start = i;
    while (i < text.size() && IsLetter(text[i])) ++i;
    const auto name = text.substr(unit_start, i - unit_start);
    const auto unit = std::find_if(next_unit, kUnits.end(),
                                   [&](const Unit& candidate) { return candidate.name == name; });
    if (unit == kUnits.end()) return wrong();
    next_unit = unit + 1;
    if (value > 366LL * 200 * 86'400'000'000 / unit->microseconds) return wrong();
    total += value * unit->microseconds;
  }
  return Duration(total);
}

std::string FormatDuration(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest < 1'000) return "0s";
  std::string out;
  for (const auto& unit : kUnits) {
    if (rest >= unit.microseconds) out += fmt::format("{}{}", rest / unit.microseconds, unit.name);
    rest %= unit.microseconds;
  }
  return out;
}

std::string HumanDuration(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest < 0) return "-" + HumanDuration(-duration);
  if (rest < 1'000) return "0 ms";
  std::string out;
  int shown = 0;
  for (const auto& unit : kUnits) {
    const auto value = rest / unit.microseconds;
    rest %= unit.microseconds;
    if (value == 0 && shown == 0) continue;
    if (shown == 1 && (value == 0 || unit.name == "ms")) break;
    if (shown == 1) out += ' ';
    out += fmt::format("{} {}", value, unit.human);
    if (++shown == 2) break;
  }
  return out;
}

std::string FormatTimestamp(Timestamp at) {
  std::int64_t seconds = at / 1'000'000;
  std::int64_t micros = at % 1'000'000;
  if (micros < 0) {
    micros += 1'000'000;
    --seconds;
  }
  std::time_t time = seconds;
  std::tm utc{};
  gmtime_r(&time, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", utc, micros);
}

}  // namespace interlock
