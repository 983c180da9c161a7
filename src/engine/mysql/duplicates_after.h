// Rows that a new shape's unique keys would not tell apart.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/table_text.h"

namespace interlock::mysql {

/// The queries for values that stand more than once in `live` under the unique keys of `aside`,
/// with the latter's collations; one a key that `live` does not have itself.  `renamed`: column of
/// `live` → of `aside`.  Pure.
std::vector<std::string> DuplicateQueries(const TableName& name, const TableText& live,
                                          const TableText& aside,
                                          const std::map<std::string, std::string>& renamed);

/// "(a@b): 3 rows under email_key" for the first of them; it reads as long as it takes.
Result<std::vector<std::string>> DuplicatesAfter(MySqlConnection& connection, const TableName& name,
                                                 const TableText& live, const TableText& aside,
                                                 const std::map<std::string, std::string>& renamed);

}  // namespace interlock::mysql
