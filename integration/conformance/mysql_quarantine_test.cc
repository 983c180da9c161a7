// Renames and triggers on MySQL and MariaDB: together under the lock, mended when half done.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "conformance/mysql_steps.h"
#include "engine/mysql/execute.h"
#include "engine/mysql/sync_trigger.h"

namespace interlock::testing {
namespace {

using ::testing::HasSubstr;

class MySqlQuarantineTest : public MySqlStepsTest,
                            public ::testing::WithParamInterface<ServerKind> {
 protected:
  void SetUp() override {
    Open(GetParam());
    Sql("CREATE TABLE users (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50), "
        "upper_name varchar(50) INVISIBLE) CHARSET utf8mb4");
    Sql("INSERT INTO users (name) VALUES ('a'), ('b')");
    spec_.id = "0001-test/1";
    spec_.table = Table("users");
    spec_.old_columns = {"name"};
    spec_.new_columns = {{{"upper_name", "varchar(50)", true, {}, "", false}, "upper(name)"}};
    spec_.down = {{"name", "lower(upper_name)"}};
    hidden_ = spec_;
    hidden_.renamed = {{"name", "q_name"}};
    install_ = MakeStep(action::InstallSync{spec_});
    remove_ = MakeStep(action::RemoveSync{spec_});
    quarantine_ = MakeStep(action::Quarantine{spec_, hidden_.renamed});
    restore_ = MakeStep(action::Restore{hidden_});
    drop_ = MakeStep(action::DropQuarantined{hidden_});
  }
  std::string Do(const Step& step, const std::vector<SyncSpec>& before,
                 const std::vector<SyncSpec>& after) {
    sync_ = {before, after};
    return Execute(step);
  }
  std::string Columns() {
    return Value(
        "SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM "
        "information_schema.columns WHERE table_schema = DATABASE() AND table_name = "
        "'users'");
  }
  std::string TriggerCount() {
    return Value(
        "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = "
        "DATABASE()");
  }
  void DropTriggers() {
    const auto rows = sql_->Execute(
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
        {});
    ASSERT_TRUE(rows);
    for (const auto& row : rows->rows) Sql("DROP TRIGGER `" + row[0].value_or("") + "`");
  }
  void ExpectSynced() {
    Sql("INSERT INTO users (upper_name) VALUES ('NEW')");
    const std::string old = Columns().find("q_name") == std::string::npos ? "name" : "q_name";
    EXPECT_EQ(Value("SELECT " + old + " FROM users ORDER BY id DESC LIMIT 1"), "new");
  }

  SyncSpec spec_;
  SyncSpec hidden_;
  Step install_, remove_, quarantine_, restore_, drop_;
};

TEST_P(MySqlQuarantineTest, ThereAndBackAndAway) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  EXPECT_EQ(State(install_), "present") << Observe(install_).detail;
  ExpectSynced();
  sync_ = {{spec_}, {hidden_}};
  EXPECT_EQ(State(quarantine_), "absent") << Observe(quarantine_).detail;
  EXPECT_THAT(Render(quarantine_),
              ::testing::Contains("ALTER TABLE `" + session_->database() +
                                  "`.`users` RENAME COLUMN `name` TO `q_name`, ALGORITHM=INSTANT"));
  EXPECT_EQ(Execute(quarantine_), "");
  EXPECT_EQ(State(quarantine_), "present") << Observe(quarantine_).detail;
  EXPECT_EQ(Columns(), "id,q_name,upper_name");
  EXPECT_EQ(TriggerCount(), "2");
  ExpectSynced();
  sync_ = {{hidden_}, {spec_}};
  EXPECT_EQ(State(restore_), "absent") << Observe(restore_).detail;
  EXPECT_EQ(Execute(restore_), "");
  EXPECT_EQ(State(restore_), "present") << Observe(restore_).detail;
  ExpectSynced();
  EXPECT_EQ(Do(quarantine_, {spec_}, {hidden_}), "");
  sync_ = {{hidden_}, {}};
  EXPECT_EQ(State(drop_), "absent") << Observe(drop_).detail;
  EXPECT_EQ(Execute(drop_), "");
  EXPECT_EQ(State(drop_), "present") << Observe(drop_).detail;
  EXPECT_EQ(Columns(), "id,upper_name");
  EXPECT_EQ(TriggerCount(), "0");
  EXPECT_EQ(State(remove_), "present");
}

TEST_P(MySqlQuarantineTest, RemovedAndInstalledAgain) {
  sync_ = {{}, {spec_}};
  EXPECT_EQ(State(install_), "absent") << Observe(install_).detail;
  EXPECT_EQ(Execute(install_), "");
  sync_ = {{spec_}, {}};
  EXPECT_EQ(State(remove_), "absent");
  EXPECT_EQ(Execute(remove_), "");
  EXPECT_EQ(State(remove_), "present") << Observe(remove_).detail;
  EXPECT_EQ(TriggerCount(), "0");
}

TEST_P(MySqlQuarantineTest, HalfDoneIsMendedToWhereTheNamesAre) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  sync_ = {{spec_}, {hidden_}};
  // Died before the rename.
  DropTriggers();
  EXPECT_EQ(State(quarantine_), "partial") << Observe(quarantine_).detail;
  EXPECT_EQ(Mend(quarantine_), "");
  EXPECT_EQ(State(quarantine_), "absent") << Observe(quarantine_).detail;
  ExpectSynced();
  // Died after it.
  DropTriggers();
  Sql("ALTER TABLE users RENAME COLUMN name TO q_name");
  EXPECT_EQ(State(quarantine_), "partial") << Observe(quarantine_).detail;
  EXPECT_EQ(Mend(quarantine_), "");
  EXPECT_EQ(State(quarantine_), "present") << Observe(quarantine_).detail;
  ExpectSynced();
  EXPECT_EQ(Execute(quarantine_), "") << "the runner executes after it mends";
  EXPECT_THAT(Mend(quarantine_), HasSubstr("IL-E39"));
  // Died with one of the triggers made.
  const std::string name = Value(
      "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = "
      "DATABASE() AND event_manipulation = 'INSERT'");
  Sql("DROP TRIGGER `" + name + "`");
  EXPECT_EQ(State(quarantine_), "partial") << Observe(quarantine_).detail;
  EXPECT_EQ(Execute(quarantine_), "");
  EXPECT_EQ(State(quarantine_), "present");
  ExpectSynced();
}

