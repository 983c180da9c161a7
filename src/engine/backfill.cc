#include "engine/backfill.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/batch_size.h"
#include "engine/bulk_run.h"
#include "engine/throttle.h"

namespace interlock {
namespace {

constexpr std::int64_t kSegmentRows = 50'000;
constexpr std::int64_t kLeastSegmentRows = 5'000;
constexpr Duration kFirstPause = std::chrono::milliseconds(50);
constexpr Duration kLongestPause = std::chrono::seconds(2);

/// So large that few are recorded, so small that the workers of a small table end together: as many
/// for each, up to four.
std::int64_t SegmentRows(std::int64_t estimated_rows, int workers) {
  if (estimated_rows <= 0) return kSegmentRows;
  constexpr std::int64_t kSharesOfAWorker = 4;
  const std::int64_t each = std::max(1, workers);
  const std::int64_t shares =
      each *
      std::clamp<std::int64_t>(estimated_rows / (each * kLeastSegmentRows), 1, kSharesOfAWorker);
  return std::clamp(estimated_rows / shares + 1, kLeastSegmentRows, kSegmentRows);
}

/// Rows that were locked when a batch came by.
struct Hole {
  KeyRange range;
  std::int64_t seen = 0;
  std::int64_t changed = 0;
};

/// A segment as a worker takes it, and as it gives it back when locked rows were left behind.
struct Work {
  Segment segment;
  std::int64_t most_rows = 0;  ///< in the whole of it, as seen when it was cut; 0 if unknown
  bool walked = false;         ///< to its end; only holes are left
  std::vector<Hole> holes;
  Duration not_before{0};
  Duration pause = kFirstPause;
};

/// Hands out segments: first those begun before, then new ones, last those with locked rows once
/// their pause is over.  Holds only what was begun and is not done.  Thread-safe.
class Dispenser {
 public:
  Dispenser(const std::vector<Segment>& begun, std::int64_t segment_rows, const Fence& fence,
            Throttle& throttle, Clock& clock)
      : segment_rows_(segment_rows), fence_(fence), throttle_(throttle), clock_(clock) {
    for (const Segment& segment : begun) {
      Add(segment.counts);
      next_number_ = std::max(next_number_, segment.number + 1);
      if (!segment.range.upto) {
        cut_to_the_end_ = true;
      } else if (segment.number + 1 == next_number_) {
        frontier_ = segment.range.upto;
      }
      if (segment.done) continue;
      begun_.push_back(std::make_unique<Work>());
      begun_.back()->segment = segment;
    }
  }

  /// A segment for each worker, cut before they connect, so that they begin together.  Whatever is
  /// in the way they will meet themselves.
  Result<void> CutAhead(BulkSession& session, int workers) {
    while (!cut_to_the_end_ && static_cast<int>(begun_.size()) < workers) {
      auto work = Cut(session, /*insist=*/false);
      if (!work) {
        if (work.error().kind == ErrorKind::kTransient) return {};
        return Fail(std::move(work).error());
      }
      const std::lock_guard lock(mutex_);
      --out_;
      begun_.push_back(std::move(*work));
    }
    return {};
  }

  /// Null when all is done or the run is stopped.
  Result<std::unique_ptr<Work>> Next(BulkSession& session) {
    while (throttle_.Admit()) {
      if (auto work = TakeBegun()) return work;
      IL_ASSIGN(std::unique_ptr<Work> fresh, Cut(session, /*insist=*/true));
      if (fresh) return fresh;
      bool nothing_waits = false;
      if (auto work = TakeDue(&nothing_waits)) return work;
      if (nothing_waits) return nullptr;
      throttle_.Sleep(std::chrono::milliseconds(20));
    }
    return nullptr;
  }

  void Done() {
    const std::lock_guard lock(mutex_);
    --out_;
  }

  void Revisit(std::unique_ptr<Work> work, bool progressed) {
    const std::lock_guard lock(mutex_);
    --out_;
    work->pause = progressed ? kFirstPause : std::min(work->pause * 2, kLongestPause);
    work->not_before = clock_.Elapsed() + work->pause;
    waiting_.push_back(std::move(work));
  }

  void Add(const BackfillCounts& counts) {
    const std::lock_guard lock(mutex_);
    total_.rows_seen += counts.rows_seen;
    total_.rows_changed += counts.rows_changed;
    total_.batches += counts.batches;
    total_.retried += counts.retried;
  }

