#include <algorithm>

#include "engine/answers.h"
#include "engine/bulk_answers.h"
#include "engine/mysql/bulk_sql.h"
#include "engine/mysql/row_work.h"

namespace interlock::mysql {
namespace {

class SyncRows : public RowWork {
 public:
  SyncRows(TaggedSql send, TableKey key, RowSql row)
      : send_(std::move(send)), key_(std::move(key)), row_(std::move(row)) {}

  /// A lock in the way is no answer.
  Result<void> Rehearse() {
    IL_ASSIGN(const std::string condition, key_.Condition({}));
    auto planned = send_.connection().Execute(
        "EXPLAIN " + send_.comment() + UpdateSql(key_, row_, condition), {});
    if (!planned && planned.error().kind != ErrorKind::kTransient) return Fail(planned.error());
    return {};
  }

  const TableKey& key() const override { return key_; }

  /// Any transaction that takes a row that needs a write brings it into agreement by the trigger,
  /// so rows that need one yet, seen as committed, are exactly those that were skipped, and those
  /// that do not keep what is written.
  Result<void> MoveRows(const KeyRange& range, BatchMode mode, std::optional<std::int64_t> measured,
                        BatchResult* result) override {
    IL_ASSIGN(const std::string condition, key_.Condition(range));
    std::int64_t locked = 0;
    if (mode == BatchMode::kSkipLocked) {
      // A row that does not keep what is written counts as changed, or its visits would never end.
      IL_ASSIGN(const SqlRows rows, send_(LockSql(key_, row_, condition)));
      IL_ASSIGN(const SqlValue count, FirstValue(rows));
      IL_ASSIGN(locked, WholeNumber(count));
    }
    IL_ASSIGN(const SqlRows updated, send_(UpdateSql(key_, row_, condition)));
    result->changed = std::max(updated.affected, locked);
    if (measured && updated.affected >= *measured) {
      result->seen = *measured;
      return {};
    }
    IL_ASSIGN(const SqlRows rows, send_(CountSql(key_, row_, condition)));
    IL_ASSIGN(const auto counts, FirstRow(rows));
    IL_ASSIGN(result->seen, WholeNumber(counts.at(0)));
    IL_ASSIGN(const std::int64_t left, WholeNumber(counts.at(1)));
    result->skipped = left > 0;
    return {};
  }

  Result<VerifyCounts> Compare(const KeyRange& range) override {
    IL_ASSIGN(const std::string condition, key_.Condition(range));
    IL_ASSIGN(const SqlRows rows, send_(CompareSql(key_, row_, condition)));
    IL_ASSIGN(VerifyCounts counts, CountsOf(rows));
    if (counts.differing > 0) {
      IL_ASSIGN(counts.first_differing, FirstKeys(condition, row_.Differs()));
    }
    if (counts.lossy > 0) {
      IL_ASSIGN(counts.first_lossy, FirstKeys(condition, row_.Lossy()));
    }
    return counts;
  }

  Result<void> Finish(const Fence& /*fence*/) override { return {}; }
  bool Unfinished() const override { return false; }
  /// Triggers do it.
  Result<std::int64_t> CatchUp(const Fence& /*fence*/) override { return 0; }

 private:
  Result<std::vector<std::string>> FirstKeys(const std::string& condition,
                                             const std::string& test) {
    IL_ASSIGN(const SqlRows rows, send_(FirstKeysSql(key_, condition, test)));
    return ShownKeys(rows);
  }

  TaggedSql send_;
  TableKey key_;
  RowSql row_;
};

}  // namespace

Result<std::unique_ptr<RowWork>> WorkOnSync(TaggedSql send, const SyncSpec& spec) {
  IL_ASSIGN(TableKey key, ReadKey(send.connection(), spec.table));
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(send.connection(), spec.table, {spec}, {}));
  IL_ASSIGN(RowSql row, MakeRowSql(spec, types, "t"));
  auto work = std::make_unique<SyncRows>(std::move(send), std::move(key), std::move(row));
  IL_RETURN_IF_ERROR(work->Rehearse());
  return std::unique_ptr<RowWork>(std::move(work));
}

}  // namespace interlock::mysql
