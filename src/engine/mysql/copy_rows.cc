#include <algorithm>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/batch_size.h"
#include "engine/bulk_answers.h"
#include "engine/mysql/catch_up.h"
#include "engine/mysql/duplicates_after.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/execute.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/row_work.h"
#include "engine/mysql/session_setting.h"
#include "engine/session_claims.h"

namespace interlock::mysql {
namespace {

/// Entries of the log that one transaction settles at most.
constexpr std::int64_t kLogBatch = 2000;
constexpr std::size_t kNamedRows = 10;

/// The live table's rows go to the one beside it; what is written meanwhile is logged, and comes
/// after.
class RowCopy : public RowWork {
 public:
  RowCopy(TaggedSql send, Rebuild rebuild, Standing standing, CopySql sql, TableKey key,
          std::optional<TableKey> aside_key, SessionSetting mode, Duration batch_time)
      : send_(std::move(send)),
        rebuild_(std::move(rebuild)),
        standing_(std::move(standing)),
        sql_(std::move(sql)),
        key_(std::move(key)),
        aside_key_(std::move(aside_key)),
        log_batch_(batch_time, kLogBatch),
        mode_(std::move(mode)) {}

  const TableKey& key() const override { return key_; }

  Result<void> MoveRows(const KeyRange& range, BatchMode /*mode*/,
                        std::optional<std::int64_t> /*measured*/, BatchResult* result) override {
    IL_ASSIGN(const std::string condition, key_.Condition(range));
    const std::string rows = key_.From() + " WHERE " + condition;
    auto copied = send_.Attempt(others_came_ ? sql_.InsertFree(rows) : sql_.Insert(rows));
    if (!others_came_ && !copied && NumberOf(copied.error()) == kDuplicate) {
      IL_RETURN_IF_ERROR(RequireNoDuplicates());
      others_came_ = true;
      copied = send_.Attempt(sql_.InsertFree(rows));
    }
    if (copied && others_came_) IL_RETURN_IF_ERROR(send_(sql_.NoteMissing(key_.From(), condition)));
    if (!copied) {
      if (!IsOfRows(NumberOf(copied.error()))) return Fail(copied.error());
      return Fail(NameRows(range, copied.error()));
    }
    result->seen = copied->affected;
    result->changed = copied->affected;
    return {};
  }

  Result<VerifyCounts> Compare(const KeyRange& range) override {
    IL_ASSIGN(const std::string condition, key_.Condition(range));
    const std::string rows = key_.From() + " WHERE " + condition;
    std::string aside_rows;
    if (aside_key_) {
      IL_ASSIGN(const std::string aside_condition, aside_key_->Condition(range));
      aside_rows = aside_key_->From() + " WHERE " + aside_condition;
      IL_ASSIGN(const SqlRows sums, send_(sql_.Checksums(rows, aside_rows)));
      IL_ASSIGN(const auto both, FirstRow(sums));
      if (both.at(0) && both.at(0) == both.at(1)) {
        VerifyCounts counts;
        IL_ASSIGN(counts.rows, WholeNumber(Split(*both.at(0), ' ').front()));
        return counts;
      }
    }
    // Something differs, or is on its way by the log: row by row.
    IL_ASSIGN(const SqlRows compared, send_(sql_.Compare(key_.From(), condition)));
    IL_ASSIGN(VerifyCounts counts, CountsOf(compared));
    if (counts.differing > 0) {
      IL_ASSIGN(const SqlRows keys,
                send_(sql_.DifferingKeys(key_.From(), condition, key_.Shown())));
      counts.first_differing = ShownKeys(keys);
      IL_RETURN_IF_ERROR(send_(sql_.NoteDiffering(key_.From(), condition)));
    }
    // Without ranges of its own the other table is looked through once, with the last range.
    if (!aside_key_ && range.upto) return counts;
    IL_ASSIGN(const SqlRows extra, send_(sql_.CountExtra(aside_rows)));
    IL_ASSIGN(const SqlValue number, FirstValue(extra));
    IL_ASSIGN(const std::int64_t surplus, WholeNumber(number));
    counts.differing += surplus;
    if (surplus > 0) IL_RETURN_IF_ERROR(send_(sql_.NoteExtra(aside_rows)));
    return counts;
  }

  /// All in one statement, so that each row is read once.
  Result<void> Finish(const Fence& fence) override {
    if (standing_.late_keys.empty()) return {};
    IL_RETURN_IF_ERROR(CheckFenceOnce(send_.connection(), fence));
    std::vector<std::string> adds;
    for (const auto& key : standing_.late_keys) adds.push_back("ADD " + key);
    const auto built = send_("ALTER TABLE " + Quote(sql_.aside) + " " + Join(adds, ", "));
    // A session whose client died may have gone on with it.
    IL_ASSIGN(standing_, Look(send_.connection(), rebuild_));
    if (!built && !standing_.late_keys.empty()) return Fail(built.error());
    return {};
  }

  bool Unfinished() const override { return !standing_.late_keys.empty(); }

