#include "engine/batch_size.h"

#include <algorithm>

namespace interlock {
namespace {

constexpr std::size_t kSamples = 20;
constexpr int kCeilingBatches = 20;

}  // namespace

void BatchSize::Done(std::int64_t rows, Duration time) {
  if (ceiling_left_ > 0 && --ceiling_left_ == 0) ceiling_ = kMax;
  if (rows <= 0) return;
  samples_.push_back({rows, std::max(time, Duration(1))});
  if (samples_.size() > kSamples) samples_.pop_front();
  std::int64_t total_rows = 0;
  Duration total{0};
  for (const Sample& sample : samples_) {
    total_rows += sample.rows;
    total += sample.time;
  }
  const double rate = static_cast<double>(total_rows) / static_cast<double>(total.count());
  const double wanted =
      std::min(rate * static_cast<double>(target_.count()), static_cast<double>(rows_) * 1.2 + 1);
  rows_ = std::clamp(static_cast<std::int64_t>(wanted), kMin, std::max(kMin, ceiling_));
}

void BatchSize::TimedOut() {
  ceiling_ = std::max(kMin, rows_ * 9 / 10);
  ceiling_left_ = kCeilingBatches;
  rows_ = std::max(kMin, rows_ / 2);
}

}  // namespace interlock
