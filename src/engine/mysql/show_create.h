// Reads what SHOW CREATE TABLE prints: the one place where both servers tell definitions in full.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/catalog.h"

namespace interlock::mysql {

/// Columns, keys, CHECKs, foreign keys and options.  Not in it: comments, the next AUTO_INCREMENT
/// value, and the list of RANGE and LIST partitions, which rotate.  A key is an index; the primary
/// one is a constraint, too.  `schema` is the table's, and that of tables it refers to without one.
/// kUndecidable (IL-E25) for a text that is none of either server's.
Result<Table> ParseCreateTable(std::string_view text, const std::string& schema);

/// Names in backticks that `sql` holds, qualified ones by their parts, without repeats; views and
/// CHECKs are printed with all of theirs so.  Pure.
std::vector<std::string> NamesIn(std::string_view sql);

}  // namespace interlock::mysql
