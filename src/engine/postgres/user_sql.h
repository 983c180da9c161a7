// SQL text that a person wrote, read by the parser before it becomes part of a statement.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace interlock::postgres {

/// kConfig (IL-E33) unless the text is exactly one type name, such as "numeric(10, 2)[]".  serial
/// is refused too: it is no type, but a default and a sequence.  Pure.
Result<void> CheckType(const std::string& type);

/// kConfig (IL-E50 … IL-E52) unless the text is exactly one expression over one row.  Pure.
Result<void> CheckExpression(const std::string& expression);

/// The statements of a script, comments and empty ones left out.  kConfig (IL-E34) when one of them
/// begins or ends a transaction: that is the step's own business.  Pure.
Result<std::vector<std::string>> SplitStatements(const std::string& script);

}  // namespace interlock::postgres
