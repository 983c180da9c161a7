// Sync triggers on MySQL and MariaDB: whoever writes, old and new shape stay equal.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "conformance/servers.h"
#include "engine/mysql/column_types.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sync_sql.h"
#include "engine/mysql/sync_trigger.h"

namespace interlock::testing {
namespace {

change::DerivedColumn Derived(const std::string& name, const std::string& type,
                              const std::string& up) {
  change::DerivedColumn out;
  out.column.name = name;
  out.column.type = type;
  out.up = up;
  return out;
}

class MySqlSyncTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    url_ = GetParam().create_database("sync_" + std::to_string(++number));
    runner_ = Connect();
    writer_ = Connect();
    ASSERT_TRUE(runner_ && writer_);
    table_ = {runner_->database(), "users"};
  }
  std::unique_ptr<mysql::MySqlConnection> Connect() {
    auto connection = mysql::MySqlConnection::Open(url_, {});
    EXPECT_TRUE(connection) << ToString(connection.error());
    return connection ? std::move(*connection) : nullptr;
  }
  static void Run(SqlConnection& connection, const std::string& sql) {
    const auto done = connection.Execute(sql);
    ASSERT_TRUE(done) << sql << ": " << ToString(done.error());
  }
  void Sql(const std::string& sql) { Run(*runner_, sql); }
  void Write(const std::string& sql) { Run(*writer_, sql); }
  /// Rows as "a|b; c|d", NULL as "-".
  std::string Rows(const std::string& sql) {
    const auto rows = runner_->Execute(sql, {});
    if (!rows) return ToString(rows.error());
    std::string out;
    for (const auto& row : rows->rows) {
      if (!out.empty()) out += "; ";
      for (std::size_t i = 0; i < row.size(); ++i)
        out += (i == 0 ? "" : "|") + row[i].value_or("-");
    }
    return out;
  }
  void Install(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after,
               const std::vector<std::string>& between = {}) {
    if (before == after) return;
    const auto statements = mysql::SyncStatements(*runner_, before, after, between);
    ASSERT_TRUE(statements) << ToString(statements.error());
    for (const auto& statement : *statements) Sql(statement);
    EXPECT_EQ(Seen(before, after), "present");
  }
  std::string Seen(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after) {
    const auto seen = mysql::ObserveSync(*runner_, table_, before, after);
    if (!seen) return ToString(seen.error());
    detail_ = seen->detail;
    return std::string(ToString(seen->state));
  }
  void Mend(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after) {
    const auto statements = mysql::MendSync(*runner_, before, after);
    ASSERT_TRUE(statements) << ToString(statements.error());
    for (const auto& statement : *statements) Sql(statement);
  }
  std::int64_t OldWrites() {
    const auto writes = mysql::OldShapeWrites(*runner_, table_);
    EXPECT_TRUE(writes) << ToString(writes.error());
    return writes.value_or(-1);
  }
  /// How many rows the condition of a spec's terms holds for.
  std::string Count(const SyncSpec& spec, std::string (mysql::RowSql::*condition)() const) {
    const auto types = mysql::ReadColumnTypes(*runner_, table_, {spec}, {});
    EXPECT_TRUE(types);
    const auto sql = mysql::MakeRowSql(spec, *types, "t");
    if (!sql) return ToString(sql.error());
    return Rows("SELECT COUNT(*) FROM " + mysql::Quote(table_) + " AS t WHERE " +
                ((*sql).*condition)());
  }
  void Backfill(const SyncSpec& spec) {
    const auto types = mysql::ReadColumnTypes(*runner_, table_, {spec}, {});
    ASSERT_TRUE(types);
    const auto sql = mysql::MakeRowSql(spec, *types, "t");
    ASSERT_TRUE(sql) << ToString(sql.error());
    Sql("UPDATE " + mysql::Quote(table_) + " AS t SET " + sql->SetList() + " WHERE " +
        sql->NeedsWrite());
  }
  void MakeUsers() {
    Sql("CREATE TABLE users (id int PRIMARY KEY AUTO_INCREMENT, name varchar(50) COLLATE "
        "utf8mb4_unicode_ci NOT NULL DEFAULT '', first_name varchar(20) COLLATE "
        "utf8mb4_unicode_ci, last_name varchar(20) COLLATE utf8mb4_unicode_ci, email varchar(40) "
        "NOT NULL DEFAULT '', touched datetime(6) NULL ON UPDATE CURRENT_TIMESTAMP(6), shout "
        "varchar(60) GENERATED ALWAYS AS (UPPER(email)) STORED, UNIQUE KEY (email))");
  }
  SyncSpec Names() {
    SyncSpec spec;
    spec.id = "0002-split-name/1";
    spec.table = table_;
    spec.old_columns = {"name"};
    spec.new_columns = {
        Derived("first_name", "varchar(20)", "SUBSTRING_INDEX(name, ' ', 1)"),
        Derived("last_name", "varchar(20)",
                "SUBSTRING(name, CHAR_LENGTH(SUBSTRING_INDEX(name, ' ', 1)) + 2) /* the rest */")};
    spec.down = {{"name", "TRIM(CONCAT(COALESCE(first_name, ''), ' ', COALESCE(last_name, '')))"}};
    return spec;
  }
  std::string Users() { return Rows("SELECT name, first_name, last_name FROM users ORDER BY id"); }

