// What has the right name on MySQL and MariaDB but is something else, and what is in the way.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "conformance/mysql_steps.h"
#include "engine/mysql/quote.h"

namespace interlock::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MySqlLookalikesTest : public MySqlStepsTest,
                            public ::testing::WithParamInterface<ServerKind> {
 protected:
  void SetUp() override {
    Open(GetParam());
    Sql("CREATE TABLE users (id int PRIMARY KEY, name varchar(50), email varchar(50), txt text, "
        "n int) CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci");
    Sql("INSERT INTO users (id, name, email) VALUES (1, 'a', 'e1'), (2, 'A', 'e2'), (3, 'b', "
        "'e3')");
  }
  Step Unique(const std::string& column) const {
    change::CreateIndex create;
    create.table = Table("users");
    create.name = "users_key";
    create.parts = {{column, "", "", ""}};
    create.unique = true;
    return MakeStep(action::CreateIndex{create, true});
  }
  Step AddColumn(const std::string& type, const std::string& collation = "") const {
    return MakeStep(action::AddColumns{Table("users"), {{"a", type, true, {}, collation, false}}});
  }
};

TEST_P(MySqlLookalikesTest, Columns) {
  for (const auto& [wanted, there] : std::vector<std::pair<std::string, std::string>>{
           {"int", "bigint"},
           {"int", "int unsigned"},
           {"int", "int GENERATED ALWAYS AS (id + 1) VIRTUAL"},
           {"varchar(10)", "varchar(20)"},
           {"varchar(10)", "varchar(10) COLLATE utf8mb4_bin"},
           {"varchar(10)", "varchar(10) CHARACTER SET latin1"},
           {"varchar(10)", "char(10)"},
           {"decimal(10, 2)", "decimal(10,3)"},
           {"enum('a', 'b')", "enum('b','a')"},
           {"timestamp", "timestamp(6) NULL"},
           {"timestamp", "timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"},
           {"text", "mediumtext"},
           {"varchar(10) CHARACTER SET ascii", "varchar(10)"}}) {
    Sql("ALTER TABLE users ADD a " + there);
    const auto seen = Observe(AddColumn(wanted));
    EXPECT_EQ(seen.state, Observed::kConflicting) << wanted << "/" << there << ": " << seen.detail;
    Sql("ALTER TABLE users DROP a");
  }
  for (const auto& [wanted, there] : std::vector<std::pair<std::string, std::string>>{
           {"int", "int NOT NULL DEFAULT 5"},
           {"integer", "int"},
           {"INT", "int"},
           {"varchar(10)", "varchar(10) COLLATE utf8mb4_unicode_ci"},
           {"varchar(10) COLLATE utf8mb4_unicode_ci", "varchar(10)"},
           {"decimal(10, 2)", "numeric(10,2)"},
           {"bool", "tinyint(1)"},
           {"json", "json"}}) {
    Sql("ALTER TABLE users ADD a " + there);
    const auto seen = Observe(AddColumn(wanted));
    EXPECT_EQ(seen.state, Observed::kPresent) << wanted << "/" << there << ": " << seen.detail;
    Sql("ALTER TABLE users DROP a");
  }
  const auto two = MakeStep(action::AddColumns{
      Table("users"), {{"a", "int", true, {}, "", false}, {"b", "int", true, {}, "", false}}});
  Sql("ALTER TABLE users ADD a int");
  EXPECT_EQ(State(two), "undecidable");
  EXPECT_THAT(Execute(AddColumn("int")), HasSubstr("IL-E40"));
  Sql("DROP TABLE users");
  EXPECT_EQ(State(two), "conflicting");
  EXPECT_EQ(State(MakeStep(action::DropTable{Table("users")})), "present");
}

TEST_P(MySqlLookalikesTest, ACopyDoesNotChangeItsOriginal) {
  Step step = AddColumn("int");
  ASSERT_EQ(State(step), "absent");
  std::get<action::AddColumns>(step.action).table.schema += "_original";
  EXPECT_EQ(State(step), "undecidable");
  EXPECT_THAT(Observe(step).detail, HasSubstr("under the original's name"));
}

