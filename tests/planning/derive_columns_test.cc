#include <gtest/gtest.h>

#include "planning/plans.h"

namespace interlock {
namespace {

change::DeriveColumns Split() {
  change::DeriveColumns derive;
  derive.table = {"", "users"};
  derive.old_columns = {"name"};
  derive.new_columns = {{{"first_name", "text", false, {}, "", false}, "split_part(name, ' ', 1)"},
                        {{"last_name", "text", true, "''", "", false}, "split_part(name, ' ', 2)"}};
  derive.down = {{"name", "first_name || ' ' || last_name"}};
  return derive;
}

/// One to one, so that everything on the old column gets a twin.
change::DeriveColumns Lower() {
  change::DeriveColumns derive;
  derive.table = {"", "users"};
  derive.old_columns = {"email"};
  derive.new_columns = {{{"mail", "citext", true, {}, "", false}, "email"}};
  derive.down = {{"email", "mail"}};
  return derive;
}

Trigger UserTrigger(const std::string& name, const std::string& when) {
  return {name,
          "CREATE TRIGGER " + name + " " + when +
              " ON public.users FOR EACH ROW EXECUTE "
              "FUNCTION touch()",
          "origin", when.starts_with("BEFORE")};
}

TEST(DeriveColumns, OneBecomesTwo) {
  EXPECT_EQ(PlanText(MigrationOf("0002-split-name", {Split()}), Shop()), R"(
0002-split-name/expand/1-add-columns [access exclusive] add columns first_name, last_name to public.users
  touches column public.users.first_name, column public.users.last_name
  undo: drop columns first_name, last_name of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-split-name/expand/2-install-sync [share row exclusive] keep name and first_name, last_name of public.users equal by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take name and first_name, last_name out of the trigger on public.users
  ! public.users.name is NOT NULL: a write by the new version fails where `down` gives NULL
0002-split-name/backfill/1-backfill [row locks, no transaction] backfill name and first_name, last_name of public.users
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
0002-split-name/verify/1-verify [none, no transaction, only looks] verify name and first_name, last_name in every row of public.users
0002-split-name/contract/1-verify [none, no transaction, only looks] verify name and first_name, last_name in every row of public.users
0002-split-name/contract/2-add-not-null-check [access exclusive] add check first_name_not_null_dd6f9db0 that public.users.first_name is not null, not validated yet
  touches constraint public.users.first_name_not_null_dd6f9db0
  undo: drop constraint first_name_not_null_dd6f9db0 of public.users
0002-split-name/contract/3-validate-constraint [share update exclusive, waits, only looks] validate constraint first_name_not_null_dd6f9db0 of public.users
  touches constraint public.users.first_name_not_null_dd6f9db0
0002-split-name/contract/4-set-not-null [access exclusive] set public.users.first_name NOT NULL
  touches column public.users.first_name
  undo: drop NOT NULL of public.users.first_name
0002-split-name/contract/5-drop-constraint [access exclusive] drop constraint first_name_not_null_dd6f9db0 of public.users
  touches constraint public.users.first_name_not_null_dd6f9db0
0002-split-name/contract/6-set-default [access exclusive] set the default of public.users.last_name to ''
  touches column public.users.last_name
  undo: drop the default of public.users.last_name
0002-split-name/contract/7-quarantine [access exclusive] rename name to name_quarantined_977c50dc in public.users, into quarantine
  touches column public.users.name, column public.users.name_quarantined_977c50dc, trigger public.users."~interlock_sync"
  undo: bring name of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
0002-split-name/contract/8-drop-quarantined [access exclusive, for good] drop name of public.users for good
  touches column public.users.name_quarantined_977c50dc, trigger public.users."~interlock_sync"
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
)");
}

TEST(DeriveColumns, SpecAndColumns) {
  const Catalog catalog = Shop();
  change::DeriveColumns change = Split();
  change.lossy = "middle names were never wanted";
  const auto steps = PlanMigration(MigrationOf("m", {change}), {catalog, {}, {}});
  ASSERT_TRUE(steps);
  const auto& added = std::get<action::AddColumns>((*steps)[0].action).columns;
  EXPECT_EQ(added, (std::vector<ColumnSpec>{{"first_name", "text", true, {}, "", false},
                                            {"last_name", "text", true, {}, "", false}}));
  const auto& spec = std::get<action::InstallSync>((*steps)[1].action).spec;
  EXPECT_EQ(spec.id, "m/1");
  EXPECT_EQ(spec.table, (TableName{"public", "users"}));
  EXPECT_EQ(spec.old_columns, change.old_columns);
  EXPECT_EQ(spec.new_columns, change.new_columns);
  EXPECT_EQ(spec.down, change.down);
  EXPECT_TRUE(spec.lossy);
  EXPECT_TRUE(spec.fills.empty());
  EXPECT_TRUE(spec.renamed.empty());
  const auto& drop = std::get<action::DropQuarantined>(steps->back().action).spec;
  EXPECT_EQ(drop.renamed,
            (std::map<std::string, std::string>{{"name", QuarantineName("name", "m", 63)}}));
  const Step& quarantine = (*steps)[steps->size() - 2];
  EXPECT_TRUE(std::get<action::Quarantine>(quarantine.action).spec.renamed.empty());
  EXPECT_EQ(std::get<action::Restore>(*quarantine.undo).spec.renamed, drop.renamed);
}

TEST(DeriveColumns, SyncFoldsToNothing) {
  const Catalog catalog = Shop();
  const auto steps = PlanMigration(MigrationOf("m", {Split()}), {catalog, {}, {}});
  ASSERT_TRUE(steps);
  std::vector<SyncSpec> specs;
  for (const auto& step : *steps) specs = ApplyToSync(specs, step.action);
  EXPECT_TRUE(specs.empty());
}

TEST(DeriveColumns, TwinsOfEverythingOneToOne) {
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.row_estimate = -1;
  users.indexes.push_back(PlainIndex("users_email_note_idx", {"note", "email"}));
  users.indexes.push_back(PlainIndex("users_email_uniq", {"email"}, true));
  users.indexes.push_back(PlainIndex("users_note_idx", {"note"}));
  users.constraints.push_back(UniqueOn("users_email_key", {"email"}));
  users.indexes.push_back({"users_email_key", "", {"email"}, true, true, "users_email_key"});
  users.constraints.push_back(CheckOn("users_email_check", {"email", "note"}));
  Constraint sloppy = CheckOn("users_email_long", {"email"});
  sloppy.validated = false;
  users.constraints.push_back(sloppy);
  TableIn(catalog, "mails").columns.push_back(PlainColumn("address"));
  users.constraints.push_back(
      ForeignKeyTo("users_email_fkey", {"email"}, {"public", "mails"}, {"address"}));
  EXPECT_EQ(PlanText(Lower(), catalog), R"(
0002-x/expand/1-add-columns [access exclusive] add column mail to public.users
  touches column public.users.mail
  undo: drop column mail of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-x/expand/2-install-sync [share row exclusive] keep email and mail of public.users equal by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take email and mail out of the trigger on public.users
0002-x/backfill/1-analyze [share update exclusive, only looks] analyze public.users, which has no statistics
0002-x/backfill/2-backfill [row locks, no transaction] backfill email and mail of public.users
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
0002-x/backfill/3-copy-index [share update exclusive, waits, no transaction] copy index users_email_idx of public.users to users_email_idx_34c9c402, concurrently
  touches index public.users.users_email_idx_34c9c402
  undo: drop index users_email_idx_34c9c402 of public.users
0002-x/backfill/4-copy-index [share update exclusive, waits, no transaction] copy index users_email_note_idx of public.users to users_email_note_idx_933920ca, concurrently
  touches index public.users.users_email_note_idx_933920ca
  undo: drop index users_email_note_idx_933920ca of public.users
0002-x/verify/1-verify [none, no transaction, only looks] verify email and mail in every row of public.users
0002-x/contract/1-verify [none, no transaction, only looks] verify email and mail in every row of public.users
0002-x/contract/2-copy-index [share update exclusive, waits, no transaction] copy index users_email_uniq of public.users to users_email_uniq_1ba2362d, concurrently
  touches index public.users.users_email_uniq_1ba2362d
  undo: drop index users_email_uniq_1ba2362d of public.users
0002-x/contract/3-copy-index [share update exclusive, waits, no transaction] copy index users_email_key of public.users to users_email_key_44200b39, concurrently
  touches index public.users.users_email_key_44200b39
  undo: drop index users_email_key_44200b39 of public.users
  ! unique constraint users_email_key lives on as the unique index users_email_key_44200b39: ON CONFLICT ON CONSTRAINT cannot name it
0002-x/contract/4-copy-constraint [access exclusive] copy constraint users_email_check of public.users to users_email_check_c974e0f0, not validated yet
  touches constraint public.users.users_email_check_c974e0f0
  undo: drop constraint users_email_check_c974e0f0 of public.users
0002-x/contract/5-validate-constraint [share update exclusive, waits, only looks] validate constraint users_email_check_c974e0f0 of public.users
  touches constraint public.users.users_email_check_c974e0f0
0002-x/contract/6-copy-constraint [access exclusive] copy constraint users_email_long of public.users to users_email_long_bb0e9b1d, not validated yet
  touches constraint public.users.users_email_long_bb0e9b1d
  undo: drop constraint users_email_long_bb0e9b1d of public.users
  ! users_email_long was never validated, so its twin is not either
0002-x/contract/7-copy-constraint [share row exclusive] copy constraint users_email_fkey of public.users to users_email_fkey_78deadda, not validated yet
  touches constraint public.users.users_email_fkey_78deadda
  undo: drop constraint users_email_fkey_78deadda of public.users
  ! writes to public.mails wait for a moment too (share row exclusive)
0002-x/contract/8-validate-constraint [share update exclusive, waits, only looks] validate constraint users_email_fkey_78deadda of public.users
  touches constraint public.users.users_email_fkey_78deadda
0002-x/contract/9-quarantine [access exclusive] rename email to email_quarantined_9e92824e in public.users, into quarantine
  touches column public.users.email, column public.users.email_quarantined_9e92824e, constraint public.users.users_email_check, constraint public.users.users_email_fkey, constraint public.users.users_email_key, constraint public.users.users_email_long, index public.users.users_email_idx, index public.users.users_email_key, index public.users.users_email_note_idx, index public.users.users_email_uniq, trigger public.users."~interlock_sync"
  undo: bring email of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
0002-x/contract/10-drop-quarantined [access exclusive, for good] drop email of public.users for good
  touches column public.users.email_quarantined_9e92824e, constraint public.users.users_email_check, constraint public.users.users_email_fkey, constraint public.users.users_email_key, constraint public.users.users_email_long, index public.users.users_email_idx, index public.users.users_email_key, index public.users.users_email_note_idx, index public.users.users_email_uniq, trigger public.users."~interlock_sync"
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
)");
}

TEST(DeriveColumns, DropsInsteadOfTwins) {
  change::DeriveColumns change = Lower();
  change.drops = {"users_email_idx"};
  EXPECT_EQ(PlanText(change, Shop()), R"(
0002-x/expand/1-add-columns [access exclusive] add column mail to public.users
  touches column public.users.mail
  undo: drop column mail of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-x/expand/2-install-sync [share row exclusive] keep email and mail of public.users equal by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take email and mail out of the trigger on public.users
0002-x/backfill/1-backfill [row locks, no transaction] backfill email and mail of public.users
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
0002-x/verify/1-verify [none, no transaction, only looks] verify email and mail in every row of public.users
0002-x/contract/1-verify [none, no transaction, only looks] verify email and mail in every row of public.users
0002-x/contract/2-quarantine [access exclusive] rename email to email_quarantined_9e92824e in public.users, into quarantine
  touches column public.users.email, column public.users.email_quarantined_9e92824e, index public.users.users_email_idx, trigger public.users."~interlock_sync"
  undo: bring email of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
0002-x/contract/3-drop-quarantined [access exclusive, for good] drop email of public.users for good
  touches column public.users.email_quarantined_9e92824e, index public.users.users_email_idx, trigger public.users."~interlock_sync"
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! these go along: users_email_idx
)");
}

TEST(DeriveColumns, DropsWithASuccessor) {
  Catalog catalog = Shop();
  TableIn(catalog, "users").indexes.push_back(PlainIndex("users_name_idx", {"name"}));
  change::DeriveColumns change = Split();
  change.drops = {"users_name_idx"};
  change::CreateIndex successor;
  successor.table = {"", "users"};
  successor.name = "users_last_name_idx";
  successor.parts = {{"last_name", "", "", ""}};
  EXPECT_EQ(StepIds(MigrationOf("m", {change, successor}), catalog), R"(
m/expand/1-add-columns
m/expand/2-install-sync
m/backfill/1-backfill
m/backfill/2-create-index
m/verify/1-verify
m/contract/1-verify
m/contract/2-add-not-null-check
m/contract/3-validate-constraint
m/contract/4-set-not-null
m/contract/5-drop-constraint
m/contract/6-set-default
m/contract/7-quarantine
m/contract/8-drop-quarantined
)");
}

TEST(DeriveColumns, WhatNamesTheColumnIsTouchedAndHoldsTheContract) {
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.triggers.push_back(UserTrigger("touch", "BEFORE INSERT OR UPDATE"));
  users.triggers.push_back(UserTrigger("log_mail", "AFTER UPDATE OF email"));
  users.triggers.push_back(UserTrigger("welcome", "AFTER INSERT"));
  users.policies.push_back({"own", "USING (email = current_user)"});
  const ObjectRef email{ObjectKind::kColumn, users.name, "email"};
  catalog.others = {{{ObjectKind::kView, {"public", "v"}, ""}, "sha256:0", {email}},
                    {{ObjectKind::kPublication, {"", "p"}, ""}, "", {email}},
                    {{ObjectKind::kStatistics, {"public", "st"}, ""}, "", {email}},
                    {{ObjectKind::kView, {"public", "w"}, ""}, "sha256:1", {}}};
  EXPECT_EQ(PlanText(Lower(), catalog), R"(
0002-x/expand/1-add-columns [access exclusive] add column mail to public.users
  touches column public.users.mail
  undo: drop column mail of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-x/expand/2-install-sync [share row exclusive] keep email and mail of public.users equal by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take email and mail out of the trigger on public.users
0002-x/backfill/1-backfill [row locks, no transaction] backfill email and mail of public.users
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
  ! it fires the user triggers touch, log_mail
0002-x/backfill/2-copy-index [share update exclusive, waits, no transaction] copy index users_email_idx of public.users to users_email_idx_34c9c402, concurrently
  touches index public.users.users_email_idx_34c9c402
  undo: drop index users_email_idx_34c9c402 of public.users
0002-x/verify/1-verify [none, no transaction, only looks] verify email and mail in every row of public.users
0002-x/contract/1-verify [none, no transaction, only looks] verify email and mail in every row of public.users
0002-x/contract/2-quarantine [access exclusive] rename email to email_quarantined_9e92824e in public.users, into quarantine
  touches column public.users.email, column public.users.email_quarantined_9e92824e, index public.users.users_email_idx, trigger public.users.log_mail, trigger public.users."~interlock_sync", policy public.users.own, view public.v, publication p, statistics public.st
  undo: bring email of public.users back from quarantine
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! policy public.users.own uses public.users.email: the contract waits until it doesn't
  ! trigger public.users.log_mail uses public.users.email: the contract waits until it doesn't
  ! view public.v uses public.users.email: the contract waits until it doesn't
  ! publication p uses public.users.email: the contract waits until it doesn't
  ! statistics public.st uses public.users.email: the contract waits until it doesn't
0002-x/contract/3-drop-quarantined [access exclusive, for good] drop email of public.users for good
  touches column public.users.email_quarantined_9e92824e, index public.users.users_email_idx, trigger public.users."~interlock_sync", statistics public.st
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! policy public.users.own uses public.users.email: the contract waits until it doesn't
  ! trigger public.users.log_mail uses public.users.email: the contract waits until it doesn't
  ! view public.v uses public.users.email: the contract waits until it doesn't
  ! publication p uses public.users.email: the contract waits until it doesn't
  ! statistics public.st uses public.users.email: the contract waits until it doesn't
)");
}

TEST(DeriveColumns, ATriggersBodyMayNameIt) {
  Catalog catalog = Shop();
  const ObjectRef email{ObjectKind::kColumn, {"public", "users"}, "email"};
  const auto trigger = [&](const std::string& name) {
    return Trigger{name, "CREATE TRIGGER " + name + " AFTER INSERT", "origin", false, {email}};
  };
  TableIn(catalog, "users").triggers = {trigger("own"), trigger("~interlock_sync_u_5999aafe0000")};
  TableIn(catalog, "orders").triggers = {trigger("other")};
  const std::string plan = PlanText(Lower(), catalog);
  EXPECT_NE(plan.find("! trigger public.users.own uses public.users.email"), std::string::npos)
      << plan;
  EXPECT_NE(plan.find("! trigger public.orders.other uses public.users.email"), std::string::npos)
      << plan;
  EXPECT_NE(plan.find("trigger public.orders.other, "), std::string::npos) << "touched: " << plan;
  EXPECT_EQ(plan.find("_u_5999"), std::string::npos) << plan;
}

TEST(DeriveColumns, SeveralSharesOfOneMigration) {
  EXPECT_EQ(StepIds(MigrationOf("m", {Split(), Lower()}), Shop()), R"(
m/expand/1-add-columns
m/expand/2-install-sync
m/expand/3-add-columns
m/expand/4-install-sync
m/backfill/1-backfill
m/backfill/2-backfill
m/backfill/3-copy-index
m/verify/1-verify
m/verify/2-verify
m/contract/1-verify
m/contract/2-add-not-null-check
m/contract/3-validate-constraint
m/contract/4-set-not-null
m/contract/5-drop-constraint
m/contract/6-set-default
m/contract/7-verify
m/contract/8-quarantine
m/contract/9-quarantine
m/contract/10-drop-quarantined
m/contract/11-drop-quarantined
)");
}

TEST(DeriveColumns, TwoReplaceTheColumnsOfOneIndex) {
  Catalog catalog = Shop();
  TableIn(catalog, "users").indexes = {PlainIndex("both_idx", {"email", "fax"})};
  change::DeriveColumns second = Lower();
  second.old_columns = {"fax"};
  second.new_columns = {{{"telefax", "text", true, {}, "", false}, "fax"}};
  second.down = {{"fax", "telefax"}};
  const auto steps = PlanMigration(MigrationOf("m", {Lower(), second}), {catalog, {}, {}});
  ASSERT_TRUE(steps);
  std::vector<action::CopyIndex> copies;
  for (const auto& step : *steps)
    if (const auto* copy = std::get_if<action::CopyIndex>(&step.action)) copies.push_back(*copy);
  ASSERT_EQ(copies.size(), 2U);
  EXPECT_EQ(copies[0].source, "both_idx");
  EXPECT_EQ(copies[1].source, copies[0].name);  // (mail, fax) becomes (mail, telefax)
}

TEST(DeriveColumns, WhatCannotHaveATwin) {
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.indexes.push_back(PlainIndex("users_name_idx", {"name", "email"}));
  EXPECT_EQ(
      Refusal(Split(), catalog),
      R"(IL-P09 index users_name_idx of public.users uses name, which this change drops, and only one old and one new column make plain what its twin is
write `drops = ["users_name_idx"]` to let it go; where the new columns need one, add a `create_index` on them to this migration as well)");
  users.indexes.pop_back();
  users.constraints.push_back(CheckOn("name_check", {"name"}));
  EXPECT_EQ(
      Refusal(Split(), catalog),
      R"(IL-P09 check name_check of public.users uses name, which this change drops, and only one old and one new column make plain what its twin is
write `drops = ["name_check"]` to let it go; where the new columns need one, add an `sql` change that declares it to this migration as well)");
  users.constraints.back() = UniqueOn("email_key", {"email"});
  users.constraints.back().definition = "UNIQUE (email) DEFERRABLE INITIALLY DEFERRED";
  EXPECT_EQ(
      Refusal(Lower(), catalog),
      R"(IL-P09 unique constraint email_key of public.users uses email, which this change drops, and a deferrable one cannot be built from an index
write `drops = ["email_key"]` to let it go; where the new columns need one, add a `create_index` on them to this migration as well)");
  users.constraints.back().definition = "EXCLUDE USING gist (email WITH =)";
  users.constraints.back().kind = ConstraintKind::kExclusion;
  EXPECT_EQ(
      Refusal(Lower(), catalog),
      R"(IL-P09 exclusion constraint email_key of public.users uses email, which this change drops, and an exclusion constraint cannot be built while writes go on
write `drops = ["email_key"]` to let it go; where the new columns need one, add an `sql` change that declares it to this migration as well)");
  users.constraints.pop_back();
  users.partitioned = true;
  EXPECT_EQ(
      Refusal(Lower(), catalog),
      R"(IL-P09 index users_email_idx of public.users uses email, which this change drops, and no index can be built concurrently on a partitioned table
write `drops = ["users_email_idx"]` to let it go; where the new columns need one, add a `create_index` on them to this migration as well)");
  users.indexes.clear();
  users.constraints.push_back(ForeignKeyTo("fk", {"email"}, {"public", "mails"}, {"a"}));
  EXPECT_EQ(
      Refusal(Lower(), catalog),
      R"(IL-P09 foreign key fk of public.users uses email, which this change drops, and before version 18 a partitioned table cannot have one NOT VALID
write `drops = ["fk"]` to let it go; where the new columns need one, add an `sql` change that declares it to this migration as well)");
  Capabilities newer;
  newer.major = 18;
  EXPECT_EQ(Refusal(Lower(), catalog, {}, newer), "planned");
}

TEST(DeriveColumns, NotNullConstraintsOfVersion18ComeAlong) {
  Catalog catalog = Shop();
  TableIn(catalog, "users")
      .constraints.push_back(
          {"users_name_not_null", ConstraintKind::kOther, "NOT NULL name", {"name"}, {}, {}, true});
  EXPECT_EQ(Refusal(Split(), catalog), "planned");
}

TEST(DeriveColumns, InvalidIndexesGoAlong) {
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.indexes.push_back(PlainIndex("broken_idx", {"name"}));
  users.indexes.back().valid = false;
  EXPECT_EQ(Refusal(Split(), catalog), "planned");
}

TEST(DeriveColumns, OldColumns) {
  change::DeriveColumns change = Split();
  change.old_columns = {};
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P12 `old` of derive_columns on public.users is empty
name the columns to derive from; a column without ancestors is `add_column`)");
  change.old_columns = {"name", "name"};
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P12 `old` names name twice
take one out)");
  change.old_columns = {"nmae"};
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P02 table public.users has no column nmae
its columns are id, name, email, fax, note)");
  change.old_columns = {"id"};
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P07 public.users.id is in the primary key
this version cannot change a primary key: keep the column, or carry the change out by `sql` steps of your own)");

  Catalog catalog = Shop();
  TableIn(catalog, "orders")
      .constraints.push_back(
          ForeignKeyTo("orders_name_fkey", {"id"}, {"public", "users"}, {"name"}));
  EXPECT_EQ(
      Refusal(Split(), catalog),
      R"(IL-P08 public.users.name is referenced by foreign key orders_name_fkey of public.orders
drop that foreign key, or let it reference another column, in an earlier migration)");

  catalog = Shop();
  TableIn(catalog, "users").columns[1].generated = "stored: lower(email)";
  EXPECT_EQ(Refusal(Split(), catalog),
            R"(IL-P15 public.users.name is a generated column: nothing can be written to it
derive from the columns that it is generated from)");

  catalog = Shop();
  TableIn(catalog, "users").columns[3].generated = "stored: lower(name)";
  EXPECT_EQ(Refusal(Split(), catalog),
            R"(IL-P20 the generated column public.users.fax uses public.users.name
drop the generated column in an earlier migration)");

  catalog = Shop();
  TableIn(catalog, "users").partitioned = true;
  TableIn(catalog, "users").attributes = "partition by hash (name)";
  EXPECT_EQ(Refusal(Split(), catalog), R"(IL-P07 public.users.name is in the partition key
the server cannot drop it: keep the column, or move to a new table)");

  catalog = Shop();
  TableIn(catalog, "users")
      .indexes.push_back({"users_name_key", "", {"name"}, true, true, "", true});
  EXPECT_EQ(
      Refusal(Split(), catalog),
      R"(IL-P22 index users_name_key of public.users is the replica identity and uses public.users.name: without it the server refuses updates of a published table
choose another first: ALTER TABLE public.users REPLICA IDENTITY DEFAULT)");

  catalog = Shop();
  TableIn(catalog, "users").partitioned = true;
  TableIn(catalog, "users").attributes = "partition by hash (id)";
  Table& part = TableIn(catalog, "users_1");
  part.parent = TableName{"public", "users"};
  part.partitioned = true;
  part.attributes = "partition by list (name) of public.users FOR VALUES WITH (modulus 1)";
  EXPECT_EQ(Refusal(Split(), catalog), R"(IL-P07 public.users_1.name is in the partition key
the server cannot drop it: keep the column, or move to a new table)");
}