  BulkProgress Progress(std::int64_t estimated_rows) const {
    const std::lock_guard lock(mutex_);
    BulkProgress progress;
    progress.counts = total_;
    progress.estimated_rows = estimated_rows;
    for (const auto& work : waiting_) {
      progress.skipped_ranges += static_cast<std::int64_t>(work->holes.size());
    }
    return progress;
  }

  /// All was handed out and came back done.
  bool complete() const {
    const std::lock_guard lock(mutex_);
    return cut_to_the_end_ && begun_.empty() && waiting_.empty() && out_ == 0;
  }

 private:
  std::unique_ptr<Work> TakeBegun() {
    const std::lock_guard lock(mutex_);
    if (begun_.empty()) return nullptr;
    auto work = std::move(begun_.front());
    begun_.pop_front();
    ++out_;
    return work;
  }

  std::unique_ptr<Work> TakeDue(bool* nothing_waits) {
    const std::lock_guard lock(mutex_);
    *nothing_waits = waiting_.empty();
    const auto due = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const auto& a, const auto& b) { return a->not_before < b->not_before; });
    if (due == waiting_.end() || (*due)->not_before > clock_.Elapsed()) return nullptr;
    auto work = std::move(*due);
    waiting_.erase(due);
    ++out_;
    return work;
  }

  /// The next segment of the key space, recorded on the server; null at its end.
  Result<std::unique_ptr<Work>> Cut(BulkSession& session, bool insist) {
    const std::lock_guard cutting(cutting_);
    if (cut_to_the_end_) return nullptr;
    const auto ask = [&](const auto& call) { return insist ? Insist(throttle_, call) : call(); };
    const KeyRange rest{frontier_, std::nullopt};
    IL_ASSIGN(std::optional<Key> upto, ask([&] { return session.Boundary(rest, segment_rows_); }));
    auto work = std::make_unique<Work>();
    work->segment.number = next_number_;
    work->segment.range = {frontier_, upto};
    work->most_rows = segment_rows_;
    IL_RETURN_IF_ERROR(ask([&] { return session.AddSegment(work->segment, fence_); }));
    const std::lock_guard lock(mutex_);
    ++next_number_;
    frontier_ = std::move(upto);
    cut_to_the_end_ = !frontier_;
    ++out_;
    return work;
  }

  const std::int64_t segment_rows_;
  const Fence& fence_;
  Throttle& throttle_;
  Clock& clock_;
  std::mutex cutting_;  ///< held while the server is asked; taken before mutex_
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Work>> begun_;
  std::vector<std::unique_ptr<Work>> waiting_;
  int out_ = 0;
  int next_number_ = 1;
  bool cut_to_the_end_ = false;
  std::optional<Key> frontier_;
  BackfillCounts total_;
};

/// Of a copy whose log has grown too long: the worker that comes first brings over what is logged,
/// while no other one is in a batch.  A batch reads rows as they were when it began: what was
/// logged and settled meanwhile it would put back.
class Relief {
 public:
  Relief(const BulkTask& task, const Fence& fence, Throttle& throttle, Clock& clock)
      : task_(task), fence_(fence), throttle_(throttle), clock_(clock) {}

  /// Whether there is too much now; by the thread that watches.
  Result<void> Look(BulkSession& session) {
    if (clock_.Elapsed() < not_before_.load()) return {};
    IL_ASSIGN(auto found, session.Backlog(task_));
    const std::lock_guard lock(mutex_);
    reason_ = std::move(found);
    return {};
  }
  std::optional<std::string> reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
  }

  std::shared_lock<std::shared_mutex> DuringBatch() {
    return std::shared_lock<std::shared_mutex>(batches_);
  }
  /// Between two batches of a worker.  When more is written than it brings over, the copy goes on
  /// for as long as this took: it must come to its end.
  Result<void> BringOver(BulkSession& session) {
    if (!reason()) return {};
    const std::unique_lock<std::shared_mutex> alone(batches_);
    std::optional<std::string> left = reason();
    const Duration began = clock_.Elapsed();
    const Duration until = began + kMostRelief;
    while (left && clock_.Elapsed() < until && throttle_.Admit()) {
      IL_RETURN_IF_ERROR(SomeOf(session));
      IL_ASSIGN(left, Insist(throttle_, [&] { return session.Backlog(task_); }));
    }
    if (left) not_before_ = clock_.Elapsed() + (clock_.Elapsed() - began);
    const std::lock_guard lock(mutex_);
    reason_.reset();
    return {};
  }

 private:
  static constexpr Duration kMostRelief = std::chrono::seconds(10);

  /// As much as half a second takes, so that it is not counted all the time how much is left.
  Result<void> SomeOf(BulkSession& session) {
    const Duration until = clock_.Elapsed() + std::chrono::milliseconds(500);
    while (clock_.Elapsed() < until && throttle_.Admit()) {
      const Duration began = clock_.Elapsed();
      IL_ASSIGN(const std::int64_t settled,
                Insist(throttle_, [&] { return session.CatchUp(fence_); }));
      if (settled < kFewChanges) return {};
      throttle_.Rest(clock_.Elapsed() - began);
    }
    return {};
  }

  const BulkTask& task_;
  const Fence& fence_;
  Throttle& throttle_;
  Clock& clock_;
  std::shared_mutex batches_;
  mutable std::mutex mutex_;
  std::optional<std::string> reason_;
  std::atomic<Duration> not_before_{Duration(0)};
};