TEST_P(MySqlLookalikesTest, Tables) {
  change::CreateTable create;
  create.table = Table("orders");
  create.columns = {{"id", "bigint", false, {}, "", false},
                    {"at", "datetime", true, {}, "", false}};
  create.primary_key = {"id"};
  const auto step = MakeStep(action::CreateTable{create});
  Sql("CREATE VIEW orders AS SELECT 1 AS id");
  EXPECT_EQ(State(step), "conflicting");
  EXPECT_EQ(State(MakeStep(action::DropTable{Table("orders")})), "conflicting");
  Sql("DROP VIEW orders");
  Sql("CREATE TABLE orders (id bigint, at datetime)");
  EXPECT_EQ(State(step), "conflicting") << "no primary key";
  Sql("ALTER TABLE orders ADD PRIMARY KEY (id)");
  EXPECT_EQ(State(step), "present") << Observe(step).detail;
  Sql("ALTER TABLE orders MODIFY at datetime INVISIBLE");
  EXPECT_EQ(State(step), "conflicting");
  Sql("ALTER TABLE orders MODIFY at datetime(3)");
  EXPECT_EQ(State(step), "conflicting");
}

TEST_P(MySqlLookalikesTest, Indexes) {
  const auto step = Unique("email");
  std::vector<std::string> others{"KEY users_key (email)",
                                  "UNIQUE KEY users_key (id)",
                                  "UNIQUE KEY users_key (email(10))",
                                  "UNIQUE KEY users_key (email DESC)",
                                  "UNIQUE KEY users_key (email, name)",
                                  "UNIQUE KEY users_key (name, email)",
                                  "FULLTEXT KEY users_key (email)"};
  others.emplace_back(maria() ? "UNIQUE KEY users_key (email) IGNORED"
                              : "UNIQUE KEY users_key (email) INVISIBLE");
  for (const auto& other : others) {
    Sql("ALTER TABLE users ADD " + other);
    EXPECT_EQ(State(step), "conflicting") << other;
    Sql("ALTER TABLE users DROP KEY users_key");
  }
  for (const char* same :
       {"UNIQUE KEY users_key (email)", "UNIQUE KEY users_key (email) USING BTREE",
        "UNIQUE KEY users_key (email(50)) COMMENT 'said'"}) {
    Sql(std::string("ALTER TABLE users ADD ") + same);
    EXPECT_EQ(State(step), "present") << same << ": " << Observe(step).detail;
    Sql("ALTER TABLE users DROP KEY users_key");
  }
}

TEST_P(MySqlLookalikesTest, TwinsOfIndexes) {
  Sql("ALTER TABLE users ADD KEY source (email(10), name DESC), ADD FULLTEXT KEY ft (txt)");
  const std::map<std::string, std::string> columns{{"email", "name"}, {"name", "email"}};
  const auto step = MakeStep(action::CopyIndex{Table("users"), "source", "twin", columns});
  for (const char* other : {"KEY twin (name(11), email DESC)", "KEY twin (name(10), email)",
                            "KEY twin (email DESC, name(10))", "KEY twin (email(10), name DESC)"}) {
    Sql(std::string("ALTER TABLE users ADD ") + other);
    EXPECT_EQ(State(step), "conflicting") << other;
    Sql("ALTER TABLE users DROP KEY twin");
  }
  Sql("ALTER TABLE users ADD KEY twin (name(10), email DESC)");
  EXPECT_EQ(State(step), "present") << Observe(step).detail;
  const auto text = MakeStep(action::CopyIndex{Table("users"), "ft", "ft2", {{"txt", "name"}}});
  EXPECT_EQ(State(text), "absent");
  Sql("ALTER TABLE users ADD FULLTEXT KEY ft2 (name)");
  EXPECT_EQ(State(text), "present") << Observe(text).detail;
  Sql("ALTER TABLE users DROP KEY ft2, ADD FULLTEXT KEY ft2 (email)");
  EXPECT_EQ(State(text), "conflicting");
}

