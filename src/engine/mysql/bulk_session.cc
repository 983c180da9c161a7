#include "engine/mysql/bulk_session.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/bulk_answers.h"
#include "engine/mysql/bulk_sql.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/row_work.h"
#include "engine/mysql/server_load.h"
#include "engine/session_claims.h"

namespace interlock::mysql {
namespace {

SqlValue KeyValue(const std::optional<Key>& key) {
  return key ? SqlValue(FormatKey(*key)) : SqlValue();
}

std::optional<Key> KeyOf(const SqlValue& value) {
  return value ? std::optional<Key>(ParseKey(*value)) : std::nullopt;
}

Result<bool> CheckpointTableThere(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows found,
            connection.Execute("SELECT 1 FROM information_schema.tables WHERE table_schema = "
                               "DATABASE() AND table_name = 'interlock_backfill'",
                               {}));
  return !found.rows.empty();
}

/// Runs a statement now and another at the end of the block, whatever happens in between.
class Around {
 public:
  static Result<Around> Begin(SqlConnection& connection, const std::string& before,
                              const std::string& after) {
    if (!before.empty()) IL_RETURN_IF_ERROR(connection.Execute(before, {}));
    return Around(connection, after);
  }
  Around(Around&& other) noexcept
      : connection_(other.connection_), after_(std::exchange(other.after_, {})) {}
  Around(const Around&) = delete;
  Around& operator=(const Around&) = delete;
  Around& operator=(Around&&) = delete;
  ~Around() {
    if (after_.empty()) return;
    // An error here means that the connection is lost: the next statement tells.
    [[maybe_unused]] const auto ignored = connection_->Execute(after_, {});
  }

 private:
  Around(SqlConnection& connection, std::string after)
      : connection_(&connection), after_(std::move(after)) {}
  SqlConnection* connection_;
  std::string after_;
};

class MySqlBulkSession : public BulkSession {
 public:
  MySqlBulkSession(std::unique_ptr<MySqlConnection> connection, AskReplicas ask_replicas,
                   const BackfillSettings& limits)
      : connection_(std::move(connection)),
        flavor_(FlavorOf(connection_->dialect())),
        ask_replicas_(std::move(ask_replicas)),
        limits_(limits) {}

  Result<void> Open(const BulkTask& task, const StatementTag& tag) override;
  Result<std::optional<Key>> Boundary(const KeyRange& range, std::int64_t rows) override;
  Result<std::vector<Segment>> Segments() override;
  Result<void> AddSegment(const Segment& segment, const Fence& fence) override;
  Result<BatchResult> Batch(const KeyRange& range, BatchMode mode, const Segment& after,
                            const Fence& fence) override;
  Result<VerifyCounts> Compare(const KeyRange& range) override { return work_->Compare(range); }
  Result<void> Finish(const Fence& fence) override { return work_->Finish(fence); }
  bool Unfinished() const override { return work_->Unfinished(); }
  Result<std::int64_t> CatchUp(const Fence& fence) override;
  Result<std::optional<std::string>> Backlog(const BulkTask& task) override;
  Result<std::optional<std::string>> PauseReason(Duration max_replica_lag) override;

 private:
  Result<SqlRows> Send(const std::string& sql) { return connection_->Execute(comment_ + sql, {}); }
  Result<void> WriteCheckpoint(const Segment& segment);
  Result<std::optional<std::string>> ReplicaBehind(Duration max_lag);
  Result<std::optional<std::string>> Waiters();

