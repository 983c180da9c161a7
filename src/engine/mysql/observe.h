// What the server shows of a step: definitions compared, never names alone.
#pragma once

#include "engine/mysql/connection.h"
#include "model/step.h"

namespace interlock::mysql {

/// `connection` must not be in a transaction.  Definitions are compared with what the server makes
/// of the step's own text as a temporary table; where that cannot be done (no CREATE TEMPORARY
/// TABLES privilege) and it matters, or a table may not be seen, kUndecidable.  Errors: the
/// connection's only.
Result<Observation> ObserveStep(MySqlConnection& connection, const Step& step,
                                const SyncContext& sync);

}  // namespace interlock::mysql
