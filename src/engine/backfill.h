// The backfill loop: workers take segments of the key space and bring their rows into agreement.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "engine/bulk.h"
#include "model/claim.h"
#include "model/project.h"

namespace interlock {

/// Connects one BulkSession.  Called from several threads at once.
using OpenBulk = std::function<Result<std::unique_ptr<BulkSession>>()>;

struct BulkProgress {
  BackfillCounts counts;            ///< of this step, earlier runs included
  std::int64_t estimated_rows = 0;  ///< as given in the hooks; 0 when unknown
  std::string pause;                ///< why it pauses now; "" when it works
  std::int64_t skipped_ranges = 0;  ///< ranges with locked rows that wait for another visit
};

enum class TickAnswer { kContinue, kStop };

/// All are called from the thread that called RunBackfill or RunVerify, and may be empty.
struct BulkHooks {
  /// At least every 200 ms.  The place for the claim's beat: an error (kFenced) ends the run.
  std::function<Result<TickAnswer>()> tick;
  /// Whether a person asked for a pause.
  std::function<bool()> paused;
  std::function<void(const BulkProgress&)> progress;
  std::int64_t estimated_rows = 0;
};

/// Runs until every row agrees.  Batches already checkpointed are not done again, so calling it
/// again continues.  A batch that times out is done again without waiting for locked rows; what was
/// skipped is visited again, with growing pauses, until nothing is left.
///
/// kStopped (IL-E62): tick said stop; resumable.  kFenced, kCorrupt and what else a worker met ends
/// all workers after their batch.  kInDoubt, kUnreachable: connect anew and call again.
/// kFailed (IL-E63): rows do not keep what is written to them.
Result<BackfillCounts> RunBackfill(const OpenBulk& open_bulk, const BulkTask& task,
                                   const StatementTag& tag, const BackfillSettings& settings,
                                   const Fence& fence, const BulkHooks& hooks, Clock& clock);

}  // namespace interlock
