// Swaps the table that stands aside in, so that no write is lost and none waits for long.
#pragma once

#include "engine/mysql/connection.h"
#include "engine/mysql/rebuild.h"
#include "engine/mysql/sender.h"

namespace interlock::mysql {

/// `standing`: live as `from`, and Ready().  The log is emptied while the table is locked for
/// writes, `lock_timeout` at most; then the names change in one RENAME.  Afterwards writes are
/// logged for the way back.  kTransient: nothing is swapped.  MariaDB renames no table that is
/// locked: there a second session waits for the lock with its RENAME, and gets it before anyone
/// else; should this session die before the log is empty, a table in the way of the RENAME makes it
/// fail.
Result<void> SwapIn(MySqlConnection& connection, const Rebuild& rebuild, const Standing& standing,
                    const StatementTag& tag, Duration lock_timeout, Sender& sender);

/// Drops log and triggers of the side that is live no more, and what else is there beside the two
/// tables and the log of the live one.
Result<void> Tidy(const Rebuild& rebuild, const Standing& standing, Sender& sender);

}  // namespace interlock::mysql