TEST_P(MySqlLookalikesTest, Constraints) {
  Sql("CREATE TABLE parents (id int PRIMARY KEY, id2 int UNIQUE)");
  Sql("ALTER TABLE users ADD ref int, ADD ref2 int, ADD KEY (ref), ADD KEY (ref2), ADD CONSTRAINT "
      "keyed FOREIGN KEY (ref) REFERENCES parents (id) ON DELETE CASCADE");
  const auto step =
      MakeStep(action::CopyConstraint{Table("users"), "keyed", "twin", {{"ref", "ref2"}}});
  for (const char* other :
       {"FOREIGN KEY (ref2) REFERENCES parents (id)",
        "FOREIGN KEY (ref) REFERENCES parents (id) ON "
        "DELETE CASCADE",
        "FOREIGN KEY (ref2) REFERENCES parents (id2) ON DELETE CASCADE",
        "FOREIGN KEY (ref2) REFERENCES users (id) ON DELETE CASCADE", "CHECK (ref2 > 0)"}) {
    Sql(std::string("ALTER TABLE users ADD CONSTRAINT twin ") + other);
    EXPECT_EQ(State(step), "conflicting") << other;
    Sql(std::string(other).starts_with("CHECK") ? "ALTER TABLE users DROP CONSTRAINT twin"
                                                : "ALTER TABLE users DROP FOREIGN KEY twin");
  }
  Sql("ALTER TABLE users ADD CONSTRAINT twin FOREIGN KEY (ref2) REFERENCES parents (id) ON DELETE "
      "CASCADE");
  EXPECT_EQ(State(step), "present") << Observe(step).detail;
}

TEST_P(MySqlLookalikesTest, DuplicatesAreNamed) {
  const auto step = Unique("name");
  const auto done = Run(step);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kVerification);
  EXPECT_THAT(ToString(done.error()), AllOf(HasSubstr("IL-E43"), HasSubstr(": 2 rows")));
  EXPECT_EQ(State(step), "absent");
  EXPECT_FALSE(Mend(step).empty());
}

TEST_P(MySqlLookalikesTest, TypesAreParsedNotPasted) {
  for (const char* type : {"text; DROP TABLE users", "int, b int", "int DEFAULT 5", "serial", ""})
    EXPECT_THAT(Execute(AddColumn(type)), HasSubstr("IL-E33")) << type;
  EXPECT_EQ(Value("SELECT COUNT(*) FROM users"), "3");
}

TEST_P(MySqlLookalikesTest, WhatTakesAnotherAlgorithmIsTriedInTurn) {
  Sql("ALTER TABLE users ADD FULLTEXT KEY ft (txt)");
  EXPECT_EQ(Execute(MakeStep(action::DropIndex{Table("users"), "ft"})), "");
  EXPECT_THAT(sent_.at(0), HasSubstr("ALGORITHM=INPLACE, LOCK=NONE"));
  Sql("ALTER TABLE users ADD KEY (n)");
  const std::vector<ColumnSpec> columns{{"n", "int", true, {}, "", false}};
  EXPECT_EQ(Execute(MakeStep(action::DropColumns{Table("users"), columns})), "");
  EXPECT_THAT(sent_.at(0), HasSubstr("LOCK=NONE"));
  const auto done = Run(MakeStep(
      action::AddColumns{Table("users"), {{"a", "varchar(36)", true, "uuid()", "", false}}}));
  ASSERT_FALSE(done);
  // MySQL's binary log refuses it before it comes to algorithms.
  EXPECT_EQ(done.error().kind, maria() ? ErrorKind::kRefused : ErrorKind::kFailed)
      << ToString(done.error());
  EXPECT_TRUE(sent_.empty());
}