/// One worker: walks segments in batches.
class Worker {
 public:
  Worker(BulkSession& session, Dispenser& dispenser, const BulkTask& task, const Fence& fence,
         const BatchSize& size, Relief& relief, Throttle& throttle, Clock& clock)
      : session_(session),
        dispenser_(dispenser),
        task_(task),
        fence_(fence),
        size_(size),
        relief_(relief),
        throttle_(throttle),
        clock_(clock) {}

  Result<void> Run() {
    while (true) {
      IL_ASSIGN(std::unique_ptr<Work> work, dispenser_.Next(session_));
      if (!work) return {};
      const std::int64_t changed = work->segment.counts.rows_changed;
      const std::size_t holes = work->holes.size();
      const bool had_walked = work->walked;
      IL_RETURN_IF_ERROR(work->walked ? Revisit(*work) : Walk(*work));
      if (work->segment.done) {
        dispenser_.Done();
      } else if (!throttle_.stopped()) {
        const bool progressed = !had_walked || work->holes.size() < holes ||
                                work->segment.counts.rows_changed > changed;
        dispenser_.Revisit(std::move(work), progressed);
      }
    }
  }

 private:
  Result<void> Walk(Work& work) {
    Segment& segment = work.segment;
    // Where the walk stands; the checkpoint stays behind it, in front of the first hole.
    std::optional<Key> at = segment.position ? segment.position : segment.range.after;
    while (throttle_.Admit()) {
      IL_RETURN_IF_ERROR(relief_.BringOver(session_));
      const std::int64_t rows = size_.rows();
      const Duration began = clock_.Elapsed();
      std::optional<Key> upto;
      if (work.most_rows == 0 || work.most_rows > rows) {
        IL_ASSIGN(upto, Insist(throttle_, [&] {
                    return session_.Boundary({at, segment.range.upto}, rows);
                  }));
      }
      const bool last = !upto || upto == segment.range.upto;
      const KeyRange range{at, last ? segment.range.upto : upto};
      Segment after = segment;
      if (work.holes.empty()) {
        after.position = range.upto;
        after.done = last;
      }
      IL_ASSIGN(const bool clean, Visit(work, after, range));
      const Duration took = clock_.Elapsed() - began;
      if (clean) size_.Done(last ? 0 : rows, took);
      throttle_.Rest(took);
      if (last) {
        work.walked = true;
        return {};
      }
      at = upto;
    }
    return {};
  }

  Result<BatchResult> Batch(const KeyRange& range, BatchMode mode, const Segment& after) {
    const auto batch = relief_.DuringBatch();
    return session_.Batch(range, mode, after, fence_);
  }

  /// A batch, and when it timed out the same without waiting.  True when the first one was in time.
  Result<bool> Visit(Work& work, const Segment& after, const KeyRange& range) {
    auto result = Batch(range, BatchMode::kRange, after);
    if (result) {
      IL_RETURN_IF_ERROR(Settle(work, after, Hole{range, 0, 0}, *result));
      return true;
    }
    if (result.error().kind != ErrorKind::kTransient) return Fail(std::move(result).error());
    size_.TimedOut();
    Segment again = after;
    again.counts.retried += 1;
    work.segment.counts.retried += 1;
    dispenser_.Add({0, 0, 0, 1});
    IL_RETURN_IF_ERROR(Skip(work, again, Hole{range, 0, 0}));
    return false;
  }

  /// One visit without waiting; what is still locked becomes a hole of `work`.
  Result<void> Skip(Work& work, const Segment& after, Hole hole) {
    auto result = Batch(hole.range, BatchMode::kSkipLocked, after);
    if (!result) {
      if (result.error().kind != ErrorKind::kTransient) return Fail(std::move(result).error());
      work.holes.push_back(std::move(hole));
      return {};
    }
    return Settle(work, after, std::move(hole), *result);
  }

