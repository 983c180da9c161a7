// The backfill loop over a table in memory, with faults at every call.
#include "engine/backfill.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "engine/fake_bulk.h"
#include "engine/verify.h"

namespace interlock {
namespace {

using testing::FakeTable;
using testing::FastClock;
using testing::Fault;

class BackfillTest : public ::testing::Test {
 protected:
  BackfillTest() { spec_.table = {"public", "users"}; }

  Result<BackfillCounts> Run(int workers = 1) {
    BackfillSettings settings;
    settings.workers = workers;
    return RunBackfill(table_.Opener(), spec_, tag_, settings, {}, hooks_, clock_);
  }

  /// Checkpoints follow one another without gap or overlap and are all done.
  void ExpectCovered() {
    std::optional<Key> frontier;
    bool open_end = false;
    for (const auto& [number, segment] : table_.checkpoints) {
      EXPECT_EQ(segment.range.after, frontier) << "segment " << number;
      EXPECT_TRUE(segment.done) << "segment " << number;
      frontier = segment.range.upto;
      open_end = !segment.range.upto;
    }
    EXPECT_TRUE(open_end);
  }

  FakeTable table_;
  SyncSpec spec_;
  StatementTag tag_{"r1", "0001-x/backfill/1-backfill", 7};
  BulkHooks hooks_;
  FastClock clock_;
};

TEST_F(BackfillTest, AnEmptyTableIsDone) {
  const auto counts = Run();
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(counts->rows_changed, 0);
  ExpectCovered();
}

TEST_F(BackfillTest, ChangesEachRowOnce) {
  for (const int workers : {1, 2, 5}) {
    table_.rows.clear();
    table_.checkpoints.clear();
    table_.Fill(1'800);
    const auto counts = Run(workers);
    ASSERT_TRUE(counts) << ToString(counts.error());
    EXPECT_EQ(counts->rows_changed, 1'800);
    EXPECT_EQ(counts->rows_seen, 1'800);
    EXPECT_EQ(table_.Agreeing(), 1'800);
    EXPECT_EQ(table_.MostWrites(), 1);
    EXPECT_EQ(table_.checkpoints.size(), 4u);
    ExpectCovered();
  }
}

TEST_F(BackfillTest, AWholeNumberOfSegmentsEndsToo) {
  table_.Fill(500);
  ASSERT_TRUE(Run());
  EXPECT_EQ(table_.Agreeing(), 500);
  ExpectCovered();
}

TEST_F(BackfillTest, LeavesRowsThatAgreeAlone) {
  table_.Fill(3'000);
  for (auto& [key, row] : table_.rows) row.agrees = key % 2 == 0;
  const auto counts = Run();
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->rows_changed, 1'500);
  for (const auto& [key, row] : table_.rows) EXPECT_EQ(row.writes, key % 2 == 0 ? 0 : 1);
}

TEST_F(BackfillTest, RunningItAgainDoesNothing) {
  table_.Fill(600);
  ASSERT_TRUE(Run(2));
  const auto again = Run(2);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->rows_changed, 600) << "counts are the step's, earlier runs included";
  EXPECT_EQ(table_.MostWrites(), 1);
}

class Faults : public BackfillTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(Faults, AtEveryCallEndRight) {
  bool reached_the_end = false;
  for (int at = 1; !reached_the_end; ++at) {
    table_.rows.clear();
    table_.checkpoints.clear();
    table_.Fill(600);
    table_.calls = 0;
    table_.fault_at = at;
    table_.fault = GetParam();
    auto counts = Run(at % 2 + 1);
    reached_the_end = table_.calls < at;
    if (GetParam() == Fault::kTransient && at > 1) {
      EXPECT_TRUE(counts) << at << ": " << ToString(counts.error());
    }
    if (!counts) {
      const ErrorKind kind = counts.error().kind;
      if (GetParam() == Fault::kFenced) {
        EXPECT_EQ(kind, ErrorKind::kFenced) << at;
      } else if (GetParam() != Fault::kTransient) {
        EXPECT_EQ(kind, ErrorKind::kInDoubt) << at;
      }
      counts = Run(2);
    }
    ASSERT_TRUE(counts) << at << ": " << ToString(counts.error());
    EXPECT_EQ(table_.Agreeing(), 600) << at;
    EXPECT_EQ(table_.MostWrites(), 1) << at;
    ExpectCovered();
  }
}
INSTANTIATE_TEST_SUITE_P(Backfill, Faults,
                         ::testing::Values(Fault::kTransient, Fault::kInDoubtUndone,
                                           Fault::kInDoubtDone, Fault::kFenced));

TEST_F(BackfillTest, LockedRowsAreVisitedAgain) {
  table_.Fill(1'200);
  for (auto& [key, row] : table_.rows) row.locked = key % 300 == 0 || key == 3'600;
  // Locks go one after the other.
  table_.on_skip_visit = [](FakeTable& table) {
    if (table.skip_visits < 40 || table.skip_visits % 5 != 0) return;
    for (auto& [key, row] : table.rows) {
      if (!row.locked) continue;
      row.locked = false;
      return;
    }
  };
  const auto counts = Run(2);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(table_.Agreeing(), 1'200);
  EXPECT_EQ(table_.MostWrites(), 1);
  EXPECT_GT(counts->retried, 0);
  ExpectCovered();
}

TEST_F(BackfillTest, AServerThatNeverWaitsLeavesLockedRowsBehindAtOnce) {
  table_.never_waits = true;
  table_.Fill(1'200);
  for (auto& [key, row] : table_.rows) row.locked = key % 300 == 0 || key == 3'600;
  table_.on_skip_visit = [](FakeTable& table) {
    if (table.skip_visits < 40) return;
    for (auto& [key, row] : table.rows) row.locked = false;
  };
  const auto counts = Run(2);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(table_.Agreeing(), 1'200);
  EXPECT_EQ(table_.MostWrites(), 1);
  EXPECT_EQ(counts->rows_changed, 1'200);
  EXPECT_EQ(counts->retried, 0);
  ExpectCovered();
}

TEST_F(BackfillTest, AfterALossLockedRowsAreNotForgotten) {
  table_.Fill(200);
  table_.rows[300].locked = true;
  hooks_.tick = [this]() -> Result<TickAnswer> {
    return table_.skip_visits > 3 ? TickAnswer::kStop : TickAnswer::kContinue;
  };
  const auto stopped = Run();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::kStopped);
  EXPECT_EQ(table_.Agreeing(), 199);
  table_.rows[300].locked = false;
  hooks_.tick = nullptr;
  ASSERT_TRUE(Run());
  EXPECT_EQ(table_.Agreeing(), 200);
  EXPECT_EQ(table_.MostWrites(), 1);
  ExpectCovered();
}

TEST_F(BackfillTest, RowsThatNeverKeepTheirValueAreToldApart) {
  table_.Fill(1'000);
  table_.rows[300].stubborn = true;
  table_.rows[303].locked = true;
  const auto counts = Run();
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(counts.error().code, "IL-E63");
}

TEST_F(BackfillTest, StopIsResumable) {
  table_.Fill(20'000);
  int ticks = 0;
  hooks_.tick = [&]() -> Result<TickAnswer> {
    return ++ticks > 1 ? TickAnswer::kStop : TickAnswer::kContinue;
  };
  int runs = 0;
  while (true) {
    ticks = 0;
    ASSERT_LT(++runs, 1'000);
    const auto counts = Run(2);
    if (counts) break;
    ASSERT_EQ(counts.error().kind, ErrorKind::kStopped);
    ASSERT_EQ(counts.error().code, "IL-E62");
  }
  EXPECT_EQ(table_.Agreeing(), 20'000);
  EXPECT_EQ(table_.MostWrites(), 1);
}

TEST_F(BackfillTest, ATickThatFailsEndsTheRun) {
  table_.Fill(1'000);
  hooks_.tick = []() -> Result<TickAnswer> {
    return Fail(ErrorKind::kFenced, "IL-R61", "taken over");
  };
  const auto counts = Run(2);
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().kind, ErrorKind::kFenced);
  EXPECT_EQ(table_.Agreeing(), 0);
}

TEST_F(BackfillTest, PausesUntilThePersonResumes) {
  table_.Fill(1'000);
  int asked = 0;
  std::string seen;
  hooks_.paused = [&] { return ++asked < 4; };
  hooks_.progress = [&](const BulkProgress& progress) {
    if (!progress.pause.empty()) {
      seen = progress.pause;
      EXPECT_EQ(progress.counts.rows_changed, 0);
    }
  };
  ASSERT_TRUE(Run(2));
  EXPECT_EQ(seen, "a person asked for a pause");
  EXPECT_EQ(table_.Agreeing(), 1'000);
}

TEST_F(BackfillTest, PausesForTheServersReasons) {
  table_.Fill(1'000);
  table_.pause = "replica b is 9 s behind";
  int looks = 0;
  std::string seen;
  hooks_.progress = [&](const BulkProgress& progress) {
    if (!progress.pause.empty()) seen = progress.pause;
    if (++looks == 3) {
      const std::lock_guard lock(table_.mutex);
      table_.pause.reset();
    }
  };
  ASSERT_TRUE(Run(2));
  EXPECT_EQ(seen, "replica b is 9 s behind");
}

TEST_F(BackfillTest, RestsAsOftenAsItIsTold) {
  const auto took = [&](int nice_ratio) {
    table_.rows.clear();
    table_.checkpoints.clear();
    table_.Fill(60'000);
    BackfillSettings settings;
    settings.workers = 1;
    settings.nice_ratio = nice_ratio;
    const Duration began = clock_.Elapsed();
    EXPECT_TRUE(RunBackfill(table_.Opener(), spec_, tag_, settings, {}, hooks_, clock_));
    const Duration copied = clock_.Elapsed();
    EXPECT_TRUE(RunVerify(table_.Opener(), spec_, tag_, settings, hooks_, clock_));
    return std::pair(copied - began, clock_.Elapsed() - copied);
  };
  const auto at_once = took(0);
  const auto nice = took(100);
  EXPECT_GT(nice.first, 10 * at_once.first);
  EXPECT_GT(nice.second, 10 * at_once.second);
}

TEST_F(BackfillTest, AConnectionThatCannotBeMadeIsTheError) {
  const OpenBulk refuses = []() -> Result<std::unique_ptr<BulkSession>> {
    return Fail(ErrorKind::kUnreachable, "IL-E02", "no server");
  };
  const auto counts = RunBackfill(refuses, spec_, tag_, {}, {}, hooks_, clock_);
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().kind, ErrorKind::kUnreachable);
}

TEST_F(BackfillTest, AWorkerThatCannotConnectStopsTheOthers) {
  table_.Fill(20'000);
  for (const int which : {2, 3, 4}) {
    std::atomic<int> opened = 0;
    const OpenBulk some = [&]() -> Result<std::unique_ptr<BulkSession>> {
      if (++opened == which) return Fail(ErrorKind::kUnreachable, "IL-E02", "no server");
      if (opened == which + 1) throw std::runtime_error("out of memory");
      return table_.Opener()();
    };
    BackfillSettings settings;
    settings.workers = 4;
    const auto counts = RunBackfill(some, spec_, tag_, settings, {}, hooks_, clock_);
    ASSERT_FALSE(counts);
    const auto verified = RunVerify(some, spec_, tag_, settings, hooks_, clock_);
    EXPECT_TRUE(verified) << "all could connect by then";
  }
}

TEST_F(BackfillTest, VerifyCountsEveryRowAndKeepsTheFirstKeys) {
  table_.Fill(1'200);
  for (auto& [key, row] : table_.rows) row.agrees = key % 90 != 0;
  BackfillSettings settings;
  settings.workers = 3;
  const auto counts = RunVerify(table_.Opener(), spec_, tag_, settings, hooks_, clock_);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(counts->rows, 1'200);
  EXPECT_EQ(counts->differing, 40);
  ASSERT_EQ(counts->first_differing.size(), 10u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(counts->first_differing[static_cast<size_t>(i)], std::to_string(90 * (i + 1)));
  }
}

TEST_F(BackfillTest, VerifyMeetsFaults) {
  table_.Fill(600);
  for (const Fault fault : {Fault::kTransient, Fault::kInDoubtUndone}) {
    bool reached_the_end = false;
    for (int at = 1; !reached_the_end; ++at) {
      table_.calls = 0;
      table_.fault_at = at;
      table_.fault = fault;
      const auto counts = RunVerify(table_.Opener(), spec_, tag_, {}, hooks_, clock_);
      reached_the_end = table_.calls < at;
      if (counts) {
        EXPECT_EQ(counts->rows, 600);
        EXPECT_EQ(counts->differing, 600);
      } else {
        EXPECT_EQ(counts.error().kind, ErrorKind::kInDoubt);
      }
    }
  }
}

TEST_F(BackfillTest, VerifyStops) {
  table_.Fill(600);
  hooks_.tick = []() -> Result<TickAnswer> { return TickAnswer::kStop; };
  const auto counts = RunVerify(table_.Opener(), spec_, tag_, {}, hooks_, clock_);
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().kind, ErrorKind::kStopped);
  EXPECT_EQ(counts.error().code, "IL-E64");
}

}  // namespace
}  // namespace interlock
