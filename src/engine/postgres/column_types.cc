#include "engine/postgres/column_types.h"

namespace interlock::postgres {

Result<ColumnTypes> ReadColumnTypes(SqlConnection& connection, const TableName& table,
                                    const std::vector<SyncSpec>& before,
                                    const std::vector<SyncSpec>& after) {
  // A type modifier of -1 gives bpchar and "bit" where none would give their one-character forms.
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), "
                "pg_catalog.format_type(a.atttypid, -1), a.atttypmod <> -1 AND a.atttypid IN "
                "('pg_catalog.bpchar'::pg_catalog.regtype, 'pg_catalog.varchar'::pg_catalog."
                "regtype, 'pg_catalog.bit'::pg_catalog.regtype, 'pg_catalog.varbit'::pg_catalog."
                "regtype) FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid "
                "= a.attrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE "
                "n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND a.attnum > 0 "
                "AND NOT a.attisdropped",
                {table.schema, table.name}));
  ColumnTypes types;
  for (const auto& row : rows.rows) {
    types[row[0].value_or("")] = {row[1].value_or(""), row[2].value_or(""), row[3] == "t"};
  }
  for (const auto* specs : {&before, &after}) {
    for (const auto& spec : *specs) {
      for (const auto& [logical, real] : spec.renamed) {
        const auto found = types.find(real);
        if (found != types.end() && !types.contains(logical)) {
          types.emplace(logical, found->second);
        }
      }
    }
  }
  return types;
}

}  // namespace interlock::postgres
