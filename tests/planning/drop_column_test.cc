#include <gtest/gtest.h>

#include "planning/plans.h"

namespace interlock {
namespace {

change::DropColumn Drop(const std::string& column, std::optional<std::string> fill = {},
                        std::vector<std::string> drops = {}) {
  return {{"", "users"}, column, std::move(fill), std::move(drops)};
}

TEST(DropColumn, NullableNeedsNoTrigger) {
  EXPECT_EQ(PlanText(Drop("fax"), Shop()), R"(
0002-x/contract/1-quarantine [access exclusive] rename fax to fax_quarantined_5999aafe in public.users, into quarantine
  touches column public.users.fax, column public.users.fax_quarantined_5999aafe
  undo: bring fax of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
0002-x/contract/2-drop-quarantined [access exclusive, for good] drop fax of public.users for good
  touches column public.users.fax_quarantined_5999aafe
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
)");
}

TEST(DropColumn, NotNullWithFill) {
  const Catalog catalog = Shop();
  EXPECT_EQ(PlanText(Drop("name", "coalesce(email, '')"), catalog), R"(
0002-x/expand/1-install-sync [share row exclusive] fill name of public.users by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take name out of the trigger on public.users
0002-x/contract/1-quarantine [access exclusive] rename name to name_quarantined_9525fc6f in public.users, into quarantine
  touches column public.users.name, column public.users.name_quarantined_9525fc6f, trigger public.users."~interlock_sync"
  undo: bring name of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
0002-x/contract/2-drop-quarantined [access exclusive, for good] drop name of public.users for good
  touches column public.users.name_quarantined_9525fc6f, trigger public.users."~interlock_sync"
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
)");
  const auto steps = PlanMigration(MigrationOf("m", {Drop("name", "''")}), {catalog, {}, {}});
  const auto& spec = std::get<action::InstallSync>((*steps)[0].action).spec;
  EXPECT_EQ(spec.old_columns, std::vector<std::string>{"name"});
  EXPECT_EQ(spec.fills, (std::map<std::string, std::string>{{"name", "''"}}));
  EXPECT_TRUE(spec.fills_only());
}

TEST(DropColumn, PlainIndexesAndChecksGoAlong) {
  Catalog catalog = Shop();
  TableIn(catalog, "users").constraints.push_back(CheckOn("users_email_check", {"email"}));
  EXPECT_EQ(PlanText(Drop("email"), catalog), R"(
0002-x/contract/1-quarantine [access exclusive] rename email to email_quarantined_9e92824e in public.users, into quarantine
  touches column public.users.email, column public.users.email_quarantined_9e92824e, constraint public.users.users_email_check, index public.users.users_email_idx
  undo: bring email of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
0002-x/contract/2-drop-quarantined [access exclusive, for good] drop email of public.users for good
  touches column public.users.email_quarantined_9e92824e, constraint public.users.users_email_check, index public.users.users_email_idx
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! these go along: users_email_idx, users_email_check
)");
}

TEST(DropColumn, FillOfANullableColumnWithDefault) {
  Catalog catalog = Shop();
  TableIn(catalog, "users").columns[3].default_value = "'none'";
  EXPECT_EQ(PlanText(Drop("fax", "'-'"), catalog), R"(
0002-x/expand/1-install-sync [share row exclusive] fill fax of public.users by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take fax out of the trigger on public.users
  ! a NULL written by the old version is filled too until contract
  ! public.users.fax has a default, which comes before `fill`
0002-x/contract/1-quarantine [access exclusive] rename fax to fax_quarantined_5999aafe in public.users, into quarantine
  touches column public.users.fax, column public.users.fax_quarantined_5999aafe, trigger public.users."~interlock_sync"
  undo: bring fax of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
0002-x/contract/2-drop-quarantined [access exclusive, for good] drop fax of public.users for good
  touches column public.users.fax_quarantined_5999aafe, trigger public.users."~interlock_sync"
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
)");
}

TEST(DropColumn, NotNullNeedsFill) {
  EXPECT_EQ(
      Refusal(Drop("name"), Shop()),
      R"(IL-P14 public.users.name is NOT NULL without a default: an insert by a version that does not know it would fail
give the change a `fill`: what old versions read in such rows)");
  EXPECT_EQ(Refusal(Drop("name", "NULL"), Shop()),
            R"(IL-P14 `fill` of public.users.name gives no value
write an expression over the row's columns, or take `fill` out)");
  Catalog catalog = Shop();
  TableIn(catalog, "users").columns[1].default_value = "''";
  EXPECT_EQ(Refusal(Drop("name"), catalog), "planned");
}

TEST(DropColumn, WhatElseUsesIt) {
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.indexes.push_back(PlainIndex("fax_note_idx", {"fax", "note"}));
  EXPECT_EQ(Refusal(Drop("fax"), catalog),
            R"(IL-P09 index fax_note_idx uses public.users.fax and would go along with it
write `drops = ["fax_note_idx"]` to let it go, or replace it in an earlier migration)");
  EXPECT_EQ(Refusal(Drop("fax", {}, {"fax_note_idx"}), catalog), "planned");
  users.indexes.back() = PlainIndex("fax_uniq", {"fax"}, true);
  EXPECT_EQ(Refusal(Drop("fax"), catalog),
            R"(IL-P09 unique index fax_uniq uses public.users.fax and would go along with it
write `drops = ["fax_uniq"]` to let it go, or replace it in an earlier migration)");
  users.indexes.pop_back();
  users.constraints.push_back(CheckOn("fax_check", {"fax", "note"}));
  EXPECT_EQ(Refusal(Drop("fax"), catalog),
            R"(IL-P09 constraint fax_check uses public.users.fax and would go along with it
write `drops = ["fax_check"]` to let it go, or replace it in an earlier migration)");
  EXPECT_EQ(Refusal(Drop("fax", {}, {"fax_check"}), catalog), "planned");
  users.constraints.back() = ForeignKeyTo("fax_fkey", {"fax"}, {"public", "t"}, {"id"});
  EXPECT_EQ(Refusal(Drop("fax"), catalog),
            R"(IL-P09 constraint fax_fkey uses public.users.fax and would go along with it
write `drops = ["fax_fkey"]` to let it go, or replace it in an earlier migration)");
}

TEST(DropColumn, Refusals) {
  EXPECT_EQ(Refusal(Drop("id"), Shop()), R"(IL-P07 public.users.id is in the primary key
this version cannot change a primary key: keep the column, or carry the change out by `sql` steps of your own)");
  EXPECT_EQ(Refusal(Drop("faxx"), Shop()), R"(IL-P02 table public.users has no column faxx
did you mean fax?)");
  EXPECT_EQ(
      Refusal(Drop("fax", {}, {"users_email_idx"}), Shop()),
      R"(IL-P10 `drops` names users_email_idx, but no index or constraint of public.users with that name uses fax
take it out)");
  Catalog catalog = Shop();
  TableIn(catalog, "orders")
      .constraints.push_back(ForeignKeyTo("orders_fax_fkey", {"id"}, {"public", "users"}, {"fax"}));
  EXPECT_EQ(Refusal(Drop("fax"), catalog),
            R"(IL-P08 public.users.fax is referenced by foreign key orders_fax_fkey of public.orders
drop that foreign key, or let it reference another column, in an earlier migration)");
  catalog = Shop();
  TableIn(catalog, "users").columns[3].generated = "stored: lower(note)";
  EXPECT_EQ(Refusal(Drop("fax"), catalog), "planned");
  EXPECT_EQ(Refusal(Drop("fax", "''"), catalog),
            R"(IL-P15 public.users.fax is a generated column: nothing can be written to it
take `fill` out)");
}

}  // namespace
}  // namespace interlock
