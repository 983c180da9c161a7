// The types of a table's columns as sync SQL needs them.
#pragma once

#include <vector>

#include "engine/postgres/sync_sql.h"
#include "engine/sql.h"

namespace interlock::postgres {

/// All columns of the table by real name, and by logical name those that a spec of either list
/// calls something else.  Empty when there is no such table.
Result<ColumnTypes> ReadColumnTypes(SqlConnection& connection, const TableName& table,
                                    const std::vector<SyncSpec>& before,
                                    const std::vector<SyncSpec>& after);

}  // namespace interlock::postgres
