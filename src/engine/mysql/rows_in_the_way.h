// Rows that break what a step adds: named in messages, and what a validation looks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/table_text.h"

namespace interlock::mysql {

/// "(x, 1): 3 rows" for the first values that stand more than once in the parts of a key; empty
/// when they cannot be read within half a minute.
std::vector<std::string> Duplicates(MySqlConnection& connection, const TableName& table,
                                    const std::string& key);

/// Primary keys of the first rows where the column is NULL; as Duplicates.
std::vector<std::string> NullRows(MySqlConnection& connection, const TableText& table,
                                  const TableName& name, const std::string& column);

/// The query for the first rows that a foreign key forbids, by their primary keys and the values
/// that refer to nothing.  Nothing when there is no such foreign key.
std::optional<std::string> OrphanQuery(const TableText& table, const std::string& constraint);

/// "(id) → (value)" for each of them; it reads as long as it takes.
Result<std::vector<std::string>> Orphans(MySqlConnection& connection, const std::string& query);

}  // namespace interlock::mysql
