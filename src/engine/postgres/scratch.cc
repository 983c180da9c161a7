#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/errors.h"
#include "engine/postgres/observe_parts.h"
#include "engine/postgres/quote.h"

namespace interlock::postgres {

Result<std::optional<std::string>> RelationKind(SqlConnection& connection, const TableName& name) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT c.relkind FROM pg_catalog.pg_class c"
                               " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                               " WHERE n.nspname = $1 AND c.relname = $2",
                               {name.schema, name.name}));
  if (rows.rows.empty()) return std::nullopt;
  return rows.rows.at(0).at(0);
}

TableName Scratch::Name() { return {"pg_temp", "interlock_scratch"}; }

Result<Scratch> Scratch::Open(SqlConnection& connection, const std::optional<TableName>& like) {
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  // LIKE takes the lock of a reader; behind a queue of writers it must not wait for ever.
  IL_RETURN_IF_ERROR(connection.Execute("SET LOCAL lock_timeout = '5s'"));
  IL_RETURN_IF_ERROR(UseDefaultSearchPath(connection));
  if (like)
    IL_RETURN_IF_ERROR(
        connection.Execute("CREATE TABLE " + Quote(Name()) + " (LIKE " + Quote(*like) + ")"));
  return Scratch(std::move(transaction), connection);
}

Result<void> Scratch::Pin() { return PinPrinting(*connection_); }

Result<std::vector<std::string>> ExistingColumns(SqlConnection& connection, const TableName& table,
                                                 const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns) {
    IL_ASSIGN(const SqlRows rows,
              connection.Execute("SELECT FROM pg_catalog.pg_attribute a"
                                 " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
                                 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                 " WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3"
                                 " AND a.attnum > 0 AND NOT a.attisdropped",
                                 {table.schema, table.name, column}));
    if (!rows.rows.empty()) out.push_back(column);
  }
  return out;
}

}  // namespace interlock::postgres
