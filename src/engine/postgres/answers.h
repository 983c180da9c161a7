// What an answer of PostgreSQL must hold beyond what every server's must (engine/answers.h).
#pragma once

#include <cstddef>
#include <vector>

#include "engine/answers.h"

namespace interlock::postgres {

/// The fields of a record as its text shows them (PostgreSQL documentation, 8.16.6: nothing is
/// NULL, quotes and backslashes are doubled within quotes).  kUndecidable (IL-E25) when they are
/// not `count`.
Result<std::vector<SqlValue>> RecordFields(const SqlValue& record, std::size_t count);

}  // namespace interlock::postgres
