#include <algorithm>

#include "engine/postgres/answers.h"
#include "engine/postgres/catalog_parts.h"

namespace interlock::postgres {
namespace {

/// Tables of the user, as pg_class c joined with pg_namespace n.
std::string FromTables() { return "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"; }
std::string WhereTables() {
  return std::string("c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ") +
         kUserSchema + " AND " + NoExtension("pg_class", "c.oid");
}

template <typename T>
void SortByName(std::vector<T>& items) {
  std::sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.name < b.name; });
}

std::string Attributes(const std::vector<SqlValue>& row) {
  std::string out;
  const auto add = [&](const std::string& word) { out += (out.empty() ? "" : " ") + word; };
  if (Text(row[4]) == "f") add("foreign");
  if (Text(row[5]) == "u") add("unlogged");
  if (row[9]) add("partition by " + *row[9]);
  if (row[10]) add("of " + Text(row[11]) + " " + *row[10]);
  if (!row[10] && row[11]) add("inherits " + *row[11]);
  if (IsTrue(row[6])) add("row security");
  if (IsTrue(row[7])) add("forced row security");
  if (row[12]) add("with (" + *row[12] + ")");
  if (Text(row[14]) == "f") add("replica identity full");
  if (Text(row[14]) == "n") add("replica identity nothing");
  if (Text(row[14]) == "i") add("replica identity index");
  if (row[15]) add("using " + *row[15]);
  if (row[16]) add("of type " + *row[16]);
  return out;
}

CatalogQuery Relations(RawTables& tables) {
  return {18,
          "SELECT c.oid, n.nspname, c.relname, pg_get_userbyid(c.relowner), c.relkind,"
          " c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,"
          " CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,"
          " pg_get_expr(c.relpartbound, c.oid),"
          " (SELECT string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno)"
          "    FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent"
          "    JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid),"
          " (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM unnest(c.reloptions) o),"
          " CASE WHEN c.reltuples > 0 OR c.relpages > 0 THEN c.reltuples::bigint ELSE -1 END,"
          " c.relreplident, (SELECT am.amname FROM pg_am am WHERE am.oid = c.relam AND"
          "   am.amname <> 'heap'), CASE WHEN c.reloftype <> 0 THEN"
          "   format_type(c.reloftype, NULL) END,"
          " CASE WHEN c.relispartition THEN (SELECT i.inhparent FROM pg_inherits i"
          "   WHERE i.inhrelid = c.oid LIMIT 1) END"
          " FROM " +
              FromTables() + " WHERE " + WhereTables(),
          [&tables](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              RawTable& raw = tables[Text(row[0])];
              raw.table.name = {Text(row[1]), Text(row[2])};
              raw.table.owner = Text(row[3]);
              raw.table.attributes = Attributes(row);
              raw.table.partitioned = Text(row[4]) == "p";
              IL_ASSIGN(raw.table.row_estimate, WholeNumber(row[13]));
              raw.leaf_partition = IsTrue(row[8]) && !raw.table.partitioned;
              raw.parent = Text(row[17]);
            }
            for (auto& [oid, raw] : tables) {
              const auto parent = tables.find(raw.parent);
              if (parent != tables.end()) raw.table.parent = parent->second.table.name;
            }
            return {};
          }};
}

CatalogQuery Columns(RawTables& tables) {
  return {9,
          "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),"
          " a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,"
          " CASE WHEN a.attcollation <> t.typcollation THEN"
          "   CASE WHEN cn.nspname = 'pg_catalog' THEN quote_ident(co.collname)"
          "     ELSE format('%I.%I', cn.nspname, co.collname) END END"
          " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
          " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid"
          " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
          " LEFT JOIN pg_collation co ON co.oid = a.attcollation"
          " LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace"
          " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')"
          " AND c.relpersistence <> 't' AND " +
              std::string(kUserSchema),
          [&tables](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              const auto found = tables.find(Text(row[0]));
              if (found == tables.end()) continue;
              Column column;
              column.name = Text(row[2]);
              column.type = Text(row[3]);
              column.nullable = !IsTrue(row[4]);
              const std::string generated = Text(row[7]);
              if (generated.empty()) {
                column.default_value = row[5];
              } else {
                column.generated = (generated == "v" ? "virtual: " : "stored: ") + Text(row[5]);
              }
              const std::string identity = Text(row[6]);
              if (!identity.empty()) column.identity = identity == "a" ? "always" : "by default";
              column.collation = Text(row[8]);
              IL_ASSIGN(const int number, SmallNumber(row[1]));
              found->second.columns[number] = std::move(column);
            }
            for (auto& [oid, raw] : tables)
              for (const auto& [number, column] : raw.columns) raw.table.columns.push_back(column);
            return {};
          }};
}

ConstraintKind KindOf(const std::string& type) {
  if (type == "p") return ConstraintKind::kPrimaryKey;
  if (type == "u") return ConstraintKind::kUnique;
  if (type == "c") return ConstraintKind::kCheck;
  if (type == "f") return ConstraintKind::kForeignKey;
  if (type == "x") return ConstraintKind::kExclusion;
  return ConstraintKind::kOther;
}

