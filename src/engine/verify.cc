#include "engine/verify.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/batch_size.h"
#include "engine/bulk_run.h"

namespace interlock {
namespace {

constexpr std::int64_t kMostRows = 25'000;  ///< of one chunk
constexpr std::size_t kFirstKeys = 10;

/// Cuts the key space into numbered chunks and adds up what they show.  Thread-safe.
class Tally {
 public:
  struct Chunk {
    std::int64_t number = 0;
    KeyRange range;
  };

  Result<std::optional<Chunk>> Next(BulkSession& session, std::int64_t rows, Throttle& throttle) {
    const std::lock_guard lock(cutting_);
    if (at_end_) return std::optional<Chunk>();
    IL_ASSIGN(std::optional<Key> upto, Insist(throttle, [&] {
                return session.Boundary({frontier_, std::nullopt}, rows);
              }));
    Chunk chunk{next_++, {frontier_, upto}};
    frontier_ = upto;
    at_end_ = !upto;
    return std::optional<Chunk>(std::move(chunk));
  }

  void Add(const Chunk& chunk, VerifyCounts counts) {
    const std::lock_guard lock(mutex_);
    total_.rows += counts.rows;
    total_.differing += counts.differing;
    total_.lossy += counts.lossy;
    Keep(&differing_, chunk.number, std::move(counts.first_differing));
    Keep(&lossy_, chunk.number, std::move(counts.first_lossy));
  }

  VerifyCounts Total() const {
    const std::lock_guard lock(mutex_);
    VerifyCounts total = total_;
    total.first_differing = InOrder(differing_);
    total.first_lossy = InOrder(lossy_);
    return total;
  }

 private:
  using ByChunk = std::map<std::int64_t, std::vector<std::string>>;

  /// Chunks past the tenth with keys cannot contribute.
  static void Keep(ByChunk* keys, std::int64_t chunk, std::vector<std::string> found) {
    if (found.empty()) return;
    keys->emplace(chunk, std::move(found));
    if (keys->size() > kFirstKeys) keys->erase(std::prev(keys->end()));
  }

  static std::vector<std::string> InOrder(const ByChunk& keys) {
    std::vector<std::string> out;
    for (const auto& [chunk, found] : keys) {
      for (const auto& key : found) {
        if (out.size() == kFirstKeys) return out;
        out.push_back(key);
      }
    }
    return out;
  }

  std::mutex cutting_;
  std::int64_t next_ = 0;
  bool at_end_ = false;
  std::optional<Key> frontier_;
  mutable std::mutex mutex_;
  VerifyCounts total_;
  ByChunk differing_;
  ByChunk lossy_;
};

Result<void> Work(BulkSession& session, Tally& tally, Duration target, Throttle& throttle,
                  Clock& clock) {
  BatchSize size(target);
  while (throttle.Admit()) {
    const Duration began = clock.Elapsed();
    const std::int64_t rows = std::min(size.rows(), kMostRows);
    IL_ASSIGN(const std::optional<Tally::Chunk> chunk, tally.Next(session, rows, throttle));
    if (!chunk) return {};
    IL_ASSIGN(VerifyCounts counts, Insist(throttle, [&] { return session.Compare(chunk->range); }));
    tally.Add(*chunk, std::move(counts));
    const Duration took = clock.Elapsed() - began;
    size.Done(chunk->range.upto ? rows : 0, took);
    throttle.Rest(took);
  }
  return {};
}

}  // namespace

Result<VerifyCounts> RunVerify(const OpenBulk& open_bulk, const BulkTask& task,
                               const StatementTag& tag, const BackfillSettings& settings,
                               const BulkHooks& hooks, Clock& clock) {
  Throttle throttle(clock, settings.nice_ratio);
  Tally tally;
  const auto work = [&](BulkSession& session) {
    return Work(session, tally, settings.batch_time, throttle, clock);
  };
  const auto progress = [&] {
    const VerifyCounts counts = tally.Total();
    BulkProgress progress;
    progress.counts.rows_seen = counts.rows;
    progress.estimated_rows = hooks.estimated_rows;
    return progress;
  };
  const Error stopped{ErrorKind::kStopped,
                      "IL-E64",
                      "the comparison of " + ToString(TableOf(task)) + " was stopped",
                      {},
                      "run the same command again"};
  IL_RETURN_IF_ERROR(RunWorkers(open_bulk, task, tag, settings.workers, work, hooks, {}, progress,
                                throttle, clock, stopped));
  return tally.Total();
}

}  // namespace interlock
