// What an answer of the server must hold, taken out without trusting it: an answer of another shape
// is an error, never an exception and never a silent zero.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/sql.h"

namespace interlock {

/// kUndecidable (IL-E25) unless the value is one whole number.
Result<std::int64_t> WholeNumber(const SqlValue& value);
/// The same, within an int.
Result<int> SmallNumber(const SqlValue& value);
/// kUndecidable (IL-E25) for NULL.
Result<std::string> Given(const SqlValue& value);
/// The row of a query that always has one; kUndecidable (IL-E25) when there is none.
Result<std::vector<SqlValue>> FirstRow(const SqlRows& rows);
/// The error for an answer that cannot be read; `what` says why.
tl::unexpected<Error> WrongShape(const std::string& what);
/// FirstRow's first value.
Result<SqlValue> FirstValue(const SqlRows& rows);

}  // namespace interlock