/// An open transaction that has read the table: an ALTER waits for its end, and so does everyone
/// behind the ALTER.
TEST_P(MySqlLookalikesTest, LockTimeoutIsTransientAndUndone) {
  auto blocker = Connect();
  ASSERT_TRUE(blocker->Begin());
  ASSERT_TRUE(blocker->Execute("SELECT * FROM users", {}));
  const auto start = std::chrono::steady_clock::now();
  for (const auto& step : {AddColumn("int"), Unique("email"),
                           MakeStep(action::SetDefault{Table("users"), "name", "'x'"}),
                           MakeStep(action::DropTable{Table("users")})}) {
    const auto done = Run(step, std::chrono::milliseconds(100));
    ASSERT_FALSE(done) << step.id;
    EXPECT_EQ(done.error().kind, ErrorKind::kTransient) << ToString(done.error());
    EXPECT_EQ(State(step), "absent");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
  EXPECT_EQ(session_->Execute("SELECT @@lock_wait_timeout", {})->rows[0][0], "10");
  blocker->Rollback();
  EXPECT_EQ(Execute(AddColumn("int")), "");
}

TEST_P(MySqlLookalikesTest, AWriterBesideABuildGoesOn) {
  auto writer = Connect();
  ASSERT_TRUE(writer->Begin());
  ASSERT_TRUE(writer->Execute("UPDATE users SET n = 1 WHERE id = 1", {}));
  std::string error = "not yet";
  std::thread build([&] {
    const auto done = Run(Unique("email"), std::chrono::seconds(5));
    error = done ? "" : ToString(done.error());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(writer->Commit());
  build.join();
  EXPECT_EQ(error, "");
  EXPECT_EQ(State(Unique("email")), "present");
}

TEST_P(MySqlLookalikesTest, WhatMayNotBeSeenIsUndecidable) {
  const std::string all = mysql::Quote(session_->database()) + ".*";
  Sql("DROP USER IF EXISTS seer@'%'");
  Sql("CREATE USER seer@'%' IDENTIFIED BY 'secret'");
  Sql("CREATE TABLE other (id int)");
  Sql("GRANT INSERT ON " + mysql::Quote(session_->database()) + ".other TO seer@'%'");
  const std::string url = "mysql://seer:secret" + url_.substr(url_.find('@'));
  session_ = Connect(url);
  ASSERT_TRUE(session_);
  for (const auto& step :
       {AddColumn("int"), Unique("email"), MakeStep(action::DropTable{Table("users")}),
        MakeStep(action::SetNotNull{Table("users"), "name"})})
    EXPECT_EQ(State(step), "undecidable") << step.id << ": " << Observe(step).detail;
  Sql("GRANT SELECT, ALTER ON " + all + " TO seer@'%'");
  session_ = Connect(url);
  EXPECT_EQ(State(AddColumn("int")), "absent");
  Sql("ALTER TABLE users ADD a int");
  EXPECT_EQ(State(AddColumn("int")), "undecidable") << "it may make no temporary tables";
  Sql("GRANT CREATE TEMPORARY TABLES ON " + all + " TO seer@'%'");
  session_ = Connect(url);
  EXPECT_EQ(State(AddColumn("int")), "present") << Observe(AddColumn("int")).detail;
  Sql("DROP USER seer@'%'");
}

TEST_P(MySqlLookalikesTest, SqlStepsSayWhatTheyAre) {
  change::SqlStep sql;
  sql.observe = "SELECT 'conflicting'";
  EXPECT_EQ(State(MakeStep(action::RunSql{sql})), "conflicting");
  Sql("CREATE FUNCTION wipe() RETURNS varchar(10) MODIFIES SQL DATA BEGIN DELETE FROM users; "
      "RETURN "
      "'absent'; END");
  for (const char* odd :
       {"", "SELECT 'maybe'", "SELECT 'absent' FROM users", "SELECT 1, 2", "SELECT nonsense",
        "DELETE FROM users", "DROP TABLE users", "SELECT 'absent'; SELECT 'absent'",
        "SELECT wipe()", "SELECT 'absent' INTO @a"}) {
    sql.observe = odd;
    EXPECT_EQ(State(MakeStep(action::RunSql{sql})), "undecidable") << odd;
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM users"), "3");
  sql.observe = "SELECT 'present'";
  EXPECT_EQ(State(MakeStep(action::RunSql{sql})), "present");
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlLookalikesTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
