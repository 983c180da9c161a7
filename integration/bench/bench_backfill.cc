// How fast a backfill is, next to a single UPDATE of all rows:
// bench_backfill [ROUNDS [ROWS [INDEXED]]].
//
// Prints rows per second for our backfill with two workers and with one, for one UPDATE under the
// same trigger, for one UPDATE without a trigger, and for our backfill at smaller sizes; each round
// has them all, every one on a table made anew on one server.  A machine's speed may change from
// minute to minute, so a ratio is taken within a round, and the median of those of ROUNDS (3)
// counts.  Last the peak memory of this process.  Bounds: 0.9 of the UPDATE with trigger, 0.7 of
// the one without; at smaller sizes 0.8 to 1.25 of the rate at ROWS.
//
// A rate is rows by the time from the first batch's begin to the last one's end: what connecting
// takes is the same for every size, and printed beside it.
//
// Reserve huge pages for the server, as for one in production (sysctl -w vm.nr_hugepages=320).
// Without them every new session of the server meets a page fault for each 4 kB of shared memory
// that it touches first, some 2,000 in a batch; where these are dear (on nested virtual machines 10
// to 20 us each) they are half of what 10,000 rows cost, and nothing of what 2,000,000 do.
//
// The table has a secondary index on INDEXED: `created` (the default) has the order of the key, so
// that workers stay out of each other's way; under `email` they write to the same leaves, which at
// 10,000 rows are so few that two plain UPDATEs side by side are no faster either.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/backfill.h"
#include "engine/postgres/bulk_session.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/sync_trigger.h"
#include "support/pg_cluster.h"

namespace interlock {
namespace {

using postgres::PgConnection;

template <typename T>
T Must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", ToString(result.error()).c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

SyncSpec NamesSpec() {
  SyncSpec spec;
  spec.id = "0002-names/1";
  spec.table = {"public", "users"};
  spec.old_columns = {"name"};
  for (const int part : {1, 2}) {
    change::DerivedColumn derived;
    derived.column.name = part == 1 ? "first_name" : "last_name";
    derived.column.type = "text";
    derived.up = "split_part(name, ' ', " + std::to_string(part) + ")";
    spec.new_columns.push_back(derived);
  }
  spec.down = {{"name", "first_name || ' ' || last_name"}};
  return spec;
}

using Steady = std::chrono::steady_clock;

/// When a backfill's first batch began and its last one ended.
struct Span {
  std::mutex mutex;
  std::optional<Steady::time_point> first;
  Steady::time_point last;

  void Began() {
    const std::lock_guard lock(mutex);
    if (!first) first = Steady::now();
  }
  void Ended() {
    const std::lock_guard lock(mutex);
    last = Steady::now();
  }
};

/// Notes when batches begin and end; all else is the session's own.
class Timed : public BulkSession {
 public:
  Timed(std::unique_ptr<BulkSession> session, Span& span)
      : session_(std::move(session)), span_(span) {}

  Result<void> Open(const BulkTask& task, const StatementTag& tag) override {
    return session_->Open(task, tag);
  }
  Result<std::optional<Key>> Boundary(const KeyRange& range, std::int64_t rows) override {
    return session_->Boundary(range, rows);
  }
  Result<std::vector<Segment>> Segments() override { return session_->Segments(); }
  Result<void> AddSegment(const Segment& segment, const Fence& fence) override {
    return session_->AddSegment(segment, fence);
  }
  Result<BatchResult> Batch(const KeyRange& range, BatchMode mode, const Segment& after,
                            const Fence& fence) override {
    span_.Began();
    auto result = session_->Batch(range, mode, after, fence);
    span_.Ended();
    return result;
  }
  Result<VerifyCounts> Compare(const KeyRange& range) override { return session_->Compare(range); }
  Result<std::optional<std::string>> PauseReason(Duration max_replica_lag) override {
    return session_->PauseReason(max_replica_lag);
  }

 private:
  std::unique_ptr<BulkSession> session_;
  Span& span_;
};

class Bench {
 public:
  Bench(const std::string& url, const std::string& indexed)
      : url_(url), indexed_(indexed), connection_(Must(PgConnection::Open(url, {"bench", false}))) {
    Run("CREATE SCHEMA IF NOT EXISTS interlock");
  }

  /// Rows per second.
  double Backfill(std::int64_t rows, int workers) {
    Make(rows);
    Install();
    BackfillSettings settings;
    settings.workers = workers;
    BackfillCounts counts;
    Span span;
    BulkHooks hooks;
    hooks.estimated_rows = rows;
    const OpenBulk open = [&]() -> Result<std::unique_ptr<BulkSession>> {
      IL_ASSIGN(auto session, postgres::OpenBulkSession(url_));
      return std::unique_ptr<BulkSession>(std::make_unique<Timed>(std::move(session), span));
    };
    const double whole = Seconds([&] {
      counts =
          Must(RunBackfill(open, spec_, {"bench", "bench", 1}, settings, {}, hooks, SystemClock()));
    });
    const double seconds = std::chrono::duration<double>(span.last - *span.first).count();
    if (counts.rows_changed != rows) {
      std::fprintf(stderr, "%lld of %lld rows changed\n",
                   static_cast<long long>(counts.rows_changed), static_cast<long long>(rows));
      std::exit(1);
    }
    std::printf("  %d workers: %.0f rows/s, and %.0f ms beside it (%lld batches, %lld retried)\n",
                workers, static_cast<double>(rows) / seconds, (whole - seconds) * 1000,
                static_cast<long long>(counts.batches), static_cast<long long>(counts.retried));
    return static_cast<double>(rows) / seconds;
  }