CatalogQuery Constraints(RawTables& tables) {
  // Not shown: the rows that a key to a partitioned table has for each of its partitions, and what
  // attnotnull says already.
  return {10,
          "SELECT k.conrelid, k.conname, k.contype, pg_get_constraintdef(k.oid),"
          " array_to_string(k.conkey, ' '), k.confrelid, array_to_string(k.confkey, ' '),"
          " k.convalidated, k.conislocal, k.coninhcount > 0 OR k.conparentid <> 0"
          " FROM pg_constraint k LEFT JOIN pg_constraint p ON p.oid = k.conparentid"
          " WHERE k.conrelid <> 0 AND k.contype <> 't'"
          " AND (k.contype <> 'n' OR NOT k.convalidated)"
          " AND NOT (k.contype = 'f' AND p.conrelid IS NOT DISTINCT FROM k.conrelid)",
          [&tables](const SqlRows& rows) -> Result<void> {
            constexpr std::string_view kNotValid = " NOT VALID";
            for (const auto& row : rows.rows) {
              const auto found = tables.find(Text(row[0]));
              if (found == tables.end()) continue;
              Constraint constraint;
              constraint.name = Text(row[1]);
              constraint.kind = KindOf(Text(row[2]));
              constraint.definition = Text(row[3]);
              if (constraint.definition.ends_with(kNotValid))
                constraint.definition.resize(constraint.definition.size() - kNotValid.size());
              IL_ASSIGN(const auto own, Numbers(row[4]));
              constraint.columns = ColumnNames(found->second, own);
              const auto other = tables.find(Text(row[5]));
              if (other != tables.end()) {
                constraint.references = other->second.table.name;
                IL_ASSIGN(const auto referenced, Numbers(row[6]));
                constraint.referenced_columns = ColumnNames(other->second, referenced);
              }
              constraint.validated = IsTrue(row[7]);
              if (!IsTrue(row[9])) found->second.own_parts = true;
              found->second.table.constraints.push_back(std::move(constraint));
            }
            return {};
          }};
}

CatalogQuery Indexes(RawTables& tables) {
  return {10,
          "SELECT i.indrelid, ic.relname, pg_get_indexdef(i.indexrelid), i.indisunique,"
          " i.indisvalid AND i.indisready AND i.indislive, array_to_string(i.indkey, ' '),"
          " (SELECT k.conname FROM pg_constraint k WHERE k.conindid = i.indexrelid"
          "    AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') LIMIT 1),"
          " EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid),"
          " (SELECT string_agg(DISTINCT d.refobjsubid::text, ' ') FROM pg_depend d"
          "    WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid"
          "    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid"
          "    AND d.refobjsubid > 0), i.indisreplident"
          " FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_class c"
          " ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
          " WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND " +
              std::string(kUserSchema) +
              " AND NOT (ic.relname ~ '_cc(new|old)[0-9]*$' AND NOT i.indisvalid)",
          [&tables](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              const auto found = tables.find(Text(row[0]));
              if (found == tables.end()) continue;
              Index index;
              index.name = Text(row[1]);
              index.definition = Text(row[2]);
              index.unique = IsTrue(row[3]);
              index.valid = IsTrue(row[4]);
              index.constraint = Text(row[6]);
              index.replica_identity = IsTrue(row[9]);
              IL_ASSIGN(auto numbers, Numbers(row[5]));
              IL_ASSIGN(auto hidden, Numbers(row[8]));
              std::sort(hidden.begin(), hidden.end());
              numbers.insert(numbers.end(), hidden.begin(), hidden.end());
              index.columns = ColumnNames(found->second, numbers);
              if (!IsTrue(row[7])) found->second.own_parts = true;
              found->second.table.indexes.push_back(std::move(index));
            }
            return {};
          }};
}

std::string EnabledState(const std::string& letter) {
  if (letter == "A") return "always";
  if (letter == "R") return "replica";
  if (letter == "D") return "disabled";
  return "origin";
}

CatalogQuery Triggers(RawTables& tables) {
  return {5,
          "SELECT t.tgrelid, t.tgname, pg_get_triggerdef(t.oid, false),"
          " t.tgenabled, (t.tgtype & 3) = 3 FROM pg_trigger t"
          " WHERE NOT t.tgisinternal",
          [&tables](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              const auto found = tables.find(Text(row[0]));
              if (found == tables.end()) continue;
              found->second.table.triggers.push_back(
                  {Text(row[1]), Text(row[2]), EnabledState(Text(row[3])), IsTrue(row[4])});
            }
            return {};
          }};
}

CatalogQuery Policies(RawTables& tables) {
  return {3,
          "SELECT p.polrelid, p.polname,"
          " CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END || ' for ' ||"
          " CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'"
          "   WHEN 'd' THEN 'delete' ELSE 'all' END || ' to ' ||"
          " (SELECT string_agg(CASE WHEN r = 0 THEN 'public' ELSE"
          "    quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY"
          "    pg_get_userbyid(r) COLLATE \"C\") FROM unnest(p.polroles) r) ||"
          " coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '') ||"
          " coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')"
          " FROM pg_policy p",
          [&tables](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              const auto found = tables.find(Text(row[0]));
              if (found != tables.end())
                found->second.table.policies.push_back({Text(row[1]), Text(row[2])});
            }
            return {};
          }};
}

}  // namespace

std::vector<CatalogQuery> TableQueries(RawTables& tables) {
  return {Relations(tables), Columns(tables),  Constraints(tables),
          Indexes(tables),   Triggers(tables), Policies(tables)};
}

void FinishTables(RawTables& tables) {
  for (auto& [oid, raw] : tables) {
    SortByName(raw.table.constraints);
    SortByName(raw.table.indexes);
    SortByName(raw.table.triggers);
    SortByName(raw.table.policies);
  }
}

}  // namespace interlock::postgres
