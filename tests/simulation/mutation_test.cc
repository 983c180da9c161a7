// The move table changed in one cell at a time: each change must show in what a release does.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "simulation/servers.h"
#include "simulation/situations.h"

namespace interlock::simulation {
namespace {

constexpr Move kAllMoves[] = {Move::kRecordIntent,  Move::kExecute,        Move::kMendThenExecute,
                              Move::kRecordOutcome, Move::kFinished,       Move::kWait,
                              Move::kHaltAdopt,     Move::kHaltRetry,      Move::kHaltConflict,
                              Move::kHaltDrift,     Move::kHaltUndecidable};

std::string Name(const Situation& situation) {
  return std::string(ToString(situation.recorded)) + " × " +
         std::string(ToString(situation.observed));
}

/// Carrying out a step there brings to order first what is half done of it.
bool ComesToTheSame(const Situation& situation, Move move, const ServerKind& kind) {
  return !kind.transactional_ddl && situation.recorded == Recorded::kIntended &&
         situation.observed == Observed::kPartial && move == Move::kExecute;
}

class Mutation : public testing::TestWithParam<ServerKind> {};

INSTANTIATE_TEST_SUITE_P(Servers, Mutation, testing::Values(kTogether, kOneByOne), NameOf);

TEST_P(Mutation, EveryCellHasItsSituation) {
  ASSERT_EQ(AllSituations().size(), static_cast<size_t>(kRecordedCount * kObservedCount));
  for (const auto& situation : AllSituations())
    EXPECT_EQ(Play(situation, StandardMoveTable(), GetParam()), "") << Name(situation);
}

TEST_P(Mutation, EveryChangeOfOneCellIsCaught) {
  int caught = 0;
  int same = 0;
  for (const auto& situation : AllSituations()) {
    const auto row = static_cast<size_t>(situation.recorded);
    const auto column = static_cast<size_t>(situation.observed);
    const Move right = StandardMoveTable().cells[row][column];
    for (const Move move : kAllMoves) {
      if (move == right) continue;
      MoveTable table = StandardMoveTable();
      table.cells[row][column] = move;
      const auto wrong = Play(situation, table, GetParam());
      if (ComesToTheSame(situation, move, GetParam())) {
        EXPECT_EQ(wrong, "");
        ++same;
        continue;
      }
      EXPECT_NE(wrong, "") << Name(situation) << ": " << ToString(right) << " → " << ToString(move)
                           << " was not noticed";
      caught += wrong.empty() ? 0 : 1;
      std::cout << Name(situation) << ": " << ToString(right) << " → " << ToString(move) << ": "
                << wrong << '\n';
    }
  }
  EXPECT_EQ(same, GetParam().transactional_ddl ? 0 : 1);
  EXPECT_EQ(caught + same,
            kRecordedCount * kObservedCount * (static_cast<int>(std::size(kAllMoves)) - 1));
  std::cout << caught << " changes of one cell, all caught\n";
}

}  // namespace
}  // namespace interlock::simulation
