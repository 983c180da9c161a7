// Backfill and comparison on MySQL and MariaDB: traffic, held rows, fencing, columns of every
// class.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "conformance/mysql_bulk_fixture.h"
#include "engine/mysql/bulk_sql.h"

namespace interlock::testing {
namespace {

class MySqlBulkTest : public MySqlBulkFixture {};

TEST_P(MySqlBulkTest, AStoppedBackfillGoesOnFromItsCheckpoints) {
  const SyncSpec spec = Table("k INT PRIMARY KEY", "i", 10'000);
  const auto session = Open(spec);
  Segment first{1, {std::nullopt, Key{"5000"}}, std::nullopt, false, {}};
  ASSERT_TRUE(session->AddSegment(first, {}));
  first.position = Key{"2000"};
  ASSERT_TRUE(session->Batch({std::nullopt, Key{"2000"}}, BatchMode::kRange, first, {}));
  const auto begun = session->Segments();
  ASSERT_TRUE(begun) << ToString(begun.error());
  ASSERT_EQ(begun->size(), 1U);
  EXPECT_EQ(begun->at(0).position, Key{"2000"});
  EXPECT_EQ(begun->at(0).range.upto, Key{"5000"});
  EXPECT_FALSE(begun->at(0).done);
  EXPECT_EQ(begun->at(0).counts.rows_changed, 2000);
  EXPECT_EQ(mysql::ObserveBackfill(*owner_, tag_.step)->state, Observed::kAbsent);
  const auto counts = Backfill(spec);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(counts->rows_changed, 10'000);
  EXPECT_EQ(counts->rows_seen, 10'000);
  EXPECT_EQ(Unequal(), "0");
  EXPECT_EQ(mysql::ObserveBackfill(*owner_, tag_.step)->state, Observed::kPresent);
  const auto again = Backfill(spec);
  ASSERT_TRUE(again) << ToString(again.error());
  EXPECT_EQ(again->batches, counts->batches);
  Run("ALTER TABLE t DROP PRIMARY KEY, ADD u BIGINT AUTO_INCREMENT PRIMARY KEY");
  const auto other_key = Backfill(spec);
  ASSERT_FALSE(other_key);
  EXPECT_EQ(other_key.error().code, "IL-E57");
}

TEST_P(MySqlBulkTest, AStaleHolderChangesNothing) {
  const SyncSpec spec = Table("k INT PRIMARY KEY", "i", 100);
  Run("INSERT INTO interlock_claims (object, token, `release`, actor, host, runner_pid, session, "
      "since) VALUES ('table t', 8, 'r', 'a', 'h', 1, 1, 1)");
  const auto stale = Backfill(spec, 2, {}, {{"table t", 7}});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind, ErrorKind::kFenced);
  EXPECT_EQ(stale.error().code, "IL-R61");
  EXPECT_EQ(Unequal(), "100");
  ASSERT_TRUE(Backfill(spec, 2, {}, {{"table t", 8}}));
  EXPECT_EQ(Unequal(), "0");
}

/// Applications that update in descending order, several rows a transaction, and never deadlock
/// among themselves.
TEST_P(MySqlBulkTest, NobodyMeetsADeadlockUnderOppositeTraffic) {
  const SyncSpec spec = Table("k INT PRIMARY KEY", "i", 60'000);
  std::atomic<bool> over{false};
  std::atomic<int> transactions{0};
  std::vector<std::string> errors(2);
  std::vector<std::thread> apps;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    apps.emplace_back([&, i] {
      const auto app = Connect();
      if (i == 1) errors[i] = Try(*app, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      unsigned seed = static_cast<unsigned>(i) + 1;
      while (!over && errors[i].empty()) {
        seed = seed * 1'103'515'245 + 12'345;
        // Each its own half, or they would meet each other.
        const int from =
            static_cast<int>(seed / 65'536 % 29'900) + 1 + static_cast<int>(i) * 30'000;
        (void)app->Begin();
        for (int k = from + 40; k >= from && errors[i].empty(); k -= 5)
          errors[i] =
              Try(*app, "UPDATE t SET v = CONCAT(LEFT(v, 20), 'a') WHERE k = " + std::to_string(k));
        if (errors[i].empty()) {
          if (const auto committed = app->Commit(); !committed)
            errors[i] = ToString(committed.error());
          ++transactions;
        } else {
          app->Rollback();
        }
      }
    });
  }
  const auto counts = Backfill(spec);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  over = true;
  for (auto& app : apps) app.join();
  ASSERT_TRUE(counts) << ToString(counts.error());
  for (const auto& error : errors) EXPECT_EQ(error, "");
  EXPECT_GT(transactions, 0);
  EXPECT_EQ(counts->retried, 0);  // neither waited for a row nor was a deadlock's victim
  EXPECT_EQ(Unequal(), "0");
  EXPECT_EQ(Verify(spec).differing, 0);
}

TEST_P(MySqlBulkTest, AHeldRowIsSkippedAndVisitedAgain) {
  const SyncSpec spec = Table("k INT PRIMARY KEY", "i", 5'000);
  const auto app = Connect();
  ASSERT_TRUE(app->Begin());
  ASSERT_EQ(Try(*app, "SELECT 1 FROM t WHERE k = 2500 FOR UPDATE"), "");
  const auto started = std::chrono::steady_clock::now();
  std::int64_t waiting = 0;
  bool released = false;
  std::string meanwhile;
  BulkHooks hooks;
  hooks.progress = [&](const BulkProgress& progress) {
    waiting = std::max(waiting, progress.skipped_ranges);
    if (!released && std::chrono::steady_clock::now() - started > std::chrono::seconds(1)) {
      meanwhile = Unequal();
      app->Rollback();
      released = true;
    }
  };
  const auto counts = Backfill(spec, 1, hooks);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(meanwhile, "1");
  EXPECT_EQ(waiting, 1);
  EXPECT_EQ(counts->rows_changed, 5'000);
  EXPECT_EQ(counts->retried, 0);
  EXPECT_EQ(Unequal(), "0");
}

/// What is locked and agrees already neither stops a batch nor is waited for; and a batch leaves
/// rows that agree to others.
TEST_P(MySqlBulkTest, RowsThatAgreeAreNobodysConcern) {
  for (const char* columns :
       {"k INT PRIMARY KEY", "k INT NOT NULL, u BIGINT UNIQUE KEY AUTO_INCREMENT, UNIQUE KEY k (k)",
        "a VARCHAR(20) DEFAULT 'x' NOT NULL, k INT NOT NULL, UNIQUE KEY a (a, k), UNIQUE KEY k "
        "(k)"}) {
    SCOPED_TRACE(columns);
    Run("DROP TABLE IF EXISTS t");
    Run(std::string("CREATE TABLE t (") + columns + ", v VARCHAR(40), w VARCHAR(40))");
    Run("INSERT INTO t (k, v) SELECT i, CONCAT('v', i) FROM numbers WHERE i <= 1000");
    Run("UPDATE t SET w = UPPER(v) WHERE k % 2 = 0");
    const SyncSpec spec = Spec({"v"}, {{"w", "varchar(40)", "UPPER(v)"}}, {{"v", "LOWER(w)"}});
    Sync({}, {spec});
    const auto app = Connect();
    ASSERT_TRUE(app->Begin());
    ASSERT_EQ(Try(*app, "SELECT 1 FROM t WHERE k IN (10, 500, 998) FOR UPDATE"), "");
    const auto session = Open(spec);
    const auto began = std::chrono::steady_clock::now();
    const auto done = session->Batch({}, BatchMode::kRange, {}, {});
    ASSERT_TRUE(done) << ToString(done.error());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(900));
    EXPECT_EQ(done->seen, 1000);
    EXPECT_EQ(done->changed, 500);
    EXPECT_FALSE(done->skipped);
    app->Rollback();

    Sync({spec}, {});
    Run("UPDATE t SET w = NULL WHERE k IN (3, 7, 9)");
    ASSERT_TRUE(app->Begin());
    ASSERT_EQ(Try(*app, "SELECT 1 FROM t WHERE k = 7 FOR UPDATE"), "");
    for (const auto mode : {BatchMode::kRange, BatchMode::kSkipLocked}) {
      const auto skipped = session->Batch({}, mode, {}, {});
      ASSERT_TRUE(skipped) << ToString(skipped.error());
      EXPECT_EQ(skipped->changed, mode == BatchMode::kRange ? 2 : 0);
      EXPECT_TRUE(skipped->skipped);
    }
    app->Rollback();
    const auto last = session->Batch({}, BatchMode::kSkipLocked, {}, {});
    ASSERT_TRUE(last) << ToString(last.error());
    EXPECT_EQ(last->changed, 1);
    EXPECT_FALSE(last->skipped);
  }
}

TEST_P(MySqlBulkTest, WritesThatDoNotLastAreFound) {
  Table("k INT PRIMARY KEY", "i", 20);
  const SyncSpec spec = Spec({"v"}, {{"w", "varchar(40)", "UPPER(v)"}}, {{"v", "LOWER(w)"}});
  Run("CREATE TRIGGER spoiler BEFORE UPDATE ON t FOR EACH ROW SET NEW.w = IF(NEW.k = 5, NULL, "
      "NEW.w)");
  const auto counts = Backfill(spec, 1);
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().code, "IL-E63");
}

TEST_P(MySqlBulkTest, TimesOfChangeStayAndHiddenColumnsDoNotDisturb) {
  Run("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR(40), touched TIMESTAMP(3) NOT NULL DEFAULT "
      "CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), changed DATETIME ON UPDATE "
      "CURRENT_TIMESTAMP, twice VARCHAR(80) GENERATED ALWAYS AS (CONCAT(v, v)) VIRTUAL, kept "
      "VARCHAR(80) GENERATED ALWAYS AS (CONCAT(v, '!')) STORED, UNIQUE KEY (kept), KEY (twice))");
  Run("INSERT INTO t (k, v, touched) SELECT i, CONCAT('v', i), '2020-01-01' FROM numbers WHERE i "
      "<= 500");
  Run("ALTER TABLE t ADD COLUMN w VARCHAR(40) INVISIBLE");
  const SyncSpec spec = Spec({"v"}, {{"w", "varchar(40)", "UPPER(v)"}}, {{"v", "LOWER(w)"}});
  Sync({}, {spec});
  const auto counts = Backfill(spec);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(counts->rows_changed, 500);
  EXPECT_EQ(Unequal(), "0");
  EXPECT_EQ(Rows("SELECT COUNT(*) FROM t WHERE touched <> '2020-01-01' OR changed IS NOT NULL"),
            "0");
  EXPECT_EQ(Verify(spec).rows, 500);
}

TEST_P(MySqlBulkTest, DerivedColumnsAndFillsInOneSpec) {
  Run("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR(40), w VARCHAR(40), f INT, g INT)");
  Run("INSERT INTO t SELECT i, CONCAT('v', i), IF(i % 2, NULL, CONCAT('V', i)), IF(i % 3, NULL, "
      "0), NULL FROM numbers WHERE i <= 600");
  const SyncSpec spec = Spec({"v"}, {{"w", "varchar(40)", "UPPER(v)"}}, {{"v", "LOWER(w)"}},
                             {{"f", "k + 1"}, {"g", "7"}});
  Sync({}, {spec});
  const auto counts = Backfill(spec);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(counts->rows_changed, 600);
  EXPECT_EQ(Rows("SELECT COUNT(*) FROM t WHERE NOT (BINARY w <=> BINARY UPPER(v) AND f <=> IF(k % "
                 "3, k + 1, 0) AND g <=> 7)"),
            "0");
  EXPECT_EQ(Verify(spec).differing, 0);
}

/// Columns of every class, each copied; `other` is a value that only exact comparison tells apart.
TEST_P(MySqlBulkTest, CompareFindsOneRowInEveryColumnClass) {
  struct Class {
    std::string type, value, other;
  };
  const std::vector<Class> classes{
      {"int", "i", "i + 1"},
      {"bigint unsigned", "18446744073709551615 - i", "18446744073709551614 - i"},
      {"decimal(30,10)", "i / 3", "i / 3 + 0.0000000001"},
      {"float", "16777210 - i", "16777211 - i"},
      {"double", "i / 3e0", "i / 3e0 + 1e-13"},
      {"bit(40)", "i", "i + 1"},
      {"date", "DATE('2020-01-01') + INTERVAL i DAY", "DATE('2020-01-02') + INTERVAL i DAY"},
      {"time(3)", "SEC_TO_TIME(i + 0.001)", "SEC_TO_TIME(i + 0.002)"},
      {"datetime(6)", "TIMESTAMP('2020-01-01') + INTERVAL i + 0.000001 SECOND",
       "TIMESTAMP('2020-01-01') + INTERVAL i + 0.000002 SECOND"},
      {"year", "1999", "2000"},
      {"char(20)", "CONCAT('bob', i)", "CONCAT('Bob', i)"},
      {"varchar(20)", "CONCAT('bob', i)", "CONCAT('bob', i, ' ')"},
      {"text", "CONCAT('bob', i)", "CONCAT('BOB', i)"},
      {"binary(8)", "i", "i + 1"},
      {"varbinary(20)", "i", "CONCAT(i, CHAR(0))"},
      {"blob", "CONCAT(X'00FF', i)", "CONCAT(X'00FE', i)"},
      {"enum('a','b','c')", "1", "3"},
      {"set('a','b','c')", "3", "5"},
      {"json", "JSON_OBJECT('a', i)", "JSON_OBJECT('a', i + 1)"},
  };
  for (const Class& one : classes) {
    SCOPED_TRACE(one.type);
    Run("DROP TABLE IF EXISTS t");
    Run("CREATE TABLE t (k VARCHAR(20) PRIMARY KEY, v " + one.type +
        ") COLLATE utf8mb4_general_ci");
    Run("INSERT INTO t SELECT CONCAT('key', i), " + one.value + " FROM numbers WHERE i <= 300");
    Run("ALTER TABLE t ADD COLUMN w " + one.type);
    const SyncSpec spec = Spec({"v"}, {{"w", one.type, "v"}}, {{"v", "w"}});
    tag_.step = "step " + one.type;
    const auto counts = Backfill(spec, 1);
    ASSERT_TRUE(counts) << ToString(counts.error());
    EXPECT_EQ(counts->rows_changed, 300);
    const auto same = Verify(spec);
    EXPECT_EQ(same.rows, 300);
    EXPECT_EQ(same.differing, 0);
    EXPECT_EQ(same.lossy, 0);
    Run("UPDATE t, numbers SET w = " + one.other + " WHERE k = 'key77' AND i = 77");
    const auto differs = Verify(spec);
    EXPECT_EQ(differs.rows, 300);
    EXPECT_EQ(differs.differing, 1);
    EXPECT_EQ(differs.first_differing, std::vector<std::string>{"key77"});
  }
}

TEST_P(MySqlBulkTest, VerifyCountsAndNamesRows) {
  const SyncSpec spec =
      Table("e ENUM('x','y'), b BINARY(2), k INT, PRIMARY KEY (e, b, k)", "1, 'ab', i", 100);
  EXPECT_EQ(Verify(spec).differing, 100);
  ASSERT_TRUE(Backfill(spec));
  Sync({spec}, {});
  Run("UPDATE t SET w = 'x' WHERE k IN (7, 70)");
  Run("UPDATE t SET v = 'V50' WHERE k = 50");
  Run("UPDATE t SET v = 'Q', w = 'Q' WHERE k = 51");
  const auto after = Verify(spec);
  EXPECT_EQ(after.rows, 100);
  EXPECT_EQ(after.differing, 2);
  EXPECT_EQ(after.first_differing, (std::vector<std::string>{"x, 6162, 7", "x, 6162, 70"}));
  EXPECT_EQ(after.lossy, 2);
  EXPECT_EQ(after.first_lossy, (std::vector<std::string>{"x, 6162, 50", "x, 6162, 51"}));
}

TEST_P(MySqlBulkTest, PausesWhileOthersWait) {
  const SyncSpec spec = Table("k INT PRIMARY KEY", "i", 100);
  const auto session = Open(spec);
  const auto idle = session->PauseReason(std::chrono::seconds(5));
  ASSERT_TRUE(idle) << ToString(idle.error());
  EXPECT_FALSE(*idle) << **idle;
  const auto batch = Connect();
  const auto waiter = Connect();
  ASSERT_TRUE(batch->Begin());
  std::thread slow([&] {
    EXPECT_EQ(Try(*batch, ToComment(tag_) + " UPDATE t SET v = v WHERE k = 1 AND SLEEP(2) = 0"),
              "");
    batch->Rollback();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  std::thread waits([&] { EXPECT_EQ(Try(*waiter, "UPDATE t SET v = 'z' WHERE k = 1"), ""); });
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  const auto busy = session->PauseReason(std::chrono::seconds(5));
  slow.join();
  waits.join();
  ASSERT_TRUE(busy) << ToString(busy.error());
  ASSERT_TRUE(*busy);
  EXPECT_EQ(**busy, "1 session waits for rows of a batch");
  const auto after = session->PauseReason(std::chrono::seconds(5));
  ASSERT_TRUE(after) << ToString(after.error());
  EXPECT_FALSE(*after);
}

TEST_P(MySqlBulkTest, PausesWhileAReplicaIsBehind) {
  ReplicaState replica{"db-1", true, std::chrono::seconds(9), ""};
  auto session = mysql::OpenBulkSession(
      url_, [&](MySqlConnection&) -> Result<std::vector<ReplicaState>> { return {{replica}}; });
  ASSERT_TRUE(session) << ToString(session.error());
  EXPECT_EQ((*session)->PauseReason(std::chrono::seconds(5)).value().value_or(""),
            "db-1 is 9 s behind");
  EXPECT_FALSE((*session)->PauseReason(std::chrono::seconds(10)).value());
  EXPECT_FALSE((*session)->PauseReason(Duration(0)).value());
  replica.lag.reset();
  EXPECT_TRUE((*session)->PauseReason(std::chrono::seconds(10)).value());
}

TEST_P(MySqlBulkTest, PausesWhileTheServerIsBusy) {
  const auto pause = [&](int threads, int history) {
    BackfillSettings limits;
    limits.max_threads_running = threads;
    limits.max_history_list_length = history;
    const auto session = mysql::OpenBulkSession(url_, {}, limits);
    return (*session)->PauseReason(Duration(0)).value().value_or("");
  };
  EXPECT_EQ(pause(1000, 1'000'000), "");
  EXPECT_EQ(pause(0, 0), "");
  const auto sleeper = Connect();
  std::thread sleeps([&] { EXPECT_EQ(Try(*sleeper, "DO SLEEP(1)"), ""); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_THAT(pause(1, 0), ::testing::MatchesRegex("[0-9]+ threads running, more than "
                                                   "max_threads_running = 1"));
  sleeps.join();
  Table("k INT PRIMARY KEY", "i", 100);
  const auto reader = Connect();
  ASSERT_EQ(Try(*reader, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"), "");
  ASSERT_EQ(Try(*reader, "START TRANSACTION WITH CONSISTENT SNAPSHOT"), "");
  const auto writer = Connect();
  for (int i = 0; i < 50; ++i) ASSERT_EQ(Try(*writer, "UPDATE t SET v = " + std::to_string(i)), "");
  EXPECT_THAT(pause(0, 10),
              ::testing::HasSubstr(" transactions in InnoDB's history list, more than "
                                   "max_history_list_length = 10"));
}

/// A runner that was stopped in the middle of a batch holds the claim's row no longer than the
/// server lets it; one that pauses between batches keeps its session.
TEST_P(MySqlBulkTest, OnlyASilentBatchIsEnded) {
  const SyncSpec spec = Table("k INT PRIMARY KEY", "i", 100);
  const auto session = Open(spec);
  ASSERT_TRUE(session->Batch({}, BatchMode::kRange, {}, {}));
  const bool maria = GetParam().name == "mariadb";
  if (maria) {
    const auto& flavor = mysql::FlavorOf("mariadb");
    EXPECT_NE(flavor.settings.find("idle_transaction_timeout = 30"), std::string::npos);
  } else {
    EXPECT_EQ(Rows("SELECT GROUP_CONCAT(DISTINCT v.variable_value) FROM "
                   "performance_schema.variables_by_thread v JOIN performance_schema.threads p ON "
                   "p.thread_id = v.thread_id WHERE v.variable_name = 'wait_timeout' AND "
                   "p.processlist_db = DATABASE()"),
              "28800");
  }
}

TEST_P(MySqlBulkTest, PlanShowsABatch) {
  const SyncSpec spec = Table("a INT, b VARCHAR(9), PRIMARY KEY (a, b DESC)", "i, i", 10);
  const auto batch = mysql::ShowBatch(*owner_, spec);
  ASSERT_TRUE(batch) << ToString(batch.error());
  EXPECT_NE(batch->find("(t.`a` > $1 OR (t.`a` = $1 AND t.`b` < $2)) AND (t.`a` < $3 OR (t.`a` = "
                        "$3 AND t.`b` >= $4))"),
            std::string::npos)
      << *batch;
  const auto compare = mysql::ShowCompare(*owner_, spec);
  ASSERT_TRUE(compare);
  EXPECT_TRUE(compare->starts_with("SELECT COUNT(*), COUNT(CASE WHEN ")) << *compare;
  SyncSpec planned = spec;
  planned.table.name = "later";
  EXPECT_EQ(mysql::ShowBatch(*owner_, planned).value_or(""),
            "-- rows of `" + owner_->database() + "`.`later`, which is not there yet");
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlBulkTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
