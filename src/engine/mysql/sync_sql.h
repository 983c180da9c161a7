// The row rule of sync as SQL text: conditions, values and the triggers' bodies.  Pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/mysql/column_types.h"
#include "model/sync.h"

namespace interlock::mysql {

/// A column, quoted under its real name, and the value it should have.
struct SyncValue {
  std::string column;
  ColumnType type;
  /// To assign: text is cut to the column's length, numbers are rounded as the column rounds, and
  /// what the column cannot hold raises under a strict sql_mode.
  std::string value;
  /// To compare: `value` as the column would give it back.
  std::string stored;
  /// Whether `value` was cut to the column's length; "" when it cannot be.
  std::string cut;
};

/// True when both are bytewise the same, or both NULL.  `type` is that of the column they are for.
std::string Same(const std::string& a, const std::string& b, const ColumnType& type);

/// One spec's terms over the row called `row`: NEW in a trigger, an alias (t) in a query.
///
/// A query has no variable of the column's type; so values are made explicitly such that storing
/// them changes nothing: see SyncValue.  Text that is too long is cut, not refused: a raised error
/// would break the old version's writes.  Nothing is lost by it: the old column stays until
/// contract, and a row that was cut counts as lossy in verify.
struct RowSql {
  std::vector<SyncValue> up;    ///< new columns
  std::vector<SyncValue> down;  ///< old columns that have a way back
  std::vector<SyncValue> fills;
  std::string row;
  std::vector<std::string> old_columns;  ///< quoted, real names
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
  /// "t.`a` = …, t.`b` = …" for UPDATE … AS t SET: new := up(old), and fills where they are
  /// missing; what NeedsWrite does not ask for keeps its value, and so do `kept` columns.
  std::string SetList() const;
};

/// kConfig as QualifyColumns.
Result<RowSql> MakeRowSql(const SyncSpec& spec, const ColumnTypes& types, const std::string& row);

enum class TriggerEvent { kInsert, kUpdate };

/// The body of the table's BEFORE INSERT or BEFORE UPDATE trigger, FOR EACH ROW.  Specs take turns:
/// each sees what those before it have set.  `counter` is the row's key in interlock_old_writes.
Result<std::string> SyncBody(const std::vector<SyncSpec>& specs, const ColumnTypes& types,
                             TriggerEvent event, const std::string& counter);

}  // namespace interlock::mysql
