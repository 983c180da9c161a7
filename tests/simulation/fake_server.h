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
#include "model/claim.h"
#include "simulation/fake_data.h"

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

class FakeServer : public FakeData {
 public:
  explicit FakeServer(ServerKind of_kind = kTogether);

  /// Counts an operation of the runner and returns what happens at it.
  std::optional<FaultKind> NextFault();
  /// Meddling and rivals happen here; true when the fault was one of those.
  bool Disturb(FaultKind fault);
  /// Ends every session of the runner: its locks are free once nothing of it runs any more.
  void EndSessions();
  void UndoMeddling();
  bool meddled() const { return meddled_; }
  bool ever_meddled() const { return before_meddling_.has_value(); }

  /// What the catalog shows of the step.
  Observation Look(const Step& step, const SyncContext& sync);
  /// The step's statements.  kFailed when the server would refuse them.
  Result<void> Execute(const Step& step, const SyncContext& sync, const Send& send);
  /// Those that bring to order what is half done of it.
  Result<void> Mend(const Step& step, const SyncContext& sync, const Send& send);
  /// What commits as a whole, with the invariants that hold at this moment checked.
  Result<void> Commit(const Step& step, const SyncContext& sync,
                      const std::function<Result<void>()>& effect);
  /// `effect` goes on without its client and ends later.
  void GoOn(const Step& step, std::function<void()> effect);
  /// A statement of `step` still runs whose session holds no claim; `effect` when it ends.
  void LeaveRunning(const Step& step, std::function<void()> effect);
  bool AnythingRuns() const { return !running_.empty(); }
  void FinishWhatRuns();

  /// Lock and token of a claim; nothing when someone else holds the lock.
  std::optional<HeldClaim> TryClaim(const std::string& object, int session);
  void Release(const HeldClaim& claim, int session);
  /// As the real one's transactions look at their tokens.
  Result<void> CheckFence(const Fence& fence) const;
  std::vector<ClaimHolder> Holders() const;
  void Violate(const std::string& what);
  /// The safety rule over instances and catalog; called after every change of either.
  void CheckSafety(const std::string& after);
  void CheckEntry(const Entry& entry);
  /// What holds once a release has reached its goal.
  void CheckAtRest();

  /// The backfill's last segment is done.
  void FillRows();

  FakeClock clock;
  std::map<std::string, std::string> instances;  ///< name → version
  std::map<std::string, Step> seen_steps;
  std::vector<Fault> faults;
  std::vector<std::string> violations;
  int operations = 0;
  int mends = 0;
  int most_operations = 20'000;
  std::map<std::string, Observed> forced;  ///< step id → what it shows, whatever is there
  std::string refused_step;                ///< the server refuses this one
  /// Called with every entry before (false) and after (true) it is appended; may throw Crash.
  std::function<void(const EntryDraft&, bool)> on_append;
  /// Called with the object of every claim that is taken.
  std::function<void(const std::string&)> on_claim;
  int next_session = 1;
  bool bulk_refused = false;  ///< the server has no connection left for a backfill
  bool vacuums = false;       ///< an autovacuum holds the table; it gives way after a second
  int timeline = 1;           ///< raised by each failover; sessions of an earlier one are gone
  bool lacks = false;         ///< a copy took over that lacks what the process now running has read
  bool lacked = false;        ///< … at any time

 private:
  struct Running {
    Step step;
    std::function<void()> effect;
    Timestamp ends = 0;
    bool arranged = false;  ///< it was there before the runner; nothing is judged by it
  };
  /// Keeps the last few states when a lagging copy may take over.
  void Ship();
  void FailOver(bool lagging);
  bool HasEntry(EntryKind of_kind, const std::string& step) const;
  Observation LookNow(const Step& step, const SyncContext& sync) const;

  /// A session without a client, until its statement ends.
  bool SomeLivesOn() const;
  void UnlockTable();
  /// users.name is there, under whatever name.
  bool HasOldSide() const;
  bool Runs(const std::string& version) const;
  void CheckAltered(const std::string& after);
  void CheckRows(const std::string& after);

  std::vector<FakeData> shipped_;
  std::vector<Running> running_;
  std::string mended_;  ///< step that was mended since it was looked at
  bool meddled_ = false;
  std::optional<Catalog> before_meddling_;
};

}  // namespace interlock::simulation
