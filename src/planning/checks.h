// What several change kinds demand of tables and columns before they plan a step.
#pragma once

#include <string>
#include <vector>

#include "planning/draft.h"

namespace interlock::planning {

/// Name and type of a new column are there and the server can keep them: IL-P04, IL-P12.
Result<void> CheckColumnSpec(const Draft& draft, const TableName& table, const ColumnSpec& column);
/// A column to be added to an existing table: also not there yet, no identity, no serial: IL-P03,
/// IL-P05, IL-P06, IL-P15.
Result<void> CheckNewColumn(const Draft& draft, const Table& table, const ColumnSpec& column);
/// A column to be dropped at contract: there, not in sync elsewhere, not part of a key or of the
/// partition key, not referenced, not named by a generated column, not what replication knows rows
/// by: IL-P02, IL-P05 to IL-P08, IL-P20, IL-P22.
Result<Column> CheckOldColumn(const Draft& draft, const Table& table, const std::string& column);
/// Columns come and go on the whole table, never on one partition; tables that inherit columns by
/// INHERITS are neither in one trigger's reach nor one table's: IL-P17, IL-P21.
Result<void> CheckWholeTable(const Draft& draft, const Table& table);
/// No user's BEFORE row trigger fires after ours would: IL-P16.
Result<void> CheckSyncTriggerLast(const Draft& draft, const Table& table);
/// Each of `drops` is an index or constraint that uses one of the columns: IL-P10.
Result<void> CheckDrops(const Table& table, const std::vector<std::string>& columns,
                        const std::vector<std::string>& drops);

}  // namespace interlock::planning