  std::string url_;
  std::unique_ptr<mysql::MySqlConnection> runner_, writer_;
  TableName table_;
  std::string detail_;
};

TEST_P(MySqlSyncTest, EveryWayOfWritingUnderEverySqlMode) {
  MakeUsers();
  Install({}, {Names()});
  for (const std::string mode : {"'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "''",
                                 "'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'"}) {
    SCOPED_TRACE(mode);
    Sql("DELETE FROM users");
    Sql("DELETE FROM interlock_old_writes");
    Write("SET SESSION sql_mode = " + mode);
    // The old version.
    Write("INSERT INTO users (name, email) VALUES ('Ann Lee', 'a')");
    EXPECT_EQ(Users(), "Ann Lee|Ann|Lee");
    Write("INSERT INTO users (name, email) VALUES ('Bob', 'b'), ('Cy van Dam', 'c')");
    EXPECT_EQ(Users(), "Ann Lee|Ann|Lee; Bob|Bob|; Cy van Dam|Cy|van Dam");
    EXPECT_EQ(OldWrites(), 3);
    Write(
        "INSERT INTO users (name, email) SELECT CONCAT(name, '2'), CONCAT(email, '2') FROM "
        "users WHERE email = 'a'");
    Write(
        "INSERT INTO users (name, email) VALUES ('Dan Fu', 'b') ON DUPLICATE KEY UPDATE name = "
        "VALUES(name)");
    EXPECT_EQ(Users(), "Ann Lee|Ann|Lee; Dan Fu|Dan|Fu; Cy van Dam|Cy|van Dam; Ann Lee2|Ann|Lee2");
    Write("REPLACE INTO users (name, email) VALUES ('Eve Go', 'c')");
    Write("UPDATE users SET name = 'Fay Ho' WHERE email = 'a2'");
    Write(
        "UPDATE users AS u JOIN (SELECT 'a' AS e, 'Gil Ip' AS n) AS v ON v.e = u.email SET "
        "u.name = v.n");
    EXPECT_EQ(Users(), "Gil Ip|Gil|Ip; Dan Fu|Dan|Fu; Fay Ho|Fay|Ho; Eve Go|Eve|Go");
    // INSERT … ON DUPLICATE KEY UPDATE is seen by both triggers.
    EXPECT_EQ(OldWrites(), 9);
    // The new version.
    Write("INSERT INTO users (first_name, last_name, email) VALUES ('Hal', 'Jo', 'h')");
    Write(
        "INSERT INTO users (first_name, last_name, email) VALUES ('Ida', 'Ko', 'h') ON DUPLICATE "
        "KEY UPDATE first_name = VALUES(first_name), last_name = VALUES(last_name)");
    Write("UPDATE users SET last_name = 'Ix' WHERE email = 'a'");
    Write("REPLACE INTO users (first_name, last_name, email) VALUES ('Jan', 'Lu', 'b')");
    EXPECT_EQ(Users(), "Gil Ix|Gil|Ix; Fay Ho|Fay|Ho; Eve Go|Eve|Go; Ida Ko|Ida|Ko; Jan Lu|Jan|Lu");
    // What touches neither side.
    Write("UPDATE users SET email = CONCAT(email, 'x')");
    EXPECT_EQ(OldWrites(), 9) << "only writes through the old shape count";
    EXPECT_EQ(Count(Names(), &mysql::RowSql::Differs), "0");
    EXPECT_EQ(Count(Names(), &mysql::RowSql::Lossy), "0");
  }
}

