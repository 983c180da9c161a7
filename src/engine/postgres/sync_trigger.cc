#include "engine/postgres/sync_trigger.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "engine/postgres/answers.h"
#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/column_types.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/sync_sql.h"

namespace interlock::postgres {
namespace {

std::string BareName(const TableName& table) {
  return "sync_" + Sha256(ToString(table)).substr(0, 16);
}
std::string BareCounter(const TableName& table) { return BareName(table) + "_old_writes"; }

Result<TableName> TableOf(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after) {
  const TableName* table = nullptr;
  for (const auto* specs : {&before, &after}) {
    for (const auto& spec : *specs) {
      if (table != nullptr && *table != spec.table) {
        return Fail(ErrorKind::kInternal, "IL-E56",
                    "sync specs of two tables: " + ToString(*table) + ", " + ToString(spec.table));
      }
      table = &spec.table;
    }
  }
  if (table == nullptr) return Fail(ErrorKind::kInternal, "IL-E56", "no sync specs, so no table");
  return *table;
}

/// What the function sees, whatever the writing session has set.  The table's schema stands after
/// pg_catalog, as it does in a session; temporary objects come last.
std::string SearchPath(const TableName& table) {
  return "pg_catalog, " + Quote(table.schema) + ", pg_temp";
}

std::string TriggerOid(const TableName& table) {
  return "t.tgrelid = " + Literal(Quote(table)) +
         "::pg_catalog.regclass AND t.tgname = " + Literal(kSyncTrigger);
}

/// Of trigger and function as the server prints them; the part that specs alone cannot foretell.
constexpr const char* kSealSql =
    "'interlock ' || pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to("
    "pg_catalog.pg_get_triggerdef(t.oid) || pg_catalog.pg_get_functiondef(t.tgfoid), 'UTF8')), "
    "'hex')";

/// Seals the definition in the trigger's comment, so that a later change by hand shows.
std::string SealStatement(const TableName& table) {
  std::string body = "\nDECLARE seal text;\nBEGIN\n  SELECT ";
  body += kSealSql;
  body += " INTO STRICT seal FROM pg_catalog.pg_trigger AS t WHERE " + TriggerOid(table) + ";\n";
  body += "  EXECUTE pg_catalog.format('COMMENT ON TRIGGER %I ON %s IS %L', " +
          Literal(kSyncTrigger) + ", " + Literal(Quote(table)) + ", seal);\nEND\n";
  return "DO " + DollarQuote(body);
}

/// Checkpoints tell that rows were brought into agreement; nobody keeps them so from now on.
std::string ForgetCheckpoints(const SyncSpec& spec) {
  return "DO " + DollarQuote(
                     "\nBEGIN\n  IF pg_catalog.to_regclass('interlock.checkpoints') IS NOT "
                     "NULL THEN\n    DELETE FROM interlock.checkpoints WHERE spec = " +
                     Literal(spec.id) + ";\n  END IF;\nEND\n");
}

bool Contains(const std::vector<SyncSpec>& specs, const std::string& id) {
  return std::any_of(specs.begin(), specs.end(), [&](const SyncSpec& s) { return s.id == id; });
}

/// What is there now.
struct Installed {
  bool trigger = false;
  bool function = false;
  std::string body;
  bool sealed = false;  ///< definition as when it was made
  bool always = false;  ///< ENABLE ALWAYS, on every partition too
};

Result<Installed> ReadInstalled(SqlConnection& connection, const TableName& table) {
  Installed installed;
  IL_ASSIGN(const SqlRows function,
            connection.Execute("SELECT 1 FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace "
                               "AS n ON n.oid = p.pronamespace WHERE n.nspname = 'interlock' AND "
                               "p.proname = $1",
                               {BareName(table)}));
  installed.function = !function.rows.empty();
  const std::string sql = std::string("SELECT p.prosrc, ") + kSealSql +
                          " IS NOT DISTINCT FROM pg_catalog.obj_description(t.oid, 'pg_trigger'), "
                          "t.tgenabled = 'A' AND NOT EXISTS (SELECT 1 FROM "
                          "pg_catalog.pg_partition_tree(t.tgrelid) AS l LEFT JOIN "
                          "pg_catalog.pg_trigger AS c ON c.tgrelid = l.relid AND c.tgname = "
                          "t.tgname WHERE c.tgenabled IS DISTINCT FROM 'A' AND l.relid <> "
                          "t.tgrelid) "
                          "FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid "
                          "= t.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = "
                          "c.relnamespace JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid WHERE "
                          "n.nspname = $1 AND c.relname = $2 AND t.tgname = $3";
  IL_ASSIGN(const SqlRows trigger,
            connection.Execute(sql, {table.schema, table.name, std::string(kSyncTrigger)}));
  if (trigger.rows.empty()) return installed;
  const auto& row = trigger.rows[0];
  installed.trigger = true;
  installed.body = row[0].value_or("");
  installed.sealed = row[1] == "t";
  installed.always = row[2] == "t";
  return installed;
}

bool Matches(const Installed& installed, const std::vector<SyncSpec>& specs,
             const ColumnTypes& types) {
  if (specs.empty()) return !installed.trigger && !installed.function;
  if (!installed.trigger || !installed.sealed || !installed.always) return false;
  const auto body = SyncBody(specs, types, BareCounter(specs[0].table));
  return body && *body == installed.body;
}

std::string WhatDiffers(const Installed& installed, const TableName& table) {
  const std::string name = "trigger " + std::string(kSyncTrigger) + " on " + ToString(table);
  if (!installed.trigger && installed.function)
    return name + " is gone, its function " + SyncFunctionName(table) + "() is there";
  if (!installed.trigger) return name + " is not there";
  if (!installed.always) return name + " is not enabled ALWAYS on the table and all its partitions";
  if (!installed.sealed) return name + " or its function was changed by hand";
  return name + " covers something else";
}

}  // namespace

std::string SyncFunctionName(const TableName& table) {
  return "interlock." + Quote(BareName(table));
}

std::string CounterName(const TableName& table) { return "interlock." + Quote(BareCounter(table)); }

Result<std::vector<std::string>> SyncStatements(SqlConnection& connection,
                                                const std::vector<SyncSpec>& before,
                                                const std::vector<SyncSpec>& after) {
  if (before == after) return std::vector<std::string>{};
  IL_ASSIGN(const TableName table, TableOf(before, after));
  const std::string on = Quote(table);
  const std::string trigger = Quote(kSyncTrigger);
  std::vector<std::string> out;
  if (after.empty()) {
    out.push_back("DROP TRIGGER IF EXISTS " + trigger + " ON " + on);
    out.push_back("DROP FUNCTION IF EXISTS " + SyncFunctionName(table) + "()");
    out.push_back("DROP SEQUENCE IF EXISTS " + CounterName(table));
  } else {
    IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, table, before, after));
    IL_ASSIGN(const std::string body, SyncBody(after, types, BareCounter(table)));
    IL_ASSIGN(const std::string when, SyncWhen(after, types));
    IL_ASSIGN(const int version, ServerVersion(connection));
    out.push_back("CREATE SEQUENCE IF NOT EXISTS " + CounterName(table));
    out.push_back("GRANT USAGE ON SEQUENCE " + CounterName(table) + " TO PUBLIC");
    out.push_back("SET LOCAL search_path = " + SearchPath(table));
    out.push_back("CREATE OR REPLACE FUNCTION " + SyncFunctionName(table) +
                  "() RETURNS trigger LANGUAGE plpgsql\n  SET search_path = " + SearchPath(table) +
                  "\n  SET TimeZone = 'UTC'\n  SET DateStyle = 'ISO, YMD'\n  SET IntervalStyle = "
                  "'postgres'\n  SET standard_conforming_strings = on\nAS " +
                  DollarQuote(body));
    const bool replaces = version >= 140000;
    if (!replaces) out.push_back("DROP TRIGGER IF EXISTS " + trigger + " ON " + on);
    out.push_back(std::string("CREATE ") + (replaces ? "OR REPLACE " : "") + "TRIGGER " + trigger +
                  " BEFORE INSERT OR UPDATE ON " + on + "\n  FOR EACH ROW WHEN (" + when +
                  ")\n  EXECUTE FUNCTION " + SyncFunctionName(table) + "()");
    out.push_back("ALTER TABLE " + on + " ENABLE ALWAYS TRIGGER " + trigger);
    out.push_back("SET LOCAL search_path = ''");
    out.push_back(SealStatement(table));
  }
  for (const auto& spec : before) {
    if (!Contains(after, spec.id)) out.push_back(ForgetCheckpoints(spec));
  }
  return out;
}

Result<Observation> ObserveSync(SqlConnection& connection, const TableName& table,
                                const std::vector<SyncSpec>& before,
                                const std::vector<SyncSpec>& after) {
  IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, table, before, after));
  IL_ASSIGN(const Installed installed, ReadInstalled(connection, table));
  if (Matches(installed, after, types)) {
    return Observation{Observed::kPresent, after.empty() ? "no sync trigger on " + ToString(table)
                                                         : "sync trigger on " + ToString(table)};
  }
  const std::string differs = WhatDiffers(installed, table);
  if (Matches(installed, before, types)) return Observation{Observed::kAbsent, differs};
  return Observation{Observed::kConflicting, differs};
}

Result<std::int64_t> OldShapeWrites(SqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT pg_catalog.pg_sequence_last_value(c.oid) FROM "
                               "pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON "
                               "n.oid = c.relnamespace WHERE n.nspname = 'interlock' AND c.relname "
                               "= $1 AND c.relkind = 'S'",
                               {BareCounter(table)}));
  // A sequence that was never drawn from has no last value.
  if (rows.rows.empty() || !rows.rows[0].at(0)) return 0;
  return WholeNumber(rows.rows[0].at(0));
}

}  // namespace interlock::postgres
