// Carries one step from wherever it is to its outcome: observe, look the move up, act, again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runner/bulk_work.h"
#include "runner/control.h"
#include "runner/link.h"
#include "runner/move_table.h"

namespace interlock {

/// How DDL under a short lock_timeout is tried again.
struct LockPolicy {
  Duration first_pause = std::chrono::milliseconds(100);
  Duration max_pause = std::chrono::seconds(5);
  Duration schema_claim_budget = std::chrono::minutes(2);
  Duration look_again = std::chrono::seconds(1);  ///< while something still runs on the server
};

class StepRunner {
 public:
  StepRunner(RunControl& control, BulkWork& bulk, const MoveTable& table = StandardMoveTable(),
             LockPolicy policy = {});

  /// Runs the step to its outcome, or says why not.  Connection errors (kInDoubt, kUnreachable) are
  /// returned as they are: the caller reconnects and calls again, nothing is retried blindly.
  Result<void> Run(DatabaseLink& link, const Step& step, const std::string& release);

  /// Tries transactional steps in a transaction that is rolled back.  Locks are waited for as in
  /// Run; errors name the step's statement (IL-R69) and leave nothing behind.
  Result<void> Rehearse(DatabaseLink& link, const std::vector<Step>& steps,
                        const std::string& release);

  /// What the ledger says of the step.
  static Recorded RecordedOf(const DatabaseHistory& history, const Step& step);
  /// The sync trigger's specs without and with the step, from the chain.
  static SyncContext SyncOf(const DatabaseHistory& history, const Step& step);
  /// Looks at the server.
  Result<Observation> Observe(DatabaseLink& link, const Step& step);

 private:
  Result<void> RecordIntent(DatabaseLink& link, const Step& step, const std::string& release,
                            const Observation& seen);
  Result<void> Execute(DatabaseLink& link, const Step& step, const std::string& release, bool mend);
  Result<void> ExecuteDdl(DatabaseLink& link, const Step& step, const StatementTag& tag, bool mend);
  /// kDrift when the schema is not any more what the step's intent was recorded for.
  Result<void> RequireAsIntended(DatabaseLink& link, const Step& step, const std::string& release);
  /// `attempt` under the database-wide claim (unless the step waits by design), again and again
  /// while it gets no lock, within the lock budget.  `attempt` is given its lock timeout.  `ends`:
  /// who stands in its way may be ended, if the configuration says so.
  Result<void> WithLocks(DatabaseLink& link, const Step& step, const StatementTag& tag,
                         const std::function<Result<void>(Duration)>& attempt,
                         const std::function<Result<bool>()>& nothing_left, bool ends);
  Result<bool> RecordOutcome(DatabaseLink& link, const Step& step, const std::string& release,
                             Observation seen);
  Result<void> RecordFailure(DatabaseLink& link, const Step& step, const std::string& release,
                             const Error& error);
  Result<void> EndOld(DatabaseLink& link, const Step& step, const std::vector<Blocker>& blockers,
                      const StatementTag& tag);
  Error Halt(Move move, const Step& step, Recorded recorded, const Observation& seen) const;

  RunControl& control_;
  BulkWork& bulk_;
  const MoveTable& table_;
  LockPolicy policy_;
  nlohmann::json evidence_;
  Duration started_{0};
};

}  // namespace interlock
