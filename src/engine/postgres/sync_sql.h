// The row rule of sync as SQL text: conditions, values and the trigger function's body.  Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/sync.h"

namespace interlock::postgres {

/// A column's type as the server prints it with an empty search_path.
struct ColumnType {
  std::string name;       ///< "character varying(20)"
  std::string unlimited;  ///< "character varying"; for bpchar and bit the forms without length
  /// A cast to `name` cuts silently where an assignment would raise: character and bit types.
  bool cuts = false;
};
/// By logical name; columns that are not there yet are missing.
using ColumnTypes = std::map<std::string, ColumnType>;

/// A column, quoted under its real name, and the value it should have, already cast.
struct SyncValue {
  std::string column;
  std::string value;
  /// Whether `value` was cut to the column's length; "" when it cannot be.
  std::string cut;
};

/// One spec's terms over the row called `row`: NEW in a trigger, an alias in a query.
///
/// Casts are explicit, so text that is too long is cut, not refused: a cast that raised would break
/// the old version's writes.  Nothing is lost by it: the old column stays until contract, and a
/// row that was cut counts as lossy in verify.
struct RowSql {
  std::vector<SyncValue> up;    ///< new columns
  std::vector<SyncValue> down;  ///< old columns that have a way back
  std::vector<SyncValue> fills;
  std::string row;
  std::vector<std::string> old_columns;  ///< quoted, real names

  /// new ≠ up(old), bytewise.
  std::string UpDiffers() const;
  /// old ≠ down(new), bytewise.  Without any way back: all new columns are NULL.
  std::string DownDiffers() const;
  std::string NewIsNull() const;
  /// Some fill's column is NULL and its fill is not.
  std::string FillMissing() const;
  /// What backfill changes: agreement in neither direction, or new columns never given.
  std::string NeedsWrite() const;
  /// What verify counts: agreement in neither direction; for fills as FillMissing.
  std::string Differs() const;
  /// new = up(old), yet old does not come back from it, or was cut on the way.
  std::string Lossy() const;
};

/// kConfig as QualifyColumns.
Result<RowSql> MakeRowSql(const SyncSpec& spec, const ColumnTypes& types, const std::string& row);

/// The trigger's WHEN: false for rows that agree already, so that these never enter the function.
Result<std::string> SyncWhen(const std::vector<SyncSpec>& specs, const ColumnTypes& types);

/// The trigger function's body.  Its first line carries a digest of body and WHEN.  `counter` is
/// the counting sequence's bare name within schema interlock.
Result<std::string> SyncBody(const std::vector<SyncSpec>& specs, const ColumnTypes& types,
                             const std::string& counter);

/// "$tag$text$tag$" with a tag that is not in the text.
std::string DollarQuote(const std::string& text);

}  // namespace interlock::postgres