  /// Takes a batch as done, or what it skipped as a hole of `work`.
  Result<void> Settle(Work& work, const Segment& after, Hole hole, const BatchResult& result) {
    if (!result.skipped) {
      Took(work, after, result);
      return {};
    }
    hole.seen = std::max(hole.seen, result.seen);
    hole.changed += result.changed;
    Count(work.segment, {0, result.changed, 1, 0});
    // Each row needs one write; more than a few times that means that writes do not last.
    if (hole.changed > 4 * hole.seen + 100) {
      return Fail(ErrorKind::kFailed, "IL-E63",
                  "rows of " + ToString(TableOf(task_)) + " do not keep what " + IdOf(task_) +
                      " writes to them",
                  "look for a BEFORE trigger that fires after ~interlock_sync and changes its "
                  "columns");
    }
    work.holes.push_back(std::move(hole));
    return {};
  }

  Result<void> Revisit(Work& work) {
    std::vector<Hole> holes = std::exchange(work.holes, {});
    for (std::size_t i = 0; i < holes.size(); ++i) {
      if (!throttle_.Admit()) {
        work.holes.push_back(std::move(holes[i]));
        continue;
      }
      Segment after = work.segment;
      if (work.holes.empty() && i + 1 == holes.size()) {
        after.position = after.range.upto;
        after.done = true;
      }
      IL_RETURN_IF_ERROR(Skip(work, after, std::move(holes[i])));
    }
    return {};
  }

  void Took(Work& work, const Segment& after, const BatchResult& result) {
    work.segment.position = after.position;
    work.segment.done = after.done;
    Count(work.segment, {result.seen, result.changed, 1, 0});
  }

  void Count(Segment& segment, const BackfillCounts& counts) {
    segment.counts.rows_seen += counts.rows_seen;
    segment.counts.rows_changed += counts.rows_changed;
    segment.counts.batches += counts.batches;
    dispenser_.Add(counts);
  }

  BulkSession& session_;
  Dispenser& dispenser_;
  const BulkTask& task_;
  const Fence& fence_;
  BatchSize size_;
  Relief& relief_;
  Throttle& throttle_;
  Clock& clock_;
};

}  // namespace

Result<BackfillCounts> RunBackfill(const OpenBulk& open_bulk, const BulkTask& task,
                                   const StatementTag& tag, const BackfillSettings& settings,
                                   const Fence& fence, const BulkHooks& hooks, Clock& clock) {
  IL_ASSIGN(const std::unique_ptr<BulkSession> first, open_bulk());
  IL_RETURN_IF_ERROR(first->Open(task, tag));
  IL_ASSIGN(const std::vector<Segment> begun, first->Segments());
  Throttle throttle(clock, settings.nice_ratio);
  const std::int64_t segment_rows = SegmentRows(hooks.estimated_rows, settings.workers);
  Dispenser dispenser(begun, segment_rows, fence, throttle, clock);
  Relief relief(task, fence, throttle, clock);
  // What is this small lies in memory: a worker's share is one batch.
  const BatchSize size(settings.batch_time,
                       segment_rows <= 2 * BatchSize::kFirst ? segment_rows : BatchSize::kFirst);
  IL_RETURN_IF_ERROR(dispenser.CutAhead(*first, settings.workers));
  const auto work = [&](BulkSession& session) {
    return Worker(session, dispenser, task, fence, size, relief, throttle, clock).Run();
  };
  const auto progress = [&] {
    BulkProgress out = dispenser.Progress(hooks.estimated_rows);
    out.pause = relief.reason().value_or("");
    return out;
  };
  const auto why_pause = [&]() -> Result<std::optional<std::string>> {
    IL_ASSIGN(auto reason, first->PauseReason(settings.max_replica_lag));
    if (reason) return reason;
    IL_RETURN_IF_ERROR(relief.Look(*first));
    return reason;
  };
  const Error stopped{ErrorKind::kStopped,
                      "IL-E62",
                      "the backfill of " + ToString(TableOf(task)) + " was stopped",
                      {},
                      "run the same command again; it continues from its checkpoints"};
  IL_RETURN_IF_ERROR(RunWorkers(open_bulk, task, tag, settings.workers, work, hooks, why_pause,
                                progress, throttle, clock, stopped));
  if (!dispenser.complete()) {
    return Fail(ErrorKind::kInternal, "IL-E58",
                "the backfill of " + ToString(TableOf(task)) + " ended with ranges left");
  }
  return dispenser.Progress(0).counts;
}

}  // namespace interlock
