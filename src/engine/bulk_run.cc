#include "engine/bulk_run.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <latch>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace interlock {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr Duration kWatchEvery = std::chrono::milliseconds(500);

/// What `call` answers; an exception is an error too.
template <typename Call>
auto Guarded(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& exception) {
    return Fail(ErrorKind::kInternal, "IL-E58", exception.what());
  }
}

/// One worker's whole life.  It begins when the others are connected too: on a small table one that
/// came late would be the last at work, alone.  Its errors end up in the throttle.
void Work(const OpenBulk& open_bulk, const BulkTask& task, const StatementTag& tag,
          const std::function<Result<void>(BulkSession&)>& work, std::latch& connected,
          Throttle& throttle) {
  // After a stop a worker's own error is only how it left.
  const auto failed = [&](Error error) {
    if (!(throttle.stopped() && error.kind == ErrorKind::kTransient))
      throttle.Fail(std::move(error));
  };
  const auto session = Guarded([&]() -> Result<std::unique_ptr<BulkSession>> {
    IL_ASSIGN(std::unique_ptr<BulkSession> opened, open_bulk());
    IL_RETURN_IF_ERROR(opened->Open(task, tag));
    return opened;
  });
  if (!session) failed(session.error());
  connected.arrive_and_wait();
  if (!session) return;
  auto done = Guarded([&] { return work(**session); });
  if (!done) failed(std::move(done).error());
}

/// The calling thread's turn: hooks, and what should make the workers pause.
class Watcher {
 public:
  Watcher(const BulkHooks& hooks, const WhyPause& why_pause,
          const std::function<BulkProgress()>& progress, Throttle& throttle, Clock& clock)
      : hooks_(hooks),
        why_pause_(why_pause),
        progress_(progress),
        throttle_(throttle),
        clock_(clock) {}

  bool stopped_by_tick() const { return stopped_by_tick_; }

  void Turn() {
    if (hooks_.tick) {
      auto answer = hooks_.tick();
      if (!answer) {
        throttle_.Fail(std::move(answer).error());
        return;
      }
      if (*answer == TickAnswer::kStop) {
        stopped_by_tick_ = true;
        throttle_.Stop();
        return;
      }
    }
    throttle_.SetPause(Reason());
    if (hooks_.progress) {
      BulkProgress progress = progress_();
      progress.pause = throttle_.pause().value_or(progress.pause);
      hooks_.progress(progress);
    }
  }

 private:
  std::optional<std::string> Reason() {
    if (hooks_.paused && hooks_.paused()) return std::string("a person asked for a pause");
    if (!why_pause_) return std::nullopt;
    if (looked_ && clock_.Elapsed() - *looked_ < kWatchEvery) return seen_;
    auto reason = why_pause_();
    looked_ = clock_.Elapsed();
    if (!reason) {
      if (reason.error().kind != ErrorKind::kTransient) throttle_.Fail(std::move(reason).error());
      return seen_;
    }
    seen_ = std::move(*reason);
    return seen_;
  }

  const BulkHooks& hooks_;
  const WhyPause& why_pause_;
  const std::function<BulkProgress()>& progress_;
  Throttle& throttle_;
  Clock& clock_;
  std::optional<Duration> looked_;
  std::optional<std::string> seen_;
  bool stopped_by_tick_ = false;
};

}  // namespace

Result<void> RunWorkers(const OpenBulk& open_bulk, const BulkTask& task, const StatementTag& tag,
                        int workers, const std::function<Result<void>(BulkSession&)>& work,
                        const BulkHooks& hooks, const WhyPause& why_pause,
                        const std::function<BulkProgress()>& progress, Throttle& throttle,
                        Clock& clock, const Error& stopped) {
  std::mutex mutex;
  std::condition_variable finished;
  Watcher watcher(hooks, why_pause, progress, throttle, clock);
  watcher.Turn();
  const int wanted = std::max(1, workers);
  int running = wanted;
  std::latch connected(wanted);
  {
    std::vector<std::jthread> threads;
    try {
      for (int i = 0; i < wanted; ++i) {
        threads.emplace_back([&] {
          Work(open_bulk, task, tag, work, connected, throttle);
          const std::lock_guard lock(mutex);
          --running;
          finished.notify_one();
        });
      }
    } catch (const std::exception& exception) {
      // Those that were started must not wait for those that never will be.
      const int missing = wanted - static_cast<int>(threads.size());
      throttle.Fail(Error{ErrorKind::kInternal, "IL-E58", exception.what(), {}, {}});
      connected.count_down(missing);
      const std::lock_guard lock(mutex);
      running -= missing;
    }
    std::unique_lock lock(mutex);
    while (!finished.wait_for(lock, kTick, [&] { return running == 0; })) {
      lock.unlock();
      watcher.Turn();
      lock.lock();
    }
  }
  if (hooks.progress) hooks.progress(progress());
  if (auto error = throttle.error()) return Fail(std::move(*error));
  if (watcher.stopped_by_tick()) return Fail(stopped);
  return {};
}

}  // namespace interlock
