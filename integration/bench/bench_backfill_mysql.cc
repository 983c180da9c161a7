// What a backfill costs on MySQL and MariaDB against one UPDATE of the same table.
//
//   bench_backfill_mysql [ROUNDS [ROWS]]     3 rounds, 500,000 rows
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/backfill.h"
#include "engine/mysql/bulk_session.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/sync_trigger.h"
#include "engine/sql_ledger.h"
#include "engine/verify.h"
#include "support/mysql_server.h"

namespace interlock {
namespace {

template <typename T>
T Must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", ToString(result.error()).c_str());
    std::exit(1);
  }
  return std::move(*result);
}

double Seconds(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

change::DerivedColumn Derived(const std::string& name, const std::string& type,
                              const std::string& up) {
  change::DerivedColumn out;
  out.column.name = name;
  out.column.type = type;
  out.up = up;
  return out;
}

class Bench {
 public:
  Bench(std::string name, const std::string& url, std::int64_t rows)
      : name_(std::move(name)),
        url_(url),
        rows_(rows),
        connection_(Must(mysql::MySqlConnection::Open(url, {"bench", false}))) {
    spec_.id = "0001-users/1";
    spec_.table = {connection_->database(), "users"};
    spec_.old_columns = {"name", "amount"};
    spec_.new_columns = {Derived("first_name", "varchar(60)", "SUBSTRING_INDEX(name, ' ', 1)"),
                         Derived("cents", "int", "amount * 100")};
    spec_.down = {{"amount", "cents / 100"}};
    SqlLedger ledger(
        [url]() -> Result<std::unique_ptr<SqlConnection>> {
          return mysql::MySqlConnection::Open(url, {"bench", false});
        },
        "bench", SystemClock());
    if (const auto made = ledger.Prepare(); !made) Must(Result<int>(Fail(made.error())));
    Run("CREATE TABLE base (id BIGINT PRIMARY KEY, name VARCHAR(60) NOT NULL, amount "
        "DECIMAL(10,2) NOT NULL, email VARCHAR(80), touched TIMESTAMP NOT NULL DEFAULT "
        "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, KEY (email))");
    Run("CREATE TABLE thousand (i INT PRIMARY KEY)");
    Run("INSERT INTO thousand WITH RECURSIVE r AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM r "
        "WHERE i < 999) SELECT i FROM r");
    Run("INSERT INTO base SELECT 1000 * b.i + a.i, CONCAT('First', a.i, ' Last', b.i), b.i / 4, "
        "CONCAT('user', a.i, 'x', b.i, '@example.org'), '2020-01-01' FROM thousand AS b JOIN "
        "thousand AS a WHERE 1000 * b.i + a.i < " +
        std::to_string(rows));
  }

  void Round() {
    const double without = Rate("one UPDATE without triggers", false, [&] { SingleUpdate(); });
    const double with = Rate("one UPDATE with triggers", true, [&] { SingleUpdate(); });
    for (const int workers : {1, 2}) {
      const double rate =
          Rate(std::to_string(workers) + " workers", true, [&] { Backfill(workers); });
      std::printf("  %s, %d workers: %.2f of the UPDATE with triggers, %.2f of the one without\n",
                  name_.c_str(), workers, rate / with, rate / without);
    }
    std::int64_t differing = -1;
    const double seconds = Seconds([&] {
      differing = Must(RunVerify(Opener(), spec_, tag_, {}, {}, SystemClock())).differing;
    });
    std::printf("  %s, verify: %.0f rows/s, %lld differ\n", name_.c_str(),
                static_cast<double>(rows_) / seconds, static_cast<long long>(differing));
    std::fflush(stdout);
  }

 private:
  void Run(const std::string& sql) { Must(connection_->Execute(sql, {})); }
  OpenBulk Opener() const {
    return [url = url_] { return mysql::OpenBulkSession(url); };
  }

  double Rate(const std::string& what, bool triggers, const std::function<void()>& work) {
    Run("DROP TABLE IF EXISTS users, interlock_backfill");
    Run("CREATE TABLE users LIKE base");
    Run("INSERT INTO users SELECT * FROM base ORDER BY id");
    Run("ALTER TABLE users ADD first_name VARCHAR(60), ADD cents INT");
    Run("ANALYZE TABLE users");
    if (triggers) {
      for (const auto& sql : Must(mysql::SyncStatements(*connection_, {}, {spec_}))) Run(sql);
    }
    const double rate = static_cast<double>(rows_) / Seconds(work);
    std::printf("  %s, %s: %.0f rows/s\n", name_.c_str(), what.c_str(), rate);
    return rate;
  }

  void SingleUpdate() {
    Run("UPDATE users SET first_name = SUBSTRING_INDEX(name, ' ', 1), cents = amount * 100, "
        "touched = touched");
  }

  void Backfill(int workers) {
    BackfillSettings settings;
    settings.workers = workers;
    BulkHooks hooks;
    hooks.estimated_rows = rows_;
    const auto counts =
        Must(RunBackfill(Opener(), spec_, tag_, settings, {}, hooks, SystemClock()));
    if (counts.rows_changed != rows_) {
      std::fprintf(stderr, "%lld of %lld rows changed\n",
                   static_cast<long long>(counts.rows_changed), static_cast<long long>(rows_));
      std::exit(1);
    }
    std::printf("  %s: %lld batches, %lld retried\n", name_.c_str(),
                static_cast<long long>(counts.batches), static_cast<long long>(counts.retried));
  }

  const std::string name_;
  const std::string url_;
  const std::int64_t rows_;
  const StatementTag tag_{"bench", "bench", 1};
  std::unique_ptr<mysql::MySqlConnection> connection_;
  SyncSpec spec_;
};

int Main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 3;
  const std::int64_t rows = argc > 2 ? std::atoll(argv[2]) : 500'000;
  testing::MySqlOptions options;
  options.settings = {"innodb-buffer-pool-size=512M"};
  const std::map<std::string, testing::MySqlFlavor> flavors{
      {"mariadb", testing::MySqlFlavor::kMariaDb}, {"mysql", testing::MySqlFlavor::kMySql}};
  for (const auto& [name, flavor] : flavors) {
    const auto server = testing::MySqlServer::Start(flavor, options);
    Bench bench(name, server->CreateDatabase("bench"), rows);
    for (int round = 0; round < rounds; ++round) bench.Round();
  }
  return 0;
}

}  // namespace
}  // namespace interlock

int main(int argc, char** argv) { return interlock::Main(argc, argv); }
