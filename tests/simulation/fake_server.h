// A server, its ledger and the instances of one application in memory: what faults happen to, and
// what invariants are judged by.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/entry.h"
#include "model/catalog.h"
#include "model/claim.h"
#include "model/step.h"

namespace interlock::simulation {

/// What happens at one operation.
enum class FaultKind {
  kCrashBefore,    ///< the runner is killed before the operation reaches the server
  kCrashAfter,     ///< … after it took effect, before the reply
  kCrashGoesOn,    ///< the runner is killed while the server goes on with the statement
  kLostBefore,     ///< the connection is lost before anything was sent
  kLostAfter,      ///< applied, and the reply lost
  kGoesOn,         ///< the connection is lost while the server goes on
  kTransient,      ///< a lock timeout
  kRival,          ///< another runner takes every claim over
  kFailover,       ///< the server is lost, a copy that has everything takes its place
  kMeddleAdd,      ///< someone adds a column
  kMeddleTrigger,  ///< someone drops the sync trigger, or the newest index
  kMeddleColumn,   ///< someone makes a column of the wrong type in the place of a new one
  kLaggingCopy     ///< as kFailover, to a copy that lacks the last operations
};
std::string ToString(FaultKind kind);
inline constexpr int kFaultKinds = 13;

struct Fault {
  int at = 0;  ///< operation number, from 1; 0 = never
  FaultKind kind = FaultKind::kCrashBefore;
};

/// Thrown through the runner: the process is gone.
struct Crash {};
/// Thrown when a run makes more operations than any that gets on.
struct Endless {};

class FakeClock : public Clock {
 public:
  Timestamp Now() override { return (follows_ ? followed_ : kStart + off) + elapsed_.count(); }
  void Follow(Timestamp now) override {
    follows_ = true;
    followed_ = now - elapsed_.count();
  }
  Timestamp ServersNow() const { return kStart + servers_off + elapsed_.count(); }
  /// A new process: it has not asked the server for the time yet.
  void Restart() { follows_ = false; }
  Timestamp off = 0;          ///< of the runner's machine
  Timestamp servers_off = 0;  ///< of the server's, from now on
  Duration Elapsed() override { return elapsed_; }
  void Sleep(Duration duration) override { elapsed_ += duration; }

 private:
  static constexpr Timestamp kStart = 1'700'000'000'000'000;
  bool follows_ = false;
  Timestamp followed_ = 0;
  Duration elapsed_{1'000'000};
};

class FakeServer {
 public:
  FakeServer();

  /// Counts an operation of the runner and returns what happens at it.
  std::optional<FaultKind> NextFault();
  /// Meddling and rivals happen here; true when the fault was one of those.
  bool Disturb(FaultKind kind);
  /// Ends every session of the runner: its locks are free once nothing of it runs any more.
  void EndSessions();
  void UndoMeddling();
  bool meddled() const { return meddled_; }
  bool ever_meddled() const { return before_meddling_.has_value(); }

  /// What the catalog shows of the step.
  Observation Look(const Step& step, const SyncContext& sync);
  /// The step's effect, with the invariants that hold at this moment checked.
  /// kFailed when the server would refuse it.
  Result<void> Apply(const Step& step, const SyncContext& sync);
  /// The statement goes on without its client and ends later.
  void GoOn(const Step& step, const SyncContext& sync);
  /// A statement of `step` still runs whose session holds no claim, and ends with or without
  /// effect.
  void LeaveRunning(const Step& step, bool has_effect);
  bool AnythingRuns() const { return !running_.empty(); }
  void FinishWhatRuns();

  /// Lock and token of a claim; nothing when someone else holds the lock.
  std::optional<HeldClaim> TryClaim(const std::string& object, int session);
  void Release(const HeldClaim& claim, int session);
  /// As the real one's transactions look at their tokens.
  Result<void> CheckFence(const Fence& fence) const;
  std::vector<ClaimHolder> Holders() const;
  /// Takes away what a broken build left.
  void Mend();

  void Violate(const std::string& what);
  /// The safety rule over instances and catalog; called after every change of either.
  void CheckSafety(const std::string& after);
  void CheckEntry(const Entry& entry);

  FakeClock clock;
  Catalog catalog;
  std::map<std::string, std::vector<Entry>> chains;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::string> instances;  ///< name → version
  std::map<std::string, int> backfills;          ///< step id → segments done, of 2
  std::map<std::string, Step> seen_steps;
  std::vector<Fault> faults;
  std::vector<std::string> violations;
  int operations = 0;
  int most_operations = 20'000;
  std::map<std::string, Observed> forced;  ///< step id → what it shows, whatever is there
  std::string refused_step;                ///< the server refuses this one
  /// Called with every entry before (false) and after (true) it is appended; may throw Crash.
  std::function<void(const EntryDraft&, bool)> on_append;
  /// Called with the object of every claim that is taken.
  std::function<void(const std::string&)> on_claim;
  int next_session = 1;
  bool ledger_made = false;
  bool bulk_refused = false;  ///< the server has no connection left for a backfill
  bool vacuums = false;       ///< an autovacuum holds the table; it gives way after a second
  int timeline = 1;           ///< raised by each failover; sessions of an earlier one are gone
  bool lacks = false;         ///< a copy took over that lacks what the process now running has read
  bool lacked = false;        ///< … at any time

 private:
  struct Lock {
    std::uint64_t token = 0;
    int holder = 0;  ///< session, 0 = free
  };
  struct Running {
    Step step;
    SyncContext sync;
    Timestamp ends = 0;
    bool arranged = false;  ///< it was there before the runner; nothing is judged by it
    bool has_effect = true;
  };
  /// What a copy of the server holds.
  struct Copy {
    Catalog catalog;
    std::map<std::string, std::vector<Entry>> chains;
    std::map<std::string, std::string> texts;
    std::map<std::string, int> backfills;
    std::map<std::string, Lock> locks;
    std::map<std::string, int> effects;
    std::map<std::string, Observed> last_look;
    bool ledger_made = false;
  };
  /// Keeps the last few states when a lagging copy may take over.
  void Ship();
  void FailOver(bool lagging);
  bool HasIntent(const std::string& step) const;
  Observation LookNow(const Step& step, const SyncContext& sync);

  std::vector<Copy> shipped_;
  std::map<std::string, Lock> locks_;
  std::vector<Running> running_;
  std::map<std::string, int> effects_;
  std::map<std::string, Observed> last_look_;
  bool meddled_ = false;
  std::optional<Catalog> before_meddling_;
};

}  // namespace interlock::simulation
