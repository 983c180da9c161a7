// A table in memory behind BulkSession, with faults at chosen calls.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/backfill.h"

namespace interlock::testing {

enum class Fault {
  kTransient,      ///< nothing done
  kInDoubtUndone,  ///< the reply is lost, nothing done
  kInDoubtDone,    ///< the reply is lost, all done
  kFenced
};

struct FakeRow {
  bool agrees = false;
  int writes = 0;
  bool locked = false;    ///< by an application; kRange batches time out on it
  bool stubborn = false;  ///< never keeps what is written
};

/// The server: rows by key, checkpoints, and calls counted over all sessions.  Thread-safe.
struct FakeTable {
  std::mutex mutex;
  std::map<std::int64_t, FakeRow> rows;
  std::map<int, Segment> checkpoints;
  int calls = 0;
  int fault_at = 0;          ///< the call that meets the fault; 0: none
  bool never_waits = false;  ///< kRange leaves locked rows behind as kSkipLocked does
  Fault fault = Fault::kTransient;
  /// One row here stands for so many where rows are counted off.
  std::int64_t weight = 100;
  std::atomic<int> skip_visits = 0;               ///< kSkipLocked batches so far
  std::function<void(FakeTable&)> on_skip_visit;  ///< under the mutex
  std::optional<std::string> pause;

  void Fill(std::int64_t count) {
    for (std::int64_t key = 1; key <= count; ++key) rows[key * 3] = FakeRow{};
  }
  std::int64_t Agreeing() {
    const std::lock_guard lock(mutex);
    std::int64_t count = 0;
    for (const auto& [key, row] : rows) count += row.agrees ? 1 : 0;
    return count;
  }
  int MostWrites() {
    const std::lock_guard lock(mutex);
    int most = 0;
    for (const auto& [key, row] : rows) most = std::max(most, row.writes);
    return most;
  }
  OpenBulk Opener();
};

class FakeBulk : public BulkSession {
 public:
  explicit FakeBulk(FakeTable& table) : table_(table) {}

  Result<void> Open(const BulkTask&, const StatementTag&) override { return {}; }

  Result<std::optional<Key>> Boundary(const KeyRange& range, std::int64_t rows) override {
    const std::lock_guard lock(table_.mutex);
    IL_RETURN_IF_ERROR(Before());
    std::int64_t left = std::max<std::int64_t>(1, rows / table_.weight);
    for (auto it = Begin(range); it != table_.rows.end() && Within(range, it->first); ++it) {
      if (--left == 0) return std::optional<Key>(Key{std::to_string(it->first)});
    }
    return std::optional<Key>();
  }

  Result<std::vector<Segment>> Segments() override {
    const std::lock_guard lock(table_.mutex);
    IL_RETURN_IF_ERROR(Before());
    std::vector<Segment> out;
    for (const auto& [number, segment] : table_.checkpoints) out.push_back(segment);
    return out;
  }

  Result<void> AddSegment(const Segment& segment, const Fence&) override {
    const std::lock_guard lock(table_.mutex);
    IL_RETURN_IF_ERROR(Before());
    table_.checkpoints[segment.number] = segment;
    return After();
  }

  Result<BatchResult> Batch(const KeyRange& range, BatchMode mode, const Segment& after,
                            const Fence&) override {
    const std::lock_guard lock(table_.mutex);
    IL_RETURN_IF_ERROR(Before());
    BatchResult result;
    if (mode == BatchMode::kSkipLocked) {
      ++table_.skip_visits;
      if (table_.on_skip_visit) table_.on_skip_visit(table_);
    }
    for (auto it = Begin(range); it != table_.rows.end() && Within(range, it->first); ++it) {
      if (mode == BatchMode::kRange && !table_.never_waits && it->second.locked &&
          !it->second.agrees) {
        return Fail(ErrorKind::kTransient, "IL-E10", "lock timeout");
      }
    }
    for (auto it = Begin(range); it != table_.rows.end() && Within(range, it->first); ++it) {
      FakeRow& row = it->second;
      ++result.seen;
      if (row.agrees) continue;
      if (row.locked) {
        result.skipped = true;
        continue;
      }
      ++row.writes;
      ++result.changed;
      row.agrees = !row.stubborn;
      if (row.stubborn && mode == BatchMode::kSkipLocked) result.skipped = true;
    }
    if (!result.skipped) {
      Segment checkpoint = after;
      checkpoint.counts.rows_seen += result.seen;
      checkpoint.counts.rows_changed += result.changed;
      checkpoint.counts.batches += 1;
      table_.checkpoints[after.number] = checkpoint;
    }
    IL_RETURN_IF_ERROR(After());
    return result;
  }

  Result<VerifyCounts> Compare(const KeyRange& range) override {
    const std::lock_guard lock(table_.mutex);
    IL_RETURN_IF_ERROR(Before());
    VerifyCounts counts;
    for (auto it = Begin(range); it != table_.rows.end() && Within(range, it->first); ++it) {
      ++counts.rows;
      if (it->second.agrees) continue;
      ++counts.differing;
      if (counts.first_differing.size() < 10) {
        counts.first_differing.push_back(std::to_string(it->first));
      }
    }
    return counts;
  }

  Result<std::optional<std::string>> PauseReason(Duration) override {
    const std::lock_guard lock(table_.mutex);
    return table_.pause;
  }

 private:
  std::map<std::int64_t, FakeRow>::iterator Begin(const KeyRange& range) {
    return range.after ? table_.rows.upper_bound(std::stoll(range.after->at(0)))
                       : table_.rows.begin();
  }
  static bool Within(const KeyRange& range, std::int64_t key) {
    return !range.upto || key <= std::stoll(range.upto->at(0));
  }

  Result<void> Before() {
    due_ = ++table_.calls == table_.fault_at;
    if (lost_) return Fail(ErrorKind::kUnreachable, "IL-E03", "connection gone");
    if (!due_) return {};
    switch (table_.fault) {
      case Fault::kTransient:
        return Fail(ErrorKind::kTransient, "IL-E10", "lock timeout");
      case Fault::kInDoubtUndone:
        lost_ = true;
        return Fail(ErrorKind::kInDoubt, "IL-E04", "reply lost");
      case Fault::kFenced:
        return Fail(ErrorKind::kFenced, "IL-R61", "taken over");
      case Fault::kInDoubtDone:
        return {};
    }
    return {};
  }
  Result<void> After() {
    if (!due_ || table_.fault != Fault::kInDoubtDone) return {};
    lost_ = true;
    return Fail(ErrorKind::kInDoubt, "IL-E04", "reply lost");
  }

  FakeTable& table_;
  bool due_ = false;
  bool lost_ = false;
};

inline OpenBulk FakeTable::Opener() {
  return [this]() -> Result<std::unique_ptr<BulkSession>> {
    return std::unique_ptr<BulkSession>(std::make_unique<FakeBulk>(*this));
  };
}

/// Sleeping moves the time and lets other threads run.  Thread-safe.
class FastClock : public Clock {
 public:
  Timestamp Now() override { return Elapsed().count(); }
  Duration Elapsed() override {
    const std::lock_guard lock(mutex_);
    return time_ += std::chrono::microseconds(10);
  }
  void Sleep(Duration duration) override {
    {
      const std::lock_guard lock(mutex_);
      time_ += duration;
    }
    std::this_thread::yield();
  }

 private:
  std::mutex mutex_;
  Duration time_{0};
};

}  // namespace interlock::testing
