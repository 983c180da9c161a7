// What has the right name but is something else, half of it, or still on its way.
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "conformance/world.h"

namespace interlock::testing {
namespace {

const TableName kUsers{"public", "users"};

class LookalikesTest : public ConformanceTest {
 protected:
  void SetUp() override {
    ConformanceTest::SetUp();
    Sql("CREATE TABLE users (id bigint PRIMARY KEY, name text, email text)");
    Sql("INSERT INTO users SELECT g, 'n' || g % 10, 'e' || g FROM generate_series(1, 100) g");
  }

  Step Unique(const std::string& column) const {
    change::CreateIndex create;
    create.table = kUsers;
    create.name = "users_key";
    create.parts = {{column, "", "", ""}};
    create.unique = true;
    return MakeStep(action::CreateIndex{create, true}, false);
  }
  Step AddColumns(const std::vector<std::pair<std::string, std::string>>& columns) const {
    action::AddColumns add{kUsers, {}};
    for (const auto& [name, type] : columns)
      add.columns.push_back({name, type, true, {}, "", false});
    return MakeStep(add);
  }
};

TEST_F(LookalikesTest, Columns) {
  const auto step = AddColumns({{"a", "varchar(10)"}, {"b", "int"}});
  Sql("ALTER TABLE users ADD COLUMN a varchar(20), ADD COLUMN b int");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting);
  EXPECT_NE(Observe(step).detail.find("character varying(20)"), std::string::npos);
  Sql("ALTER TABLE users ALTER a TYPE varchar(10) COLLATE \"C\"");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting);
  Sql("ALTER TABLE users ALTER a TYPE varchar(10) COLLATE \"default\"");
  EXPECT_EQ(Observe(step).state, Observed::kPresent) << Observe(step).detail;
  Sql("UPDATE users SET a = ''; ALTER TABLE users ALTER a SET NOT NULL, ALTER a SET DEFAULT ''");
  EXPECT_EQ(Observe(step).state, Observed::kPresent) << "stricter by a later step";
  Sql("ALTER TABLE users DROP b");
  EXPECT_EQ(Observe(step).state, Observed::kUndecidable);
  Sql("DROP TABLE users");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting);
}

TEST_F(LookalikesTest, Tables) {
  change::CreateTable create;
  create.table = {"public", "orders"};
  create.columns = {{"id", "bigint", false, {}, "", false},
                    {"at", "timestamptz", true, {}, "", false}};
  create.primary_key = {"id"};
  const auto step = MakeStep(action::CreateTable{create});
  Sql("CREATE VIEW orders AS SELECT 1 AS id");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting);
  Sql("DROP VIEW orders; CREATE TABLE orders (id bigint, at timestamptz)");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting) << "no primary key";
  Sql("ALTER TABLE orders ADD PRIMARY KEY (id)");
  EXPECT_EQ(Observe(step).state, Observed::kPresent) << Observe(step).detail;
  Sql("ALTER TABLE orders ALTER at TYPE timestamp");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting);
}

TEST_F(LookalikesTest, Indexes) {
  const auto step = Unique("email");
  for (const char* other :
       {"CREATE INDEX users_key ON users (email)", "CREATE UNIQUE INDEX users_key ON users (id)",
        "CREATE UNIQUE INDEX users_key ON users (email DESC)",
        "CREATE UNIQUE INDEX users_key ON users (email text_pattern_ops)",
        "CREATE UNIQUE INDEX users_key ON users (email COLLATE \"C\")",
        "CREATE UNIQUE INDEX users_key ON users (email) INCLUDE (name)",
        "CREATE UNIQUE INDEX users_key ON users (email) WHERE id > 5",
        "CREATE UNIQUE INDEX users_key ON users (email) NULLS NOT DISTINCT",
        "CREATE UNIQUE INDEX users_key ON users (email, name)",
        "CREATE TABLE t2 (email text); CREATE UNIQUE INDEX users_key ON t2 (email)",
        "CREATE VIEW users_key AS SELECT 1"}) {
    Sql(other);
    EXPECT_EQ(Observe(step).state, Observed::kConflicting) << other;
    Sql(std::string(other).find("VIEW") != std::string::npos ? "DROP VIEW users_key"
                                                             : "DROP INDEX users_key");
  }
}

TEST_F(LookalikesTest, InvalidIndexIsPartialAndMended) {
  const auto step = Unique("name");
  const std::string error = Execute(step);
  EXPECT_NE(error.find("IL-E43"), std::string::npos) << error;
  EXPECT_NE(error.find("(n1): 10 rows"), std::string::npos) << error;
  EXPECT_EQ(Observe(step).state, Observed::kPartial);
  EXPECT_EQ(Observe(Unique("email")).state, Observed::kConflicting);
  Sql("UPDATE users SET name = 'n' || id");
  const auto mended = session_->Mend(step, sync_, {}, {"r1", step.id, 1}, std::chrono::seconds(1));
  ASSERT_TRUE(mended) << ToString(mended.error());
  EXPECT_EQ(Observe(step).state, Observed::kAbsent);
  EXPECT_EQ(Execute(step), "");
  EXPECT_EQ(Observe(step).state, Observed::kPresent);
  EXPECT_FALSE(session_->Mend(step, sync_, {}, {"r1", step.id, 1}, std::chrono::seconds(1)))
      << "what is valid is not dropped";
}

