// Proof by the server that a spec's expressions may stand in a sync trigger.
#pragma once

#include "engine/sql.h"
#include "model/sync.h"

namespace interlock::mysql {

/// Each `up` and `down` must be accepted as a stored generated column (immutable, right type, only
/// columns of the other side), give a value on a row of NULLs, and hold nothing that depends on the
/// session though the server takes it (session_words.h); each `fill` must be a valid expression
/// over the row.  Works on a temporary table; new columns need not exist yet.  kConfig names spec,
/// column, expression and the reason: IL-E53 not acceptable, IL-E54 raises on NULL, IL-E50…IL-E52
/// see expression.h.  kRefused: IL-E68 for a table whose defaults MySQL gets wrong under a trigger,
/// IL-E69 for a column that a foreign key changes behind the triggers' back.
Result<void> ProveExpressions(SqlConnection& connection, const SyncSpec& spec);

}  // namespace interlock::mysql