  std::unique_ptr<MySqlConnection> connection_;
  const BulkFlavor& flavor_;
  AskReplicas ask_replicas_;
  BackfillSettings limits_;
  std::string comment_;
  std::string step_;
  std::string task_;
  std::unique_ptr<RowWork> work_;
  /// The range that the last Boundary measured, so that its batch need not count again.
  struct Measured {
    KeyRange range;
    std::int64_t rows = 0;
  };
  std::optional<Measured> measured_;
};

Result<void> MySqlBulkSession::Open(const BulkTask& task, const StatementTag& tag) {
  comment_ = ToComment(tag) + " ";
  step_ = tag.step;
  task_ = IdOf(task);
  IL_RETURN_IF_ERROR(connection_->Execute(flavor_.settings, {}));
  const TaggedSql send(*connection_, comment_);
  const auto* spec = std::get_if<SyncSpec>(&task);
  IL_ASSIGN(work_, spec != nullptr
                       ? WorkOnSync(send, *spec)
                       : WorkOnCopy(send, std::get<Alteration>(task), limits_.batch_time));
  return {};
}

Result<std::optional<Key>> MySqlBulkSession::Boundary(const KeyRange& range, std::int64_t rows) {
  measured_.reset();
  IL_ASSIGN(const std::string sql, work_->key().BoundaryQuery(range, rows));
  IL_ASSIGN(const SqlRows found, Send(sql));
  if (found.rows.empty()) return std::optional<Key>();
  Key key;
  for (const auto& value : found.rows[0]) {
    IL_ASSIGN(std::string text, Given(value));
    key.push_back(std::move(text));
  }
  measured_ = Measured{{range.after, key}, rows};
  return std::optional<Key>(std::move(key));
}

Result<std::vector<Segment>> MySqlBulkSession::Segments() {
  IL_RETURN_IF_ERROR(EnsureCheckpointTable(*connection_));
  IL_ASSIGN(const SqlRows rows,
            connection_->Execute("SELECT segment, low, high, position, done, seen, changed, "
                                 "batches, retried, key_shape FROM interlock_backfill WHERE step = "
                                 "$1 ORDER BY segment",
                                 {step_}));
  std::vector<Segment> segments;
  for (const auto& row : rows.rows) {
    if (row.at(9) != work_->key().Shape())
      return Fail(
          ErrorKind::kCorrupt, "IL-E57",
          "a checkpoint of " + ToString(work_->key().table) + " does not fit the table's key", "",
          {"it was made for " + row.at(9).value_or("?"), "the key is " + work_->key().Shape()});
    Segment segment;
    IL_ASSIGN(segment.number, SmallNumber(row.at(0)));
    segment.range = {KeyOf(row.at(1)), KeyOf(row.at(2))};
    segment.position = KeyOf(row.at(3));
    segment.done = row.at(4) == "1";
    IL_ASSIGN(segment.counts.rows_seen, WholeNumber(row.at(5)));
    IL_ASSIGN(segment.counts.rows_changed, WholeNumber(row.at(6)));
    IL_ASSIGN(segment.counts.batches, WholeNumber(row.at(7)));
    IL_ASSIGN(segment.counts.retried, WholeNumber(row.at(8)));
    segments.push_back(std::move(segment));
  }
  return segments;
}

Result<void> MySqlBulkSession::WriteCheckpoint(const Segment& segment) {
  IL_RETURN_IF_ERROR(connection_->Execute(
      "INSERT INTO interlock_backfill (step, segment, spec, key_shape, low, high, position, done, "
      "seen, changed, batches, retried) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
      "ON DUPLICATE KEY UPDATE position = $7, done = $8, seen = $9, changed = $10, batches = $11, "
      "retried = $12",
      {step_, std::to_string(segment.number), task_, work_->key().Shape(),
       KeyValue(segment.range.after), KeyValue(segment.range.upto), KeyValue(segment.position),
       segment.done ? "1" : "0", std::to_string(segment.counts.rows_seen),
       std::to_string(segment.counts.rows_changed), std::to_string(segment.counts.batches),
       std::to_string(segment.counts.retried)}));
  return {};
}

Result<void> MySqlBulkSession::AddSegment(const Segment& segment, const Fence& fence) {
  IL_ASSIGN(const Around silence,
            Around::Begin(*connection_, flavor_.before_batch, flavor_.after_batch));
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(*connection_));
  IL_RETURN_IF_ERROR(LockFence(*connection_, fence));
  IL_RETURN_IF_ERROR(WriteCheckpoint(segment));
  return transaction.Commit();
}

Result<BatchResult> MySqlBulkSession::Batch(const KeyRange& range, BatchMode mode,
                                            const Segment& after, const Fence& fence) {
  IL_ASSIGN(const Around silence,
            Around::Begin(*connection_, flavor_.before_batch, flavor_.after_batch));
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(*connection_));
  IL_RETURN_IF_ERROR(LockFence(*connection_, fence));
  BatchResult result;
  const bool known =
      measured_ && measured_->range.after == range.after && measured_->range.upto == range.upto;
  IL_RETURN_IF_ERROR(
      work_->MoveRows(range, mode, known ? std::optional(measured_->rows) : std::nullopt, &result));
  if (!result.skipped) IL_RETURN_IF_ERROR(WriteCheckpoint(WithBatch(after, result)));
  IL_RETURN_IF_ERROR(transaction.Commit());
  return result;
}

Result<std::int64_t> MySqlBulkSession::CatchUp(const Fence& fence) {
  IL_ASSIGN(const Around silence,
            Around::Begin(*connection_, flavor_.before_batch, flavor_.after_batch));
  return work_->CatchUp(fence);
}

Result<std::optional<std::string>> MySqlBulkSession::Backlog(const BulkTask& task) {
  const auto* alteration = std::get_if<Alteration>(&task);
  if (alteration == nullptr) return std::optional<std::string>();
  return LogPause(*connection_, RebuildOf(*alteration).from.log, limits_.max_log_backlog);
}

Result<std::optional<std::string>> MySqlBulkSession::ReplicaBehind(Duration max_lag) {
  if (!ask_replicas_ || max_lag.count() <= 0) return std::optional<std::string>();
  IL_ASSIGN(const auto replicas, ask_replicas_(*connection_));
  return ReplicaPause(replicas, max_lag);
}

