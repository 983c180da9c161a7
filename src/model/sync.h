// What keeps old and new shape of a table equal while both versions write.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/change.h"
#include "model/names.h"

namespace interlock {

/// One open migration's share of a table's sync trigger.  With old and new columns: the row rule
/// of docs/concepts.md in both directions.  With only `fills`: a column that is NULL gets its
/// expression (added columns that old writers do not know, dropped ones that new writers do not).
struct SyncSpec {
  std::string id;  ///< "0002-split-name/1": migration and number of its change
  TableName table;
  std::vector<std::string> old_columns;  ///< logical names, as the expressions use them
  std::vector<change::DerivedColumn> new_columns;
  std::map<std::string, std::string> down;   ///< old column → expression over the new ones
  std::map<std::string, std::string> fills;  ///< column → expression over the row
  bool lossy = false;
  /// Logical → real name of columns that are quarantined now.
  std::map<std::string, std::string> renamed;
  bool operator==(const SyncSpec&) const = default;

  bool fills_only() const { return new_columns.empty(); }
};

/// Our trigger on a table.  On PostgreSQL row triggers fire in bytewise order of their names, so it
/// comes after nearly all.
inline constexpr std::string_view kSyncTrigger = "~interlock_sync";
/// Whether a trigger is one of ours.  Where each event needs its own, and names are the schema's,
/// more follows: "~interlock_sync_i_0123456789ab".
inline bool IsSyncTrigger(std::string_view name) { return name.starts_with(kSyncTrigger); }

}  // namespace interlock
