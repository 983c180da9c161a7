// Plans for a server that has no transactional DDL, no NOT VALID, and hides new columns: MySQL.
#include <gtest/gtest.h>

#include "planning/mysql_capabilities.h"
#include "planning/omitted.h"
#include "planning/plans.h"

namespace interlock {
namespace {

Catalog MySqlShop() {
  Catalog catalog = Shop();
  catalog.engine = "mysql";
  for (auto& [name, table] : catalog.tables)
    for (auto& column : table.columns)
      if (column.type == "text") column.type = "varchar(100)";
  return catalog;
}

change::DeriveColumns SplitName() {
  change::DeriveColumns out;
  out.table = {"", "users"};
  out.old_columns = {"name"};
  ColumnSpec first;
  first.name = "first_name";
  first.type = "varchar(50)";
  first.nullable = false;
  out.new_columns = {{first, "substring_index(name, ' ', 1)"}};
  out.down = {{"name", "first_name"}};
  return out;
}

TEST(OtherServers, DerivedColumnsAreHiddenUntilContract) {
  EXPECT_EQ(PlanText(SplitName(), MySqlShop(), {}, MySqlCapabilities()), R"(
0002-x/expand/1-add-columns [access exclusive, no transaction] add column first_name to public.users
  touches column public.users.first_name
  undo: drop column first_name of public.users
0002-x/expand/2-set-default [access exclusive, no transaction] set the default of public.users.name to ''
  touches column public.users.name
  undo: drop the default of public.users.name
  ! an INSERT of the old version that forgets public.users.name gets '' instead of an error
0002-x/expand/3-install-sync [share row exclusive, no transaction] keep name and first_name of public.users equal by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take name and first_name out of the trigger on public.users
  ! public.users.name is NOT NULL: a write by the new version fails where `down` gives NULL
0002-x/backfill/1-backfill [row locks, no transaction] backfill name and first_name of public.users
0002-x/verify/1-verify [none, no transaction, only looks] verify name and first_name in every row of public.users
0002-x/contract/1-verify [none, no transaction, only looks] verify name and first_name in every row of public.users
0002-x/contract/2-show-columns [access exclusive, no transaction] show column first_name of public.users
  touches column public.users.first_name
  undo: hide column first_name of public.users
  ! an INSERT into public.users without a list of columns fails from now on
0002-x/contract/3-set-not-null [share update exclusive, waits, no transaction] set public.users.first_name NOT NULL
  touches column public.users.first_name
  undo: drop NOT NULL of public.users.first_name
  ! the server reads and may rebuild the whole table; replicas follow only afterwards
0002-x/contract/4-quarantine [access exclusive, no transaction] rename name to name_quarantined_9525fc6f in public.users, into quarantine
  touches column public.users.name, column public.users.name_quarantined_9525fc6f, trigger public.users."~interlock_sync"
  undo: bring name of public.users back from quarantine
0002-x/contract/5-drop-quarantined [access exclusive, no transaction, for good] drop name of public.users for good
  touches column public.users.name_quarantined_9525fc6f, trigger public.users."~interlock_sync"
)");
}

TEST(OtherServers, AColumnWithAConstantIsShownAtContract) {
  change::AddColumn add;
  add.table = {"", "users"};
  add.column.name = "active";
  add.column.type = "tinyint";
  add.column.nullable = false;
  add.column.default_value = "1";
  EXPECT_EQ(PlanText(add, MySqlShop(), {}, MySqlCapabilities()), R"(
0002-x/expand/1-add-columns [access exclusive, no transaction] add column active to public.users
  touches column public.users.active
  undo: drop column active of public.users
0002-x/contract/1-show-columns [access exclusive, no transaction] show column active of public.users
  touches column public.users.active
  undo: hide column active of public.users
  ! an INSERT into public.users without a list of columns fails from now on
)");
}

TEST(OtherServers, NoStepIsTransactionalAndSoNoUndoIs) {
  const auto steps =
      PlanMigration(MigrationOf("0002-x", {SplitName()}), {MySqlShop(), MySqlCapabilities(), {}});
  ASSERT_TRUE(steps) << ToString(steps.error());
  for (const auto& step : *steps) EXPECT_FALSE(step.transactional) << step.id;
  for (const auto& step : UndoSteps(*steps)) EXPECT_FALSE(step.transactional) << step.id;
}

TEST(OtherServers, AnIndexNameIsTheTables) {
  Catalog catalog = MySqlShop();
  TableIn(catalog, "orders").indexes.push_back(PlainIndex("by_email", {"id"}));
  change::CreateIndex create;
  create.table = {"", "users"};
  create.name = "by_email";
  create.parts = {{"email", "", "", ""}};
  EXPECT_EQ(Refusal(create, catalog, {}, MySqlCapabilities()), "planned");
  create.table = {"", "orders"};
  create.parts = {{"id", "", "", ""}};
  EXPECT_NE(Refusal(create, catalog, {}, MySqlCapabilities()).find("IL-P03"), std::string::npos);
}

TEST(OtherServers, NoIndexOverSomeOfTheRows) {
  change::CreateIndex create;
  create.table = {"", "users"};
  create.name = "by_email";
  create.parts = {{"email", "", "", ""}};
  create.where = "email IS NOT NULL";
  EXPECT_EQ(Refusal(create, MySqlShop(), {}, MySqlCapabilities()),
            R"(IL-P23 index by_email has `where`, which mysql does not know
take it out: the index then covers all rows)");
}

TEST(OtherServers, ACheckHasNoTwin) {
  Catalog catalog = MySqlShop();
  TableIn(catalog, "users").constraints.push_back(CheckOn("named", {"name"}));
  EXPECT_EQ(
      Refusal(SplitName(), catalog, {}, MySqlCapabilities()),
      R"(IL-P09 check named of public.users uses name, which this change drops, and this server adds none without copying the table while writes wait
write `drops = ["named"]` to let it go; where the new columns need one, add an `sql` change that declares it to this migration as well)");
}

TEST(OtherServers, ColumnsAreNamedInAnyCase) {
  Catalog catalog = MySqlShop();
  Table& users = TableIn(catalog, "users");
  users.triggers.push_back({"t", "BEFORE INSERT BEGIN SET NEW.`Name` = 1; END", "origin", true});
  const auto held = [&] {
    return PlanText(SplitName(), catalog, {}, MySqlCapabilities()).find("users.t uses") !=
           std::string::npos;
  };
  EXPECT_FALSE(held());
  catalog.names_ignore_case = true;
  EXPECT_TRUE(held());
}

TEST(NeutralDefault, IsTakenByEveryColumnOfTheType) {
  EXPECT_EQ(planning::NeutralDefault("int unsigned"), "0");
  EXPECT_EQ(planning::NeutralDefault("varchar(100)"), "''");
  EXPECT_EQ(planning::NeutralDefault("enum('it''s','b')"), "'it''s'");
  EXPECT_EQ(planning::NeutralDefault("timestamp(6)"), "'1970-01-02 00:00:00'");
  EXPECT_EQ(planning::NeutralDefault("json"), "('null')");
  EXPECT_EQ(planning::NeutralDefault("geometry"), std::nullopt);
  EXPECT_EQ(planning::NeutralDefault(""), std::nullopt);
}

TEST(OtherServers, ATypeWithoutANeutralValueIsRefused) {
  Catalog catalog = MySqlShop();
  for (auto& column : TableIn(catalog, "users").columns)
    if (column.name == "name") column.type = "geometry";
  EXPECT_EQ(
      Refusal(SplitName(), catalog, {}, MySqlCapabilities()),
      R"(IL-P24 public.users.name is NOT NULL without a default, so on this server an INSERT that omits it fails before a trigger can fill it; and for geometry no default is known that every row may have
give the column a default, or let it be NULL, in an earlier migration)");
}

}  // namespace
}  // namespace interlock