TEST_P(MySqlQuarantineTest, WhatWasWrittenWithoutTriggersIsGivenItsOldSide) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  Sql("UPDATE users SET name = name");  // as the backfill does
  const auto write_and_mend = [&](const Step& step, const std::string& old) {
    Sql("UPDATE users SET upper_name = CONCAT(upper_name, '+') WHERE id = 1");
    Sql("INSERT INTO users (upper_name) VALUES ('Gap')");
    EXPECT_EQ(State(step), "partial") << Observe(step).detail;
    EXPECT_EQ(Mend(step), "");
    EXPECT_EQ(Value("SELECT COUNT(*) FROM users WHERE NOT BINARY " + old +
                    " <=> BINARY LOWER(upper_name)"),
              "0");
    EXPECT_EQ(Value("SELECT COUNT(*) FROM users WHERE BINARY upper_name = 'Gap'"),
              Value("SELECT COUNT(*) FROM users WHERE BINARY " + old + " = 'gap'"));
    ExpectSynced();
  };
  sync_ = {{spec_}, {hidden_}};
  DropTriggers();
  write_and_mend(quarantine_, "name");
  DropTriggers();
  Sql("ALTER TABLE users RENAME COLUMN name TO q_name");
  write_and_mend(quarantine_, "q_name");
  // One trigger is made, and none for what is inserted.
  Sql("DROP TRIGGER `" +
      Value("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = "
            "DATABASE() AND event_manipulation = 'INSERT'") +
      "`");
  write_and_mend(quarantine_, "q_name");
  sync_ = {{hidden_}, {spec_}};
  DropTriggers();
  write_and_mend(restore_, "q_name");
  EXPECT_EQ(Execute(restore_), "");
  EXPECT_EQ(State(restore_), "present") << Observe(restore_).detail;
  EXPECT_EQ(Value("SELECT name FROM users WHERE id = 1"), "a++++");
}

TEST_P(MySqlQuarantineTest, ADropThatWasHalfDoneGoesOn) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  EXPECT_EQ(Do(quarantine_, {spec_}, {hidden_}), "");
  sync_ = {{hidden_}, {}};
  DropTriggers();
  EXPECT_EQ(State(drop_), "partial") << Observe(drop_).detail;
  EXPECT_EQ(Mend(drop_), "");
  EXPECT_EQ(Execute(drop_), "");
  EXPECT_EQ(State(drop_), "present") << Observe(drop_).detail;
}

