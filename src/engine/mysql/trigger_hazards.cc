#include "engine/mysql/trigger_hazards.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/show_create.h"

namespace interlock::mysql {
namespace {

/// With a BEFORE INSERT trigger MySQL evaluates a default before the columns that it reads have
/// their values, silently.  A table that has such a trigger already has lived with it.
Result<void> RequireDefaults(SqlConnection& connection, const TableName& table) {
  if (connection.dialect() != "mysql") return {};
  IL_ASSIGN(const SqlRows triggers,
            connection.Execute("SELECT 1 FROM information_schema.triggers WHERE "
                               "event_object_schema = $1 AND event_object_table = $2 AND "
                               "action_timing = 'BEFORE' AND event_manipulation = 'INSERT'",
                               {table.schema, table.name}));
  if (!triggers.rows.empty()) return {};
  IL_ASSIGN(const SqlRows defaults,
            connection.Execute("SELECT column_name, column_default FROM "
                               "information_schema.columns WHERE table_schema = $1 AND table_name "
                               "= $2 AND extra LIKE '%DEFAULT_GENERATED%'",
                               {table.schema, table.name}));
  for (const auto& row : defaults.rows) {
    if (NamesIn(row[1].value_or("")).empty()) continue;
    return Fail(
        ErrorKind::kRefused, "IL-E68",
        "the default of column " + DisplayName(row[0].value_or("")) + " of " + ToString(table) +
            " reads other columns (" + row[1].value_or("") +
            "): with a trigger on the table the server would not see what was inserted there",
        "have the application write the value, then ALTER TABLE " + Quote(table) +
            " ALTER COLUMN " + Quote(row[0].value_or("")) + " DROP DEFAULT");
  }
  return {};
}

std::vector<std::string> RealColumns(const SyncSpec& spec) {
  std::vector<std::string> names = spec.old_columns;
  for (const auto& derived : spec.new_columns) names.push_back(derived.column.name);
  for (auto& name : names)
    if (const auto renamed = spec.renamed.find(name); renamed != spec.renamed.end())
      name = renamed->second;
  return names;
}

Result<void> RequireNoCascade(SqlConnection& connection, const SyncSpec& spec) {
  if (spec.fills_only()) return {};
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT k.column_name, r.constraint_name, r.update_rule, r.delete_rule FROM "
                "information_schema.referential_constraints AS r JOIN "
                "information_schema.key_column_usage AS k ON k.constraint_schema = "
                "r.constraint_schema AND k.constraint_name = r.constraint_name AND k.table_name = "
                "r.table_name WHERE r.constraint_schema = $1 AND r.table_name = $2 AND "
                "(r.update_rule IN ('CASCADE', 'SET NULL') OR r.delete_rule = 'SET NULL')",
                {spec.table.schema, spec.table.name}));
  const auto ours = RealColumns(spec);
  for (const auto& row : rows.rows) {
    const std::string column = row[0].value_or("");
    if (!Contains(ours, column)) continue;
    return Fail(ErrorKind::kRefused, "IL-E69",
                spec.id + ": foreign key " + DisplayName(row[1].value_or("")) + " changes column " +
                    DisplayName(column) + " of " + ToString(spec.table) + " (ON UPDATE " +
                    row[2].value_or("") + ", ON DELETE " + row[3].value_or("") +
                    "), and fires no trigger",
                "make the foreign key anew with ON UPDATE RESTRICT ON DELETE RESTRICT");
  }
  return {};
}

}  // namespace

Result<void> RequireTriggersHarmless(SqlConnection& connection, const SyncSpec& spec) {
  IL_RETURN_IF_ERROR(RequireDefaults(connection, spec.table));
  return RequireNoCascade(connection, spec);
}

}  // namespace interlock::mysql
