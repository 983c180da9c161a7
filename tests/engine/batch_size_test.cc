// The servo that chooses how many rows a batch takes.
#include "engine/batch_size.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace interlock {
namespace {

constexpr Duration kTarget = std::chrono::milliseconds(250);

/// Runs batches at a steady rate.
void RunBatches(BatchSize* size, double rows_per_second, int batches) {
  for (int i = 0; i < batches; ++i) {
    const auto rows = size->rows();
    size->Done(rows, Duration(static_cast<std::int64_t>(static_cast<double>(rows) /
                                                        rows_per_second * 1e6)));
  }
}

TEST(BatchSize, SettlesWhereABatchTakesTheTarget) {
  for (const double rate : {4'000.0, 40'000.0, 150'000.0}) {
    BatchSize size(kTarget);
    RunBatches(&size, rate, 100);
    EXPECT_NEAR(static_cast<double>(size.rows()), rate / 4, rate / 40) << rate;
  }
}

TEST(BatchSize, GrowsByAtMostAFifthAtATime) {
  BatchSize size(kTarget);
  for (int i = 0; i < 60; ++i) {
    const auto before = size.rows();
    RunBatches(&size, 1e9, 1);
    EXPECT_LE(size.rows(), before + before / 5 + 1);
  }
  EXPECT_EQ(size.rows(), BatchSize::kMax);
}

TEST(BatchSize, HalvesOnATimeoutAndDoesNotComeBackAtOnce) {
  BatchSize size(kTarget);
  RunBatches(&size, 40'000, 100);
  const auto before = size.rows();
  size.TimedOut();
  EXPECT_EQ(size.rows(), before / 2);
  std::int64_t highest = 0;
  for (int i = 0; i < 19; ++i) {
    RunBatches(&size, 40'000, 1);
    highest = std::max(highest, size.rows());
  }
  EXPECT_LE(highest, before * 9 / 10);
  RunBatches(&size, 40'000, 20);
  EXPECT_GT(size.rows(), before * 9 / 10);
}

TEST(BatchSize, StaysWithinItsBounds) {
  BatchSize size(kTarget);
  for (int i = 0; i < 30; ++i) size.TimedOut();
  EXPECT_EQ(size.rows(), BatchSize::kMin);
  RunBatches(&size, 1, 5);
  EXPECT_EQ(size.rows(), BatchSize::kMin);
  size.Done(0, Duration(0));
  size.Done(100, Duration(0));
  EXPECT_GE(size.rows(), BatchSize::kMin);
}

TEST(BatchSize, FollowsARateThatFalls) {
  BatchSize size(kTarget);
  RunBatches(&size, 100'000, 100);
  RunBatches(&size, 10'000, 60);
  EXPECT_NEAR(static_cast<double>(size.rows()), 2'500, 500);
}

}  // namespace
}  // namespace interlock
