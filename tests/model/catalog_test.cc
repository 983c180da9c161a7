#include "model/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const TableName kUsers{"public", "users"};

Column TextColumn(const std::string& name, bool nullable = true) {
  Column column;
  column.name = name;
  column.type = "text";
  column.nullable = nullable;
  return column;
}

/// One table with one of everything, and a view.
Catalog Shop() {
  Catalog catalog;
  catalog.engine = "postgresql";
  catalog.server_major = 15;
  catalog.default_schema = "public";

  Table users;
  users.name = kUsers;
  users.owner = "Shop Owner";
  users.attributes = "row security";
  users.row_estimate = 4711;
  Column id{"id", "bigint", false, std::nullopt, "", "always", ""};
  Column total{"total", "numeric(10,2)", true, std::nullopt, "stored: (a + b)", "", ""};
  Column email{"email", "text", true, "'none'::text", "", "", "\"C\""};
  users.columns = {id, email, total};
  users.constraints = {
      {"users_pkey", ConstraintKind::kPrimaryKey, "PRIMARY KEY (id)", {"id"}, {}, {}, true},
      {"email_set", ConstraintKind::kCheck, "CHECK (email <> '')", {"email"}, {}, {}, false}};
  users.indexes = {{"users_email_idx", "CREATE INDEX … (email)", {"email"}, false, false, ""}};
  users.triggers = {{"touch", "CREATE TRIGGER touch …", "always", true}};
  users.policies = {{"own", "USING (true)"}};
  catalog.tables[kUsers] = users;
  catalog.others = {{{ObjectKind::kType, {"public", "mood"}, ""}, "enum ('sad', 'ok')", {}},
                    {{ObjectKind::kView, {"public", "people"}, ""}, "sha256:12", {}}};
  return catalog;
}

Catalog WithColumns(const std::vector<std::string>& names) {
  Catalog catalog;
  catalog.engine = "postgresql";
  Table table;
  table.name = kUsers;
  for (const auto& name : names) table.columns.push_back(TextColumn(name));
  catalog.tables[kUsers] = table;
  return catalog;
}

std::vector<std::string> Texts(const std::vector<Difference>& differences) {
  std::vector<std::string> out;
  for (const auto& difference : differences) out.push_back(ToString(difference));
  return out;
}

std::vector<std::string> DiffTexts(const Catalog& before, const Catalog& after) {
  return Texts(Diff(CatalogLines(before), CatalogLines(after)));
}

TEST(Catalog, UnqualifiedNamesAreLookedForAlongThePath) {
  Catalog catalog = Shop();
  EXPECT_EQ(catalog.Resolve({"", "users"}), kUsers);
  catalog.default_schema = "app";
  EXPECT_EQ(catalog.Resolve({"", "users"}), (TableName{"app", "users"}));
  catalog.search_path = {"app", "public"};
  EXPECT_EQ(catalog.Resolve({"", "users"}), kUsers);
  EXPECT_EQ(catalog.Resolve({"", "orders"}), (TableName{"app", "orders"}));
  EXPECT_EQ(catalog.ResolveNew({"", "users"}), (TableName{"app", "users"}));
  EXPECT_EQ(catalog.Resolve({"app", "users"}), (TableName{"app", "users"}));
  catalog.tables[{"app", "users"}].name = {"app", "users"};
  EXPECT_EQ(catalog.Resolve({"", "users"}), (TableName{"app", "users"}));
}

TEST(CatalogTextTest, IsExactlyThis) {
  EXPECT_EQ(CanonicalText(Shop()),
            "interlock catalog 1 postgresql 15\n"
            "table public.users: owner \"Shop Owner\" row security\n"
            "column public.users.id: bigint not null identity always\n"
            "column public.users.email: text collate \"C\" default 'none'::text\n"
            "column public.users.total: numeric(10,2) generated stored: (a + b)\n"
            "constraint public.users.email_set: CHECK (email <> '') (not validated)\n"
            "constraint public.users.users_pkey: PRIMARY KEY (id)\n"
            "index public.users.users_email_idx: CREATE INDEX … (email) (invalid)\n"
            "trigger public.users.touch: CREATE TRIGGER touch … (enabled: always)\n"
            "policy public.users.own: USING (true)\n"
            "view public.people: sha256:12\n"
            "type public.mood: enum ('sad', 'ok')\n");
}