  Result<std::int64_t> CatchUp(const Fence& fence) override {
    const auto began = std::chrono::steady_clock::now();
    IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(send_.connection()));
    IL_RETURN_IF_ERROR(LockFence(send_.connection(), fence));
    const std::int64_t most = std::min(kLogBatch, log_batch_.rows());
    IL_ASSIGN(const std::int64_t settled, CatchUpOnce(send_, sql_, most, &memory_));
    IL_RETURN_IF_ERROR(transaction.Commit());
    log_batch_.Done(settled,
                    std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began));
    if (settled > 0) return settled;
    // Only rows that wait for another one's value, or that somebody holds, are left.
    IL_ASSIGN(const SqlRows rest,
              send_("SELECT COUNT(*) FROM (SELECT 1 FROM " + Quote(sql_.log) + " LIMIT 1) AS l"));
    IL_ASSIGN(const SqlValue number, FirstValue(rest));
    return WholeNumber(number);
  }

 private:
  Result<void> RequireNoDuplicates() {
    IL_ASSIGN(auto found, DuplicatesAfter(send_.connection(), sql_.table, *standing_.table,
                                          *standing_.beside, RenamedFrom(rebuild_, Live())));
    if (found.empty()) return {};
    return Fail(ErrorKind::kVerification, "IL-E74",
                "rows of " + ToString(sql_.table) + " do not fit its new shape: a key stands twice",
                "correct the rows, then `interlock retry` the step; or take the release back",
                std::move(found));
  }

  const RebuildSide& Live() const {
    return standing_.live == Standing::Live::kFrom ? rebuild_.from : rebuild_.to;
  }

  /// Halves the range until the rows are alone that the server does not take.
  Error NameRows(const KeyRange& range, Error error) {
    std::vector<std::string> found;
    Halve(range, found);
    error.kind = ErrorKind::kVerification;
    error.code = "IL-E74";
    error.details.insert(error.details.begin(), error.message);
    error.details.insert(error.details.begin(), found.begin(), found.end());
    error.message = "rows of " + ToString(sql_.table) + " do not fit its new shape";
    error.hint = "correct the rows, then `interlock retry` the step; or take the release back";
    return error;
  }

  void Halve(const KeyRange& range, std::vector<std::string>& found) {
    if (found.size() >= kNamedRows) return;
    const auto condition = key_.Condition(range);
    if (!condition) return;
    const std::string rows = key_.From() + " WHERE " + *condition;
    const auto there = send_("SELECT COUNT(*) FROM " + rows);
    const auto count = there ? WholeNumber(there->rows.at(0).at(0)) : Result<std::int64_t>(0);
    if (!count || *count == 0) return;
    const auto copied = send_.Attempt(sql_.Insert(rows));
    if (copied || !IsOfRows(NumberOf(copied.error()))) return;
    if (*count == 1) {
      const auto key = send_("SELECT " + key_.Shown() + " FROM " + rows);
      const auto names = key ? ShownKeys(*key) : std::vector<std::string>{};
      found.push_back("(" + Join(names, ", ") + "): " + copied.error().message);
      return;
    }
    const auto sql = key_.BoundaryQuery(range, *count / 2);
    const auto middle = sql ? send_(*sql) : Result<SqlRows>(SqlRows{});
    if (!middle || middle->rows.empty()) return;
    Key key;
    for (const auto& value : middle->rows.front()) key.push_back(value.value_or(""));
    Halve({range.after, key}, found);
    Halve({key, range.upto}, found);
  }

  TaggedSql send_;
  Rebuild rebuild_;
  Standing standing_;
  CopySql sql_;
  TableKey key_;
  std::optional<TableKey> aside_key_;  ///< in the same order; nothing when there is none
  CatchUpMemory memory_;
  BatchSize log_batch_;
  /// A row of the log came before its range, or has the value of a row in one.
  bool others_came_ = false;
  SessionSetting mode_;
};

}  // namespace

Result<std::unique_ptr<RowWork>> WorkOnCopy(TaggedSql send, const Alteration& alteration,
                                            Duration batch_time) {
  auto& connection = send.connection();
  Rebuild rebuild = RebuildOf(alteration);
  IL_ASSIGN(Standing standing, Look(connection, rebuild));
  const bool replaced = standing.aside == Standing::Aside::kReplaced;
  if (standing.live != Standing::Live::kFrom || !standing.logged || standing.halted ||
      (!replaced && standing.aside != Standing::Aside::kFresh))
    return Fail(
        ErrorKind::kUndecidable, "IL-E73",
        "the rows of " + ToString(alteration.table) + " cannot be copied: " + standing.detail,
        "look at what changed it; then run the same command again, or take the release "
        "back");
  // Left by a swap that was cut at its end, when the other one was live.
  for (const auto& halt : rebuild.to.halts)
    if (standing.IsThere(halt)) IL_RETURN_IF_ERROR(send(DropTriggerSql(rebuild.table, halt)));
  IL_ASSIGN(CopySql sql, MakeCopySql(rebuild, rebuild.from, *standing.table,
                                     replaced ? rebuild.to.replaced : rebuild.to.fresh,
                                     *standing.beside, replaced));
  IL_ASSIGN(TableKey key, ReadKey(connection, alteration.table, sql.key.index));
  std::optional<TableKey> aside_key;
  if (!sql.key.aside_index.empty()) {
    IL_ASSIGN(aside_key, ReadKey(connection, sql.aside, sql.key.aside_index));
  }
  IL_ASSIGN(SessionSetting mode, SessionSetting::RowsAsTheyAre(connection));
  return std::unique_ptr<RowWork>(std::make_unique<RowCopy>(
      std::move(send), std::move(rebuild), std::move(standing), std::move(sql), std::move(key),
      std::move(aside_key), std::move(mode), batch_time));
}

}  // namespace interlock::mysql
