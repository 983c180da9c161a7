#include <gtest/gtest.h>

#include "planning/plans.h"

namespace interlock {
namespace {

change::SqlStep View(const std::string& name, Phase phase, const std::string& undo) {
  change::SqlStep step;
  step.name = name;
  step.phase = phase;
  step.sql = "CREATE VIEW v AS SELECT 1";
  step.touches = {{ObjectKind::kView, {"", "v"}, ""}};
  step.observe = "SELECT 'absent';\n";
  step.undo = undo;
  return step;
}

TEST(Sql, EachStepInItsPhase) {
  change::Sql change{{View("last", Phase::kContract, ""),
                      View("first", Phase::kExpand, "DROP VIEW v"),
                      View("kept", Phase::kBackfill, "")}};
  change.steps[2].transaction = false;
  EXPECT_EQ(PlanText(change, Shop()), R"(
0002-x/expand/1-run-sql [access exclusive] run SQL 'first'
  touches view public.v
  undo: run SQL 'first (undo)'
  ! written by hand: its locks are not known, the strongest is assumed
0002-x/backfill/1-run-sql [access exclusive, waits, no transaction] run SQL 'kept'
  touches view public.v
  ! written by hand: its locks are not known, the strongest is assumed
  ! it has no `undo`: a rollback leaves what it did
0002-x/contract/1-run-sql [access exclusive, for good] run SQL 'last'
  touches view public.v
  ! written by hand: its locks are not known, the strongest is assumed
)");
}

TEST(Sql, WhatCannotBeUndoneComesLast) {
  const change::DropColumn drop{{"", "users"}, "fax", {}, {}};
  const change::Sql change{{View("early", Phase::kContract, "x"),
                            View("final", Phase::kContract, ""),
                            View("after it", Phase::kContract, "x")}};
  EXPECT_EQ(StepIds(MigrationOf("m", {change, drop}), Shop()), R"(
m/contract/1-run-sql
m/contract/2-quarantine
m/contract/3-run-sql
m/contract/4-run-sql
m/contract/5-drop-quarantined
)");
}

TEST(Sql, UndoIsItsOwnStepReadBackwards) {
  const Catalog catalog = Shop();
  const change::Sql change{{View("v", Phase::kExpand, "DROP VIEW v")}};
  const auto steps = PlanMigration(MigrationOf("m", {change}), {catalog, {}, {}});
  ASSERT_TRUE(steps);
  const auto& undo = std::get<action::RunSql>(*steps->front().undo).step;
  EXPECT_EQ(undo.name, "v (undo)");
  EXPECT_EQ(undo.sql, "DROP VIEW v");
  EXPECT_EQ(undo.undo, "");
  EXPECT_EQ(undo.touches, (std::vector<ObjectRef>{{ObjectKind::kView, {"public", "v"}, ""}}));
  EXPECT_EQ(undo.observe,
            "SELECT CASE (\nSELECT 'absent'\n) WHEN 'absent' THEN 'present' WHEN 'present' THEN "
            "'absent' WHEN 'partial' THEN 'partial' ELSE 'conflicting' END");
}

TEST(Sql, Refusals) {
  EXPECT_EQ(Refusal(change::Sql{}, Shop()), R"(IL-P18 an sql change has no steps
give it at least one `[[change.step]]`)");
  change::SqlStep step = View("v", Phase::kExpand, "");
  step.touches.clear();
  EXPECT_EQ(Refusal(change::Sql{{step}}, Shop()), R"(IL-P18 the sql step 'v' has no `touches`
list every object whose definition it changes, such as `touches = ["table public.users"]`)");
  step = View("v", Phase::kExpand, "");
  step.observe = " ";
  EXPECT_EQ(Refusal(change::Sql{{step}}, Shop()), R"(IL-P18 the sql step 'v' has no `observe`
write a query that gives absent, partial, present or conflicting)");
  step = View("v", Phase::kExpand, "");
  step.sql = "-- nothing";
  EXPECT_EQ(Refusal(change::Sql{{step}}, Shop()), R"(IL-P18 the sql step 'v' has no `sql`
write the statements it runs)");
  step = View("", Phase::kExpand, "");
  EXPECT_EQ(Refusal(change::Sql{{step}}, Shop()), R"(IL-P18 the sql step '' has no `name`
give each step a short name)");
}

}  // namespace
}  // namespace interlock
