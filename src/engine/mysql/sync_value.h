// The value that an expression gives a column of a type, as SQL text.  Pure.
#pragma once

#include <string>

#include "engine/mysql/column_types.h"

namespace interlock::mysql {

/// True when both are bytewise the same, or both NULL.  `type` is that of the column they are for.
std::string Same(const std::string& a, const std::string& b, const ColumnType& type);

/// What storing `expression` in a column of the type makes of it, made explicit, so that a query,
/// which has no variable of that type, sees the same as a trigger and as the column.
struct ValueSql {
  /// To assign: text is cut to the column's length, numbers are rounded.  What the column cannot
  /// hold raises under a strict sql_mode.
  std::string value;
  /// To compare: what the column gives back when `value` was assigned.
  std::string stored;
  /// Whether `value` was cut to the column's length; "" when it cannot be.
  std::string cut;
};
ValueSql MakeValueSql(const std::string& expression, const ColumnType& type);

}  // namespace interlock::mysql
