// Every action on MySQL and MariaDB, on ordinary names and on odd ones: absent, executed, present,
// undone, absent.
#include <gmock/gmock.h>

#include "conformance/mysql_steps.h"
#include "engine/mysql/catalog_reader.h"
#include "engine/mysql/quote.h"

namespace interlock::testing {
namespace {

using mysql::Quote;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Names {
  std::string label;
  std::string table;
  std::string column;
  std::string other;
};

class MySqlActionsTest : public MySqlStepsTest,
                         public ::testing::WithParamInterface<std::tuple<ServerKind, Names>> {
 protected:
  void SetUp() override {
    Open(std::get<0>(GetParam()));
    const auto& names = std::get<1>(GetParam());
    table_ = Table(names.table);
    column_ = names.column;
    other_ = names.other;
    full_ = Quote(table_);
    Sql("CREATE TABLE " + full_ + " (id bigint PRIMARY KEY, " + Quote(column_) +
        " varchar(50)) CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci");
    for (const char* id : {"1", "2", "3"})
      Sql("INSERT INTO " + full_ + " VALUES (" + id + ", 'x" + id + "')");
    catalog_ = CatalogText();
  }
  void TearDown() override { EXPECT_EQ(CatalogText(), catalog_) << "undone is as before"; }
  std::string CatalogText() {
    const auto catalog = mysql::ReadCatalog(*sql_, {}, {});
    EXPECT_TRUE(catalog) << ToString(catalog.error());
    return catalog ? CanonicalText(*catalog) : "";
  }

  TableName table_;
  std::string column_;
  std::string other_;
  std::string full_;
  std::string catalog_;
};

TEST_P(MySqlActionsTest, CreateTable) {
  change::CreateTable create;
  create.table = Table(other_);
  create.columns = {{"id", "bigint unsigned", false, {}, "", true},
                    {column_, "varchar(20)", true, "'it''s\\\\'", "utf8mb4_bin", false},
                    {"at", "timestamp(6)", true, "current_timestamp(6)", "", false},
                    {"txt", "text", true, "'#'", "", false},
                    {"parent", "bigint", true, {}, "", false}};
  create.primary_key = {"id"};
  create.checks = {{"a check", "char_length(" + Quote(column_) + ") > 0 -- said so"}};
  create.uniques = {{"", {column_, "parent"}}};
  create.references = {{"up", {"parent"}, table_, {}, "set null"}};
  RoundTrip(MakeStep(action::CreateTable{create}), MakeStep(action::DropTable{create.table}));
}

TEST_P(MySqlActionsTest, AddColumns) {
  ColumnSpec first{other_, "varchar(7) character set ascii", false, "'a--b'", "ascii_bin", false};
  ColumnSpec second{"second", "decimal(10, 2) unsigned", true, "1.5", "", false};
  const std::vector<ColumnSpec> columns{first, second};
  const auto add = MakeStep(action::AddColumns{table_, columns});
  RoundTrip(add, MakeStep(action::DropColumns{table_, columns}));
  EXPECT_EQ(Execute(add), "");
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_THAT(sent_[0], HasSubstr("ALGORITHM=INSTANT"));
  Sql("INSERT INTO " + full_ + " VALUES (9, 'without a list')");
  RoundTrip(MakeStep(action::ShowColumns{table_, {other_, "second"}}),
            MakeStep(action::HideColumns{table_, {other_, "second"}}));
  EXPECT_EQ(State(add), "present");
  EXPECT_EQ(Execute(MakeStep(action::ShowColumns{table_, {other_, "second"}})), "");
  EXPECT_THAT(sent_, ElementsAre(HasSubstr("ALGORITHM=INSTANT")));
  EXPECT_EQ(State(add), "present") << "shown by a later step";
  EXPECT_EQ(
      Value("SELECT * FROM " + full_ + " WHERE second <> 1.5 OR " + Quote(other_) + " <> 'a--b'"),
      "");
  EXPECT_EQ(Execute(MakeStep(action::DropColumns{table_, columns})), "");
}

TEST_P(MySqlActionsTest, Default) {
  const auto undo = MakeStep(action::SetDefault{table_, column_, std::nullopt});
  for (const char* value : {"'x'", "upper('ABC')", "''"})
    RoundTrip(MakeStep(action::SetDefault{table_, column_, value}), undo);
  Sql("INSERT INTO " + full_ + " (id) VALUES (10)");
  Sql("ALTER TABLE " + full_ + " ADD txt text, ADD at datetime");
  RoundTrip(MakeStep(action::SetDefault{table_, "txt", "'-'"}),
            MakeStep(action::SetDefault{table_, "txt", std::nullopt}));
  RoundTrip(MakeStep(action::SetDefault{table_, "at", "CURRENT_TIMESTAMP"}),
            MakeStep(action::SetDefault{table_, "at", std::nullopt}));
  Sql("ALTER TABLE " + full_ + " DROP txt, DROP at");
}

TEST_P(MySqlActionsTest, NotNull) {
  RoundTrip(MakeStep(action::SetNotNull{table_, column_}),
            MakeStep(action::DropNotNull{table_, column_}));
  Sql("INSERT INTO " + full_ + " (id) VALUES (42)");
  const std::string error = Execute(MakeStep(action::SetNotNull{table_, column_}));
  EXPECT_THAT(error, AllOf(HasSubstr("IL-E43"), HasSubstr("(42) is NULL")));
  EXPECT_EQ(State(MakeStep(action::SetNotNull{table_, column_})), "absent");
}

TEST_P(MySqlActionsTest, ACheckTakesACopyAndIsRefused) {
  const auto add = MakeStep(action::AddNotNullCheck{table_, column_, other_});
  EXPECT_EQ(State(add), "absent");
  const auto done = Run(add);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kRefused);
  EXPECT_EQ(done.error().code, "IL-E44");
  EXPECT_EQ(State(add), "absent");
  Sql("ALTER TABLE " + full_ + " ADD CONSTRAINT " + Quote(other_) + " CHECK (" + Quote(column_) +
      " IS NOT NULL)");
  EXPECT_EQ(State(add), "present");
  EXPECT_EQ(State(MakeStep(action::ValidateConstraint{table_, other_})), "present");
  const auto drop = MakeStep(action::DropConstraint{table_, other_});
  EXPECT_EQ(State(drop), "absent");
  EXPECT_EQ(Execute(drop), "");
  EXPECT_EQ(State(drop), "present");
}

TEST_P(MySqlActionsTest, Index) {
  change::CreateIndex create;
  create.table = table_;
  create.name = other_;
  create.parts = {{column_, "", "desc", ""}, {"id", "", "", ""}};
  create.unique = true;
  for (const bool concurrently : {true, false})
    RoundTrip(MakeStep(action::CreateIndex{create, concurrently}),
              MakeStep(action::DropIndex{table_, other_}));
  create.unique = false;
  create.parts = {{"", "lower(" + Quote(column_) + ")", "", ""}};
  const auto step = MakeStep(action::CreateIndex{create, true});
  if (maria()) {
    EXPECT_EQ(State(step), "undecidable");
    EXPECT_THAT(Execute(step), HasSubstr("IL-E45"));
  } else {
    // The server adds a hidden column for it, and lets nobody write meanwhile.
    EXPECT_THAT(Execute(step), HasSubstr("IL-E45"));
    RoundTrip(MakeStep(action::CreateIndex{create, false}),
              MakeStep(action::DropIndex{table_, other_}));
  }
  create.parts = {{column_, "", "", ""}};
  create.method = "fulltext";
  EXPECT_THAT(Execute(MakeStep(action::CreateIndex{create, true})), HasSubstr("IL-E45"));
  const auto fulltext = MakeStep(action::CreateIndex{create, false});
  EXPECT_EQ(Execute(fulltext), "");
  EXPECT_EQ(State(fulltext), "present") << Observe(fulltext).detail;
  EXPECT_EQ(Execute(MakeStep(action::DropIndex{table_, other_})), "");
}

TEST_P(MySqlActionsTest, Twins) {
  Sql("ALTER TABLE " + full_ + " ADD " + Quote(other_) +
      " varchar(50), ADD ref bigint, ADD ref2 bigint, ADD UNIQUE KEY source (" + Quote(column_) +
      "(10) DESC, id), ADD KEY whole (" + Quote(column_) +
      "), ADD KEY k1 (ref), ADD KEY k2 (ref2)");
  if (!maria()) Sql("ALTER TABLE " + full_ + " ADD KEY low ((lower(" + Quote(column_) + ")))");
  Sql("ALTER TABLE " + full_ + " ADD CONSTRAINT keyed FOREIGN KEY (ref) REFERENCES " + full_ +
      " (id) ON UPDATE CASCADE ON DELETE SET NULL");
  const std::map<std::string, std::string> columns{{column_, other_}, {"ref", "ref2"}};
  for (const char* source : {"source", "whole"})
    RoundTrip(MakeStep(action::CopyIndex{table_, source, "twin of it", columns}),
              MakeStep(action::DropIndex{table_, "twin of it"}));
  if (!maria()) {
    EXPECT_THAT(Execute(MakeStep(action::CopyIndex{table_, "low", "twin of it", columns})),
                HasSubstr("IL-E45"));
  }
  Sql("UPDATE " + full_ + " SET ref2 = id + 1");
  const auto copy = MakeStep(action::CopyConstraint{table_, "keyed", "twin k", columns});
  const auto validate = MakeStep(action::ValidateConstraint{table_, "twin k"});
  EXPECT_EQ(State(validate), "conflicting");
  RoundTrip(copy, MakeStep(action::DropConstraint{table_, "twin k"}));
  EXPECT_EQ(Execute(copy), "");
  EXPECT_EQ(State(validate), "absent") << "row 3 refers to nothing";
  EXPECT_THAT(Execute(validate), AllOf(HasSubstr("IL-E43"), HasSubstr("(3, 4) refers to nothing")));
  EXPECT_EQ(session_->Execute("SELECT @@foreign_key_checks", {})->rows[0][0], "1");
  Sql("UPDATE " + full_ + " SET ref2 = NULL WHERE id = 3");
  EXPECT_EQ(Execute(validate), "");
  EXPECT_EQ(State(validate), "present") << Observe(validate).detail;
  Sql("ALTER TABLE " + full_ + " DROP FOREIGN KEY keyed");
  EXPECT_EQ(State(copy), "present") << "what it was made from is gone";
  EXPECT_EQ(Execute(MakeStep(action::DropConstraint{table_, "twin k"})), "");
  Sql("ALTER TABLE " + full_ + " DROP KEY source, DROP KEY whole, DROP KEY k1, DROP KEY k2, DROP " +
      Quote(other_) + ", DROP ref, DROP ref2" + (maria() ? "" : ", DROP KEY low"));
}

TEST_P(MySqlActionsTest, Analyze) {
  const auto step = MakeStep(action::Analyze{table_});
  EXPECT_EQ(Execute(step), "");
  EXPECT_EQ(State(step), "present") << Observe(step).detail;
  EXPECT_THAT(Execute(MakeStep(action::Analyze{Table("nothing")})), HasSubstr("IL-E40"));
}

TEST_P(MySqlActionsTest, RunSql) {
  change::SqlStep sql;
  sql.name = "a view";
  sql.sql =
      "-- two statements;\nCREATE VIEW v AS SELECT ';' AS a; SET SESSION sql_mode = ''; "
      "SET foreign_key_checks = 0";
  sql.observe =
      "SELECT CASE WHEN EXISTS (SELECT 1 FROM information_schema.views WHERE table_name = 'v' AND "
      "table_schema = DATABASE()) THEN 'present' ELSE 'absent' END";
  const auto step = MakeStep(action::RunSql{sql});
  const std::string mode = session_->Execute("SELECT @@sql_mode", {})->rows[0][0].value_or("");
  EXPECT_EQ(State(step), "absent") << Observe(step).detail;
  EXPECT_EQ(Execute(step), "");
  EXPECT_EQ(State(step), "present");
  EXPECT_EQ(session_->Execute("SELECT @@sql_mode", {})->rows[0][0], mode);
  EXPECT_EQ(session_->Execute("SELECT @@foreign_key_checks", {})->rows[0][0], "1");
  sql.sql = "CREATE TRIGGER t BEFORE INSERT ON " + full_ +
            " FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END; DROP TRIGGER t; DROP VIEW v";
  EXPECT_EQ(Execute(MakeStep(action::RunSql{sql})), "");
  EXPECT_EQ(State(step), "absent");
  sql.sql = "SELECT 1; COMMIT";
  EXPECT_THAT(Execute(MakeStep(action::RunSql{sql})), HasSubstr("IL-E34"));
}

TEST_P(MySqlActionsTest, RowsOfAUserAreWrittenTogether) {
  change::SqlStep sql;
  sql.sql =
      "INSERT INTO " + full_ + " VALUES (100, 'a'); INSERT INTO " + full_ + " VALUES (1, 'there')";
  auto step = MakeStep(action::RunSql{sql});
  step.transactional = true;
  EXPECT_NE(Execute(step), "");
  EXPECT_EQ(Value("SELECT COUNT(*) FROM " + full_), "3");
  step.transactional = false;
  EXPECT_NE(Execute(step), "");
  EXPECT_EQ(Value("SELECT COUNT(*) FROM " + full_), "4");
}

INSTANTIATE_TEST_SUITE_P(
    Names, MySqlActionsTest,
    ::testing::Combine(::testing::ValuesIn(MySqlServers()),
                       ::testing::Values(Names{"plain", "users", "name", "first_name"},
                                         Names{"odd", "Order `x`", "select", "Ünï 'q\" \\ co"},
                                         Names{"long", std::string(64, 't'), std::string(64, 'c'),
                                               std::string(63, 'c') + "d"})),
    [](const auto& info) {
      return std::get<0>(info.param).name + "_" + std::get<1>(info.param).label;
    });

}  // namespace
}  // namespace interlock::testing
