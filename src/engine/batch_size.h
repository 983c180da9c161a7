// How many rows the next batch takes: a servo that steers a batch's time to a target.
#pragma once

#include <cstdint>
#include <deque>

#include "base/clock.h"

namespace interlock {

/// Follows the mean rate of the last 20 batches, grows by at most a fifth at a time, halves when a
/// batch timed out, stays within 100 and 50,000 rows.  Not thread-safe: one a worker.
class BatchSize {
 public:
  static constexpr std::int64_t kMin = 100;
  static constexpr std::int64_t kMax = 50'000;
  static constexpr std::int64_t kFirst = 3'000;

  explicit BatchSize(Duration target, std::int64_t first = kFirst)
      : target_(target), rows_(first) {}

  std::int64_t rows() const { return rows_; }
  /// A batch over `rows` rows took `time`.
  void Done(std::int64_t rows, Duration time);
  void TimedOut();

 private:
  struct Sample {
    std::int64_t rows;
    Duration time;
  };
  Duration target_;
  std::int64_t rows_;
  /// A timeout caps growth below the size that was too large, for the next 20 batches.
  std::int64_t ceiling_ = kMax;
  int ceiling_left_ = 0;
  std::deque<Sample> samples_;
};

}  // namespace interlock
