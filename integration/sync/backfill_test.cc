// Backfill and verify on a real server: keys of all kinds, traffic, lost workers, fencing.
#include <atomic>
#include <chrono>
#include <thread>

#include "engine/postgres/table_key.h"
#include "engine/sql_ledger_texts.h"
#include "sync/fixture.h"

namespace interlock::testing {
namespace {

class Backfilling : public SyncTest {
 protected:
  /// app.t (…, v text, w text), w synced to upper(v); `insert` fills it.
  SyncSpec Table(const std::string& columns, const std::string& insert) {
    Run(*owner_, "CREATE TABLE app.t (" + columns + ", v text, w text)");
    Run(*owner_, insert);
    const SyncSpec spec = MakeSpec("0003-t/1", {"app", "t"}, {"v"}, {{"w", "text"}}, {"upper(v)"},
                                   {{"v", "lower(w)"}});
    Sync({}, {spec});
    return spec;
  }
  std::string Unequal() {
    return Rows(*owner_, "SELECT count(*) FROM app.t WHERE w IS DISTINCT FROM upper(v)");
  }
};

TEST_F(Backfilling, WalksKeysOfEveryType) {
  struct KeyCase {
    const char* columns;
    const char* values;  ///< over i
  };
  const KeyCase cases[] = {
      {"k int PRIMARY KEY", "i - 60000"},
      {"k bigint PRIMARY KEY", "i * 1000000007::bigint"},
      {"k uuid PRIMARY KEY", "md5(i::text)::uuid"},
      {"k text PRIMARY KEY", "md5(i::text) || ', \\ '' \"'"},
      {"k text COLLATE \"C\" PRIMARY KEY", "chr(1 + i % 1000) || i"},
      {"k text COLLATE \"en-x-icu\" PRIMARY KEY", "chr(65 + i % 60) || i"},
      {"k varchar(12) PRIMARY KEY", "i::text"},
      {"k char(12) PRIMARY KEY", "i::text"},
      {"k bytea PRIMARY KEY", "decode(md5(i::text), 'hex')"},
      {"k numeric(20, 6) PRIMARY KEY", "i / 7.0"},
      {"k float8 PRIMARY KEY", "i / 7.0::float8"},
      {"k timestamptz PRIMARY KEY", "'2020-01-01'::timestamptz + i * interval '1.000001 s'"},
      {"k date PRIMARY KEY", "'1900-01-01'::date + i"},
      {"k interval PRIMARY KEY", "i * interval '1.5 s'"},
      {"k int[] PRIMARY KEY", "ARRAY[i % 300, i]"},
      {"k inet PRIMARY KEY", "'10.0.0.0'::inet + i"},
      {"k int UNIQUE NOT NULL", "i"},
      {"k int", "i"},
  };
  for (const KeyCase& key : cases) {
    Run(*owner_, "DROP TABLE IF EXISTS app.t");
    Run(*owner_, "CREATE SCHEMA IF NOT EXISTS interlock");
    const SyncSpec spec =
        Table(key.columns, std::string("INSERT INTO app.t (k, v) SELECT ") + key.values +
                               ", 'v' || i FROM generate_series(1, 53000) AS i");
    const auto counts = Backfill(spec);
    ASSERT_TRUE(counts) << key.columns << ": " << ToString(counts.error());
    EXPECT_EQ(counts->rows_changed, 53'000) << key.columns;
    EXPECT_EQ(Unequal(), "0") << key.columns;
    const auto verified = Verify(spec);
    ASSERT_TRUE(verified) << key.columns << ": " << ToString(verified.error());
    EXPECT_EQ(verified->rows, 53'000) << key.columns;
    EXPECT_EQ(verified->differing, 0) << key.columns;
    Sync({spec}, {});
  }
}

TEST_F(Backfilling, WalksACompositeKey) {
  const SyncSpec spec = Table("b text, a int, PRIMARY KEY (a, b)",
                              "INSERT INTO app.t SELECT 'k' || i, i % 90, 'v' FROM "
                              "generate_series(1, 60000) AS i");
  ASSERT_EQ(Backfill(spec)->rows_changed, 60'000);
  EXPECT_EQ(Unequal(), "0");
}

TEST_F(Backfilling, RefusesAPartitionedTableWithoutKey) {
  Run(*owner_,
      "CREATE TABLE app.t (k int, v text, w text) PARTITION BY RANGE (k);"
      "CREATE TABLE app.t1 PARTITION OF app.t DEFAULT");
  const SyncSpec spec =
      MakeSpec("0003-t/1", {"app", "t"}, {"v"}, {{"w", "text"}}, {"upper(v)"}, {{"v", "lower(w)"}});
  const auto counts = Backfill(spec);
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().code, "IL-E60");
}

TEST_F(Backfilling, KeysAreFormattedReversibly) {
  using postgres::FormatKey;
  using postgres::ParseKey;
  for (const Key& key :
       std::vector<Key>{{""}, {"a"}, {",", "\\"}, {"a,b\\", "", "\\,"}, {"", ""}}) {
    EXPECT_EQ(ParseKey(FormatKey(key)), key);
  }
}

TEST_F(Backfilling, VerifyNamesRowsThatDiffer) {
  const SyncSpec spec = Table("k int PRIMARY KEY",
                              "INSERT INTO app.t SELECT i, 'v' FROM generate_series(1, 100) AS i");
  auto before = Verify(spec);
  ASSERT_TRUE(before);
  EXPECT_EQ(before->differing, 100);
  ASSERT_TRUE(Backfill(spec));
  Run(*owner_,
      "ALTER TABLE app.t DISABLE TRIGGER \"~interlock_sync\";"
      "UPDATE app.t SET w = 'x' WHERE k IN (7, 70); UPDATE app.t SET v = 'V' WHERE k = 50;"
      "UPDATE app.t SET v = 'Q', w = 'Q' WHERE k = 51");
  const auto after = Verify(spec);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->rows, 100);
  EXPECT_EQ(after->differing, 2);
  EXPECT_EQ(after->first_differing, (std::vector<std::string>{"7", "70"}));
  EXPECT_EQ(after->lossy, 2);
  EXPECT_EQ(after->first_lossy, (std::vector<std::string>{"50", "51"}));
}

TEST_F(Backfilling, StopsWhenFencedOff) {
  const SyncSpec spec = Table("k int PRIMARY KEY",
                              "INSERT INTO app.t SELECT i, 'v' FROM generate_series(1, 100) AS i");
  for (const LedgerPart& part : FindLedgerSql("postgresql")->parts)
    if (part.name == "table interlock.claims")
      for (const std::string& statement : part.make) Run(*owner_, statement);
  Run(*owner_, "INSERT INTO interlock.claims VALUES ('table app.t', 8, 'r', 'a', 'h', 1, 1, 1)");
  const auto stale = Backfill(spec, 2, {}, {{"table app.t", 7}});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind, ErrorKind::kFenced);
  EXPECT_EQ(stale.error().code, "IL-R61");
  EXPECT_EQ(Unequal(), "100");
  ASSERT_TRUE(Backfill(spec, 2, {}, {{"table app.t", 8}}));
  EXPECT_EQ(Unequal(), "0");
}

/// Applications that update in descending order, several rows a transaction, and never deadlock
/// among themselves.
TEST_F(Backfilling, NobodyMeetsADeadlockUnderOppositeTraffic) {
  const SyncSpec spec = Table("k int PRIMARY KEY",
                              "INSERT INTO app.t SELECT i, 'v' || i FROM "
                              "generate_series(1, 60000) AS i");
  std::atomic<bool> over{false};
  std::atomic<int> transactions{0};
  std::vector<std::string> errors(2);
  std::vector<std::thread> apps;
  for (size_t i = 0; i < errors.size(); ++i) {
    apps.emplace_back([&, i] {
      const auto app = Connect("postgres", "app" + std::to_string(i));
      unsigned seed = static_cast<unsigned>(i) + 1;
      while (!over && errors[i].empty()) {
        seed = seed * 1'103'515'245 + 12'345;
        const int from = static_cast<int>(seed / 65'536 % 59'000) + 1;
        (void)app->Begin();
        for (int k = from + 40; k >= from && errors[i].empty(); k -= 5) {
          errors[i] = Try(*app, "UPDATE app.t SET v = v || 'a' WHERE k = " + std::to_string(k));
        }
        if (errors[i].empty()) {
          const auto committed = app->Commit();
          if (!committed) errors[i] = committed.error().message;
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
  EXPECT_EQ(Unequal(), "0");
  EXPECT_EQ(Rows(*owner_,
                 "SELECT deadlocks FROM pg_stat_database WHERE datname = "
                 "current_database()"),
            "0");
}

TEST_F(Backfilling, AHeldRowIsSkippedAndVisitedAgain) {
  const SyncSpec spec = Table("k int PRIMARY KEY",
                              "INSERT INTO app.t SELECT i, 'v' || i FROM "
                              "generate_series(1, 5000) AS i");
  const auto app = Connect();
  ASSERT_TRUE(app->Begin());
  Run(*app, "SELECT 1 FROM app.t WHERE k = 2500 FOR UPDATE");
  const auto started = std::chrono::steady_clock::now();
  std::int64_t waiting = 0;
  bool released = false;
  BulkHooks hooks;
  hooks.progress = [&](const BulkProgress& progress) {
    waiting = std::max(waiting, progress.skipped_ranges);
    if (released || std::chrono::steady_clock::now() - started < std::chrono::seconds(2)) return;
    EXPECT_EQ(progress.counts.rows_changed, 4'999);
    app->Rollback();
    released = true;
  };
  const auto counts = Backfill(spec, 2, hooks);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_TRUE(released);
  EXPECT_GT(waiting, 0);
  EXPECT_GT(counts->retried, 0);
  EXPECT_EQ(Unequal(), "0");
}

TEST_F(Backfilling, GoesOnAfterAWorkersBackendWasEnded) {
  const SyncSpec spec = Table("k int PRIMARY KEY",
                              "INSERT INTO app.t SELECT i, 'v' || i FROM "
                              "generate_series(1, 150000) AS i");
  // Every write to a row once: counted by a trigger that sorts before ours.
  Run(*owner_,
      "CREATE TABLE app.writes (k int); CREATE FUNCTION app.count() RETURNS trigger LANGUAGE "
      "plpgsql AS $$BEGIN INSERT INTO app.writes VALUES (NEW.k); RETURN NEW; END$$;"
      "CREATE TRIGGER count BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.count()");
  int killed = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    BulkHooks hooks;
    hooks.progress = [&](const BulkProgress& progress) {
      if (progress.counts.rows_changed == 0 || killed > 2) return;
      killed += Rows(*owner_,
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                     "application_name = 'interlock backfill' AND state <> 'idle' AND "
                     "datname = current_database() LIMIT 1") == "t"
                    ? 1
                    : 0;
    };
    const auto counts = Backfill(spec, 2, hooks);
    if (counts) break;
    const ErrorKind kind = counts.error().kind;
    EXPECT_TRUE(kind == ErrorKind::kInDoubt || kind == ErrorKind::kUnreachable)
        << ToString(counts.error());
  }
  EXPECT_GT(killed, 0);
  EXPECT_EQ(Unequal(), "0");
  EXPECT_EQ(Rows(*owner_, "SELECT count(*), count(DISTINCT k) FROM app.writes"), "150000|150000");
  EXPECT_EQ(postgres::ObserveBackfill(*owner_, tag_.step)->state, Observed::kPresent);
}

TEST_F(Backfilling, ShowsItsShape) {
  const SyncSpec spec = Table("k int PRIMARY KEY", "SELECT 1");
  const auto batch = postgres::ShowBatch(*owner_, spec);
  ASSERT_TRUE(batch);
  EXPECT_NE(batch->find("t.\"k\" > $1::integer AND t.\"k\" <= $2::integer"), std::string::npos)
      << *batch;
  EXPECT_NE(postgres::ShowCompare(*owner_, spec)->find("count(*)"), std::string::npos);
}

}  // namespace
}  // namespace interlock::testing
