#include "engine/postgres/bulk_session.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/bulk_answers.h"
#include "engine/postgres/answers.h"
#include "engine/postgres/claims.h"
#include "engine/postgres/column_types.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/sync_sql.h"
#include "engine/postgres/table_key.h"

namespace interlock::postgres {
namespace {

SqlValue KeyValue(const std::optional<Key>& key) {
  return key ? SqlValue(FormatKey(*key)) : SqlValue();
}

std::optional<Key> KeyOf(const SqlValue& value) {
  return value ? std::optional<Key>(ParseKey(*value)) : std::nullopt;
}

/// "c" = value, …  A spec with both derived columns and fills must not touch the half that agrees.
std::string SetClause(const RowSql& sql) {
  std::vector<std::string> parts;
  const bool mixed = !sql.up.empty() && !sql.fills.empty();
  RowSql derived = sql;
  derived.fills.clear();
  for (const auto& value : sql.up) {
    parts.push_back(value.column + " = " +
                    (mixed ? "CASE WHEN " + derived.NeedsWrite() + " THEN " + value.value +
                                 " ELSE t." + value.column + " END"
                           : value.value));
  }
  for (const auto& value : sql.fills) {
    const bool alone = !mixed && sql.fills.size() == 1;
    parts.push_back(value.column + " = " +
                    (alone ? value.value
                           : "CASE WHEN t." + value.column + " IS NOT DISTINCT FROM NULL THEN " +
                                 value.value + " ELSE t." + value.column + " END"));
  }
  return Join(parts, ", ");
}

std::string UpdateSql(const TableKey& key, const RowSql& sql, const std::string& condition) {
  return "UPDATE " + key.From() + " SET " + SetClause(sql) + " WHERE " + condition + " AND " +
         sql.NeedsWrite();
}

/// Locks what is free, in key order, and updates that.
std::string SkipLockedSql(const TableKey& key, const RowSql& sql, const std::string& condition) {
  const bool by_key = key.kind == KeyKind::kColumns;
  std::vector<std::string> joins;
  if (by_key) {
    for (const auto& column : key.columns) {
      joins.push_back("t." + column.name + " = k." + column.name);
    }
  } else {
    joins.push_back("t.ctid = k.ctid");
  }
  return "WITH k AS MATERIALIZED (SELECT " + key.Columns() + " FROM " + key.From() + " WHERE " +
         condition + " AND " + sql.NeedsWrite() + (by_key ? " ORDER BY " + key.Columns() : "") +
         " FOR NO KEY UPDATE SKIP LOCKED) UPDATE " + key.From() + " SET " + SetClause(sql) +
         " FROM k WHERE " + condition + " AND " + Join(joins, " AND ") + " AND " + sql.NeedsWrite();
}

std::string CompareSql(const TableKey& key, const RowSql& sql, const std::string& condition) {
  return "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE " + sql.Differs() +
         "), pg_catalog.count(*) FILTER (WHERE " + sql.Lossy() + ") FROM " + key.From() +
         " WHERE " + condition;
}

class PgBulkSession : public BulkSession {
 public:
  explicit PgBulkSession(std::unique_ptr<PgConnection> connection)
      : connection_(std::move(connection)) {}

  Result<void> Open(const BulkTask& task, const StatementTag& tag) override;
  Result<std::optional<Key>> Boundary(const KeyRange& range, std::int64_t rows) override;
  Result<std::vector<Segment>> Segments() override;
  Result<void> AddSegment(const Segment& segment, const Fence& fence) override;
  Result<BatchResult> Batch(const KeyRange& range, BatchMode mode, const Segment& after,
                            const Fence& fence) override;
  Result<VerifyCounts> Compare(const KeyRange& range) override;
  Result<std::optional<std::string>> PauseReason(Duration max_replica_lag) override;

 private:
  Result<void> Rehearse();
  Result<SqlTransaction> BeginFenced(const Fence& fence, BatchMode mode);
  Result<void> WriteCheckpoint(const Segment& segment);
  Result<std::int64_t> CountRows(const KeyRange& range);
  Result<std::vector<std::string>> FirstKeys(const KeyRange& range, const std::string& test);

