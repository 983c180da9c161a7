// NOT NULL without a scan under a strong lock.
#pragma once

#include <string>

#include "planning/draft.h"

namespace interlock::planning {

/// Contract steps: a helper CHECK, NOT VALID, is validated while reads and writes go on; SET NOT
/// NULL then believes it; the helper goes.
Result<void> AddNotNullSteps(Draft& draft, const TableName& table, const std::string& column);

}  // namespace interlock::planning
