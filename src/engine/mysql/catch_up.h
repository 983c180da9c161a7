// Brings the rows over that a rebuild's log names, as they are now.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/mysql/copy_sql.h"
#include "engine/mysql/row_work.h"

namespace interlock::mysql {

/// What a session remembers between rounds.
struct CatchUpMemory {
  /// Keys that could not be brought over, and how often in a row: another row had their value of a
  /// unique key, and may be about to give it up.
  std::map<std::string, int> blocked;
  /// Entries up to it were settled, or held by somebody: what comes to light among them is looked
  /// for once nothing is left behind it.
  std::int64_t looked_at = 0;
};

/// One round: at most `most` entries of the log that nobody holds.  The caller has begun a
/// transaction, or holds the table's lock.  How many entries are settled; those whose row is in
/// another one's way go to the end of the log.  kVerification (IL-E74) names rows that the other
/// shape cannot hold, by their keys.
Result<std::int64_t> CatchUpOnce(const TaggedSql& send, const CopySql& sql, std::int64_t most,
                                 CatchUpMemory* memory);

/// Why a copy should pause: more than `most` changes are logged.  Nothing when they are not, when
/// there is no such log, or `most` is 0.
Result<std::optional<std::string>> LogPause(MySqlConnection& connection, const TableName& log,
                                            std::int64_t most);

}  // namespace interlock::mysql
