#include "engine/long_wait.h"

#include <utility>

namespace interlock {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);

}  // namespace

LongWaitWatch::LongWaitWatch(Connect connect, StatementTag tag, const LongWait& hooks)
    : connect_(std::move(connect)),
      tag_(std::move(tag)),
      hooks_(hooks),
      thread_([this] { Run(); }) {}

LongWaitWatch::~LongWaitWatch() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LongWaitWatch::Run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, kLookEvery, [this] { return done_; })) return;
    }
    if (!Look()) return;
  }
}

bool LongWaitWatch::Look() {
  if (probe_ == nullptr) {
    auto probe = connect_();
    if (!probe) return true;
    probe_ = std::move(*probe);
  }
  const auto blockers = probe_->Blockers();
  if (!blockers) {
    probe_.reset();
    return true;
  }
  if (hooks_.give_up(!blockers->empty())) return !probe_->Cancel();
  if (!blockers->empty()) hooks_.blocked(tag_, *blockers);
  return true;
}

}  // namespace interlock
