// The twin of an index or constraint over other columns, read from the source's catalog rows;
// expressions are changed through the parser, everything else is put together from its parts.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/postgres/definitions.h"
#include "engine/sql.h"
#include "model/step.h"

namespace interlock::postgres {

/// The source index over the columns that `columns` maps to; the others stay.  Nothing when there
/// is no such index on the table.  kRefused (IL-E36) when an expression cannot be carried over.
Result<std::optional<IndexText>> IndexTwin(SqlConnection& connection, const TableName& table,
                                           const std::string& source,
                                           const std::map<std::string, std::string>& columns);

/// The same for a CHECK or a foreign key: what follows CONSTRAINT name, without NOT VALID.
/// kRefused (IL-E36) for other kinds.
Result<std::optional<std::string>> ConstraintTwin(
    SqlConnection& connection, const TableName& table, const std::string& source,
    const std::map<std::string, std::string>& columns);

}  // namespace interlock::postgres
