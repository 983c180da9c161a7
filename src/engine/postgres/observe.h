// What the server shows of a step: definitions compared, never names alone.
#pragma once

#include <string>

#include "engine/sql.h"
#include "model/step.h"

namespace interlock::postgres {

/// `connection` must not be in a transaction.  Definitions are compared with what the server makes
/// of the step's own text on scratch objects that are rolled back; where that cannot be done (a
/// replica, no TEMPORARY privilege) and it matters, kUndecidable.  Errors: the connection's only.
Result<Observation> ObserveStep(SqlConnection& connection, const Step& step,
                                const SyncContext& sync);

/// A session that still works on the step, found by the tag of its statement or, where privilege
/// hides the text, by a claim on the step's tables that it holds; kRunning, or kAbsent when there
/// is none.
Result<Observation> ObserveRunning(SqlConnection& connection, const Step& step);

}  // namespace interlock::postgres