  std::unique_ptr<PgConnection> connection_;
  std::string comment_;
  std::string step_;
  std::string spec_;
  TableKey key_;
  RowSql sql_;
  std::int64_t lock_timeout_ms_ = 200;
  std::int64_t batch_limit_ms_ = 800;
  /// The range that the last Boundary measured, so that its batch need not count again.
  struct Measured {
    KeyRange range;
    std::int64_t rows = 0;
  };
  std::optional<Measured> measured_;
};

Result<void> PgBulkSession::Open(const BulkTask& task, const StatementTag& tag) {
  if (!std::holds_alternative<SyncSpec>(task))
    return Fail(ErrorKind::kRefused, "IL-E47", "PostgreSQL has no alter_table",
                "plan the migration for the server that it is to run on");
  const auto& spec = std::get<SyncSpec>(task);
  comment_ = ToComment(tag) + " ";
  step_ = tag.step;
  spec_ = spec.id;
  // Ranges must come from the index even where the table was never analysed: a sequential scan a
  // batch is quadratic.  A batch and its checkpoint are lost together or not at all, so that their
  // commit need not wait for the disk.  A batch of a stopped runner holds the claim's row: the
  // server ends it, or no other runner could ever take over.
  IL_RETURN_IF_ERROR(connection_->Execute(
      "SET jit = off; SET max_parallel_workers_per_gather = 0; SET enable_seqscan = off; "
      "SET enable_bitmapscan = off; SET synchronous_commit = off; "
      "SET idle_in_transaction_session_timeout = '30s'",
      {}));
  IL_ASSIGN(const SqlRows setting,
            connection_->Execute(
                "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'", {}));
  IL_ASSIGN(const SqlValue deadlock_timeout, FirstValue(setting));
  IL_ASSIGN(const std::int64_t deadlock_set, WholeNumber(deadlock_timeout));
  const std::int64_t deadlock_ms = std::clamp<std::int64_t>(deadlock_set, 2, 1'000'000);
  lock_timeout_ms_ = std::min<std::int64_t>(200, std::max<std::int64_t>(1, deadlock_ms / 2));
  batch_limit_ms_ = std::max<std::int64_t>(1, deadlock_ms * 4 / 5);
  IL_ASSIGN(key_, ChooseKey(*connection_, spec.table));
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(*connection_, spec.table, {spec}, {}));
  IL_ASSIGN(sql_, MakeRowSql(spec, types, "t"));
  // Expressions see what the trigger's function sees.
  IL_RETURN_IF_ERROR(
      connection_->Execute("SET search_path = pg_catalog, " + Quote(spec.table.schema) +
                               ", pg_temp; SET lock_timeout = " + std::to_string(lock_timeout_ms_),
                           {}));
  return Rehearse();
}

/// Has the server plan a batch, so that what cannot run fails before the first one, and so that the
/// first one need not wait until this session knows the catalog.  A lock in the way is no answer.
Result<void> PgBulkSession::Rehearse() {
  std::vector<SqlValue> values;
  IL_ASSIGN(const std::string condition, key_.Condition({}, &values));
  auto planned =
      connection_->Execute("EXPLAIN " + comment_ + UpdateSql(key_, sql_, condition), values);
  if (!planned && planned.error().kind != ErrorKind::kTransient) return Fail(planned.error());
  return {};
}

Result<std::optional<Key>> PgBulkSession::Boundary(const KeyRange& range, std::int64_t rows) {
  measured_.reset();
  if (key_.kind == KeyKind::kWhole) return std::optional<Key>();
  if (key_.kind == KeyKind::kPhysical) {
    IL_ASSIGN(const SqlRows size,
              connection_->Execute("SELECT pg_catalog.pg_relation_size($1::pg_catalog.regclass) / "
                                   "pg_catalog.current_setting('block_size')::bigint",
                                   {Quote(key_.table)}));
    IL_ASSIGN(const SqlValue blocks, FirstValue(size));
    IL_ASSIGN(std::int64_t last, WholeNumber(blocks));
    --last;
    if (range.upto) {
      IL_ASSIGN(const std::int64_t upto, WholeNumber(range.upto->at(0)));
      last = std::min(last, upto);
    }
    const auto step = static_cast<std::int64_t>(static_cast<double>(rows) / key_.rows_per_block);
    std::int64_t block = -1;
    if (range.after) {
      IL_ASSIGN(block, WholeNumber(range.after->at(0)));
    }
    block += std::max<std::int64_t>(1, step);
    if (block >= last) return std::optional<Key>();
    return std::optional<Key>(Key{std::to_string(block)});
  }
  std::vector<SqlValue> values;
  IL_ASSIGN(const std::string sql, key_.BoundaryQuery(range, rows, &values));
  IL_ASSIGN(const SqlRows found, connection_->Execute(comment_ + sql, values));
  if (found.rows.empty()) return std::optional<Key>();
  Key key;
  for (const auto& value : found.rows[0]) key.push_back(value.value_or(""));
  measured_ = Measured{{range.after, key}, rows};
  return std::optional<Key>(std::move(key));
}

Result<std::vector<Segment>> PgBulkSession::Segments() {
  IL_RETURN_IF_ERROR(EnsureCheckpointTable(*connection_));
  IL_ASSIGN(const SqlRows rows,
            connection_->Execute("SELECT segment, low, high, position, done, seen, changed, "
                                 "batches, retried FROM interlock.checkpoints WHERE step = $1 "
                                 "ORDER BY segment",
                                 {step_}));
  std::vector<Segment> segments;
  for (const auto& row : rows.rows) {
    Segment segment;
    IL_ASSIGN(segment.number, SmallNumber(row[0]));
    segment.range = {KeyOf(row[1]), KeyOf(row[2])};
    segment.position = KeyOf(row[3]);
    segment.done = row[4] == "t";
    IL_ASSIGN(segment.counts.rows_seen, WholeNumber(row[5]));
    IL_ASSIGN(segment.counts.rows_changed, WholeNumber(row[6]));
    IL_ASSIGN(segment.counts.batches, WholeNumber(row[7]));
    IL_ASSIGN(segment.counts.retried, WholeNumber(row[8]));
    segments.push_back(std::move(segment));
  }
  return segments;
}

Result<SqlTransaction> PgBulkSession::BeginFenced(const Fence& fence, BatchMode mode) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(*connection_));
  // A session that waits for our rows looks for a deadlock deadlock_timeout after it began to wait.
  // The statement that locks rows is over by then, so nobody ever finds us in a circle.  With SKIP
  // LOCKED we wait for no row and may take as long as it needs.
  const std::int64_t limit = mode == BatchMode::kRange ? batch_limit_ms_ : 0;
  IL_RETURN_IF_ERROR(
      connection_->Execute("SET LOCAL lock_timeout = " + std::to_string(lock_timeout_ms_) +
                               "; SET LOCAL statement_timeout = " + std::to_string(limit),
                           {}));
  IL_RETURN_IF_ERROR(LockFence(*connection_, fence));
  return transaction;
}