TEST(DeriveColumns, AnUpThatMayRaiseIsNamed) {
  const auto named = [](const std::string& from, const std::string& to, const std::string& up) {
    Catalog catalog = Shop();
    TableIn(catalog, "users").columns[1].type = from;
    change::DeriveColumns change = Split();
    change.new_columns = {{{"next", to, true, {}, "", false}, up}};
    change.down = {{"name", "next::text"}};
    return PlanText(MigrationOf("0002-x", {change}), catalog)
               .find("`up` of next may raise for a value of the old version") != std::string::npos;
  };
  EXPECT_TRUE(named("text", "integer", "name::int"));
  EXPECT_TRUE(named("text", "integer", "CAST(name AS integer)"));
  EXPECT_TRUE(named("text", "date", "to_date(name, 'YYYY')"));
  EXPECT_TRUE(named("text", "citext_or_so", "name"));
  EXPECT_TRUE(named("bigint", "integer", "name"));
  EXPECT_TRUE(named("integer", "integer", "100 / name"));
  EXPECT_TRUE(named("numeric", "numeric(4,2)", "name"));
  EXPECT_FALSE(named("integer", "bigint", "name"));
  EXPECT_FALSE(named("text", "varchar(20)", "name"));
  EXPECT_FALSE(named("text", "integer", "CASE name WHEN 'a/b' THEN 1 ELSE 2 END"));
  EXPECT_FALSE(named("integer", "text", "name::text"));
}

