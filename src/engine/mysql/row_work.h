// What a bulk session does with the rows of a range: bring them into agreement, or copy them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/bulk.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/table_key.h"

namespace interlock::mysql {

class RowWork {
 public:
  virtual ~RowWork() = default;
  /// The table's key, by which ranges are cut.
  virtual const TableKey& key() const = 0;
  /// In a transaction that the caller began, as BulkSession::Batch.  `measured`: how many rows the
  /// range has, where that is known.
  virtual Result<void> MoveRows(const KeyRange& range, BatchMode mode,
                                std::optional<std::int64_t> measured, BatchResult* result) = 0;
  /// As the methods of BulkSession.
  virtual Result<VerifyCounts> Compare(const KeyRange& range) = 0;
  virtual Result<void> Finish(const Fence& fence) = 0;
  virtual bool Unfinished() const = 0;
  virtual Result<std::int64_t> CatchUp(const Fence& fence) = 0;
};

/// Sends statements with the tag in front.
class TaggedSql {
 public:
  TaggedSql(MySqlConnection& connection, std::string comment)
      : connection_(connection), comment_(std::move(comment)) {}
  Result<SqlRows> operator()(const std::string& sql) const {
    return connection_.Execute(comment_ + sql, {});
  }
  Result<SqlRows> Attempt(const std::string& sql) const {
    return connection_.Attempt(comment_ + sql);
  }
  MySqlConnection& connection() const { return connection_; }
  const std::string& comment() const { return comment_; }

 private:
  MySqlConnection& connection_;
  std::string comment_;
};

/// Brings old and new columns of a table into agreement.  Has the server plan a batch first, so
/// that what cannot run fails before the first one.
Result<std::unique_ptr<RowWork>> WorkOnSync(TaggedSql send, const SyncSpec& spec);
/// Copies a table's rows into the shape that stands beside it.  kUndecidable (IL-E73) when the two
/// do not stand side by side, or writes are not logged.  `batch_time`: of what one transaction
/// brings over.
Result<std::unique_ptr<RowWork>> WorkOnCopy(TaggedSql send, const Alteration& alteration,
                                            Duration batch_time);

}  // namespace interlock::mysql
