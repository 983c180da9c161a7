// What the parts of the catalog reader share: tables by object id, while they are put together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/sql.h"
#include "model/catalog.h"

namespace interlock::postgres {

/// A table as the server lists it, with what is needed to resolve references to it.
struct RawTable {
  Table table;
  bool leaf_partition = false;
  /// It has a constraint, index, trigger or policy that its parent did not give it.
  bool own_parts = false;
  std::string parent;                     ///< object id, or ""
  std::map<int, std::string> attributes;  ///< attribute number → column
};

/// Object ids are kept as text.
using RawTables = std::map<std::string, RawTable>;

/// All schemas but the server's and ours; for a query with pg_namespace as n.
inline constexpr const char* kUserSchema =
    "n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'interlock')";

/// `oid` of `catalog` belongs to no extension.
std::string NoExtension(const std::string& catalog, const std::string& oid);

/// "t" of a boolean column.
bool IsTrue(const SqlValue& value);
std::string Text(const SqlValue& value);
/// "1 3 7" as numbers.
Result<std::vector<int>> Numbers(const SqlValue& value);
/// The columns of a table with these attribute numbers; unknown ones left out.
std::vector<std::string> ColumnNames(const RawTable& table, const std::vector<int>& numbers);

Result<RawTables> ReadTables(SqlConnection& connection);
/// Schemas, views, routines, types, sequences, publications, statistics objects, rules.
Result<std::vector<OtherObject>> ReadOthers(SqlConnection& connection, int version,
                                            const RawTables& tables);

}  // namespace interlock::postgres
