#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/change_reader.h"
#include "config/config.h"
#include "config/examples.h"
#include "config/wrong_files.h"

namespace interlock::config_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Project OneDatabase(const std::string& root) {
  Project out;
  out.name = "shop";
  out.root = root;
  out.migration_folders = {"migrations"};
  out.databases["main"].name = "main";
  return out;
}

/// The one migration 0001-x with these changes.
Migration Parsed(const std::string& changes) {
  Workspace workspace(Files{
      {"migrations/0001-x.toml", "[migration]\ndatabase = \"main\"\nsummary = \"x\"\n" + changes}});
  const auto all = LoadMigrations(OneDatabase("."));
  EXPECT_TRUE(all.has_value()) << ToString(all.error());
  return all ? all->at(0) : Migration{};
}

TEST(LoadMigrations, ReadsTheExampleOfTheDesign) {
  auto files = WithDefaults({{"migrations/0002-split-name.toml", kSplitName}});
  Workspace workspace(files);
  const auto all = LoadMigrations(OneDatabase("."));
  ASSERT_TRUE(all.has_value()) << ToString(all.error());
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(0).id, "0001-create-users");
  const Migration& split = all->at(1);
  EXPECT_EQ(split.id, "0002-split-name");
  EXPECT_EQ(split.database, "main");
  EXPECT_EQ(split.summary, "Split users.name into first and last name");
  EXPECT_EQ(split.why, "Invoices must show the family name alone");
  EXPECT_THAT(split.refs, ElementsAre("SHOP-1432"));
  EXPECT_THAT(split.after, ElementsAre(MigrationRef{"0001-create-users", SchemaState::kExpanded}));
  EXPECT_EQ(split.file, "migrations/0002-split-name.toml");
  EXPECT_EQ(split.hash, ContentHash(split));
  change::DeriveColumns expected;
  expected.table = {"", "users"};
  expected.old_columns = {"name"};
  expected.new_columns = {
      {{"first_name", "text", false, std::nullopt, "", false}, "split_part(name, ' ', 1)"},
      {{"last_name", "text", false, std::nullopt, "", false}, "split_part(name, ' ', 2)"}};
  expected.down = {{"name", "first_name || ' ' || last_name"}};
  EXPECT_THAT(split.changes, ElementsAre(Change(expected)));
}

TEST(LoadMigrations, ReadsCreateTable) {
  const auto changes = Parsed(R"([[change]]
kind = "create_table"
table = 'shop."Order"'
columns = [
  { name = "id", type = "bigint", null = false, identity = true },
  { name = "user_id", type = "bigint", null = false },
  { name = "code", type = "text", default = "'${x}'", collation = "C" },
]
primary_key = ["id"]
unique = [{ name = "order_code_key", columns = ["code", "user_id"] }]
checks = [{ name = "order_code_check", expression = "code <> ''" }]
references = [{ name = "order_user_fkey", columns = ["user_id"], table = "public.users", referenced = ["id"], on_delete = "cascade" }]
)")
                           .changes;
  change::CreateTable expected;
  expected.table = {"shop", "Order"};
  expected.columns = {{"id", "bigint", false, std::nullopt, "", true},
                      {"user_id", "bigint", false, std::nullopt, "", false},
                      {"code", "text", true, "'${x}'", "C", false}};
  expected.primary_key = {"id"};
  expected.uniques = {{"order_code_key", {"code", "user_id"}}};
  expected.checks = {{"order_code_check", "code <> ''"}};
  expected.references = {{"order_user_fkey", {"user_id"}, {"public", "users"}, {"id"}, "cascade"}};
  EXPECT_THAT(changes, ElementsAre(Change(expected)));
}

TEST(LoadMigrations, ReadsColumnsAndIndexes) {
  const auto changes = Parsed(R"toml([[change]]
kind = "add_column"
table = "users"
name = "fax"
type = "text"
null = false
default = "''"
fill = "'none'"

[[change]]
kind = "drop_column"
table = "users"
column = "note"
fill = "''"
drops = ["users_note_idx"]

[[change]]
kind = "create_index"
table = "users"
name = "users_x"
columns = ["a", { expression = "lower(b)" }, { column = "c", order = "desc", opclass = "text_ops" }]
unique = true
method = "btree"
where = "a > 0"
include = ["d"]
phase = "expand"
)toml")
                           .changes;
  change::AddColumn add;
  add.table = {"", "users"};
  add.column = {"fax", "text", false, "''", "", false};
  add.fill = "'none'";
  change::DropColumn drop{{"", "users"}, "note", "''", {"users_note_idx"}};
  change::CreateIndex index;
  index.table = {"", "users"};
  index.name = "users_x";
  index.parts = {{"a", "", "", ""}, {"", "lower(b)", "", ""}, {"c", "", "desc", "text_ops"}};
  index.include = {"d"};
  index.method = "btree";
  index.where = "a > 0";
  index.unique = true;
  index.phase = Phase::kExpand;
  EXPECT_THAT(changes, ElementsAre(Change(add), Change(drop), Change(index)));
}