TEST_F(LookalikesTest, Constraints) {
  const auto step = MakeStep(action::AddNotNullCheck{kUsers, "name", "named"});
  Sql("ALTER TABLE users ADD CONSTRAINT named CHECK (email IS NOT NULL)");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting);
  Sql("ALTER TABLE users DROP CONSTRAINT named, ADD CONSTRAINT named UNIQUE (email)");
  EXPECT_EQ(Observe(step).state, Observed::kConflicting);
  Sql("ALTER TABLE users DROP CONSTRAINT named,"
      " ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID");
  EXPECT_EQ(Observe(step).state, Observed::kPresent);
  const auto validate = MakeStep(action::ValidateConstraint{kUsers, "named"});
  EXPECT_EQ(Observe(validate).state, Observed::kAbsent);
  Sql("UPDATE users SET email = 'kept'");
  Sql("ALTER TABLE users DROP CONSTRAINT named; UPDATE users SET name = NULL WHERE id = 1;"
      " ALTER TABLE users ADD CONSTRAINT named CHECK (name IS NOT NULL) NOT VALID");
  EXPECT_NE(Execute(validate).find("IL-E43"), std::string::npos);
  EXPECT_EQ(Observe(validate).state, Observed::kAbsent);
}

TEST_F(LookalikesTest, TypesAreParsedNotPasted) {
  for (const char* type : {"text; DROP TABLE users", "text, c int", "text DEFAULT 'x'", "text --",
                           "text) FROM (SELECT 1", "serial", ""})
    EXPECT_NE(Execute(AddColumns({{"c", type}})).find("IL-E33"), std::string::npos) << type;
  EXPECT_EQ(Value("SELECT count(*) FROM users"), "100");
}

/// A build that waits for an open transaction, begun by a session of its own.
TEST_F(LookalikesTest, RunningIsSeenFromElsewhere) {
  auto blocker = Connect("web/1");
  ASSERT_TRUE(blocker->Begin());
  ASSERT_TRUE(blocker->Execute("UPDATE users SET name = name WHERE id = 1", {}));
  auto builder = OpenSession(true);
  const auto step = Unique("email");
  std::string error = "not yet";
  std::thread build([&] { error = Execute(*builder, step); });
  Observation seen;
  for (int i = 0; i < 100; ++i) {
    seen = Observe(step);
    if (seen.state == Observed::kRunning) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(seen.state, Observed::kRunning) << seen.detail;
  EXPECT_EQ(Observe(AddColumns({{"a", "int"}})).state, Observed::kAbsent) << "another step";
  const auto blockers = session_->Blockers(kUsers);
  ASSERT_TRUE(blockers);
  ASSERT_EQ(blockers->size(), 1U);
  EXPECT_EQ((*blockers)[0].name, "web/1");
  EXPECT_EQ((*blockers)[0].state, "idle in transaction");
  blocker->Rollback();
  build.join();
  EXPECT_EQ(error, "");
  EXPECT_EQ(Observe(step).state, Observed::kPresent);
}

/// Whom `end_blockers_after` may end: who has a lock and waits for nobody, readers apart.
TEST_F(LookalikesTest, WhoIsInTheWayAndHow) {
  auto reader = Connect("reader");
  ASSERT_TRUE(reader->Begin());
  ASSERT_TRUE(reader->Execute("SELECT FROM users", {}));
  auto writer = Connect("writer");
  ASSERT_TRUE(writer->Begin());
  ASSERT_TRUE(writer->Execute("UPDATE users SET name = name WHERE id = 1", {}));
  // It has a lock of its own on the table by then.
  auto waiter = Connect("waiter");
  ASSERT_TRUE(waiter->Begin());
  ASSERT_TRUE(waiter->Execute("SELECT FROM users", {}));
  std::thread wait(
      [&] { EXPECT_TRUE(waiter->Execute("UPDATE users SET name = name WHERE id = 1", {})); });
  std::map<std::string, Blocker> seen;
  for (int i = 0; i < 100 && seen["waiter"].query.find("UPDATE") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    seen.clear();
    const auto blockers = session_->Blockers(kUsers);
    ASSERT_TRUE(blockers) << ToString(blockers.error());
    for (const auto& blocker : *blockers) seen[blocker.name] = blocker;
  }
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_TRUE(seen["reader"].holds);
  EXPECT_TRUE(seen["reader"].reads);
  EXPECT_TRUE(seen["writer"].holds);
  EXPECT_FALSE(seen["writer"].reads);
  EXPECT_FALSE(seen["waiter"].holds) << "it waits for the writer's row";
  writer->Rollback();
  wait.join();
}

TEST_F(LookalikesTest, LockTimeoutIsTransientAndUndone) {
  auto blocker = Connect("web/1");
  ASSERT_TRUE(blocker->Begin());
  ASSERT_TRUE(blocker->Execute("SELECT FROM users", {}));
  const auto step = AddColumns({{"a", "int"}});
  const auto done =
      session_->Execute(step, sync_, {}, {"r1", step.id, 1}, std::chrono::milliseconds(100));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kTransient) << ToString(done.error());
  EXPECT_EQ(Observe(step).state, Observed::kAbsent);
  blocker->Rollback();
  EXPECT_EQ(Execute(step), "");
}

TEST_F(LookalikesTest, SqlStepsSayWhatTheyAre) {
  change::SqlStep sql;
  sql.observe = "SELECT 'conflicting'";
  EXPECT_EQ(Observe(MakeStep(action::RunSql{sql})).state, Observed::kConflicting);
  for (const char* odd : {"", "SELECT 'maybe'", "SELECT 'absent' FROM users", "SELECT 1, 2",
                          "SELECT nonsense", "DELETE FROM users RETURNING 'absent'"}) {
    sql.observe = odd;
    EXPECT_EQ(Observe(MakeStep(action::RunSql{sql})).state, Observed::kUndecidable) << odd;
  }
  EXPECT_EQ(Value("SELECT count(*) FROM users"), "100");
}

}  // namespace
}  // namespace interlock::testing
