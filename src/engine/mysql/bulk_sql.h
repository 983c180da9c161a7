// The statements of a batch and of a comparison as text.  Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/mysql/sync_sql.h"
#include "engine/mysql/table_key.h"

namespace interlock::mysql {

/// What the two servers want differently.
struct BulkFlavor {
  std::string collation;  ///< that compares bytewise and pads nothing
  std::string settings;   ///< of a bulk session
  /// Around a batch: a session that falls silent within it is ended, for it holds the claim's row.
  std::string before_batch;
  std::string after_batch;
  /// How many sessions have waited a while for one whose statement begins with $1.
  std::string waiters;
};
const BulkFlavor& FlavorOf(std::string_view dialect);

/// Locks the range's rows that need a write and are free, and writes to these alone: it waits for
/// no row.  `condition` as TableKey::Condition gives it.
std::string UpdateSql(const TableKey& key, const RowSql& row, const std::string& condition);
/// Locks the same rows; how many they are.
std::string LockSql(const TableKey& key, const RowSql& row, const std::string& condition);
/// How many rows the range has, and how many need a write.  Locks nothing.
std::string CountSql(const TableKey& key, const RowSql& row, const std::string& condition);
/// Rows, differing ones, lossy ones.
std::string CompareSql(const TableKey& key, const RowSql& row, const std::string& condition);
/// The first ten keys of rows that pass `test`, for people.
std::string FirstKeysSql(const TableKey& key, const std::string& condition,
                         const std::string& test);

}  // namespace interlock::mysql