Result<void> PgBulkSession::WriteCheckpoint(const Segment& segment) {
  IL_RETURN_IF_ERROR(connection_->Execute(
      "INSERT INTO interlock.checkpoints (step, segment, spec, low, high, position, done, seen, "
      "changed, batches, retried) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON "
      "CONFLICT "
      "(step, segment) DO UPDATE SET position = EXCLUDED.position, done = EXCLUDED.done, seen = "
      "EXCLUDED.seen, changed = EXCLUDED.changed, batches = EXCLUDED.batches, retried = "
      "EXCLUDED.retried",
      {step_, std::to_string(segment.number), spec_, KeyValue(segment.range.after),
       KeyValue(segment.range.upto), KeyValue(segment.position), segment.done ? "t" : "f",
       std::to_string(segment.counts.rows_seen), std::to_string(segment.counts.rows_changed),
       std::to_string(segment.counts.batches), std::to_string(segment.counts.retried)}));
  return {};
}

Result<void> PgBulkSession::AddSegment(const Segment& segment, const Fence& fence) {
  IL_ASSIGN(SqlTransaction transaction, BeginFenced(fence, BatchMode::kRange));
  IL_RETURN_IF_ERROR(WriteCheckpoint(segment));
  return transaction.Commit();
}

Result<std::int64_t> PgBulkSession::CountRows(const KeyRange& range) {
  if (measured_ && measured_->range.after == range.after && measured_->range.upto == range.upto) {
    return measured_->rows;
  }
  std::vector<SqlValue> values;
  IL_ASSIGN(const std::string condition, key_.Condition(range, &values));
  IL_ASSIGN(const SqlRows rows,
            connection_->Execute(
                "SELECT pg_catalog.count(*) FROM " + key_.From() + " WHERE " + condition, values));
  IL_ASSIGN(const SqlValue count, FirstValue(rows));
  return WholeNumber(count);
}

