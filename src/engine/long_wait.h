// Looks at a statement that waits by design from a second connection: who it waits for, and whether
// it is to be given up.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/session.h"

namespace interlock {

/// The second connection, as the dialect makes it.
class WaitProbe {
 public:
  virtual ~WaitProbe() = default;
  /// Who stands in the way of the statement now; empty when it waits for nobody.
  virtual Result<std::vector<Blocker>> Blockers() = 0;
  /// Ends the statement; it then fails as kTransient.
  virtual Result<void> Cancel() = 0;
};

/// From construction to destruction, on a thread of its own: after a moment it connects, tells
/// `hooks.blocked` who stands in the way, and cancels the statement once `hooks.give_up` says so.
/// What cannot be asked is asked again.
class LongWaitWatch {
 public:
  using Connect = std::function<Result<std::unique_ptr<WaitProbe>>()>;

  LongWaitWatch(Connect connect, StatementTag tag, const LongWait& hooks);
  ~LongWaitWatch();
  LongWaitWatch(const LongWaitWatch&) = delete;
  LongWaitWatch& operator=(const LongWaitWatch&) = delete;

 private:
  void Run();
  /// False once the statement is cancelled.
  bool Look();

  const Connect connect_;
  const StatementTag tag_;
  const LongWait& hooks_;
  std::unique_ptr<WaitProbe> probe_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace interlock