TEST_P(MySqlQuarantineTest, ARefusedRenameGoesBack) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  Sql("ALTER TABLE users ADD q_name int");
  sync_ = {{spec_}, {hidden_}};
  const auto done = mysql::ExecuteStep(*session_, quarantine_, sync_, {}, {"r1", "s", 1},
                                       std::chrono::seconds(1));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kFailed) << ToString(done.error());
  EXPECT_EQ(TriggerCount(), "2");
  Sql("INSERT INTO users (upper_name) VALUES ('Z')");
  EXPECT_EQ(Value("SELECT name FROM users ORDER BY id DESC LIMIT 1"), "z");
}

TEST_P(MySqlQuarantineTest, AnOpenTransactionMakesItGiveUpWithNothingDone) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  auto blocker = Connect();
  ASSERT_TRUE(blocker->Begin());
  ASSERT_TRUE(blocker->Execute("SELECT * FROM users", {}));
  sync_ = {{spec_}, {hidden_}};
  const auto done = Run(quarantine_, std::chrono::milliseconds(300));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kTransient) << ToString(done.error());
  EXPECT_EQ(State(quarantine_), "absent") << Observe(quarantine_).detail;
  ExpectSynced();
  blocker->Rollback();
  EXPECT_EQ(Execute(quarantine_), "");
}

/// Both versions write while a column goes into quarantine: nothing fails but what names the old
/// column, and no row is left unsynced.
TEST_P(MySqlQuarantineTest, WritersGoOn) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  Sql("UPDATE users SET name = name");
  std::atomic<bool> stop{false};
  std::string error;
  std::thread writer([&] {
    auto connection = Connect();
    for (int i = 0; !stop; ++i) {
      const auto done = connection->Execute(
          "INSERT INTO users (upper_name) VALUES ('W" + std::to_string(i) + "')", {});
      if (!done) error = ToString(done.error());
    }
  });
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Do(quarantine_, {spec_}, {hidden_}), "");
    EXPECT_EQ(Do(restore_, {hidden_}, {spec_}), "");
  }
  EXPECT_EQ(Do(quarantine_, {spec_}, {hidden_}), "");
  stop = true;
  writer.join();
  EXPECT_EQ(error, "");
  EXPECT_EQ(Value("SELECT COUNT(*) FROM users WHERE NOT (BINARY q_name <=> BINARY "
                  "lower(upper_name)) AND upper_name LIKE 'W%'"),
            "0");
}

TEST_P(MySqlQuarantineTest, ARehearsalChangesNothingAndTells) {
  EXPECT_EQ(Do(install_, {}, {spec_}), "");
  const std::vector<Step> steps{quarantine_, drop_};
  const auto rehearse = [&] {
    const auto done =
        mysql::RehearseSteps(*session_, steps, {{{spec_}, {hidden_}}, {{hidden_}, {}}}, {},
                             {"r1", "rehearsal", 1}, std::chrono::seconds(1));
    return done ? "" : ToString(done.error());
  };
  EXPECT_EQ(rehearse(), "");
  sync_ = {{spec_}, {hidden_}};
  EXPECT_EQ(State(quarantine_), "absent") << Observe(quarantine_).detail;
  const auto in_the_way = [&](const std::string& make, const std::string& name,
                              const std::string& unmake) {
    Sql(make);
    EXPECT_THAT(rehearse(), HasSubstr(name));
    Sql(unmake);
    EXPECT_EQ(rehearse(), "") << unmake;
  };
  in_the_way("CREATE TRIGGER theirs AFTER UPDATE ON users FOR EACH ROW SET @a = OLD.name", "theirs",
             "DROP TRIGGER theirs");
  // Keys go along with their columns.
  Sql("ALTER TABLE users ADD UNIQUE KEY both_of (name, id)");
  EXPECT_EQ(rehearse(), "");
  Sql("ALTER TABLE users DROP KEY both_of");
  in_the_way("ALTER TABLE users ADD g int AS (length(name)) VIRTUAL", maria() ? "q_name" : "name",
             "ALTER TABLE users DROP g");
  in_the_way("ALTER TABLE users ADD UNIQUE KEY k (name)", "", "ALTER TABLE users DROP KEY k");
  Sql("ALTER TABLE users ADD UNIQUE KEY k (name)");
  in_the_way(
      "CREATE TABLE child (name varchar(50), CONSTRAINT refers FOREIGN KEY (name) REFERENCES "
      "users (name)) CHARSET utf8mb4",
      "refers", "DROP TABLE child");
  EXPECT_EQ(State(quarantine_), "absent") << Observe(quarantine_).detail;
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlQuarantineTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