Result<BatchResult> PgBulkSession::Batch(const KeyRange& range, BatchMode mode,
                                         const Segment& after, const Fence& fence) {
  BatchResult result;
  IL_ASSIGN(result.seen, CountRows(range));
  std::vector<SqlValue> values;
  IL_ASSIGN(const std::string condition, key_.Condition(range, &values));
  IL_ASSIGN(SqlTransaction transaction, BeginFenced(fence, mode));
  const std::string update = mode == BatchMode::kRange ? UpdateSql(key_, sql_, condition)
                                                       : SkipLockedSql(key_, sql_, condition);
  IL_ASSIGN(const SqlRows updated, connection_->Execute(comment_ + update, values));
  result.changed = updated.affected;
  if (mode == BatchMode::kSkipLocked) {
    IL_ASSIGN(const SqlRows left,
              connection_->Execute("SELECT EXISTS (SELECT 1 FROM " + key_.From() + " WHERE " +
                                       condition + " AND " + sql_.NeedsWrite() + ")",
                                   values));
    IL_ASSIGN(const SqlValue any_left, FirstValue(left));
    result.skipped = any_left != "f";
  }
  if (!result.skipped) IL_RETURN_IF_ERROR(WriteCheckpoint(WithBatch(after, result)));
  IL_RETURN_IF_ERROR(transaction.Commit());
  return result;
}

Result<std::vector<std::string>> PgBulkSession::FirstKeys(const KeyRange& range,
                                                          const std::string& test) {
  std::vector<SqlValue> values;
  IL_ASSIGN(const std::string condition, key_.Condition(range, &values));
  IL_ASSIGN(const SqlRows rows,
            connection_->Execute(comment_ + "SELECT " + key_.Columns() + " FROM " + key_.From() +
                                     " WHERE " + condition + " AND " + test + " ORDER BY " +
                                     key_.Columns() + " LIMIT 10",
                                 values));
  return ShownKeys(rows);
}

Result<VerifyCounts> PgBulkSession::Compare(const KeyRange& range) {
  std::vector<SqlValue> values;
  IL_ASSIGN(const std::string condition, key_.Condition(range, &values));
  IL_ASSIGN(const SqlRows rows,
            connection_->Execute(comment_ + CompareSql(key_, sql_, condition), values));
  IL_ASSIGN(VerifyCounts counts, CountsOf(rows));
  if (counts.differing > 0) {
    IL_ASSIGN(counts.first_differing, FirstKeys(range, sql_.Differs()));
  }
  if (counts.lossy > 0) {
    IL_ASSIGN(counts.first_lossy, FirstKeys(range, sql_.Lossy()));
  }
  return counts;
}

Result<std::optional<std::string>> PgBulkSession::PauseReason(Duration max_replica_lag) {
  if (max_replica_lag.count() > 0) {
    // Without the privilege to read statistics a replica's row is there and its columns are NULL.
    IL_ASSIGN(const SqlRows lag,
              connection_->Execute(
                  "SELECT coalesce(application_name, '?'), state IS NULL, (extract(epoch FROM "
                  "coalesce(replay_lag, '0'::pg_catalog.interval)) * 1000000)::bigint FROM "
                  "pg_catalog.pg_stat_replication WHERE coalesce(state, '') <> 'backup' ORDER BY 3 "
                  "DESC",
                  {}));
    for (const auto& row : lag.rows) {
      if (row[1] == "t") {
        return std::optional<std::string>(
            "the lag of a replica cannot be read; grant pg_monitor, or set max_replica_lag = "
            "\"0s\"");
      }
      IL_ASSIGN(const std::int64_t lag_us, WholeNumber(row[2]));
      const Duration behind(lag_us);
      if (behind > max_replica_lag) {
        return std::optional<std::string>("replica " + row[0].value_or("?") + " is " +
                                          HumanDuration(behind) + " behind");
      }
    }
  }
  if (comment_.empty()) return std::optional<std::string>();
  // A short wait for a row is a batch's ordinary cost.  Before version 14 there is no waitstart:
  // every waiter counts.
  IL_ASSIGN(const SqlRows waiters,
            connection_->Execute(
                "SELECT pg_catalog.count(DISTINCT l.pid) FROM pg_catalog.pg_locks AS l WHERE NOT "
                "l.granted AND coalesce((pg_catalog.to_jsonb(l) ->> 'waitstart')::pg_catalog."
                "timestamptz, '-infinity') < pg_catalog.clock_timestamp() - "
                "'100ms'::pg_catalog.interval AND pg_catalog.pg_blocking_pids(l.pid) && (SELECT "
                "pg_catalog.array_agg(a.pid) FROM pg_catalog.pg_stat_activity AS a WHERE "
                "a.application_name = $1 AND a.datname = pg_catalog.current_database())",
                {kBulkApplicationName}));
  IL_ASSIGN(const SqlValue waits, FirstValue(waiters));
  IL_ASSIGN(const std::int64_t waiting, WholeNumber(waits));
  if (waiting > 0) {
    return std::optional<std::string>(std::to_string(waiting) + " session" +
                                      (waiting == 1 ? " waits" : "s wait") +
                                      " for rows of a batch");
  }
  return std::optional<std::string>();
}

}  // namespace

