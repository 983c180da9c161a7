// One attempt at a step's statements, under the fence and the lock policy.
#pragma once

#include "base/clock.h"
#include "engine/session.h"
#include "engine/sql.h"
#include "model/claim.h"
#include "model/step.h"

namespace interlock::postgres {

/// As Session::Execute.  Backfill and Verify have loops of their own: kInternal.
Result<void> ExecuteStep(SqlConnection& connection, const Step& step, const SyncContext& sync,
                         const Fence& fence, const StatementTag& tag, Duration lock_timeout);

/// As Session::Rehearse.
Result<void> RehearseSteps(SqlConnection& connection, const std::vector<Step>& steps,
                           const std::vector<SyncContext>& sync, const Fence& fence,
                           const StatementTag& tag, Duration lock_timeout);

/// As Session::Mend: drops the INVALID index of a broken build.  kUndecidable where only a person
/// can say how a half-done step goes on.
Result<void> MendStep(SqlConnection& connection, const Step& step, const SyncContext& sync,
                      const Fence& fence, const StatementTag& tag, Duration lock_timeout);

}  // namespace interlock::postgres
