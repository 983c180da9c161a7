// The bodies of a table's two sync triggers.  Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/mysql/column_types.h"
#include "model/sync.h"

namespace interlock::mysql {

enum class TriggerEvent { kInsert, kUpdate };

/// The table that counts writes through the old shape, by the writing session, so that no writer
/// waits for another.
inline constexpr const char* kOldWrites = "interlock_old_writes";

/// The body of the table's BEFORE INSERT or BEFORE UPDATE trigger, FOR EACH ROW.  Specs take turns:
/// each sees what those before it have set.  Needs a session without ANSI_QUOTES,
/// NO_BACKSLASH_ESCAPES and PIPES_AS_CONCAT.  Errors as MakeRowSql.
Result<std::string> SyncBody(const TableName& table, const std::vector<SyncSpec>& specs,
                             const ColumnTypes& types, TriggerEvent event);

}  // namespace interlock::mysql
