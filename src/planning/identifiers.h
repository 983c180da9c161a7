// Names that planning checks or makes up: within the server's limit, told apart by a digest.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/capabilities.h"
#include "model/names.h"

namespace interlock::planning {

/// `base` + `suffix` + "_" + the first 8 hexadecimal digits of SHA-256(seed).  Only `base` is cut,
/// at a character's boundary, so that the whole has at most `max_bytes`.
std::string DigestName(std::string_view base, std::string_view suffix, std::string_view seed,
                       std::size_t max_bytes);

/// The helper CHECK of SET NOT NULL.
std::string NotNullCheckName(const TableName& table, const std::string& column,
                             const std::string& migration, std::size_t max_bytes);

/// The twin of an index or constraint.
std::string TwinName(const TableName& table, const std::string& source,
                     const std::string& migration, std::size_t max_bytes);

/// `<table>_<column>_<label>` as PostgreSQL names what a statement leaves without a name: the
/// longer of the first two is cut first.  An empty column is left out with its underscore.
std::string ImplicitName(const std::string& table, const std::string& column,
                         const std::string& label, std::size_t max_bytes);

/// IL-P04 when a name is empty or none that the server keeps as it is; `what` as in "column",
/// "index".
Result<void> CheckName(std::string_view what, const std::string& name, const NameRules& rules);

}  // namespace interlock::planning
