// What the parts of the catalog reader share: tables by object id, while they are put together.
#pragma once

#include <functional>
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
  std::string parent;             ///< object id, or ""
  std::map<int, Column> columns;  ///< by attribute number
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

/// A part of a reading: a query, how many columns it has, and what becomes of its rows.
struct CatalogQuery {
  size_t columns = 0;
  std::string sql;
  std::function<Result<void>(const SqlRows&)> take;
};

/// Sends all as one statement, so that a reading is one round trip, and lets each take its rows, in
/// their order.  Rows of one query come in no order.
Result<void> RunQueries(SqlConnection& connection, const std::vector<CatalogQuery>& queries);

std::vector<CatalogQuery> TableQueries(RawTables& tables);
/// Once these have taken their rows.
void FinishTables(RawTables& tables);
/// Schemas, views, routines, types, sequences, publications, statistics objects, rules; `tables`
/// must have taken theirs before.
std::vector<CatalogQuery> OtherQueries(int version, const RawTables& tables,
                                       std::vector<OtherObject>& out);

}  // namespace interlock::postgres