TEST_P(MySqlSyncTest, LoadData) {
  MakeUsers();
  Install({}, {Names()});
  const std::string file = "'" + Rows("SELECT @@secure_file_priv") + "/" + table_.schema + ".txt'";
  Sql("SELECT 'Ann Lee', 'a' UNION ALL SELECT 'Bob', 'b' INTO OUTFILE " + file);
  Write("LOAD DATA INFILE " + file + " INTO TABLE users (name, email)");
  EXPECT_EQ(Users(), "Ann Lee|Ann|Lee; Bob|Bob|");
  EXPECT_EQ(OldWrites(), 2);
}

TEST_P(MySqlSyncTest, BytesCountNotCollations) {
  MakeUsers();
  Install({}, {Names()});
  Write("INSERT INTO users (name, email) VALUES ('bob x', 'a')");
  Write("UPDATE users SET name = 'Bob x'");
  EXPECT_EQ(Users(), "Bob x|Bob|x");
  Write("UPDATE users SET first_name = 'böb'");
  EXPECT_EQ(Users(), "böb x|böb|x");
  Write("UPDATE users SET name = 'bob x '");
  EXPECT_EQ(Rows("SELECT HEX(last_name) FROM users"), "7820") << "a blank at the end";
  EXPECT_EQ(OldWrites(), 3);
}

TEST_P(MySqlSyncTest, TextThatIsTooLongIsCutAndCountsAsLossy) {
  MakeUsers();
  Install({}, {Names()});
  const std::string name = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaa b'";
  Write("INSERT INTO users (name, email) VALUES (" + name + ", 'a')");
  EXPECT_EQ(Users(), "aaaaaaaaaaaaaaaaaaaaaaaaaaaa b|aaaaaaaaaaaaaaaaaaaa|b");
  EXPECT_EQ(Count(Names(), &mysql::RowSql::Differs), "0");
  EXPECT_EQ(Count(Names(), &mysql::RowSql::Lossy), "1");
}

TEST_P(MySqlSyncTest, BackfillWritesWhatAgreesInNeitherDirection) {
  MakeUsers();
  Sql("INSERT INTO users (name, email, touched) VALUES ('Ann Lee', 'a', '2020-01-01'), ('', 'b', "
      "NULL), ('x', 'c', NULL)");
  Sql("UPDATE users SET touched = touched, first_name = 'new', last_name = 'x', name = 'new x' "
      "WHERE email = 'c'");
  const SyncSpec spec = Names();
  EXPECT_EQ(Count(spec, &mysql::RowSql::NeedsWrite), "2");
  Install({}, {spec});
  Backfill(spec);
  EXPECT_EQ(Users(), "Ann Lee|Ann|Lee; ||; new x|new|x");
  EXPECT_EQ(Count(spec, &mysql::RowSql::NeedsWrite), "0");
  EXPECT_EQ(Rows("SELECT touched FROM users WHERE email = 'a'"), "2020-01-01 00:00:00.000000");
  EXPECT_EQ(OldWrites(), 0) << "a backfill is no old version";
}

TEST_P(MySqlSyncTest, AUsersOwnTriggerFiresBefore) {
  MakeUsers();
  Sql("CREATE TRIGGER tidy_i BEFORE INSERT ON users FOR EACH ROW SET NEW.name = TRIM(NEW.name)");
  Sql("CREATE TRIGGER tidy_u BEFORE UPDATE ON users FOR EACH ROW SET NEW.name = TRIM(NEW.name)");
  Install({}, {Names()});
  Write("INSERT INTO users (name, email) VALUES ('  Ann Lee ', 'a')");
  Write("UPDATE users SET name = ' Ann Li '");
  EXPECT_EQ(Users(), "Ann Li|Ann|Li");
  Sql("CREATE TRIGGER later BEFORE UPDATE ON users FOR EACH ROW SET NEW.name = TRIM(NEW.name)");
  EXPECT_EQ(Seen({}, {Names()}), "conflicting");
  EXPECT_NE(detail_.find("later"), std::string::npos) << detail_;
}

