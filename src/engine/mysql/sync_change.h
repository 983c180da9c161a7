// A change of a table's sync triggers as the statements of a step.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/render.h"

namespace interlock::mysql {

/// From the triggers for `before` to those for `after`, together with `alter`, which renames
/// columns; "" for a change of the triggers alone.
Result<StepSql> TriggerChange(MySqlConnection& connection, const TableName& table,
                              const SyncContext& sync, const std::string& alter);

/// From whatever there is of the triggers for `wanted` and `other` to those for `wanted`.  The
/// columns must have the names that these call them by.
Result<StepSql> TriggersFor(MySqlConnection& connection, const TableName& table,
                            const std::vector<SyncSpec>& wanted,
                            const std::vector<SyncSpec>& other);

/// What of it makes or drops triggers, which can be sent whatever else the lock holds off.
std::vector<Statement> TriggersAlone(const StepSql& sql);

}  // namespace interlock::mysql
