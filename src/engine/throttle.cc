#include "engine/throttle.h"

#include <algorithm>
#include <utility>

namespace interlock {
namespace {

constexpr Duration kPiece = std::chrono::milliseconds(20);

}  // namespace

void Throttle::SetPause(std::optional<std::string> reason) {
  const std::lock_guard lock(mutex_);
  pause_ = std::move(reason);
}

std::optional<std::string> Throttle::pause() const {
  const std::lock_guard lock(mutex_);
  return pause_;
}

void Throttle::Fail(Error error) {
  const std::lock_guard lock(mutex_);
  const bool outranks =
      error_ && error.kind == ErrorKind::kFenced && error_->kind != ErrorKind::kFenced;
  if (!error_ || outranks) error_ = std::move(error);
  stopped_ = true;
}

std::optional<Error> Throttle::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

bool Throttle::Admit() {
  while (!stopped_ && pause()) clock_.Sleep(kPiece);
  return !stopped_;
}

bool Throttle::Sleep(Duration duration) {
  for (Duration left = duration; left.count() > 0 && !stopped_; left -= kPiece) {
    clock_.Sleep(std::min(left, kPiece));
  }
  return !stopped_;
}

}  // namespace interlock