TEST_P(MySqlSyncTest, SpecsTakeTurnsAndSeeWhatEarlierOnesSet) {
  MakeUsers();
  Sql("ALTER TABLE users ADD initial char(1), ADD origin varchar(10), ADD fax varchar(10)");
  const SyncSpec names = Names();
  SyncSpec initial;
  initial.id = "0003-initial/1";
  initial.table = table_;
  initial.old_columns = {"first_name"};
  initial.new_columns = {Derived("initial", "char(1)", "LEFT(first_name, 1)")};
  SyncSpec fill;
  fill.id = "0004-origin/1";
  fill.table = table_;
  fill.fills = {{"origin", "CONCAT('u', initial)"}, {"fax", "'none'"}};
  Install({}, {names});
  Install({names}, {names, initial});
  Install({names, initial}, {names, initial, fill});
  Write("INSERT INTO users (name, email) VALUES ('Ann Lee', 'a')");
  Write("INSERT INTO users (first_name, last_name, email) VALUES ('Bob', 'Li', 'b')");
  Write("INSERT INTO users (name, email, origin) VALUES ('Cy', 'c', 'mine')");
  EXPECT_EQ(Rows("SELECT name, first_name, initial, origin, fax FROM users ORDER BY id"),
            "Ann Lee|Ann|A|uA|none; Bob Li|Bob|B|uB|none; Cy|Cy|C|mine|none");
  Write("UPDATE users SET name = 'Dan Lee', origin = NULL WHERE email = 'a'");
  EXPECT_EQ(Rows("SELECT initial, origin FROM users WHERE email = 'a'"), "D|uD");
  EXPECT_EQ(Count(initial, &mysql::RowSql::Differs), "0");
  EXPECT_EQ(Count(fill, &mysql::RowSql::Differs), "0");
  // No way back: a new value stands for itself.
  Write("UPDATE users SET initial = 'Z' WHERE email = 'a'");
  EXPECT_EQ(Rows("SELECT first_name, initial FROM users WHERE email = 'a'"), "Dan|Z");
  EXPECT_EQ(Count(initial, &mysql::RowSql::Differs), "0");
  Install({names, initial, fill}, {names, fill});
  Install({names, fill}, {});
  EXPECT_EQ(Rows("SELECT COUNT(*) FROM interlock_old_writes"), "0");
  EXPECT_EQ(Seen({}, {}), "present");
}

TEST_P(MySqlSyncTest, FillsAreBackfilled) {
  MakeUsers();
  Sql("ALTER TABLE users ADD a varchar(10), ADD b varchar(10)");
  Sql("INSERT INTO users (name, email) VALUES ('Ann', 'x'), ('Bob', 'y')");
  Sql("UPDATE users SET b = 'own' WHERE email = 'y'");
  SyncSpec fill;
  fill.id = "0004/1";
  fill.table = table_;
  fill.fills = {{"a", "LEFT(name, 1)"}, {"b", "CONCAT(a, '!')"}};
  Install({}, {fill});
  Backfill(fill);
  EXPECT_EQ(Rows("SELECT a, b FROM users ORDER BY id"), "A|A!; B|own");
  EXPECT_EQ(Count(fill, &mysql::RowSql::NeedsWrite), "0");
  EXPECT_EQ(OldWrites(), 0);
}

