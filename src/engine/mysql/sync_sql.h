// The row rule of sync as SQL text: conditions and values over a row.  Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/mysql/column_types.h"
#include "engine/mysql/sync_value.h"
#include "model/sync.h"

namespace interlock::mysql {

/// A column, quoted under its real name, and the value it should have.
struct SyncValue {
  std::string column;
  ColumnType type;
  std::string value;   ///< to assign
  std::string stored;  ///< to compare
  std::string cut;     ///< whether `value` was cut; "" when it cannot be
};

/// One spec's terms over the row called `row`: NEW in a trigger, an alias (t) in a query.
///
/// Values are made explicitly such that storing them changes nothing (sync_value.h).  Text that is
/// too long is cut, not refused: a raised error would break the old version's writes.  Nothing is
/// lost by it: the old column stays until contract, and a row that was cut counts as lossy in
/// verify.
struct RowSql {
  std::vector<SyncValue> up;    ///< new columns
  std::vector<SyncValue> down;  ///< old columns that have a way back
  std::vector<SyncValue> fills;
  std::string row;
  std::vector<std::string> old_columns;  ///< quoted, real names
  std::vector<ColumnType> old_types;     ///< of these
  /// Columns that ON UPDATE CURRENT_TIMESTAMP would change: quoted, real names.
  std::vector<std::string> kept;

  /// new = up(old); with several new columns: all of them.
  std::string UpSame() const;
  /// old = down(new).  Without any way back: some new column is not NULL.
  std::string DownSame() const;
  std::string NewIsNull() const;
  /// Some fill's column is NULL and its fill is not.
  std::string FillMissing() const;
  /// What backfill changes: agreement in neither direction, or new columns never given.
  std::string NeedsWrite() const;
  /// What verify counts: agreement in neither direction; for fills as FillMissing.
  std::string Differs() const;
  /// new = up(old), yet old does not come back from it, or was cut on the way.
  std::string Lossy() const;
  /// "t.`a` = …, t.`b` = …" for UPDATE … AS t SET … WHERE NeedsWrite(): new := up(old), and fills
  /// where they are missing; `kept` columns keep their value.  Of a spec with both, new columns and
  /// fills, the trigger does what is missing.
  std::string SetList() const;
  /// The same for old := down(new), where the new side is right; "" without a way back.
  std::string SetOld() const;
};

/// kConfig as QualifyColumns; kRefused (IL-E55) for a column to assign that is not there and whose
/// type the spec does not say.
Result<RowSql> MakeRowSql(const SyncSpec& spec, const ColumnTypes& types, const std::string& row);

}  // namespace interlock::mysql
