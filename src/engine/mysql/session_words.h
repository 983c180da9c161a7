// What an expression must not hold since its value depends on the session, and the server does not
// refuse.  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/mysql/column_types.h"

namespace interlock::mysql {

/// Why the value of `expression`, as one for a column of type `target`, is not the same in every
/// session ("DAYNAME depends on lc_time_names; …"); nothing when it is.  `columns`: those that it
/// may read, by name.
std::optional<std::string> WhySessionDependent(std::string_view expression,
                                               const ColumnTypes& columns,
                                               const ColumnType& target);

}  // namespace interlock::mysql