Result<std::unique_ptr<BulkSession>> OpenBulkSession(const std::string& url) {
  IL_ASSIGN(auto connection, PgConnection::Open(url, {kBulkApplicationName, false}));
  return std::unique_ptr<BulkSession>(std::make_unique<PgBulkSession>(std::move(connection)));
}

Result<void> EnsureCheckpointTable(SqlConnection& connection) {
  IL_RETURN_IF_ERROR(connection.Execute(
      "CREATE TABLE IF NOT EXISTS interlock.checkpoints (step text, segment integer, spec text NOT "
      "NULL, low text, high text, position text, done boolean NOT NULL, seen bigint NOT NULL, "
      "changed bigint NOT NULL, batches bigint NOT NULL, retried bigint NOT NULL, PRIMARY KEY "
      "(step, segment)) WITH (fillfactor = 50)",
      {}));
  return {};
}

Result<Observation> ObserveBackfill(SqlConnection& connection, const std::string& step) {
  IL_ASSIGN(const SqlRows table,
            connection.Execute("SELECT pg_catalog.to_regclass('interlock.checkpoints')", {}));
  IL_ASSIGN(const SqlValue there, FirstValue(table));
  if (!there) return Observation{Observed::kAbsent, "no batch was done"};
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE "
                               "done), coalesce(pg_catalog.bool_or(high IS NULL), false), "
                               "coalesce(pg_catalog.sum(seen), 0) FROM interlock.checkpoints "
                               "WHERE step = $1",
                               {step}));
  IL_ASSIGN(const auto row, FirstRow(rows));
  IL_ASSIGN(const std::int64_t segments, WholeNumber(row.at(0)));
  IL_ASSIGN(const std::int64_t done, WholeNumber(row.at(1)));
  IL_ASSIGN(const std::int64_t rows_seen, WholeNumber(row.at(3)));
  const std::string seen = WithCommas(rows_seen) + " rows seen";
  if (segments > 0 && done == segments && row[2] == "t") {
    return Observation{Observed::kPresent, "every range is done, " + seen};
  }
  return Observation{Observed::kAbsent, std::to_string(done) + " of " + std::to_string(segments) +
                                            " ranges begun are done, " + seen};
}

namespace {

Result<std::pair<TableKey, RowSql>> Shape(SqlConnection& connection, const SyncSpec& spec) {
  TableKey key;
  auto chosen = ChooseKey(connection, spec.table);
  if (chosen) {
    key = *chosen;
  } else if (chosen.error().code == "IL-E61") {
    key.table = spec.table;  // planned in the same release, so not there yet
  } else {
    return Fail(std::move(chosen).error());
  }
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, spec.table, {spec}, {}));
  IL_ASSIGN(RowSql sql, MakeRowSql(spec, types, "t"));
  return std::pair(std::move(key), std::move(sql));
}

std::string ShownCondition(const TableKey& key) {
  std::vector<SqlValue> values;
  const Key shown(std::max<std::size_t>(1, key.columns.size()), "0");
  if (key.kind == KeyKind::kWhole) return "true";
  return key.Condition({shown, shown}, &values).value_or("true");
}

}  // namespace

Result<std::string> ShowBatch(SqlConnection& connection, const SyncSpec& spec) {
  IL_ASSIGN(const auto shape, Shape(connection, spec));
  return UpdateSql(shape.first, shape.second, ShownCondition(shape.first));
}

Result<std::string> ShowCompare(SqlConnection& connection, const SyncSpec& spec) {
  IL_ASSIGN(const auto shape, Shape(connection, spec));
  return CompareSql(shape.first, shape.second, ShownCondition(shape.first));
}

}  // namespace interlock::postgres
