// The end of an old column: renamed first, dropped when nothing else is left to do.
#pragma once

#include <string>
#include <vector>

#include "planning/draft.h"

namespace interlock::planning {

/// The last contract steps of the change that `spec` belongs to, for its old columns; `taken_along`
/// names indexes and constraints that go with them.  IL-P03 when the quarantine's name is taken.
Result<void> AddQuarantineSteps(Draft& draft, const Table& table, const SyncSpec& spec,
                                const std::vector<std::string>& taken_along);

}  // namespace interlock::planning
