#include "model/step.h"

#include <gtest/gtest.h>

#include <map>

#include "model/samples.h"

namespace interlock {
namespace {

Step Done(const std::string& id, std::optional<Action> undo) {
  Step step = SampleStep();
  step.id = id;
  step.undo = std::move(undo);
  return step;
}

TEST(StepTextTest, OneTextEach) {
  EXPECT_EQ(ToString(LockLevel::kNone), "none");
  EXPECT_EQ(ToString(LockLevel::kRowLocks), "row locks");
  EXPECT_EQ(ToString(LockLevel::kShareUpdateExclusive), "share update exclusive");
  EXPECT_EQ(ToString(LockLevel::kShareRowExclusive), "share row exclusive");
  EXPECT_EQ(ToString(LockLevel::kAccessExclusive), "access exclusive");
  EXPECT_EQ(ToString(Observed::kAbsent), "absent");
  EXPECT_EQ(ToString(Observed::kPartial), "partial");
  EXPECT_EQ(ToString(Observed::kPresent), "present");
  EXPECT_EQ(ToString(Observed::kRunning), "running");
  EXPECT_EQ(ToString(Observed::kConflicting), "conflicting");
  EXPECT_EQ(ToString(Observed::kUndecidable), "undecidable");
}

TEST(UndoStepsTest, LastFirstAndOnlyWhatCanBeUndone) {
  const auto undo = UndoSteps({Done("m/expand/1-a", action::DropTable{kSampleTable}),
                               Done("m/verify/1-b", std::nullopt),
                               Done("m/expand/2-c", action::DropNotNull{kSampleTable, "x"})});
  ASSERT_EQ(undo.size(), 2u);
  EXPECT_EQ(undo[0].id, "m/expand/2-c/undo");
  EXPECT_EQ(undo[1].id, "m/expand/1-a/undo");
  EXPECT_TRUE(UndoSteps({}).empty());
}

TEST(UndoStepsTest, TakesOverWhatTheStepTouches) {
  const Action action = action::DropColumns{kSampleTable, {SampleColumn("a")}};
  const Step step = UndoSteps({Done("m/contract/1-a", action)}).at(0);
  EXPECT_EQ(step.migration, "0002-split-name");
  EXPECT_EQ(step.phase, Phase::kContract);
  EXPECT_EQ(step.action, action);
  EXPECT_EQ(step.touches, SampleStep().touches);
  EXPECT_EQ(step.summary, "undo: drop index i");
  EXPECT_FALSE(step.undo);
  EXPECT_FALSE(step.irreversible);
  EXPECT_TRUE(step.hazards.empty());
}

TEST(UndoStepsTest, DdlOutsideTransactionsIsUndoneOutsideThem) {
  Step done = Done("s", action::DropColumns{kSampleTable, {SampleColumn("a")}});
  done.transactional = false;
  EXPECT_FALSE(UndoSteps({done}).at(0).transactional);
}

/// What governs the undoing of each action that is not short DDL in one transaction.
struct Manner {
  LockLevel lock = LockLevel::kAccessExclusive;
  bool transactional = true;
  bool only_looks = false;
  bool waits = false;
};

TEST(UndoStepsTest, MannerComesFromTheUndoingAction) {
  const Manner concurrent{LockLevel::kShareUpdateExclusive, false, false, true};
  const std::map<std::string_view, Manner> special = {
      {"drop_index", concurrent},
      {"copy_index", concurrent},
      {"validate_constraint", {LockLevel::kShareUpdateExclusive, true, true, true}},
      {"analyze", {LockLevel::kShareUpdateExclusive, true, true, false}},
      {"verify", {LockLevel::kNone, true, true, false}},
      {"backfill", {LockLevel::kRowLocks, false, false, false}},
      {"copy_rows", {LockLevel::kRowLocks, false, false, false}},
      {"compare_rows", {LockLevel::kRowLocks, false, false, false}},
      {"swap_back", concurrent},
      {"undo_alter", concurrent},
      {"run_sql", {LockLevel::kAccessExclusive, false, false, false}}};
  for (const auto& action : EveryAction()) {
    const auto found = special.find(ActionName(action));
    const Manner expected = found == special.end() ? Manner{} : found->second;
    Step done = Done("s", action);
    done.transactional = true;
    const Step step = UndoSteps({done}).at(0);
    EXPECT_EQ(step.lock, expected.lock) << ActionName(action);
    EXPECT_EQ(step.transactional, expected.transactional) << ActionName(action);
    EXPECT_EQ(step.only_looks, expected.only_looks) << ActionName(action);
    EXPECT_EQ(step.waits, expected.waits) << ActionName(action);
  }
  const Step built = UndoSteps({Done("s", action::CreateIndex{SampleIndex(), true})}).at(0);
  EXPECT_EQ(built.lock, LockLevel::kShareUpdateExclusive);
  EXPECT_TRUE(built.waits);
  EXPECT_FALSE(built.transactional);
}

}  // namespace
}  // namespace interlock
