// Reads the schema of a PostgreSQL database into a Catalog, in one consistent snapshot.
#pragma once

#include <string>
#include <vector>

#include "engine/sql.h"
#include "model/catalog.h"

namespace interlock::postgres {

/// Every table, view, routine, type, sequence, publication and statistics object that `owns` covers
/// (patterns "schema.name"; none = all) and `ignore` does not.  Left out: system schemas, the
/// schema `interlock`, temporary objects, extension members, leftovers of REINDEX CONCURRENTLY, and
/// leaf partitions that match their parent.  Independent of the session's settings.  `connection`
/// must not be in a transaction.  kUndecidable when the role may not see part of the catalog.
Result<Catalog> ReadCatalog(SqlConnection& connection, const std::vector<std::string>& owns,
                            const std::vector<std::string>& ignore);

/// Pins, until the transaction ends, all that changes how the server prints definitions.
Result<void> PinPrinting(SqlConnection& connection);

/// The schemas in which an unqualified name of the user is looked for, in order.  Inside a
/// transaction; leaves the search_path as the role's own.
Result<std::vector<std::string>> UseDefaultSearchPath(SqlConnection& connection);

/// server_version_num: 150020.
Result<int> ServerVersion(SqlConnection& connection);

}  // namespace interlock::postgres