  double SingleUpdate(std::int64_t rows, bool trigger) {
    Make(rows);
    if (trigger) Install();
    const double seconds = Seconds([&] {
      Run("UPDATE public.users SET first_name = split_part(name, ' ', 1), last_name = "
          "split_part(name, ' ', 2)");
    });
    std::printf("  one UPDATE %s trigger: %.0f rows/s\n", trigger ? "with" : "without",
                static_cast<double>(rows) / seconds);
    return static_cast<double>(rows) / seconds;
  }

 private:
  void Run(const std::string& sql) { Must(connection_->Execute(sql, {})); }

  void Make(std::int64_t rows) {
    Run("DROP TABLE IF EXISTS public.users; DROP TABLE IF EXISTS interlock.checkpoints");
    Run("CREATE TABLE public.users AS SELECT i AS id, 'First' || i % 5000 || ' Last' || i % 7919 "
        "AS "
        "name, 'user' || i || '@example.org' AS email, now() - i * interval '1 second' AS created "
        "FROM generate_series(1, " +
        std::to_string(rows) + "::bigint) AS i");
    Run("ALTER TABLE public.users ADD PRIMARY KEY (id)");
    Run("CREATE INDEX users_indexed ON public.users (" + indexed_ + ")");
    Run("ALTER TABLE public.users ADD first_name text, ADD last_name text");
    Run("VACUUM ANALYZE public.users");
    Run("CHECKPOINT");
  }

  void Install() {
    // The table is new, and with it the trigger; the function may be there still.
    const auto statements = Must(postgres::SyncStatements(*connection_, {}, {spec_}));
    Must(connection_->Begin());
    for (const auto& statement : statements) Run(statement);
    Must(connection_->Commit());
  }

  static double Seconds(const std::function<void()>& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }

  const std::string url_;
  const std::string indexed_;
  const SyncSpec spec_ = NamesSpec();
  std::unique_ptr<PgConnection> connection_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// As the kernel tells, or that it tells nothing.
std::string FreeHugePages() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("HugePages_Free:"))
      return line.substr(line.find_last_of(' ') + 1) + " free";
  }
  return "unknown";
}

int Main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 3;
  const std::int64_t rows = argc > 2 ? std::atoll(argv[2]) : 2'000'000;
  testing::PostgresOptions options;
  options.settings = {"shared_buffers=512MB",  "max_wal_size=8GB", "autovacuum=off",
                      "checkpoint_timeout=1h", "fsync=on",         "full_page_writes=on"};
  const auto cluster = testing::PostgresCluster::Start(options);
  const std::string indexed = argc > 3 ? argv[3] : "created";
  if (indexed != "created" && indexed != "email") {
    std::fprintf(stderr, "INDEXED is created or email, not %s\n", indexed.c_str());
    return 64;
  }
  Bench bench(cluster->Url(), indexed);
  std::printf("huge pages: %s\n", FreeHugePages().c_str());
  const std::vector<std::int64_t> sizes = {100'000, 10'000};
  std::map<std::string, std::vector<double>> rates;
  std::map<std::string, std::vector<double>> ratios;
  for (int round = 0; round < rounds; ++round) {
    std::printf("round %d, %lld rows, index on %s\n", round + 1, static_cast<long long>(rows),
                indexed.c_str());
    const auto note = [&](const std::string& what, double rate) {
      rates[what].push_back(rate);
      return rate;
    };
    const double two = note("two", bench.Backfill(rows, 2));
    const double with = note("with", bench.SingleUpdate(rows, true));
    const double without = note("without", bench.SingleUpdate(rows, false));
    const double one = note("one", bench.Backfill(rows, 1));
    ratios["two with"].push_back(two / with);
    ratios["two without"].push_back(two / without);
    ratios["one with"].push_back(one / with);
    ratios["one without"].push_back(one / without);
    for (const std::int64_t size : sizes) {
      std::printf(" %lld rows\n", static_cast<long long>(size));
      std::vector<double> small;
      for (int i = 0; i < 5; ++i) small.push_back(bench.Backfill(size, 2));
      ratios[std::to_string(size)].push_back(note(std::to_string(size), Median(small)) / two);
    }
    std::fflush(stdout);
  }
  std::printf("median: 2 workers %.0f, 1 worker %.0f, UPDATE with trigger %.0f, without %.0f\n",
              Median(rates["two"]), Median(rates["one"]), Median(rates["with"]),
              Median(rates["without"]));
  const double with = Median(ratios["two with"]);
  const double without = Median(ratios["two without"]);
  std::printf(
      "2 workers: %.2f of the UPDATE with trigger (bound 0.9), %.2f of the one without "
      "(bound 0.7)\n",
      with, without);
  std::printf("1 worker:  %.2f and %.2f\n", Median(ratios["one with"]),
              Median(ratios["one without"]));
  bool even = true;
  for (const std::int64_t size : sizes) {
    const double ratio = Median(ratios[std::to_string(size)]);
    even = even && ratio >= 0.8 && ratio <= 1.25;
    std::printf("%lld rows: %.0f rows/s, %.2f of that at %lld rows (bounds 0.8 and 1.25)\n",
                static_cast<long long>(size), Median(rates[std::to_string(size)]), ratio,
                static_cast<long long>(rows));
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory of this process: %ld MB\n", usage.ru_maxrss / 1024);
  return with >= 0.9 && without >= 0.7 && even ? 0 : 1;
}

}  // namespace
}  // namespace interlock

int main(int argc, char** argv) { return interlock::Main(argc, argv); }