TEST_P(MySqlSyncTest, QuarantineAndBackUnderALock) {
  MakeUsers();
  const SyncSpec plain = Names();
  SyncSpec hidden = plain;
  hidden.renamed = {{"name", "~q1_name"}};
  Install({}, {plain});
  Write("INSERT INTO users (name, email) VALUES ('Ann Lee', 'a')");
  Install({plain}, {hidden}, {"ALTER TABLE users RENAME COLUMN name TO `~q1_name`"});
  Write("INSERT INTO users (first_name, last_name, email) VALUES ('Bob', 'Li', 'b')");
  EXPECT_EQ(Rows("SELECT `~q1_name` FROM users ORDER BY id"), "Ann Lee; Bob Li");
  Install({hidden}, {plain}, {"ALTER TABLE users RENAME COLUMN `~q1_name` TO name"});
  EXPECT_EQ(Users(), "Ann Lee|Ann|Lee; Bob Li|Bob|Li");
  Install({plain}, {hidden}, {"ALTER TABLE users RENAME COLUMN name TO `~q1_name`"});
  Install({hidden}, {}, {"ALTER TABLE users DROP COLUMN `~q1_name`"});
  Write("INSERT INTO users (first_name, email) VALUES ('Cy', 'c')");
}

/// Writes through `statements` in turn, again and again, until it goes out of scope.
class Traffic {
 public:
  Traffic(std::unique_ptr<mysql::MySqlConnection> connection, std::vector<std::string> statements)
      : connection_(std::move(connection)), statements_(std::move(statements)), thread_([this] {
          for (std::size_t i = 0; !stop_; ++i) {
            const auto done = connection_->Execute(statements_[i % statements_.size()], {});
            // Updates from both ends of the table deadlock without any trigger, too.
            if (!done && mysql::NumberOf(done.error()) != 1213)
              failures_.push_back(ToString(done.error()));
          }
        }) {}
  std::vector<std::string> Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return failures_;
  }
  ~Traffic() { Stop(); }

 private:
  std::unique_ptr<mysql::MySqlConnection> connection_;
  const std::vector<std::string> statements_;
  std::atomic<bool> stop_ = false;
  std::vector<std::string> failures_;
  std::thread thread_;
};

TEST_P(MySqlSyncTest, UnderTrafficNoWriteFailsAndNoneIsLost) {
  MakeUsers();
  Sql("ALTER TABLE users ADD initial char(1)");
  const SyncSpec names = Names();
  SyncSpec initial;
  initial.id = "0003-initial/1";
  initial.table = table_;
  initial.old_columns = {"email"};
  initial.new_columns = {Derived("initial", "char(1)", "LEFT(email, 1)")};
  SyncSpec hidden = names;
  hidden.renamed = {{"name", "~q1_name"}};
  Traffic old(Connect(),
              {"INSERT INTO users (name, email) VALUES ('Ann Lee', UUID())",
               "UPDATE users SET name = CONCAT('Bob ', RAND()) ORDER BY id DESC LIMIT 3"});
  Traffic older(Connect(), {"UPDATE users SET name = CONCAT('Cy ', RAND()) ORDER BY id LIMIT 3"});
  Traffic fresh(Connect(), {"UPDATE users SET last_name = RAND() WHERE email > 'c' ORDER BY id "
                            "DESC LIMIT 1"});
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  Install({}, {names});
  Backfill(names);
  EXPECT_EQ(Count(names, &mysql::RowSql::Differs), "0");
  for (int i = 0; i < 5; ++i) {
    Install({names}, {names, initial});
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    Install({names, initial}, {names});
    EXPECT_EQ(Count(names, &mysql::RowSql::Differs), "0");
  }
  EXPECT_EQ(old.Stop(), std::vector<std::string>{});
  EXPECT_EQ(older.Stop(), std::vector<std::string>{});
  for (int i = 0; i < 5; ++i) {
    Install({names}, {hidden}, {"ALTER TABLE users RENAME COLUMN name TO `~q1_name`"});
    Install({hidden}, {names}, {"ALTER TABLE users RENAME COLUMN `~q1_name` TO name"});
  }
  EXPECT_EQ(fresh.Stop(), std::vector<std::string>{});
  EXPECT_EQ(Count(names, &mysql::RowSql::Differs), "0");
  EXPECT_GT(OldWrites(), 0);
}

