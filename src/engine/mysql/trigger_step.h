// Steps that change a table's sync triggers, most of them together with names of its columns.
//
// Nothing does that in one statement: a rename under a trigger that names the column succeeds, and
// every write fails from then on.  So, with the table locked against all others: triggers dropped,
// columns renamed, triggers created.  A client that dies in between leaves a table without
// triggers, on which writes go on; Mend gives them back.
#pragma once

#include "engine/mysql/sender.h"
#include "model/step.h"

namespace interlock::mysql {

/// From wherever the step is, be it half done, to its end.
Result<void> ChangeTriggers(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                            Sender& sender);

/// Triggers that fit the names of the columns as they are.  kUndecidable (IL-E39) when the step is
/// not half done.
Result<void> MendTriggers(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                          Sender& sender);

}  // namespace interlock::mysql
