// Moves one application from one version to the next, instance by instance, in batches.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "interlocking/gate_result.h"
#include "model/release.h"
#include "rollout/driver.h"

namespace interlock {

/// What is recorded of one instance's move: an intent before, an outcome after.
struct RolloutEntry {
  enum class Kind { kIntent, kOutcome };
  Kind kind = Kind::kIntent;
  std::string app;
  std::string instance;
  std::string from;  ///< what it ran when looked at; "" when it was down or can't be told
  std::string to;
  bool put_back = false;   ///< the batch failed and this takes the instance back
  bool succeeded = false;  ///< outcomes only
  std::string detail;      ///< why not
};

/// Instances whose last entry is not a successful outcome.  They may be down, or still drained.
std::vector<std::string> UnfinishedInstances(std::span<const RolloutEntry> entries);

struct RolloutRequest {
  std::string app;
  std::string from;  ///< "" when nothing ran before: putting back is stopping
  std::string to;
  std::vector<Batch> batches;
  Duration bake{0};
  Duration health_poll = std::chrono::seconds(1);
  std::vector<std::string> unfinished;  ///< UnfinishedInstances of this release's entries
};

struct RolloutProgress {
  enum class What {
    kBatch,
    kDrain,
    kStop,
    kStart,
    kWaitHealthy,
    kUndrain,
    kMoved,
    kBake,
    kPutBack
  };
  What what = What::kBatch;
  std::string app;
  std::string instance;  ///< "" for kBatch and kBake
  std::string version;
  size_t batch = 0;  ///< from 1
  size_t batches = 0;
  size_t done = 0;  ///< instances at `to`
  size_t total = 0;
};
/// "drain", "start", "wait for health", …
std::string_view ToString(RolloutProgress::What what);

struct RolloutHooks {
  /// The safety rule and everything else that decides whether a version may be started now; asked
  /// before an instance is touched, and again right before each start.
  std::function<GateResult(const std::string& version)> may_start;
  /// Writes to the ledger; an error ends the rollout before anything further is done.
  std::function<Result<void>(const RolloutEntry&)> record;
  /// Called at least every 200 ms of waiting; false: end at once (the claim is lost).
  std::function<bool()> tick;
  /// A person asked to stop: honoured at the next safe point.
  std::function<bool()> stop_requested;
  std::function<void(const RolloutProgress&)> progress;  ///< may be empty, as may all but may_start
};

struct RolloutOutcome {
  std::vector<std::string> instances;  ///< all of them, now at `to`
  std::vector<std::string> moved;      ///< in this call
};

/// One instance at a time, whatever the batches, so that at most one is down because of us.  What
/// to do next is worked out from what List shows each time: the same call after a crash anywhere
/// carries on, and rolling back is the call with `from` and `to` exchanged.
///
/// Errors: what a hook or the driver's List returned; kRefused when may_start says no before an
/// instance is touched (its code) or an instance runs a third version (IL-A10); kStopped (IL-A11)
/// on request, or when tick said so; kFailed (IL-A12) when a batch failed, was put back, and
/// nothing is left at `to`; kStopped (IL-A13) when a batch failed and something is left at `to` or
/// could not be put back; kUndecidable (IL-A14) when a move that the driver reported as done is not
/// what it lists.
class RolloutRunner {
 public:
  /// Driver, clock and hooks must outlive the call.
  RolloutRunner(RolloutRequest request, Driver& driver, Clock& clock, RolloutHooks hooks);
  Result<RolloutOutcome> Run();

 private:
  struct World {
    std::map<std::string, std::string> running;  ///< as listed; "" when the version can't be told
    std::vector<std::vector<std::string>> sets;
  };
  struct Failure {
    std::string instance;
    std::string why;
    std::vector<std::string> details;
  };
  /// An error ends the rollout where it is; a failure puts the batch back; nothing: it went well.
  using Attempt = Result<std::optional<Failure>>;
  enum class Direction { kForward, kPutBack };

  Result<World> Look();
  Result<std::optional<Failure>> CheckConfirmed(const World& world) const;
  std::string NextInstance(const World& world, size_t& batch) const;
  Attempt Carry(const World& world, const std::string& instance);
  Attempt Replace(const World& world, const std::string& instance, const std::string& version,
                  Direction direction);
  Attempt TakeDown(const std::string& instance);
  Attempt StartAndSettle(const std::string& instance, const std::string& running,
                         const std::string& version, Direction direction);
  Attempt Settle(const std::string& instance, const std::string& running,
                 const std::string& version, Direction direction);
  Error RefusedWhileDown(const std::string& instance, const std::string& running,
                         const GateResult& gate, Direction direction);
  Attempt AwaitHealth(const std::string& instance, const std::string& version, bool stoppable);
  Attempt Bake(const World& world, size_t batch);
  Error PutBack(const World& world, size_t batch, const Failure& failure);
  Attempt PutBackOne(const World& world, const std::string& instance);
  Attempt FailureOrError(const std::string& instance, const Error& error) const;
  Result<void> Record(const RolloutEntry& entry);
  Attempt RecordFailure(const std::string& instance, const std::string& running,
                        const std::string& version, Direction direction, Failure failure);
  Result<void> Wait(Duration duration, bool stoppable);
  Result<void> HonourStop() const;
  void Tell(RolloutProgress::What what, const std::string& instance, const std::string& version);

  RolloutRequest request_;
  Driver& driver_;
  Clock& clock_;
  RolloutHooks hooks_;
  std::set<std::string> unfinished_;
  std::set<std::string> confirmed_;  ///< at `to` and seen healthy in this call
  std::vector<std::string> moved_;
  RolloutProgress progress_;
};

}  // namespace interlock
