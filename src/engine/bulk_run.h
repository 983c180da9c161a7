// What the backfill and the verify loop share: worker threads, and a caller's thread that watches.
#pragma once

#include <functional>

#include "engine/backfill.h"
#include "engine/throttle.h"

namespace interlock {

/// Why the workers should pause now; kTransient is asked again, any other error ends the run.
using WhyPause = std::function<Result<std::optional<std::string>>()>;

/// Runs `work` on `workers` threads, each with a session of its own, until all return.  Meanwhile
/// the calling thread runs the hooks and asks every half second for a reason to pause, where it is
/// given whom to ask.  A worker's error stops all.  The answer is the first error
/// (being fenced off outranks others), or `stopped` when tick said so.
Result<void> RunWorkers(const OpenBulk& open_bulk, const BulkTask& task, const StatementTag& tag,
                        int workers, const std::function<Result<void>(BulkSession&)>& work,
                        const BulkHooks& hooks, const WhyPause& why_pause,
                        const std::function<BulkProgress()>& progress, Throttle& throttle,
                        Clock& clock, const Error& stopped);

/// Tries again what may pass, with growing pauses; gives up after about half a minute.
template <typename Call>
auto Insist(Throttle& throttle, const Call& call) -> decltype(call()) {
  Duration pause = std::chrono::milliseconds(50);
  for (int attempt = 1;; ++attempt) {
    auto result = call();
    if (result || result.error().kind != ErrorKind::kTransient || attempt == 12) return result;
    if (!throttle.Sleep(pause)) return result;
    pause = std::min<Duration>(pause * 2, std::chrono::seconds(5));
  }
}

}  // namespace interlock
