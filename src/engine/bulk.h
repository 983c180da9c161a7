// A session that moves and compares rows of one table in key ranges; one a worker.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/session.h"
#include "model/alteration.h"
#include "model/evidence.h"
#include "model/sync.h"

namespace interlock {

/// Text forms of the key's columns, in key order; for tables without a usable key one block number.
using Key = std::vector<std::string>;

/// Rows with after < key ≤ upto; nothing = open end.
struct KeyRange {
  std::optional<Key> after;
  std::optional<Key> upto;
};

/// A stretch of the key space with its own checkpoint: what is ≤ position is done.
struct Segment {
  int number = 0;
  KeyRange range;
  std::optional<Key> position;
  bool done = false;
  BackfillCounts counts;
};

enum class BatchMode {
  kRange,  ///< one UPDATE over the range; on a server whose deadlocks hit others, as kSkipLocked
  kSkipLocked  ///< locks what it can get, updates those, tells whether any were skipped
};

struct BatchResult {
  std::int64_t seen = 0;
  std::int64_t changed = 0;
  /// Locked rows were left for another visit: the changes are kept, the checkpoint stays where it
  /// was.
  bool skipped = false;
};

/// What bulk sessions work on: rows that are brought into agreement where they are, or copied into
/// their table's new shape.
using BulkTask = std::variant<SyncSpec, Alteration>;
const TableName& TableOf(const BulkTask& task);
/// "0002-split-name/1", or the alteration's id: what its checkpoints are kept under.
std::string IdOf(const BulkTask& task);

/// So few changes brought over at once show that the log's end is reached.
inline constexpr std::int64_t kFewChanges = 50;

class BulkSession {
 public:
  virtual ~BulkSession() = default;

  /// Chooses the key of the table (primary, else unique and NOT NULL, else physical).  kRefused
  /// where the server knows no such task.
  virtual Result<void> Open(const BulkTask& task, const StatementTag& tag) = 0;
  /// Key of the row that lies `rows` rows after `after` (nothing = the start); nothing when the
  /// range has fewer rows: it then runs to its end.
  virtual Result<std::optional<Key>> Boundary(const KeyRange& range, std::int64_t rows) = 0;

  /// Checkpoints of this step on the server, by number; empty at the first start.
  virtual Result<std::vector<Segment>> Segments() = 0;
  /// Writes a new segment, under the fence.
  virtual Result<void> AddSegment(const Segment& segment, const Fence& fence) = 0;
  /// One batch: fence, rows of `range` that agree in neither direction, and the segment's
  /// checkpoint (position, counts, done) in one transaction.  Never waits for a row longer than the
  /// lock timeout (under deadlock_timeout): then kTransient, nothing done.
  virtual Result<BatchResult> Batch(const KeyRange& range, BatchMode mode, const Segment& after,
                                    const Fence& fence) = 0;
  /// Compares every row of the range bytewise.
  virtual Result<VerifyCounts> Compare(const KeyRange& range) = 0;
  /// Of a copy whose ranges are all done: builds the keys that were left for then, while rows are
  /// compared and caught up.  It takes as long as the server needs.
  virtual Result<void> Finish(const Fence& /*fence*/) { return {}; }
  /// Whether Finish had work when the session was opened.
  virtual bool Unfinished() const { return false; }
  /// Of a copy: brings up to date what was written since its rows were read, as far as one short
  /// transaction goes.  How many changes it took; 0 when there was none.  kVerification with the
  /// keys of rows that the new shape cannot hold.
  virtual Result<std::int64_t> CatchUp(const Fence& /*fence*/) { return 0; }
  /// Of a copy, whether it is open here or not: why it pauses while others write more than is
  /// brought over; nothing while no more than max_log_backlog changes are logged.
  virtual Result<std::optional<std::string>> Backlog(const BulkTask& /*task*/) {
    return std::optional<std::string>();
  }
  /// What should make a backfill pause now: replica lag and, once it is open, waiters behind our
  /// locks; nothing if none.
  virtual Result<std::optional<std::string>> PauseReason(Duration max_replica_lag) = 0;
};

}  // namespace interlock