TEST(CatalogTextTest, OrderOfCollectionDoesNotMatter) {
  Catalog shuffled = Shop();
  auto& users = shuffled.tables[kUsers];
  std::swap(users.constraints[0], users.constraints[1]);
  std::swap(shuffled.others[0], shuffled.others[1]);
  EXPECT_EQ(Fingerprint(shuffled), Fingerprint(Shop()));
}

TEST(CatalogTextTest, EstimatesAndDependenciesAreNotInIt) {
  Catalog other = Shop();
  other.tables[kUsers].row_estimate = 1;
  other.others[1].depends_on = {{ObjectKind::kTable, kUsers, ""}};
  EXPECT_EQ(Fingerprint(other), Fingerprint(Shop()));
}

TEST(CatalogTextTest, OrderOfColumnsIsInIt) {
  EXPECT_NE(Fingerprint(WithColumns({"a", "b"})), Fingerprint(WithColumns({"b", "a"})));
}

TEST(CatalogTextTest, FingerprintIsTheDigestOfTheText) {
  EXPECT_EQ(Fingerprint(Shop()), Sha256(CanonicalText(Shop())));
}

TEST(CatalogTextTest, ALineStaysALine) {
  Catalog catalog = Shop();
  catalog.tables[kUsers].columns = {TextColumn("a\nb\\c\rd: e")};
  EXPECT_THAT(CanonicalText(catalog),
              HasSubstr("\ncolumn public.users.\"a\\nb\\\\c\\rd: e\": text\n"));
}

TEST(ParseCanonicalTextTest, ReadsItsOwnText) {
  EXPECT_EQ(ParseCanonicalText(CanonicalText(Shop())).value(), CatalogLines(Shop()));
}

TEST(ParseCanonicalTextTest, ReadsBackNastyNames) {
  const std::vector<std::string> nasty = {"plain",
                                          "Upper",
                                          "a.b",
                                          ".",
                                          "..",
                                          "a:b",
                                          ": ",
                                          ":",
                                          "a\"b",
                                          "\"",
                                          "\"\"",
                                          "\".\"",
                                          "a b",
                                          " ",
                                          "a\nb",
                                          "\n",
                                          "a\\nb",
                                          "\\",
                                          "\\\\",
                                          "\\\"",
                                          "a\r\nb",
                                          "größe",
                                          "名前",
                                          "1st",
                                          "a\tb",
                                          "'",
                                          "x\": \"y",
                                          "f(integer, text)",
                                          std::string("a\0b", 3),
                                          "\xFF"};
  Catalog catalog;
  catalog.engine = "postgresql";
  for (const auto& name : nasty) {
    for (const TableName& table :
         {TableName{"public", name}, TableName{name, "t"}, TableName{"", name}}) {
      auto& out = catalog.tables[table];
      out.name = table;
      out.owner = name;
      for (const auto& column : nasty) {
        out.columns.push_back(TextColumn(column));
        out.columns.back().default_value = name + column;
      }
      out.indexes = {{name, name, {}, false, true, ""}};
    }
    catalog.others.push_back({{ObjectKind::kRoutine, {"public", name}, ""}, name, {}});
    catalog.others.push_back({{ObjectKind::kSchema, {"", name}, ""}, name, {}});
    catalog.others.push_back({{ObjectKind::kOther, {"public", name}, name}, name, {}});
  }
  const auto parsed = ParseCanonicalText(CanonicalText(catalog));
  ASSERT_TRUE(parsed) << ToString(parsed.error());
  EXPECT_EQ(*parsed, CatalogLines(catalog));
}

TEST(ParseCanonicalTextTest, RefusesWhatItWouldNotWrite) {
  const std::string header = "interlock catalog 1 postgresql 15\n";
  ASSERT_TRUE(ParseCanonicalText(header));
  for (const std::string& text :
       {std::string(""), std::string("interlock catalog 2 postgresql 15\n"),
        std::string("interlock catalog 1 postgresql 15"), header + "table public.users: owner a",
        header + "\n", header + "table\n", header + "table public.users\n",
        header + "table public.users:\n", header + "tables public.users: owner a\n",
        header + "table Users: owner a\n", header + "table public.\"users\": owner a\n",
        header + "table a.b.c.d: owner a\n", header + "table \"a: owner a\n",
        header + "table a.: owner a\n", header + "table a: x\\y\n", header + "table a: x\\\n"}) {
    const auto parsed = ParseCanonicalText(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kCorrupt) << text;
    EXPECT_EQ(parsed.error().code, "IL-L20") << text;
  }
}

