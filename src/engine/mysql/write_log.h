// The log of a rebuild: triggers note the keys of rows that are written, and only these.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/carried.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/rebuild.h"

namespace interlock::mysql {

/// A key that both shapes share: an index of each, its columns in the same order, paired.
struct SharedKey {
  std::string index;                 ///< of `live`
  std::vector<std::string> columns;  ///< of `live`
  std::vector<std::string> aside;    ///< the same columns in the other shape
  /// An index of the other shape over them in the same order, so that ranges are the same rows
  /// there; "" where it has them in another order.
  std::string aside_index;
};

/// The primary key, else a unique index over whole NOT NULL columns that both shapes have, with the
/// same types and collations.  Nothing when there is none.  `renamed`: from `live` to `aside`.
/// Pure.
std::optional<SharedKey> FindSharedKey(const TableText& live, const TableText& aside,
                                       const std::map<std::string, std::string>& renamed);

/// Names of columns of the live shape → of the other one, of those that it renames.
std::map<std::string, std::string> RenamedFrom(const Rebuild& rebuild, const RebuildSide& live);
/// What a column of one shape is called in the other one; "" when it is not there, though another
/// one may have its name.  Pure.
std::string NameAside(const std::string& column, const TableText& aside,
                      const std::map<std::string, std::string>& renamed);

/// CREATE TABLE of the log, for the live table's key.
std::string CreateLogSql(const RebuildSide& live, const TableText& table, const SharedKey& key);
/// The three CREATE TRIGGERs on `table`, which has the side's shape.  They fire before its
/// `others`: MariaDB takes a statement that a client prepared earlier for one that knows all of the
/// table's triggers, unless the first one of an event is younger, and would run ours without the
/// log.
std::vector<std::string> CreateTriggersSql(const RebuildSide& side, const TableName& table,
                                           const SharedKey& key,
                                           const std::vector<CarriedTrigger>& others);

/// Whether log and triggers of the live table are there, with the bodies that they should have.
/// `triggers`: the helpers' that are there, by name.
Result<bool> IsLogged(MySqlConnection& connection, const Rebuild& rebuild, const RebuildSide& live,
                      const TableText& table, const TableText& aside,
                      const std::map<std::string, HelperTrigger>& triggers);

/// The log's own key.
inline constexpr const char* kLogId = "`~interlock_id`";

}  // namespace interlock::mysql