TEST_P(MySqlSyncTest, WhateverACrashLeavesIsPartialAndMended) {
  MakeUsers();
  Sql("ALTER TABLE users ADD initial char(1)");
  const SyncSpec names = Names();
  SyncSpec initial;
  initial.id = "0003-initial/1";
  initial.table = table_;
  initial.old_columns = {"email"};
  initial.new_columns = {Derived("initial", "char(1)", "LEFT(email, 1)")};
  const std::vector<std::vector<SyncSpec>> lists{{}, {names}, {names, initial}};
  for (const auto& before : lists) {
    for (const auto& after : lists) {
      if (before == after) continue;
      SCOPED_TRACE(std::to_string(before.size()) + " to " + std::to_string(after.size()));
      Install({}, before);
      const auto all = mysql::SyncStatements(*runner_, before, after);
      ASSERT_TRUE(all);
      for (std::size_t cut = 0; cut <= all->size(); ++cut) {
        SCOPED_TRACE(cut);
        for (std::size_t i = 0; i < cut; ++i) Sql((*all)[i]);
        Sql("UNLOCK TABLES");  // as the server does for who has gone
        const std::string seen = Seen(before, after);
        EXPECT_TRUE(seen == "absent" || seen == "partial" || seen == "present") << detail_;
        if (!before.empty() && !after.empty()) {
          Write("INSERT INTO users (name, email) VALUES ('Ann Lee', 'a')");
          EXPECT_EQ(Users(), "Ann Lee|Ann|Lee") << "no write passes without a trigger";
          Write("DELETE FROM users");
        }
        if (seen == "partial") {
          Mend(before, after);
          EXPECT_EQ(Seen(before, after), "absent") << detail_;
        } else if (seen == "present") {
          Install(after, before);
        }
      }
      Install(before, {});
    }
  }
}

