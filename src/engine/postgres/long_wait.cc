#include "engine/postgres/long_wait.h"

#include <utility>

#include "engine/postgres/census.h"

namespace interlock::postgres {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);

}  // namespace

LongWaitWatch::LongWaitWatch(std::string url, int pid, StatementTag tag, const LongWait& hooks)
    : url_(std::move(url)), pid_(pid), tag_(std::move(tag)), hooks_(hooks), thread_([this] {
        Run();
      }) {}

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
  if (connection_ == nullptr) {
    auto connection = PgConnection::Open(url_, {"interlock watch", false});
    if (!connection) return true;
    connection_ = std::move(*connection);
  }
  const auto blockers = ReadBlockersOf(*connection_, pid_);
  if (!blockers) {
    connection_.reset();
    return true;
  }
  if (hooks_.give_up(!blockers->empty())) {
    const auto cancelled = connection_->Execute("SELECT pg_catalog.pg_cancel_backend($1::int)",
                                                {std::to_string(pid_)});
    return !cancelled;
  }
  if (!blockers->empty()) hooks_.blocked(tag_, *blockers);
  return true;
}

}  // namespace interlock::postgres
