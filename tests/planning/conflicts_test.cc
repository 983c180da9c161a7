// The conflict rule: a column that something open keeps in sync is left alone by everything else.
#include <gtest/gtest.h>

#include "planning/plans.h"

namespace interlock {
namespace {

/// 0001-old: users.name → users.full_name is open; 0001-fill fills users.state.
std::vector<SyncSpec> Open() {
  SyncSpec derived;
  derived.id = "0001-old/1";
  derived.table = {"public", "users"};
  derived.old_columns = {"name"};
  derived.new_columns = {{{"full_name", "text", true, {}, "", false}, "name"}};
  derived.down = {{"name", "full_name"}};
  SyncSpec filled;
  filled.id = "0001-fill/2";
  filled.table = {"", "users"};
  filled.fills = {{"state", "'old'"}};
  return {derived, filled};
}

Catalog Expanded() {
  Catalog catalog = Shop();
  TableIn(catalog, "users").columns.push_back(PlainColumn("full_name"));
  TableIn(catalog, "users").columns.push_back(PlainColumn("state"));
  return catalog;
}

change::CreateIndex IndexOn(const std::string& column) {
  change::CreateIndex create;
  create.table = {"", "users"};
  create.name = "i";
  create.parts = {{column, "", "", ""}};
  return create;
}

change::DropColumn DropIt(const std::string& column) { return {{"", "users"}, column, "''", {}}; }

change::AddColumn Add(const std::string& column, std::optional<std::string> fill) {
  return {{"", "users"}, {column, "text", true, {}, "", false}, std::move(fill)};
}

change::DeriveColumns Derive(const std::string& from, const std::string& to) {
  change::DeriveColumns derive;
  derive.table = {"", "users"};
  derive.old_columns = {from};
  derive.new_columns = {{{to, "text", true, {}, "", false}, from}};
  derive.down = {{from, to}};
  return derive;
}

TEST(Conflicts, NamesTheOpenMigrationAndTheWayOut) {
  EXPECT_EQ(Refusal(Derive("name", "n2"), Expanded(), Open()),
            R"(IL-P05 public.users.name is kept in sync by the open migration 0001-old
contract it first (`interlock contract 0001-old`), or say `after = ["0001-old@contracted"]`)");
}

TEST(Conflicts, OldNewAndFilledColumnsOfAnotherMigration) {
  for (const Change& change : std::vector<Change>{
           Derive("name", "n2"), Derive("full_name", "n2"), Derive("state", "n2"), DropIt("name"),
           DropIt("full_name"), DropIt("state"), IndexOn("name"), IndexOn("full_name"),
           IndexOn("state"), Add("name", {}), Add("x", "lower(full_name)")})
    EXPECT_TRUE(Refusal(change, Expanded(), Open()).starts_with("IL-P05")) << KindName(change);
  for (const Change& change :
       std::vector<Change>{Derive("email", "n2"), DropIt("fax"), IndexOn("note"), Add("x", "note")})
    EXPECT_EQ(Refusal(change, Expanded(), Open()), "planned");
}

TEST(Conflicts, ExpressionsOfAnIndexCount) {
  change::CreateIndex create = IndexOn("note");
  create.where = "name IS NOT NULL";
  EXPECT_TRUE(Refusal(create, Expanded(), Open()).starts_with("IL-P05"));
}

TEST(Conflicts, AQuarantinedColumnIsStillOpen) {
  std::vector<SyncSpec> open = Open();
  open[0].renamed = {{"name", "name_quarantined_00000000"}};
  Catalog catalog = Expanded();
  TableIn(catalog, "users").columns[1].name = "name_quarantined_00000000";
  EXPECT_TRUE(Refusal(Add("name", {}), catalog, open).starts_with("IL-P05"));
  EXPECT_TRUE(Refusal(DropIt("name_quarantined_00000000"), catalog, open).starts_with("IL-P05"));
}

TEST(Conflicts, OtherTablesAndOwnSpecsDoNotCount) {
  std::vector<SyncSpec> open = Open();
  for (auto& spec : open) spec.table.name = "orders";
  EXPECT_EQ(Refusal(Derive("name", "n2"), Expanded(), open), "planned");
  open = Open();
  for (auto& spec : open) spec.id = "0002-x/1";
  EXPECT_EQ(Refusal(Derive("name", "n2"), Expanded(), open), "planned");
}

TEST(Conflicts, SqlThatTouchesTheColumn) {
  change::SqlStep step;
  step.name = "s";
  step.sql = "ALTER TABLE users ALTER name TYPE varchar";
  step.observe = "SELECT 'absent'";
  step.touches = {{ObjectKind::kColumn, {"", "users"}, "name"}};
  EXPECT_TRUE(Refusal(change::Sql{{step}}, Expanded(), Open()).starts_with("IL-P05"));
  step.touches = {{ObjectKind::kTable, {"", "users"}, ""}};
  EXPECT_EQ(PlanText(change::Sql{{step}}, Expanded(), Open()), R"(
0002-x/expand/1-run-sql [access exclusive] run SQL 's'
  touches table public.users
  ! written by hand: its locks are not known, the strongest is assumed
  ! it has no `undo`: a rollback leaves what it did
  ! public.users is kept in sync by 0001-old, 0001-fill: the SQL must leave the columns and the trigger of that alone
)");
}

TEST(Conflicts, ReferencesOfANewTable) {
  change::CreateTable create;
  create.table = {"", "orders"};
  create.columns = {{"name", "text", true, {}, "", false}};
  create.references = {{"", {"name"}, {"", "users"}, {"name"}, ""}};
  Catalog catalog = Expanded();
  TableIn(catalog, "users").constraints.push_back(UniqueOn("users_name_key", {"name"}));
  EXPECT_TRUE(Refusal(create, catalog, Open()).starts_with("IL-P05"));
  EXPECT_EQ(Refusal(create, catalog), "planned");
}

TEST(Conflicts, WithinOneMigration) {
  EXPECT_EQ(Refusal(MigrationOf("m", {Derive("name", "n2"), DropIt("name")}), Shop()),
            R"(IL-P06 public.users.name is kept in sync by change 1 of this migration until contract
move this change to a migration of its own with `after = ["m@contracted"]`)");
  for (const Change& second :
       std::vector<Change>{Derive("n2", "n3"), DropIt("n2"), IndexOn("name"), Add("x", "n2")})
    EXPECT_TRUE(
        Refusal(MigrationOf("m", {Derive("name", "n2"), second}), Shop()).starts_with("IL-P06"))
        << KindName(second);
  EXPECT_EQ(Refusal(MigrationOf("m", {Derive("name", "n2"), IndexOn("n2")}), Shop()), "planned");
  EXPECT_EQ(Refusal(MigrationOf("m", {DropIt("name"), IndexOn("name")}), Shop()),
            R"(IL-P06 public.users.name is kept in sync by change 1 of this migration until contract
move this change to a migration of its own with `after = ["m@contracted"]`)");
}

TEST(Conflicts, TheErrorSaysInWhichChange) {
  const Catalog catalog = Shop();
  const auto steps =
      PlanMigration(MigrationOf("m", {Add("x", {}), DropIt("nope")}), {catalog, {}, {}});
  ASSERT_FALSE(steps);
  EXPECT_EQ(steps.error().details, std::vector<std::string>{"in drop_column, change 2 of m"});
}

}  // namespace
}  // namespace interlock
