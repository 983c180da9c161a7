// What holds for every plan: order, ids, determinism, names of every kind.
#include <gtest/gtest.h>

#include <set>

#include "planning/plans.h"

namespace interlock {
namespace {

std::vector<Change> Everything() {
  change::CreateTable orders;
  orders.table = {"", "orders"};
  orders.columns = {{"id", "bigint", false, {}, "", true}};
  orders.primary_key = {"id"};
  change::AddColumn state{{"", "orders"}, {"state", "text", false, {}, "", false}, "'new'"};
  change::CreateIndex index;
  index.table = {"", "orders"};
  index.name = "orders_state_idx";
  index.parts = {{"state", "", "", ""}};
  change::DeriveColumns derive;
  derive.table = {"", "users"};
  derive.old_columns = {"email"};
  derive.new_columns = {{{"mail", "text", false, "''", "", false}, "lower(email)"}};
  derive.down = {{"email", "mail"}};
  change::DropColumn drop{{"", "users"}, "name", "''", {}};
  change::SqlStep step;
  step.name = "grant";
  step.sql = "GRANT SELECT ON users TO web";
  step.observe = "SELECT 'absent'";
  step.touches = {{ObjectKind::kTable, {"", "users"}, ""}};
  return {orders, state, index, derive, drop, change::Sql{{step}}};
}

TEST(Planning, ALaterMigrationSeesWhatAnEarlierOneOfThePlanExpands) {
  auto changes = Everything();
  const Change create = changes[0];
  const Change state = changes[1];
  const auto first = PlanMigration(MigrationOf("0003-first", {create}), {Shop(), {}, {}});
  ASSERT_TRUE(first) << ToString(first.error());
  const auto second = MigrationOf("0004-second", {state});
  EXPECT_FALSE(PlanMigration(second, {Shop(), {}, {}}));
  const Catalog after = AfterExpand(Shop(), *first);
  const auto planned = PlanMigration(second, {after, {}, {}});
  EXPECT_TRUE(planned) << ToString(planned.error());
}

TEST(Planning, WhatAContractTakesAwayIsStillThereAfterExpand) {
  change::DropColumn drop{{"", "users"}, "name", "''", {}};
  const auto steps = PlanMigration(MigrationOf("0003-drop", {drop}), {Shop(), {}, {}});
  ASSERT_TRUE(steps) << ToString(steps.error());
  Catalog after = AfterExpand(Shop(), *steps);
  EXPECT_NE(TableIn(after, "users").FindColumn("name"), nullptr);
}

TEST(Planning, PhasesInOrderOverAllChanges) {
  EXPECT_EQ(StepIds(MigrationOf("0003-all", Everything()), Shop()), R"(
0003-all/expand/1-create-table
0003-all/expand/2-add-columns
0003-all/expand/3-install-sync
0003-all/expand/4-create-index
0003-all/expand/5-add-columns
0003-all/expand/6-install-sync
0003-all/expand/7-install-sync
0003-all/expand/8-run-sql
0003-all/backfill/1-backfill
0003-all/backfill/2-backfill
0003-all/backfill/3-copy-index
0003-all/verify/1-verify
0003-all/verify/2-verify
0003-all/contract/1-add-not-null-check
0003-all/contract/2-validate-constraint
0003-all/contract/3-set-not-null
0003-all/contract/4-drop-constraint
0003-all/contract/5-remove-sync
0003-all/contract/6-verify
0003-all/contract/7-add-not-null-check
0003-all/contract/8-validate-constraint
0003-all/contract/9-set-not-null
0003-all/contract/10-drop-constraint
0003-all/contract/11-set-default
0003-all/contract/12-quarantine
0003-all/contract/13-quarantine
0003-all/contract/14-drop-quarantined
0003-all/contract/15-drop-quarantined
)");
}

TEST(Planning, IdsAreUniqueAndTheStepsKnowTheirMigration) {
  const Catalog catalog = Shop();
  const auto steps = PlanMigration(MigrationOf("0003-all", Everything()), {catalog, {}, {}});
  ASSERT_TRUE(steps);
  std::set<std::string> ids;
  Phase phase = Phase::kExpand;
  bool final = false;
  for (const auto& step : *steps) {
    EXPECT_TRUE(ids.insert(step.id).second) << step.id;
    EXPECT_EQ(step.migration, "0003-all");
    EXPECT_GE(step.phase, phase);
    phase = step.phase;
    EXPECT_FALSE(step.summary.empty());
    EXPECT_FALSE(step.irreversible && step.undo);
    EXPECT_TRUE(!final || step.irreversible) << step.id << " after the point of no return";
    final = final || step.irreversible;
  }
}

TEST(Planning, TheSameInputGivesTheSameSteps) {
  const Migration migration = MigrationOf("0003-all", Everything());
  const Catalog catalog = Shop();
  EXPECT_EQ(PlanText(migration, catalog), PlanText(migration, catalog));
  Catalog shuffled = catalog;
  std::reverse(shuffled.others.begin(), shuffled.others.end());
  EXPECT_EQ(PlanText(migration, shuffled), PlanText(migration, catalog));
}

TEST(Planning, DoesNotChangeTheCatalog) {
  const Catalog catalog = Shop();
  (void)PlanText(MigrationOf("0003-all", Everything()), catalog);
  EXPECT_EQ(catalog, Shop());
}

TEST(Planning, AMigrationWithoutChangesHasNoSteps) {
  EXPECT_EQ(PlanText(MigrationOf("m", {}), Shop()), "\n");
}

TEST(Planning, QuotedAndReservedNames) {
  Catalog catalog = EmptyCatalog();
  Table& order = catalog.tables[{"My Shop", "Order"}];
  order.name = {"My Shop", "Order"};
  order.row_estimate = 5;
  order.columns = {PlainColumn("select"), PlainColumn("a\"b", "text", false)};
  change::DeriveColumns derive;
  derive.table = {"My Shop", "Order"};
  derive.old_columns = {"a\"b"};
  derive.new_columns = {{{"user", "text", false, {}, "", false}, "\"a\"\"b\""}};
  derive.down = {{"a\"b", "\"user\""}};
  EXPECT_EQ(PlanText(derive, catalog), R"(
0002-x/expand/1-add-columns [access exclusive] add column user to "My Shop"."Order"
  touches column "My Shop"."Order".user
  undo: drop column user of "My Shop"."Order"
  ! a prepared SELECT * or RETURNING * on "My Shop"."Order" fails once with 0A000; clients prepare it again
  ! COPY into "My Shop"."Order" without a list of columns fails from now on
0002-x/expand/2-install-sync [share row exclusive] keep "a""b" and user of "My Shop"."Order" equal by a trigger
  touches trigger "My Shop"."Order"."~interlock_sync"
  undo: take "a""b" and user out of the trigger on "My Shop"."Order"
  ! "My Shop"."Order"."a""b" is NOT NULL: a write by the new version fails where `down` gives NULL
0002-x/backfill/1-backfill [row locks, no transaction] backfill "a""b" and user of "My Shop"."Order"
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
0002-x/verify/1-verify [none, no transaction, only looks] verify "a""b" and user in every row of "My Shop"."Order"
0002-x/contract/1-verify [none, no transaction, only looks] verify "a""b" and user in every row of "My Shop"."Order"
0002-x/contract/2-add-not-null-check [access exclusive] add check user_not_null_3b8f24e1 that "My Shop"."Order".user is not null, not validated yet
  touches constraint "My Shop"."Order".user_not_null_3b8f24e1
  undo: drop constraint user_not_null_3b8f24e1 of "My Shop"."Order"
0002-x/contract/3-validate-constraint [share update exclusive, waits, only looks] validate constraint user_not_null_3b8f24e1 of "My Shop"."Order"
  touches constraint "My Shop"."Order".user_not_null_3b8f24e1
0002-x/contract/4-set-not-null [access exclusive] set "My Shop"."Order".user NOT NULL
  touches column "My Shop"."Order".user
  undo: drop NOT NULL of "My Shop"."Order".user
0002-x/contract/5-drop-constraint [access exclusive] drop constraint user_not_null_3b8f24e1 of "My Shop"."Order"
  touches constraint "My Shop"."Order".user_not_null_3b8f24e1
0002-x/contract/6-quarantine [access exclusive] rename "a""b" to "a""b_quarantined_cfef7aa6" in "My Shop"."Order", into quarantine
  touches column "My Shop"."Order"."a""b", column "My Shop"."Order"."a""b_quarantined_cfef7aa6", trigger "My Shop"."Order"."~interlock_sync"
  undo: bring "a""b" of "My Shop"."Order" back from quarantine
  ! a prepared SELECT * or RETURNING * on "My Shop"."Order" fails once with 0A000; clients prepare it again
0002-x/contract/7-drop-quarantined [access exclusive, for good] drop "a""b" of "My Shop"."Order" for good
  touches column "My Shop"."Order"."a""b_quarantined_cfef7aa6", trigger "My Shop"."Order"."~interlock_sync"
  ! a prepared SELECT * or RETURNING * on "My Shop"."Order" fails once with 0A000; clients prepare it again
)");
}

TEST(Planning, NamesOf63Bytes) {
  const std::string column(63, 'c');
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.columns.push_back(PlainColumn(column));
  users.indexes.push_back(PlainIndex(std::string(63, 'i'), {column}));
  change::DeriveColumns derive;
  derive.table = {"", "users"};
  derive.old_columns = {column};
  derive.new_columns = {{{std::string(63, 'n'), "text", false, {}, "", false}, column}};
  derive.down = {{column, std::string(63, 'n')}};
  const auto steps = PlanMigration(MigrationOf("m", {derive}), {catalog, {}, {}});
  ASSERT_TRUE(steps);
  for (const auto& step : *steps)
    for (const auto& ref : step.touches) EXPECT_LE(ref.member.size(), 63U) << ToString(ref);
  derive.new_columns[0].column.name += "n";
  EXPECT_TRUE(Refusal(derive, catalog).starts_with("IL-P04"));
}

TEST(Planning, TheLimitIsTheServers) {
  Capabilities server;
  server.names.longest = 64;
  const change::AddColumn add{
      {"", "users"}, {std::string(64, 'c'), "text", true, {}, "", false}, {}};
  EXPECT_EQ(Refusal(add, Shop(), {}, server), "planned");
  EXPECT_TRUE(Refusal(add, Shop()).starts_with("IL-P04"));
}

}  // namespace
}  // namespace interlock
