// Columns that a new version's INSERT will omit, on servers where that fails before a trigger could
// give them a value.
#pragma once

#include <string>

#include "planning/draft.h"

namespace interlock::planning {

/// Where the server asks for it and the column is NOT NULL without a default: a step that gives it
/// a neutral one, which the sync trigger then replaces.  IL-P24 for a type that has none.
Result<void> AddDefaultForOmitted(Draft& draft, const Table& table, const Column& column);

/// A value that every column of the type takes, as SQL text: 0, '', '1970-01-02', an enum's first
/// member; nothing where there is none.  Pure.
std::optional<std::string> NeutralDefault(const std::string& type);

}  // namespace interlock::planning
