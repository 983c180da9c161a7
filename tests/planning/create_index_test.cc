#include <gtest/gtest.h>

#include "planning/plans.h"

namespace interlock {
namespace {

change::CreateIndex On(std::vector<std::string> columns, const std::string& name = "i") {
  change::CreateIndex create;
  create.table = {"", "users"};
  create.name = name;
  for (auto& column : columns) create.parts.push_back({column, "", "", ""});
  return create;
}

TEST(CreateIndex, Concurrently) {
  EXPECT_EQ(PlanText(On({"note"}), Shop()), R"(
0002-x/expand/1-create-index [share update exclusive, waits, no transaction] create index i on public.users, concurrently
  touches index public.users.i
  undo: drop index i of public.users
)");
}

TEST(CreateIndex, UniqueWaitsForContract) {
  change::CreateIndex create = On({"email"});
  create.unique = true;
  EXPECT_EQ(PlanText(create, Shop()), R"(
0002-x/contract/1-create-index [share update exclusive, waits, no transaction] create unique index i on public.users, concurrently
  touches index public.users.i
  undo: drop index i of public.users
  ! until contract both versions can write duplicates; one that is there makes the build fail
)");
  create.phase = Phase::kExpand;
  EXPECT_EQ(PlanText(create, Shop()), R"(
0002-x/expand/1-create-index [share update exclusive, waits, no transaction] create unique index i on public.users, concurrently
  touches index public.users.i
  undo: drop index i of public.users
  ! a duplicate that the old version writes is refused from now on; one that is there makes the build fail
)");
}

TEST(CreateIndex, OnATableOfTheSameMigration) {
  change::CreateTable table;
  table.table = {"", "orders"};
  table.columns = {{"id", "bigint", false, {}, "", false}, {"no", "text", true, {}, "", false}};
  table.primary_key = {"id"};
  change::CreateIndex create = On({"no"});
  create.table.name = "orders";
  create.unique = true;
  EXPECT_EQ(PlanText(MigrationOf("m", {table, create}), Shop()), R"(
m/expand/1-create-table [none] create table public.orders
  touches table public.orders
  undo: drop table public.orders
m/expand/2-create-index [share row exclusive] create unique index i on public.orders
  touches index public.orders.i
  undo: drop index i of public.orders
)");
}

TEST(CreateIndex, OnAColumnOfTheSameMigration) {
  change::AddColumn filled{{"", "users"}, {"state", "text", true, {}, "", false}, "'old'"};
  EXPECT_EQ(StepIds(MigrationOf("m", {filled, On({"state"})}), Shop()), R"(
m/expand/1-add-columns
m/expand/2-install-sync
m/backfill/1-backfill
m/backfill/2-create-index
m/verify/1-verify
m/contract/1-remove-sync
)");
  filled.fill.reset();
  EXPECT_EQ(StepIds(MigrationOf("m", {filled, On({"state"})}), Shop()), R"(
m/expand/1-add-columns
m/expand/2-create-index
)");
}

TEST(CreateIndex, UniqueComesBeforeTheRenames) {
  change::CreateIndex create = On({"email"});
  create.unique = true;
  const change::DropColumn drop{{"", "users"}, "fax", {}, {}};
  EXPECT_EQ(StepIds(MigrationOf("m", {drop, create}), Shop()), R"(
m/contract/1-create-index
m/contract/2-quarantine
m/contract/3-drop-quarantined
)");
}

TEST(CreateIndex, ManyColumnsAndOldServers) {
  Capabilities server;
  server.major = 14;
  change::CreateIndex create = On({"id", "name", "email", "fax"});
  create.include = {"note"};
  EXPECT_EQ(PlanText(create, Shop(), {}, server), R"(
0002-x/expand/1-create-index [share update exclusive, waits, no transaction] create index i on public.users, concurrently
  touches index public.users.i
  undo: drop index i of public.users
  ! a concurrent build on 14.0 to 14.3 may leave a corrupt index: update to 14.4 or later first
)");
  create.parts.push_back({"", "lower(note)", "", ""});
  EXPECT_EQ(PlanText(create, Shop()), R"(
0002-x/expand/1-create-index [share update exclusive, waits, no transaction] create index i on public.users, concurrently
  touches index public.users.i
  undo: drop index i of public.users
  ! 6 columns: every write pays for each, and few queries use them all
)");
}

TEST(CreateIndex, Refusals) {
  EXPECT_EQ(Refusal(On({"nope"}), Shop()), R"(IL-P02 table public.users has no column nope
did you mean note?)");
  EXPECT_EQ(Refusal(On({}), Shop()), R"(IL-P12 index i names no column
write `columns = ["…"]`)");
  EXPECT_EQ(Refusal(On({"note"}, ""), Shop()), R"(IL-P04 an index has no name
give it a name)");
  EXPECT_EQ(Refusal(On({"note"}, "users_email_idx"), Shop()),
            R"(IL-P03 the name users_email_idx is taken by index public.users.users_email_idx
choose another name)");
  EXPECT_EQ(Refusal(On({"note"}, "users"), Shop()),
            R"(IL-P03 the name users is taken by table public.users
choose another name)");
  EXPECT_EQ(
      Refusal(On({"note"}, std::string(64, 'i')), Shop()),
      R"(IL-P04 the name of index iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii has 64 bytes; the server keeps 63
choose a name of at most 63 bytes)");
  change::CreateIndex create = On({"note"});
  create.parts[0].expression = "lower(note)";
  EXPECT_EQ(Refusal(create, Shop()),
            R"(IL-P12 a part of index i needs either a column or an expression
write one of them)");
  create = On({"note"});
  create.include = {"nope"};
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P02 table public.users has no column nope
did you mean note?)");
  create = On({"note"});
  create.phase = Phase::kVerify;
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P19 index i cannot be built in phase verify
write `phase = "expand"` or `phase = "contract"`, or leave it out)");
  Catalog catalog = Shop();
  TableIn(catalog, "users").partitioned = true;
  EXPECT_EQ(Refusal(On({"note"}), catalog),
            R"(IL-P17 public.users is partitioned: index i cannot be built concurrently on it
use an `sql` change: CREATE INDEX ON ONLY the parent, CREATE INDEX CONCURRENTLY for each partition, then ALTER INDEX … ATTACH PARTITION)");
}

}  // namespace
}  // namespace interlock
