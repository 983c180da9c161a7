// One attempt at a step's statements, under the fence and the lock policy.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/mysql/connection.h"
#include "engine/session.h"
#include "model/claim.h"
#include "model/step.h"

namespace interlock::mysql {

/// As Session::Execute.  DDL commits by itself, so the fence is checked once, before the first
/// statement; each waits for locks for `lock_timeout`, rounded up to a second, at most.  An ALTER
/// is sent as INSTANT, then in place; kRefused (IL-E44) where the server would copy the table.
/// `sent`: what was carried out, in the form that the server took.  Where several statements make
/// the step, and the way back from a failure fails too: kInDoubt, and the step is half done.
/// Backfill and Verify have loops of their own: kInternal.
Result<void> ExecuteStep(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                         const Fence& fence, const StatementTag& tag, Duration lock_timeout,
                         std::vector<std::string>* sent = nullptr);

/// As Session::Rehearse, on an empty temporary table of the same columns, keys and CHECKs, since
/// nothing of this is undone by a rollback.  Foreign keys and triggers, which no temporary table
/// has, are read instead.
Result<void> RehearseSteps(MySqlConnection& connection, const std::vector<Step>& steps,
                           const std::vector<SyncContext>& sync, const Fence& fence,
                           const StatementTag& tag, Duration lock_timeout);

/// As Session::Mend: gives the table, at once, the sync triggers that fit the names its columns
/// have; Execute does what remains.  kUndecidable where only a person can say how a half-done step
/// goes on.
Result<void> MendStep(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                      const Fence& fence, const StatementTag& tag, Duration lock_timeout);

/// The fence as it is now; a takeover after it waits for nothing, but proves by the session lock
/// that this session, and so its statement, is gone.
Result<void> CheckFenceOnce(MySqlConnection& connection, const Fence& fence);

}  // namespace interlock::mysql
