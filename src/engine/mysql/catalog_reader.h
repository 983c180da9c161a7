// Reads the schema of a MySQL or MariaDB database into a Catalog.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "model/catalog.h"

namespace interlock::mysql {

/// Every table, view, routine, event, trigger and sequence of the connection's database that `owns`
/// covers (patterns "database.name"; none = all) and `ignore` does not, but interlock's own tables.
/// Definitions as SHOW CREATE prints them, since information_schema loses parts of them.  Each is
/// read on its own: what is dropped meanwhile begins the reading anew.  kUndecidable (IL-E22) when
/// the account may not see all of it: there, what is hidden looks as if it were not there.
Result<Catalog> ReadCatalog(MySqlConnection& connection, const std::vector<std::string>& owns,
                            const std::vector<std::string>& ignore);

/// Interlock's own tables begin with it.
inline constexpr std::string_view kOwnPrefix = "interlock_";

}  // namespace interlock::mysql
