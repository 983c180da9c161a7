// What of a table does not go together with a sync trigger on it.
#pragma once

#include "engine/sql.h"
#include "model/sync.h"

namespace interlock::mysql {

/// kRefused: IL-E68 where a first BEFORE INSERT trigger would make the server get a default wrong,
/// IL-E69 where a foreign key changes the spec's columns and fires no trigger.
Result<void> RequireTriggersHarmless(SqlConnection& connection, const SyncSpec& spec);

}  // namespace interlock::mysql
