// The trigger that keeps old and new shape of a table equal: its statements, and what is there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sql.h"
#include "model/step.h"
#include "model/sync.h"

namespace interlock::postgres {

/// Quoted and with its schema: interlock."sync_0123456789abcdef".
std::string SyncFunctionName(const TableName& table);
/// The sequence that counts writes through the old shape, quoted and with its schema.
std::string CounterName(const TableName& table);

/// The statements, to be sent in order within one transaction, that make the table's trigger cover
/// `after`; none when both are equal.  Looks up types on the server, changes nothing.  Columns are
/// found under their logical and under their quarantined names, so it may be asked before a rename
/// that runs in the same transaction; that rename must be sent before these statements, a DROP
/// COLUMN after them.  They leave search_path as the session has it pinned (empty).  The strongest
/// lock is SHARE ROW EXCLUSIVE; before version 14 ACCESS EXCLUSIVE when a trigger is replaced.
/// kConfig for expressions, IL-E55 (kRefused) for a column that is not there.
Result<std::vector<std::string>> SyncStatements(SqlConnection& connection,
                                                const std::vector<SyncSpec>& before,
                                                const std::vector<SyncSpec>& after);

/// Compares function text, trigger definition, settings and enabled state (of every partition's
/// clone too) with what would be generated: kPresent for `after`, else kAbsent for `before`, else
/// kConflicting with what differs.
Result<Observation> ObserveSync(SqlConnection& connection, const TableName& table,
                                const std::vector<SyncSpec>& before,
                                const std::vector<SyncSpec>& after);

/// Writes through the old shape since the trigger was created; 0 without one.  Never goes back; a
/// crash of the server may move it ahead by up to 32.
Result<std::int64_t> OldShapeWrites(SqlConnection& connection, const TableName& table);

}  // namespace interlock::postgres