TEST(DeriveColumns, NewColumns) {
  change::DeriveColumns change = Split();
  change.new_columns.clear();
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P12 `new` of derive_columns on public.users is empty
name the new columns; to drop one without successor use `drop_column`)");
  change = Split();
  change.new_columns[1].column.name = "first_name";
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P03 `new` has two columns first_name
take one out)");
  change = Split();
  change.new_columns[1].column.name = "email";
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P03 column public.users.email is there already
choose another name, or take the change out if the column is what you want)");
  change = Split();
  change.new_columns[1].column.identity = true;
  EXPECT_EQ(
      Refusal(change, Shop()),
      R"~(IL-P15 column public.users.last_name is an identity column: adding it to an existing table rewrites the table under an access exclusive lock
create a sequence with an `sql` change and add the column as integer or bigint with `default = "nextval('…')"`)~");
  change = Split();
  change.new_columns[1].column.type = "";
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P12 column public.users.last_name has no type
write `type = "…"`)");
}

TEST(DeriveColumns, UpAndDown) {
  change::DeriveColumns change = Split();
  change.new_columns[1].up = "";
  EXPECT_EQ(Refusal(change, Shop()), R"(IL-P11 public.users.last_name has no `up`
write how it follows from the old columns)");
  change = Split();
  change.down.clear();
  EXPECT_EQ(Refusal(change, Shop()),
            R"(IL-P11 `down` does not say how public.users.name follows from the new columns
write `down = { name = "…" }`: old versions read it until contract)");
  change = Split();
  change.down["email"] = "first_name";
  EXPECT_EQ(Refusal(change, Shop()),
            R"(IL-P11 `down` has an expression for email, which is not in `old`
take it out, or add the column to `old`)");
}

