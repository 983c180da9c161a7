#include <gtest/gtest.h>

#include "planning/plans.h"

namespace interlock {
namespace {

change::AddColumn Add(ColumnSpec column, std::optional<std::string> fill = {}) {
  return {{"", "users"}, std::move(column), std::move(fill)};
}

TEST(AddColumn, Nullable) {
  EXPECT_EQ(PlanText(Add({"phone", "text", true, {}, "", false}), Shop()), R"(
0002-x/expand/1-add-columns [access exclusive] add column phone to public.users
  touches column public.users.phone
  undo: drop column phone of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
)");
}

TEST(AddColumn, NotNullWithAConstantDefaultGoesInPlace) {
  const Catalog catalog = Shop();
  const ColumnSpec column{"active", "boolean", false, "true", "", false};
  EXPECT_EQ(PlanText(Add(column), catalog), R"(
0002-x/expand/1-add-columns [access exclusive] add column active to public.users
  touches column public.users.active
  undo: drop column active of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
)");
  const auto steps = PlanMigration(MigrationOf("m", {Add(column)}), {catalog, {}, {}});
  EXPECT_EQ(std::get<action::AddColumns>(steps->front().action).columns,
            std::vector<ColumnSpec>{column});
}

TEST(AddColumn, NullableWithAVolatileDefault) {
  EXPECT_EQ(PlanText(Add({"token", "uuid", true, "gen_random_uuid()", "", false}), Shop()),
            R"(
0002-x/expand/1-add-columns [access exclusive] add column token to public.users
  touches column public.users.token
  undo: drop column token of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-x/expand/2-set-default [access exclusive] set the default of public.users.token to gen_random_uuid()
  touches column public.users.token
  undo: drop the default of public.users.token
  ! the default is not constant: rows that are there keep NULL
)");
}

TEST(AddColumn, NotNullWithAVolatileDefault) {
  EXPECT_EQ(PlanText(Add({"token", "uuid", false, "gen_random_uuid()", "", false}), Shop()),
            R"(
0002-x/expand/1-add-columns [access exclusive] add column token to public.users
  touches column public.users.token
  undo: drop column token of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-x/expand/2-set-default [access exclusive] set the default of public.users.token to gen_random_uuid()
  touches column public.users.token
  undo: drop the default of public.users.token
0002-x/expand/3-install-sync [share row exclusive] fill token of public.users by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take token out of the trigger on public.users
0002-x/backfill/1-backfill [row locks, no transaction] backfill token of public.users
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
0002-x/verify/1-verify [none, no transaction, only looks] verify token in every row of public.users
0002-x/contract/1-add-not-null-check [access exclusive] add check token_not_null_e1b59351 that public.users.token is not null, not validated yet
  touches constraint public.users.token_not_null_e1b59351
  undo: drop constraint token_not_null_e1b59351 of public.users
0002-x/contract/2-validate-constraint [share update exclusive, waits, only looks] validate constraint token_not_null_e1b59351 of public.users
  touches constraint public.users.token_not_null_e1b59351
0002-x/contract/3-set-not-null [access exclusive] set public.users.token NOT NULL
  touches column public.users.token
  undo: drop NOT NULL of public.users.token
0002-x/contract/4-drop-constraint [access exclusive] drop constraint token_not_null_e1b59351 of public.users
  touches constraint public.users.token_not_null_e1b59351
0002-x/contract/5-remove-sync [access exclusive] take token out of the trigger on public.users
  touches trigger public.users."~interlock_sync"
  undo: fill token of public.users by a trigger
)");
}

TEST(AddColumn, FillNotNullWithDefaultOnATableWithoutStatistics) {
  Catalog catalog = Shop();
  TableIn(catalog, "users").row_estimate = -1;
  EXPECT_EQ(PlanText(Add({"state", "text", false, "'new'", "", false}, "lower(note)"), catalog),
            R"(
0002-x/expand/1-add-columns [access exclusive] add column state to public.users
  touches column public.users.state
  undo: drop column state of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-x/expand/2-install-sync [share row exclusive] fill state of public.users by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take state out of the trigger on public.users
0002-x/backfill/1-analyze [share update exclusive, only looks] analyze public.users, which has no statistics
0002-x/backfill/2-backfill [row locks, no transaction] backfill state of public.users
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
0002-x/verify/1-verify [none, no transaction, only looks] verify state in every row of public.users
0002-x/contract/1-add-not-null-check [access exclusive] add check state_not_null_3e8b3724 that public.users.state is not null, not validated yet
  touches constraint public.users.state_not_null_3e8b3724
  undo: drop constraint state_not_null_3e8b3724 of public.users
0002-x/contract/2-validate-constraint [share update exclusive, waits, only looks] validate constraint state_not_null_3e8b3724 of public.users
  touches constraint public.users.state_not_null_3e8b3724
0002-x/contract/3-set-not-null [access exclusive] set public.users.state NOT NULL
  touches column public.users.state
  undo: drop NOT NULL of public.users.state
0002-x/contract/4-drop-constraint [access exclusive] drop constraint state_not_null_3e8b3724 of public.users
  touches constraint public.users.state_not_null_3e8b3724
0002-x/contract/5-set-default [access exclusive] set the default of public.users.state to 'new'
  touches column public.users.state
  undo: drop the default of public.users.state
0002-x/contract/6-remove-sync [access exclusive] take state out of the trigger on public.users
  touches trigger public.users."~interlock_sync"
  undo: fill state of public.users by a trigger
)");
}

TEST(AddColumn, FillNullable) {
  EXPECT_EQ(PlanText(Add({"state", "text", true, {}, "", false}, "'old'"), Shop()), R"(
0002-x/expand/1-add-columns [access exclusive] add column state to public.users
  touches column public.users.state
  undo: drop column state of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
0002-x/expand/2-install-sync [share row exclusive] fill state of public.users by a trigger
  touches trigger public.users."~interlock_sync"
  undo: take state out of the trigger on public.users
  ! a NULL written by the new version is filled too until contract
0002-x/backfill/1-backfill [row locks, no transaction] backfill state of public.users
  ! a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed it fails with 40001; applications try again
0002-x/verify/1-verify [none, no transaction, only looks] verify state in every row of public.users
0002-x/contract/1-remove-sync [access exclusive] take state out of the trigger on public.users
  touches trigger public.users."~interlock_sync"
  undo: fill state of public.users by a trigger
)");
}

TEST(AddColumn, FilledColumnsAreAddedBare) {
  const Catalog catalog = Shop();
  const auto steps =
      PlanMigration(MigrationOf("m", {Add({"state", "text", false, "'new'", "C", false}, "'old'")}),
                    {catalog, {}, {}});
  ASSERT_TRUE(steps);
  const auto& added = std::get<action::AddColumns>((*steps)[0].action).columns[0];
  EXPECT_EQ(added, (ColumnSpec{"state", "text", true, {}, "C", false}));
  const auto& spec = std::get<action::InstallSync>((*steps)[1].action).spec;
  EXPECT_EQ(spec.id, "m/1");
  EXPECT_EQ(spec.table, (TableName{"public", "users"}));
  EXPECT_EQ(spec.fills, (std::map<std::string, std::string>{{"state", "'old'"}}));
  EXPECT_TRUE(spec.fills_only());
}

TEST(AddColumn, PartitionsAreTouchedToo) {
  Catalog catalog = Shop();
  Table& users = TableIn(catalog, "users");
  users.partitioned = true;
  TableIn(catalog, "users_1").parent = users.name;
  EXPECT_EQ(PlanText(Add({"phone", "text", true, {}, "", false}), catalog), R"(
0002-x/expand/1-add-columns [access exclusive] add column phone to public.users
  touches column public.users.phone, column public.users_1.phone
  undo: drop column phone of public.users
  ! a prepared SELECT * or RETURNING * on public.users fails once with 0A000; clients prepare it again
  ! COPY into public.users without a list of columns fails from now on
)");
  change::AddColumn on_partition = Add({"phone", "text", true, {}, "", false});
  on_partition.table.name = "users_1";
  EXPECT_EQ(Refusal(on_partition, catalog),
            R"(IL-P17 public.users_1 is a partition of public.users: its columns are the parent's
name public.users instead)");
}

TEST(AddColumn, InheritanceIsRefused) {
  Catalog catalog = Shop();
  TableIn(catalog, "old_users").attributes = "inherits public.log, public.users row security";
  constexpr const char* kRefusal =
      R"(IL-P21 public.old_users inherits columns of public.users: a change of the one reaches into the other, its triggers and backfills do not
ALTER TABLE public.old_users NO INHERIT public.users first, or carry the change out by `sql` steps of your own)";
  EXPECT_EQ(Refusal(Add({"phone", "text", true, {}, "", false}), catalog), kRefusal);
  change::AddColumn on_heir = Add({"phone", "text", true, {}, "", false});
  on_heir.table.name = "old_users";
  TableIn(catalog, "old_users").attributes = "inherits public.users";
  EXPECT_EQ(Refusal(on_heir, catalog), kRefusal);
  TableIn(catalog, "old_users").attributes = "partition by list (inherits)";
  EXPECT_EQ(Refusal(Add({"phone", "text", true, {}, "", false}), catalog), "planned");
}

TEST(AddColumn, NotNullWithoutValue) {
  for (const std::optional<std::string>& value :
       {std::optional<std::string>(), std::optional<std::string>("NULL::text")})
    EXPECT_EQ(
        Refusal(Add({"phone", "text", false, value, "", false}), Shop()),
        R"(IL-P13 public.users.phone is NOT NULL and has no value for the rows that are there and for the versions that do not know it
give it `default` or `fill`, or say `null = true`)");
  EXPECT_EQ(Refusal(Add({"phone", "text", false, {}, "", false}, "null"), Shop()),
            R"(IL-P13 `fill` of public.users.phone gives no value
write an expression over the row's columns, or take `fill` out)");
}

TEST(AddColumn, IdentityAndSerial) {
  EXPECT_EQ(
      Refusal(Add({"no", "bigint", false, {}, "", true}), Shop()),
      R"~(IL-P15 column public.users.no is an identity column: adding it to an existing table rewrites the table under an access exclusive lock
create a sequence with an `sql` change and add the column as integer or bigint with `default = "nextval('…')"`)~");
  EXPECT_EQ(
      Refusal(Add({"no", "BigSerial", true, {}, "", false}), Shop()),
      R"~(IL-P15 column public.users.no is BigSerial: adding it to an existing table rewrites the table under an access exclusive lock
create a sequence with an `sql` change and add the column as integer or bigint with `default = "nextval('…')"`)~");
}

TEST(AddColumn, NamesAndTypes) {
  EXPECT_EQ(Refusal(Add({"email", "text", true, {}, "", false}), Shop()),
            R"(IL-P03 column public.users.email is there already
choose another name, or take the change out if the column is what you want)");
  EXPECT_EQ(Refusal(Add({"phone", "", true, {}, "", false}), Shop()),
            R"(IL-P12 column public.users.phone has no type
write `type = "…"`)");
  EXPECT_EQ(Refusal(Add({"", "text", true, {}, "", false}), Shop()), R"(IL-P04 a column has no name
give it a name)");
  change::AddColumn add = Add({"phone", "text", true, {}, "", false});
  add.table.name = "usres";
  EXPECT_EQ(Refusal(add, Shop()), R"(IL-P01 there is no table public.usres
did you mean public.users?)");
  add.table.name = "something_else";
  EXPECT_EQ(Refusal(add, Shop()), R"(IL-P01 there is no table public.something_else
name an existing table, with its schema if it is not the default one)");
  Catalog catalog = Shop();
  catalog.others.push_back({{ObjectKind::kView, {"public", "v"}, ""}, "", {}});
  add.table.name = "v";
  EXPECT_EQ(Refusal(add, catalog), R"(IL-P01 public.v is a view, not a table
name the table beneath it)");
}

}  // namespace
}  // namespace interlock
