// Brings the rows over that a rebuild's log names, as they are now.
#pragma once

#include <map>
#include <string>

#include "engine/mysql/copy_sql.h"
#include "engine/mysql/row_work.h"

namespace interlock::mysql {

/// What a session remembers of keys that could not be brought over: another row had their value of
/// a unique key, and may be about to give it up.
using BlockedKeys = std::map<std::string, int>;

/// One round: at most `most` entries of the log that nobody holds.  The caller has begun a
/// transaction, or holds the table's lock.  How many entries are settled; those whose row is in
/// another one's way go to the end of the log.  kVerification (IL-E74) names rows that the other
/// shape cannot hold, by their keys.
Result<std::int64_t> CatchUpOnce(const TaggedSql& send, const CopySql& sql, std::int64_t most,
                                 BlockedKeys* blocked);

}  // namespace interlock::mysql
