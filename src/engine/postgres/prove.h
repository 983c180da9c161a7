// Proof by the server that a spec's expressions may stand in a sync trigger.
#pragma once

#include "engine/sql.h"
#include "model/sync.h"

namespace interlock::postgres {

/// Each `up` and `down` must be accepted as a stored generated column (immutable, right type, only
/// columns of the other side) and give a value on a row of NULLs; each `fill` must be a valid
/// expression over the row.  Works on temporary tables in a transaction of its own that is rolled
/// back; new columns need not exist yet.  kConfig names spec, column, expression and the server's
/// reason: IL-E53 not acceptable, IL-E54 raises on NULL, IL-E50…IL-E52 see expression.h.
Result<void> ProveExpressions(SqlConnection& connection, const SyncSpec& spec);

}  // namespace interlock::postgres