TEST(CatalogTest, FindsTablesAndWhatIsInThem) {
  const Catalog catalog = Shop();
  const Table* users = catalog.FindTable({"", "users"});
  ASSERT_NE(users, nullptr);
  EXPECT_EQ(catalog.FindTable(kUsers), users);
  EXPECT_EQ(catalog.FindTable({"other", "users"}), nullptr);
  EXPECT_EQ(catalog.Resolve({"", "users"}), kUsers);
  EXPECT_EQ(users->FindColumn("email")->type, "text");
  EXPECT_EQ(users->FindColumn("Email"), nullptr);
  EXPECT_EQ(users->FindConstraint("email_set")->validated, false);
  EXPECT_EQ(users->FindIndex("users_email_idx")->valid, false);
  EXPECT_THAT(users->PrimaryKey(), ElementsAre("id"));
  EXPECT_TRUE(Table{}.PrimaryKey().empty());
}

TEST(DiffTest, NothingBetweenEquals) {
  EXPECT_TRUE(DiffTexts(Shop(), Shop()).empty());
  EXPECT_TRUE(Diff({}, {}).empty());
}

TEST(DiffTest, AddedRemovedAndChanged) {
  Catalog after = Shop();
  auto& users = after.tables[kUsers];
  users.columns[1].nullable = false;
  users.columns.push_back(TextColumn("fax"));
  users.indexes.clear();
  users.triggers[0].enabled = "disabled";
  users.constraints[1].validated = true;
  EXPECT_THAT(
      DiffTexts(Shop(), after),
      ElementsAre("~ column public.users.email: text collate \"C\" default 'none'::text → "
                  "text collate \"C\" not null default 'none'::text",
                  "+ column public.users.fax: text",
                  "~ constraint public.users.email_set: CHECK (email <> '') (not validated) → "
                  "CHECK (email <> '')",
                  "- index public.users.users_email_idx: CREATE INDEX … (email) (invalid)",
                  "~ trigger public.users.touch: CREATE TRIGGER touch … (enabled: always) → "
                  "CREATE TRIGGER touch … (enabled: disabled)"));
}

TEST(DiffTest, TablesFirstEachWithWhatIsInside) {
  Catalog after;
  for (const char* name : {"zebra", "ant"}) {
    Table table;
    table.name = {"public", name};
    table.owner = "a";
    table.columns = {TextColumn("x")};
    after.tables[table.name] = table;
  }
  after.others = {{{ObjectKind::kSchema, {"", "audit"}, ""}, "owner a", {}}};
  EXPECT_THAT(DiffTexts({}, after),
              ElementsAre("+ table public.ant: owner a", "+ column public.ant.x: text",
                          "+ table public.zebra: owner a", "+ column public.zebra.x: text",
                          "+ schema audit: owner a"));
}

TEST(DiffTest, AColumnAddedOrRemovedInTheMiddleMovesNoOther) {
  EXPECT_THAT(DiffTexts(WithColumns({"a", "c"}), WithColumns({"a", "b", "c"})),
              ElementsAre("+ column public.users.b: text"));
  EXPECT_THAT(DiffTexts(WithColumns({"a", "b", "c"}), WithColumns({"a", "c"})),
              ElementsAre("- column public.users.b: text"));
}

TEST(DiffTest, AColumnDroppedAndCreatedAgainHasMoved) {
  EXPECT_THAT(DiffTexts(WithColumns({"a", "b", "c"}), WithColumns({"b", "c", "a"})),
              ElementsAre("~ column public.users.a: place 1 → another place among the columns"));
  EXPECT_THAT(DiffTexts(WithColumns({"a", "b", "c"}), WithColumns({"a", "c", "b", "d"})),
              ElementsAre("~ column public.users.b: place 2 → another place among the columns",
                          "+ column public.users.d: text"));
}

TEST(DiffTest, OrderIsJudgedTableByTable) {
  Catalog before = WithColumns({"a", "b"});
  Catalog after = WithColumns({"a", "b"});
  for (auto* catalog : {&before, &after}) {
    auto table = catalog->tables[kUsers];
    table.name = {"public", "orders"};
    if (catalog == &after) std::swap(table.columns[0], table.columns[1]);
    catalog->tables[table.name] = table;
  }
  EXPECT_THAT(DiffTexts(before, after),
              ElementsAre("~ column public.orders.a: place 1 → another place among the columns"));
}

}  // namespace
}  // namespace interlock