Result<std::optional<std::string>> MySqlBulkSession::Waiters() {
  if (comment_.empty()) return std::optional<std::string>();
  auto rows = connection_->Execute(flavor_.waiters, {comment_});
  if (!rows) {
    // Who may not see waits cannot be polite about them.  A batch is short, and waits for nobody.
    if (rows.error().kind == ErrorKind::kRefused) return std::optional<std::string>();
    return Fail(std::move(rows).error());
  }
  IL_ASSIGN(const SqlValue count, FirstValue(*rows));
  IL_ASSIGN(const std::int64_t waiting, WholeNumber(count));
  if (waiting == 0) return std::optional<std::string>();
  return std::optional<std::string>(std::to_string(waiting) + " session" +
                                    (waiting == 1 ? " waits" : "s wait") + " for rows of a batch");
}

Result<std::optional<std::string>> MySqlBulkSession::PauseReason(Duration max_replica_lag) {
  IL_ASSIGN(auto behind, ReplicaBehind(max_replica_lag));
  if (behind) return behind;
  IL_ASSIGN(auto load, LoadPause(*connection_, limits_));
  if (load) return load;
  return Waiters();
}

using MakeSql = std::string (*)(const TableKey&, const RowSql&, const std::string&);

Result<std::string> Show(SqlConnection& connection, const SyncSpec& spec, MakeSql make) {
  auto key = ReadKey(connection, spec.table);
  // It may be planned in the same release; types and key are not known before it is there.
  if (!key && key.error().code == "IL-E61")
    return "-- rows of " + Quote(spec.table) + ", which is not there yet";
  if (!key) return Fail(std::move(key).error());
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, spec.table, {spec}, {}));
  IL_ASSIGN(const RowSql row, MakeRowSql(spec, types, "t"));
  return make(*key, row, key->ShownCondition());
}

}  // namespace

Result<std::unique_ptr<BulkSession>> OpenBulkSession(const std::string& url,
                                                     AskReplicas ask_replicas,
                                                     const BackfillSettings& limits) {
  IL_ASSIGN(auto connection, MySqlConnection::Open(url, {kBulkProgramName, false}));
  return std::unique_ptr<BulkSession>(
      std::make_unique<MySqlBulkSession>(std::move(connection), std::move(ask_replicas), limits));
}

Result<void> EnsureCheckpointTable(SqlConnection& connection) {
  IL_ASSIGN(const bool there, CheckpointTableThere(connection));
  if (there) return {};
  IL_RETURN_IF_ERROR(connection.Execute(
      "CREATE TABLE IF NOT EXISTS interlock_backfill (step VARCHAR(700), segment INT, spec TEXT "
      "NOT NULL, key_shape TEXT NOT NULL, low TEXT, high TEXT, position TEXT, done TINYINT NOT "
      "NULL, seen BIGINT NOT NULL, changed BIGINT NOT NULL, batches BIGINT NOT NULL, retried "
      "BIGINT NOT NULL, PRIMARY KEY (step, segment)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT "
      "CHARACTER SET utf8mb4 COLLATE " +
          FlavorOf(connection.dialect()).collation,
      {}));
  return {};
}

Result<Observation> ObserveBackfill(SqlConnection& connection, const std::string& step) {
  IL_ASSIGN(const bool there, CheckpointTableThere(connection));
  if (!there) return Observation{Observed::kAbsent, "no batch was done"};
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT COUNT(*), COUNT(CASE WHEN done THEN 1 END), COUNT(CASE "
                               "WHEN high IS NULL THEN 1 END), CAST(COALESCE(SUM(seen), 0) AS "
                               "SIGNED) FROM interlock_backfill WHERE step = $1",
                               {step}));
  IL_ASSIGN(const auto row, FirstRow(rows));
  IL_ASSIGN(const std::int64_t segments, WholeNumber(row.at(0)));
  IL_ASSIGN(const std::int64_t done, WholeNumber(row.at(1)));
  IL_ASSIGN(const std::int64_t last, WholeNumber(row.at(2)));
  IL_ASSIGN(const std::int64_t rows_seen, WholeNumber(row.at(3)));
  const std::string seen = WithCommas(rows_seen) + " rows seen";
  if (segments > 0 && done == segments && last > 0)
    return Observation{Observed::kPresent, "every range is done, " + seen};
  return Observation{Observed::kAbsent, std::to_string(done) + " of " + std::to_string(segments) +
                                            " ranges begun are done, " + seen};
}

Result<std::string> ShowBatch(SqlConnection& connection, const SyncSpec& spec) {
  return Show(connection, spec, UpdateSql);
}

Result<std::string> ShowCompare(SqlConnection& connection, const SyncSpec& spec) {
  return Show(connection, spec, CompareSql);
}

}  // namespace interlock::mysql