TEST(LoadMigrations, ReadsSqlAndLeavesItAlone) {
  const auto changes = Parsed(R"([[change]]
kind = "sql"

[[change.step]]
name = "view"
phase = "contract"
sql = "CREATE VIEW v AS SELECT '${HOME}'"
touches = ["view public.v", "column public.users.name", "index public.users.users_x", "table users"]
observe = "SELECT 'absent'"
undo = "DROP VIEW v"
transaction = false

[[change.step]]
name = "rows"
sql = "SELECT 1"
touches = []
observe = "SELECT 'present'"
)")
                           .changes;
  change::SqlStep view;
  view.name = "view";
  view.phase = Phase::kContract;
  view.sql = "CREATE VIEW v AS SELECT '${HOME}'";
  view.touches = {{ObjectKind::kView, {"public", "v"}, ""},
                  {ObjectKind::kColumn, {"public", "users"}, "name"},
                  {ObjectKind::kIndex, {"public", "users"}, "users_x"},
                  {ObjectKind::kTable, {"", "users"}, ""}};
  view.observe = "SELECT 'absent'";
  view.undo = "DROP VIEW v";
  view.transaction = false;
  change::SqlStep rows;
  rows.name = "rows";
  rows.sql = "SELECT 1";
  rows.observe = "SELECT 'present'";
  EXPECT_THAT(changes, ElementsAre(Change(change::Sql{{view, rows}})));
}

TEST(LoadMigrations, HashesTheMeaning) {
  const std::string plain =
      "[[change]]\nkind = \"drop_column\"\ntable = \"users\"\ncolumn = \"note\"\n";
  const std::string other =
      "# why not\n[[change]]\ncolumn   = 'note'   # x\n\n\ttable = \"\"\"users\"\"\"\n"
      "kind = \"drop_column\"\n";
  EXPECT_EQ(Parsed(plain).hash, Parsed(other).hash);
  EXPECT_NE(Parsed(plain).hash, Parsed(plain + "fill = \"''\"\n").hash);
}

TEST(LoadMigrations, ReadsAfterAndSortsById) {
  const std::string rest =
      "database = \"main\"\nsummary = \"x\"\n"
      "[[change]]\nkind = \"drop_column\"\ntable = \"users\"\ncolumn = \"note\"\n";
  Workspace workspace(
      Files{{"migrations/0002-b.toml",
             "[migration]\nafter = [\"0001-z@contracted\", \"0003-a@expanded\"]\n" + rest},
            {"migrations/.hidden.toml", "="},
            {"migrations/README.md", "="},
            {"more/0001-z.toml", "[migration]\n" + rest},
            {"migrations/0003-a.toml", "[migration]\n" + rest}});
  auto project = OneDatabase(".");
  project.migration_folders = {"migrations", "more"};
  const auto all = LoadMigrations(project);
  ASSERT_TRUE(all.has_value()) << ToString(all.error());
  std::vector<std::string> ids;
  for (const auto& migration : *all) ids.push_back(migration.id);
  EXPECT_THAT(ids, ElementsAre("0001-z", "0002-b", "0003-a"));
  EXPECT_THAT(all->at(1).after, ElementsAre(MigrationRef{"0001-z", SchemaState::kContracted},
                                            MigrationRef{"0003-a", SchemaState::kExpanded}));
}

TEST(LoadMigrations, ReadsTheExamples) {
  auto project = OneDatabase(INTERLOCK_SOURCE_DIR);
  project.migration_folders = {"migrations-examples"};
  const auto all = LoadMigrations(project);
  ASSERT_TRUE(all.has_value()) << ToString(all.error());
  std::vector<std::string> found;
  for (const auto& migration : *all) {
    EXPECT_FALSE(migration.summary.empty());
    EXPECT_FALSE(migration.why.empty());
    ASSERT_EQ(migration.changes.size(), 1u);
    found.push_back(migration.id + " " + std::string(KindName(migration.changes[0])));
  }
  EXPECT_THAT(found, ElementsAre("0001-create-users create_table", "0002-split-name derive_columns",
                                 "0003-email-index create_index", "0004-drop-note drop_column",
                                 "0005-add-plan add_column"));
}

TEST(ParseObjectRef, ReadsWhatToStringWrites) {
  for (const char* text :
       {"table public.users", "column public.users.name", "index users.users_x", "schema audit",
        "constraint \"My Schema\".\"Order\".\"a.b\"", "trigger public.users.t", "type public.mood",
        "policy public.users.mine", "view public.v", "sequence public.s", "publication p"}) {
    const auto ref = config::ParseObjectRef(text);
    ASSERT_TRUE(ref.has_value()) << text;
    EXPECT_EQ(ToString(*ref), text);
  }
  for (const char* text : {"", "users", "table", "table ", "column name", "index a.b.c.d",
                           "column a..b", "table public.users.name"})
    EXPECT_FALSE(config::ParseObjectRef(text).has_value()) << text;
  const auto routine = config::ParseObjectRef("routine public.f(integer, text)");
  ASSERT_TRUE(routine.has_value());
  EXPECT_EQ(routine->table, (TableName{"public", "f(integer, text)"}));
}

}  // namespace
}  // namespace interlock::config_test
