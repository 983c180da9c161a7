// The move table changed in one cell at a time: each change must show in what a release does.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

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

TEST(Mutation, EveryCellHasItsSituation) {
  ASSERT_EQ(AllSituations().size(), static_cast<size_t>(kRecordedCount * kObservedCount));
  for (const auto& situation : AllSituations())
    EXPECT_EQ(Play(situation, StandardMoveTable()), "") << Name(situation);
}

TEST(Mutation, EveryChangeOfOneCellIsCaught) {
  int caught = 0;
  for (const auto& situation : AllSituations()) {
    const auto row = static_cast<size_t>(situation.recorded);
    const auto column = static_cast<size_t>(situation.observed);
    const Move right = StandardMoveTable().cells[row][column];
    for (const Move move : kAllMoves) {
      if (move == right) continue;
      MoveTable table = StandardMoveTable();
      table.cells[row][column] = move;
      const auto wrong = Play(situation, table);
      EXPECT_NE(wrong, "") << Name(situation) << ": " << ToString(right) << " → " << ToString(move)
                           << " was not noticed";
      caught += wrong.empty() ? 0 : 1;
      std::cout << Name(situation) << ": " << ToString(right) << " → " << ToString(move) << ": "
                << wrong << '\n';
    }
  }
  EXPECT_EQ(caught, kRecordedCount * kObservedCount * (static_cast<int>(std::size(kAllMoves)) - 1));
  std::cout << caught << " changes of one cell, all caught\n";
}

}  // namespace
}  // namespace interlock::simulation
