// Looks at a statement that waits by design from a second connection: who it waits for, and whether
// it is to be given up.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/postgres/connection.h"
#include "engine/session.h"

namespace interlock::postgres {

/// From construction to destruction, on a thread of its own: after a moment it connects, tells
/// `hooks.blocked` who stands in the way of backend `pid`, and cancels what that backend does once
/// `hooks.give_up` says so.  What cannot be asked is asked again.
class LongWaitWatch {
 public:
  LongWaitWatch(std::string url, int pid, StatementTag tag, const LongWait& hooks);
  ~LongWaitWatch();
  LongWaitWatch(const LongWaitWatch&) = delete;
  LongWaitWatch& operator=(const LongWaitWatch&) = delete;

 private:
  void Run();
  /// False once the statement is cancelled.
  bool Look();

  const std::string url_;
  const int pid_;
  const StatementTag tag_;
  const LongWait& hooks_;
  std::unique_ptr<PgConnection> connection_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace interlock::postgres
