// Whether a column's value came over unharmed when it was stored in a column of another type.
#pragma once

#include <string>

#include "engine/mysql/table_text.h"

namespace interlock::mysql {

/// SQL that is true where `to` holds what `from` holds: bytewise for texts, exact for numbers and
/// moments, both NULL included.  Never NULL.  `from` and `to` are columns as SQL ("t.`a`").  A
/// value that the server would round, cut, pad or fold is not the same.  `same_charset`: of the
/// tables, which is that of columns that have none of their own.  Pure.
std::string SameValue(const Column& from_column, const std::string& from, const Column& to_column,
                      const std::string& to, bool same_charset);

}  // namespace interlock::mysql
