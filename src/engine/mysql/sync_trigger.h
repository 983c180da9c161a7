// The triggers that keep old and new shape of a table equal: their statements, and what is there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/sync_body.h"
#include "engine/sql.h"
#include "model/step.h"
#include "model/sync.h"

namespace interlock::mysql {

/// "~interlock_sync_i_0123456789ab": of the table and the body, so that the triggers of two lists
/// of specs can be there at the same time.  A trigger's name is unique in its database.
std::string SyncTriggerName(const TableName& table, TriggerEvent event, const std::string& body);

/// The statements, to be sent one after the other outside of a transaction, that make the table's
/// triggers cover `after`; none when both lists are equal.  Looks up types on the server, changes
/// nothing.  New triggers are made before old ones go, so that no write passes without; each row
/// rule finds nothing to do behind the other's.  kConfig for expressions, IL-E55 (kRefused) for a
/// column that is not there.
///
/// On MariaDB new triggers are made with the table locked: there a statement that a client has
/// prepared counts as one that knows all of the table's triggers unless the first one of an event
/// was made after it, and a CREATE TRIGGER that waits for a table counts as made when it was sent.
/// An old version's writes would be synced, yet not counted.
///
/// `between`: ALTERs that must not meet a trigger that names their columns (a rename, a drop): old
/// triggers go before them.  When a statement fails under the lock, UNLOCK TABLES has to be sent;
/// what is there then is kPartial.  Columns are found under their logical and under their
/// quarantined names, so it may be asked before that rename.
Result<std::vector<std::string>> SyncStatements(MySqlConnection& connection,
                                                const std::vector<SyncSpec>& before,
                                                const std::vector<SyncSpec>& after,
                                                const std::vector<std::string>& between = {});

/// Compares text, event, time, settings and order of the table's triggers with what would be made:
/// kPresent for `after`, else kAbsent for `before`, kPartial for a mixture of these, kConflicting
/// for anything else, with what differs.  kUndecidable without the privilege to see triggers.
Result<Observation> ObserveSync(SqlConnection& connection, const TableName& table,
                                const std::vector<SyncSpec>& before,
                                const std::vector<SyncSpec>& after);

/// From kPartial to `before`, or to `after` where the columns of `before` are no longer there.
/// Rows that were written meanwhile without a trigger are for the next backfill.
Result<std::vector<std::string>> MendSync(MySqlConnection& connection,
                                          const std::vector<SyncSpec>& before,
                                          const std::vector<SyncSpec>& after);

/// Writes through the old shape, committed since the triggers were made; 0 without any.
/// kUndecidable (IL-E67) when triggers are there and their counter is not.
Result<std::int64_t> OldShapeWrites(SqlConnection& connection, const TableName& table);

}  // namespace interlock::mysql
