// The verify loop: workers compare every row of a table, range by range, and change nothing.
#pragma once

#include "engine/backfill.h"

namespace interlock {

/// Total counts, with the first keys in key order.  Judging them (more than no lossy row needs
/// `lossy`) is the caller's.  kStopped (IL-E64): tick said stop; verify begins anew each time.
Result<VerifyCounts> RunVerify(const OpenBulk& open_bulk, const BulkTask& task,
                               const StatementTag& tag, const BackfillSettings& settings,
                               const BulkHooks& hooks, Clock& clock);

}  // namespace interlock