TEST_P(MySqlSyncTest, LookalikesAreConflicts) {
  MakeUsers();
  Install({}, {Names()});
  const std::string there = Rows(
      "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND "
      "event_manipulation = 'INSERT'");
  const std::string body = Rows(
      "SELECT action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
      "AND event_manipulation = 'INSERT'");
  Sql("DROP TRIGGER " + mysql::Quote(there));
  EXPECT_EQ(Seen({}, {Names()}), "partial") << detail_;
  Sql("CREATE TRIGGER " + mysql::Quote(there) + " BEFORE INSERT ON users FOR EACH ROW BEGIN END");
  EXPECT_EQ(Seen({}, {Names()}), "conflicting") << detail_;
  Sql("DROP TRIGGER " + mysql::Quote(there));
  Sql("SET sql_mode = ''");
  Sql("CREATE TRIGGER " + mysql::Quote(there) + " BEFORE INSERT ON users FOR EACH ROW\n" + body);
  EXPECT_EQ(Seen({}, {Names()}), "conflicting") << "another sql_mode";
  Sql("SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
  Sql("DROP TRIGGER " + mysql::Quote(there));
  Sql("CREATE TRIGGER " + mysql::Quote(there) + " BEFORE INSERT ON users FOR EACH ROW\n" + body);
  EXPECT_EQ(Seen({}, {Names()}), "present") << detail_;
  Sql("DROP TABLE interlock_old_writes");
  Write("INSERT INTO users (name, email) VALUES ('Ann Lee', 'a')");
  EXPECT_EQ(Users(), "Ann Lee|Ann|Lee") << "a counter that is gone fails no write";
  EXPECT_EQ(Seen({}, {Names()}), "partial") << detail_;
  EXPECT_EQ(mysql::OldShapeWrites(*runner_, table_).error().code, "IL-E67");
  Mend({Names()}, {Names()});
  EXPECT_EQ(Seen({}, {Names()}), "present") << detail_;
}

TEST_P(MySqlSyncTest, ADumpIsLoadedUnderAnotherName) {
  MakeUsers();
  Install({}, {Names()});
  const auto shown = [&](const std::string& what, std::size_t column) {
    const auto rows = runner_->Execute("SHOW CREATE " + what, {});
    return rows && !rows->rows.empty() ? rows->rows[0].at(column).value_or("") : "";
  };
  std::vector<std::string> dump{shown("TABLE users", 1), shown("TABLE interlock_old_writes", 1)};
  const auto triggers = runner_->Execute("SHOW TRIGGERS", {});
  ASSERT_TRUE(triggers && triggers->rows.size() == 2);
  for (const auto& row : triggers->rows)
    dump.push_back(shown("TRIGGER " + mysql::Quote(*row.at(0)), 2));
  const TableName original = table_;
  url_ = GetParam().create_database(original.schema + "_copy");
  runner_ = Connect();
  table_.schema = runner_->database();
  for (const auto& statement : dump) Sql(statement);
  EXPECT_EQ(Seen({}, {Names()}), "present") << detail_;
  Sql("INSERT INTO users (name) VALUES ('Ann Lee')");
  EXPECT_EQ(Users(), "Ann Lee|Ann|Lee");
  EXPECT_EQ(OldWrites(), 1);
  EXPECT_EQ(*mysql::OldShapeWrites(*writer_, original), 0) << "that is the copy's write";
}

TEST_P(MySqlSyncTest, WhoMayNotSeeTriggersCannotTell) {
  MakeUsers();
  Install({}, {Names()});
  Sql("DROP USER IF EXISTS reader@'%'");
  Sql("CREATE USER reader@'%' IDENTIFIED BY 'x'");
  Sql("GRANT SELECT ON " + mysql::Quote(table_.schema) + ".* TO reader@'%'");
  auto reader = mysql::MySqlConnection::Open("mysql://reader:x" + url_.substr(url_.find('@')), {});
  ASSERT_TRUE(reader) << ToString(reader.error());
  const auto seen = mysql::ObserveSync(**reader, table_, {}, {Names()});
  ASSERT_TRUE(seen) << ToString(seen.error());
  EXPECT_EQ(seen->state, Observed::kUndecidable) << seen->detail;
  Sql("DROP USER reader@'%'");
}

/// MariaDB goes on with what a session prepared, whatever triggers there are by now, as long as the
/// first one of each event is older: the body would find no counter among its tables.
TEST_P(MySqlSyncTest, WhatWasPreparedEarlierIsCounted) {
  for (const char* own : {"", "BEFORE", "AFTER"}) {
    SCOPED_TRACE(own);
    Sql("DROP TABLE IF EXISTS users");
    MakeUsers();
    Sql("ALTER TABLE users COMMENT = 'who\\'s who'");
    for (const std::string event : {"INSERT", "UPDATE"})
      if (*own != '\0')
        Sql("CREATE TRIGGER own_" + event + " " + own + " " + event +
            " ON users FOR EACH ROW SET @seen = 1");
    Write("PREPARE enter FROM 'INSERT INTO users (name, email) VALUES (?, UUID())'");
    Write("PREPARE naming FROM 'UPDATE users SET name = ?'");
    Write("SET @name = 'Ann Lee'");
    Write("EXECUTE enter USING @name");
    Write("EXECUTE naming USING @name");
    Install({}, {Names()});
    Write("SET @name = 'Bob Fox'");
    Write("EXECUTE enter USING @name");
    EXPECT_EQ(OldWrites(), 1);
    Write("EXECUTE naming USING @name");
    EXPECT_EQ(OldWrites(), 2) << "only the first row's name is another one";
    EXPECT_EQ(Rows("SELECT table_comment FROM information_schema.tables WHERE table_schema = "
                   "DATABASE() AND table_name = 'users'"),
              "who's who");
    Install({Names()}, {});
  }
}

TEST_P(MySqlSyncTest, TriggersNeedTrustOrSuper) {
  MakeUsers();
  Sql("DROP USER IF EXISTS deploy@'%'");
  Sql("CREATE USER deploy@'%' IDENTIFIED BY 'x'");
  Sql("SET GLOBAL log_bin_trust_function_creators = 0");
  Sql("GRANT ALL ON " + mysql::Quote(table_.schema) + ".* TO deploy@'%'");
  auto deploy = mysql::MySqlConnection::Open("mysql://deploy:x" + url_.substr(url_.find('@')), {});
  ASSERT_TRUE(deploy) << ToString(deploy.error());
  const auto statements = mysql::SyncStatements(**deploy, {}, {Names()});
  ASSERT_TRUE(statements);
  Result<SqlRows> done;
  for (const auto& statement : *statements)
    if (done) done = (*deploy)->Execute(statement, {});
  Sql("SET GLOBAL log_bin_trust_function_creators = 1");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "IL-E26");
  EXPECT_NE(ToString(done.error()).find("log_bin_trust_function_creators"), std::string::npos);
  Sql("DROP USER deploy@'%'");
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlSyncTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