TEST(DeriveColumns, DropsThatAreNone) {
  change::DeriveColumns change = Lower();
  change.drops = {"users_emial_idx"};
  EXPECT_EQ(
      Refusal(change, Shop()),
      R"(IL-P10 `drops` names users_emial_idx, but no index or constraint of public.users with that name uses email
did you mean users_email_idx?)");
  change.drops = {"completely_different"};
  EXPECT_EQ(
      Refusal(change, Shop()),
      R"(IL-P10 `drops` names completely_different, but no index or constraint of public.users with that name uses email
take it out; these use them: users_email_idx)");
}

TEST(DeriveColumns, TriggersThatFireAfterOurs) {
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.triggers = {UserTrigger("~~last", "BEFORE UPDATE")};
  EXPECT_EQ(
      Refusal(Split(), catalog),
      R"(IL-P16 trigger "~~last" on public.users would fire after the sync trigger "~interlock_sync" and could leave old and new columns unequal
rename it so that it sorts first: ALTER TRIGGER "~~last" ON public.users RENAME TO …)");
  users.triggers = {UserTrigger("über", "BEFORE UPDATE")};
  EXPECT_TRUE(Refusal(Split(), catalog).starts_with("IL-P16"));
  users.triggers = {UserTrigger("~~last", "AFTER UPDATE"), UserTrigger("zz", "BEFORE UPDATE")};
  EXPECT_EQ(Refusal(Split(), catalog), "planned");
}

TEST(DeriveColumns, QuarantineNameTaken) {
  Catalog catalog = Shop();
  TableIn(catalog, "users").columns.push_back(PlainColumn(QuarantineName("name", "0002-x", 63)));
  EXPECT_EQ(
      Refusal(Split(), catalog),
      R"(IL-P03 public.users.name would be renamed to name_quarantined_9525fc6f, which is there already
rename or drop that column first)");
}

}  // namespace
}  // namespace interlock
