#include <gtest/gtest.h>

#include "planning/plans.h"

namespace interlock {
namespace {

change::CreateTable Orders() {
  change::CreateTable create;
  create.table = {"", "orders"};
  create.columns = {{"id", "bigint", false, {}, "", true},
                    {"user_id", "bigint", false, {}, "", false},
                    {"total", "numeric(10,2)", false, "0", "", false}};
  create.primary_key = {"id"};
  create.checks = {{"orders_total_check", "total >= 0"}};
  create.references = {{"orders_user_fkey", {"user_id"}, {"", "users"}, {}, "cascade"}};
  return create;
}

TEST(CreateTable, IsOneStep) {
  EXPECT_EQ(PlanText(Orders(), Shop()), R"(
0002-x/expand/1-create-table [share row exclusive] create table public.orders
  touches table public.orders, sequence public.orders_id_seq
  undo: drop table public.orders
  ! the foreign key to public.users makes writes to it wait for a moment (share row exclusive)
)");
}

TEST(CreateTable, ResolvesNamesAndReferencedColumns) {
  const Catalog catalog = Shop();
  const auto steps = PlanMigration(MigrationOf("0001-x", {Orders()}), {catalog, {}, {}});
  ASSERT_TRUE(steps);
  const auto& made = std::get<action::CreateTable>(steps->front().action).definition;
  EXPECT_EQ(made.table, (TableName{"public", "orders"}));
  EXPECT_EQ(made.references[0].table, (TableName{"public", "users"}));
  EXPECT_EQ(made.references[0].referenced, std::vector<std::string>{"id"});
}

TEST(CreateTable, WithoutPrimaryKeyOrReferences) {
  change::CreateTable create;
  create.table = {"", "log"};
  create.columns = {{"line", "text", true, {}, "", false}, {"n", "bigserial", true, {}, "", false}};
  EXPECT_EQ(PlanText(create, Shop()), R"(
0002-x/expand/1-create-table [none] create table public.log
  touches table public.log, sequence public.log_n_seq
  undo: drop table public.log
  ! no primary key: a later backfill goes by physical order, and logical replication cannot tell rows apart
)");
}

TEST(CreateTable, ReferenceToATableOfTheSameMigrationLocksNothing) {
  change::CreateTable lines;
  lines.table = {"", "lines"};
  lines.columns = {{"order_id", "bigint", false, {}, "", false},
                   {"parent", "bigint", true, {}, "", false}};
  lines.primary_key = {"order_id"};
  lines.references = {{"", {"order_id"}, {"", "orders"}, {"id"}, ""},
                      {"", {"parent"}, {"", "lines"}, {}, ""}};
  EXPECT_EQ(PlanText(MigrationOf("0001-x", {Orders(), lines}), Shop()), R"(
0001-x/expand/1-create-table [share row exclusive] create table public.orders
  touches table public.orders, sequence public.orders_id_seq
  undo: drop table public.orders
  ! the foreign key to public.users makes writes to it wait for a moment (share row exclusive)
0001-x/expand/2-create-table [none] create table public.lines
  touches table public.lines
  undo: drop table public.lines
)");
}

TEST(CreateTable, Refusals) {
  change::CreateTable create = Orders();
  create.table.name = "users";
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P03 the name users is taken by table public.users
choose another name)");

  create = Orders();
  create.table.name = "users_email_idx";
  EXPECT_EQ(Refusal(create, Shop()),
            R"(IL-P03 the name users_email_idx is taken by index public.users.users_email_idx
choose another name)");

  create = Orders();
  create.columns.clear();
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P12 table public.orders has no columns
give it at least one `[[change.column]]`)");

  create = Orders();
  create.columns[1].name = "id";
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P03 table public.orders has two columns id
take one out)");

  create = Orders();
  create.columns[1].type = " ";
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P12 column public.orders.user_id has no type
write `type = "…"`)");

  create = Orders();
  create.primary_key = {"idd"};
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P02 table public.orders has no column idd
did you mean id?)");

  create = Orders();
  create.uniques = {{"u", {}}};
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P12 a unique constraint of public.orders names no column
name its columns)");

  create = Orders();
  create.checks[0].expression = "";
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P12 a check of public.orders has no expression
write `expression = "…"`)");

  create = Orders();
  create.references[0].table.name = "user";
  EXPECT_EQ(Refusal(create, Shop()), R"(IL-P01 there is no table public.user
did you mean public.users?)");

  create = Orders();
  create.references[0].referenced = {"email"};
  EXPECT_EQ(
      Refusal(create, Shop()),
      R"(IL-P12 the foreign key on user_id needs as many columns of a primary key or unique constraint of public.users; found email
say which with `columns` of the reference, or add a unique constraint first)");

  create = Orders();
  create.checks.push_back({"orders_user_fkey", "true"});
  EXPECT_EQ(Refusal(create, Shop()),
            R"(IL-P03 two constraints of public.orders are called orders_user_fkey
choose another name for one)");

  create = Orders();
  create.table.name = std::string(64, 't');
  EXPECT_EQ(
      Refusal(create, Shop()),
      R"(IL-P04 the name of table tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt has 64 bytes; the server keeps 63
choose a name of at most 63 bytes)");

  create.table = {std::string(64, 's'), "orders"};
  EXPECT_TRUE(Refusal(create, Shop()).starts_with("IL-P04 the name of schema sss"));

  Catalog catalog = Shop();
  catalog.others.push_back({{ObjectKind::kSequence, {"public", "orders_id_seq"}, ""}, "", {}});
  EXPECT_EQ(Refusal(Orders(), catalog),
            R"(IL-P03 the name orders_id_seq is taken by sequence public.orders_id_seq
choose another name)");
}

}  // namespace
}  // namespace interlock
