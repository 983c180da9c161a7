#include <algorithm>
#include <set>

#include "engine/postgres/answers.h"
#include "engine/postgres/catalog_parts.h"
#include "engine/postgres/routine_words.h"

namespace interlock::postgres {
namespace {

using Others = std::vector<OtherObject>;

std::string Shortened(const std::string& text) { return "sha256:" + Sha256(text); }

/// "16402.3 16402.0" as the tables and columns that they mean; unknown tables left out.
Result<std::vector<ObjectRef>> References(const SqlValue& value, const RawTables& tables) {
  std::set<ObjectRef> out;
  const std::string text = Text(value);
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const size_t dot = std::min(text.find('.', at), end);
    const auto table = tables.find(text.substr(at, dot - at));
    if (table != tables.end()) {
      const auto& name = table->second.table.name;
      out.insert({ObjectKind::kTable, name, ""});
      const size_t member = std::min(dot + 1, end);
      IL_ASSIGN(const int number, SmallNumber(text.substr(member, end - member)));
      const auto column = table->second.columns.find(number);
      if (column != table->second.columns.end())
        out.insert({ObjectKind::kColumn, name, column->second.name});
    }
    at = end + 1;
  }
  return std::vector<ObjectRef>(out.begin(), out.end());
}

/// What pg_depend records for the object, as text that References reads.
std::string DependsOn(const std::string& catalog, const std::string& oid) {
  return "(SELECT string_agg(DISTINCT d.refobjid || '.' || d.refobjsubid, ' ') FROM pg_depend d"
         " WHERE d.classid = '" +
         catalog + "'::regclass AND d.objid = " + oid + " AND d.refclassid = 'pg_class'::regclass)";
}

CatalogQuery Schemas(Others& out) {
  return {2,
          "SELECT n.nspname, quote_ident(pg_get_userbyid(n.nspowner))"
          " FROM pg_namespace n WHERE " +
              std::string(kUserSchema) + " AND " + NoExtension("pg_namespace", "n.oid"),
          [&out](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows)
              out.push_back(
                  {{ObjectKind::kSchema, {"", Text(row[0])}, ""}, "owner " + Text(row[1]), {}});
            return {};
          }};
}

CatalogQuery Views(const RawTables& tables, Others& out) {
  return {8,
          "SELECT n.nspname, c.relname, c.relkind, quote_ident(pg_get_userbyid(c.relowner)),"
          " (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM unnest(c.reloptions) o),"
          " pg_get_viewdef(c.oid), (SELECT string_agg(pg_get_indexdef(i.indexrelid), ';' ORDER BY"
          "   pg_get_indexdef(i.indexrelid) COLLATE \"C\") FROM pg_index i"
          "   WHERE i.indrelid = c.oid),"
          " (SELECT string_agg(DISTINCT d.refobjid || '.' || d.refobjsubid, ' ') FROM pg_rewrite r"
          "   JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid"
          "   AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid"
          "   WHERE r.ev_class = c.oid)"
          " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
          " WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND " +
              std::string(kUserSchema) + " AND " + NoExtension("pg_class", "c.oid"),
          [&tables, &out](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              std::string text = Text(row[2]) == "m" ? "materialized " : "";
              text += "owner " + Text(row[3]);
              if (row[4]) text += " with (" + *row[4] + ")";
              IL_ASSIGN(auto references, References(row[7], tables));
              text += " " + Shortened(Text(row[5]) + (row[6] ? "\n" + *row[6] : ""));
              out.push_back({{ObjectKind::kView, {Text(row[0]), Text(row[1])}, ""},
                             std::move(text),
                             std::move(references)});
            }
            return {};
          }};
}

CatalogQuery Routines(const RawTables& tables, Others& out) {
  return {8,
          "SELECT n.nspname, p.proname || '(' || oidvectortypes(p.proargtypes) || ')', p.prokind,"
          " quote_ident(pg_get_userbyid(p.proowner)),"
          " CASE WHEN p.prokind = 'a' THEN (SELECT concat_ws(' ', a.aggkind, a.aggtransfn,"
          "   a.aggfinalfn, a.aggcombinefn, format_type(a.aggtranstype, NULL), a.agginitval)"
          "   FROM pg_aggregate a WHERE a.aggfnoid = p.oid)"
          " ELSE pg_get_functiondef(p.oid) END,"
          " p.prosrc, " +
              DependsOn("pg_proc", "p.oid") +
              ", (SELECT string_agg(DISTINCT t.tgrelid || '.0', ' ') FROM pg_trigger t"
              "   WHERE t.tgfoid = p.oid)"
              " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE " +
              std::string(kUserSchema) + " AND " + NoExtension("pg_proc", "p.oid"),
          [&tables, &out](const SqlRows& rows) -> Result<void> {
            const RoutineWords words(tables);
            for (const auto& row : rows.rows) {
              const std::string kind = Text(row[2]);
              std::string text = kind == "a"   ? "aggregate"
                                 : kind == "p" ? "procedure"
                                 : kind == "w" ? "window function"
                                               : "function";
              text += " owner " + Text(row[3]) + " " + Shortened(Text(row[4]));
              IL_ASSIGN(const auto triggers, References(row[7], tables));
              std::set<ObjectRef> depends = words.Named(Text(row[5]), triggers);
              IL_ASSIGN(auto references, References(row[6], tables));
              for (auto& ref : references) depends.insert(std::move(ref));
              out.push_back({{ObjectKind::kRoutine, {Text(row[0]), Text(row[1])}, ""},
                             std::move(text),
                             {depends.begin(), depends.end()}});
            }
            return {};
          }};
}

CatalogQuery Types(Others& out) {
  return {4,
          "SELECT n.nspname, t.typname, quote_ident(pg_get_userbyid(t.typowner)), CASE t.typtype"
          " WHEN 'e' THEN 'enum (' || coalesce((SELECT string_agg(quote_literal(v.enumlabel), ', '"
          "   ORDER BY v.enumsortorder) FROM pg_enum v WHERE v.enumtypid = t.oid), '') || ')'"
          " WHEN 'd' THEN 'domain ' || format_type(t.typbasetype, t.typtypmod) ||"
          "   CASE WHEN t.typcollation <> b.typcollation THEN ' collate ' || (SELECT"
          "     quote_ident(co.collname) FROM pg_collation co WHERE co.oid = t.typcollation)"
          "     ELSE '' END ||"
          "   CASE WHEN t.typnotnull THEN ' not null' ELSE '' END ||"
          "   coalesce(' default ' || t.typdefault, '') || coalesce((SELECT string_agg(' ' ||"
          "     quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), '' ORDER BY"
          "     k.conname COLLATE \"C\") FROM pg_constraint k WHERE k.contypid = t.oid"
          "     AND k.contype = 'c'), '')"
          " WHEN 'c' THEN 'composite (' || coalesce((SELECT string_agg(quote_ident(a.attname) ||"
          "   ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)"
          "   FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0"
          "   AND NOT a.attisdropped), '') || ')'"
          " WHEN 'r' THEN 'range of ' || (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r"
          "   WHERE r.rngtypid = t.oid) ELSE 'base' END"
          " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
          " LEFT JOIN pg_type b ON b.oid = t.typbasetype"
          " LEFT JOIN pg_class c ON c.oid = t.typrelid"
          " WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')) AND " +
              std::string(kUserSchema) + " AND " + NoExtension("pg_type", "t.oid"),
          [&out](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows)
              out.push_back({{ObjectKind::kType, {Text(row[0]), Text(row[1])}, ""},
                             "owner " + Text(row[2]) + " " + Text(row[3]),
                             {}});
            return {};
          }};
}

CatalogQuery Sequences(const RawTables& tables, Others& out) {
  return {5,
          "SELECT n.nspname, c.relname, quote_ident(pg_get_userbyid(c.relowner)),"
          " format('%s start %s increment %s min %s max %s cache %s%s',"
          "   format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,"
          "   s.seqcache, CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END),"
          " (SELECT d.refobjid || '.' || d.refobjsubid FROM pg_depend d"
          "   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a'"
          "   AND d.refclassid = 'pg_class'::regclass LIMIT 1)"
          " FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid"
          " JOIN pg_namespace n ON n.oid = c.relnamespace"
          " WHERE c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_depend d"
          "   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = "
          "'i') AND " +
              std::string(kUserSchema) + " AND " + NoExtension("pg_class", "c.oid"),
          [&tables, &out](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              IL_ASSIGN(auto references, References(row[4], tables));
              OtherObject other{{ObjectKind::kSequence, {Text(row[0]), Text(row[1])}, ""},
                                "owner " + Text(row[2]) + " " + Text(row[3]),
                                std::move(references)};
              for (const auto& ref : other.depends_on)
                if (ref.kind == ObjectKind::kColumn)
                  other.definition +=
                      " owned by " + ToString(ref.table) + "." + DisplayName(ref.member);
              out.push_back(std::move(other));
            }
            return {};
          }};
}

CatalogQuery Publications(int version, const RawTables& tables, Others& out) {
  const bool columns = version >= 150000;
  const std::string members =
      columns
          ? "coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)"
            "   FROM unnest(r.prattrs) k JOIN pg_attribute a ON a.attrelid = r.prrelid"
            "   AND a.attnum = k) || ')', '')"
            " || coalesce(' where ' || pg_get_expr(r.prqual, r.prrelid), '')"
          : "''";
  const std::string schemas =
      columns ? "coalesce(' schemas ' || (SELECT string_agg(quote_ident(sn.nspname), ', ' ORDER BY"
                "   sn.nspname COLLATE \"C\") FROM pg_publication_namespace pn JOIN pg_namespace sn"
                "   ON sn.oid = pn.pnnspid WHERE pn.pnpubid = p.oid), '')"
              : "''";
  const std::string root = version >= 130000 ? "p.pubviaroot" : "false";
  return {
      3,
      "SELECT p.pubname, 'owner ' || quote_ident(pg_get_userbyid(p.pubowner)) ||"
      " CASE WHEN p.puballtables THEN ' all tables' ELSE '' END || ' publish' ||"
      " CASE WHEN p.pubinsert THEN ' insert' ELSE '' END ||"
      " CASE WHEN p.pubupdate THEN ' update' ELSE '' END ||"
      " CASE WHEN p.pubdelete THEN ' delete' ELSE '' END ||"
      " CASE WHEN p.pubtruncate THEN ' truncate' ELSE '' END ||"
      " CASE WHEN " +
          root + " THEN ' via root' ELSE '' END || " + schemas +
          " ||"
          " coalesce(' tables ' || (SELECT string_agg(format('%I.%I', tn.nspname, c.relname) || " +
          members +
          ", ', ' ORDER BY tn.nspname COLLATE \"C\", c.relname COLLATE \"C\")"
          "   FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid"
          "   JOIN pg_namespace tn ON tn.oid = c.relnamespace WHERE r.prpubid = p.oid), ''),"
          " (SELECT string_agg(DISTINCT d.refobjid || '.' || d.refobjsubid, ' ')"
          "   FROM pg_publication_rel r JOIN pg_depend d"
          "   ON d.classid = 'pg_publication_rel'::regclass AND d.objid = r.oid"
          "   AND d.refclassid = 'pg_class'::regclass WHERE r.prpubid = p.oid)"
          " FROM pg_publication p WHERE " +
          NoExtension("pg_publication", "p.oid"),
      [&tables, &out](const SqlRows& rows) -> Result<void> {
        for (const auto& row : rows.rows) {
          IL_ASSIGN(auto references, References(row[2], tables));
          out.push_back({{ObjectKind::kPublication, {"", Text(row[0])}, ""},
                         Text(row[1]),
                         std::move(references)});
        }
        return {};
      }};
}

CatalogQuery Statistics(const RawTables& tables, Others& out) {
  return {6,
          "SELECT n.nspname, s.stxname, pg_get_statisticsobjdef(s.oid), s.stxrelid,"
          " array_to_string(s.stxkeys, ' '), " +
              DependsOn("pg_statistic_ext", "s.oid") +
              " FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE " +
              std::string(kUserSchema) + " AND " + NoExtension("pg_statistic_ext", "s.oid"),
          [&tables, &out](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              IL_ASSIGN(auto references, References(row[5], tables));
              OtherObject other{{ObjectKind::kStatistics, {Text(row[0]), Text(row[1])}, ""},
                                Text(row[2]),
                                std::move(references)};
              const auto table = tables.find(Text(row[3]));
              if (table != tables.end()) {
                IL_ASSIGN(const auto numbers, Numbers(row[4]));
                for (const auto& column : ColumnNames(table->second, numbers)) {
                  const ObjectRef ref{ObjectKind::kColumn, table->second.table.name, column};
                  if (std::find(other.depends_on.begin(), other.depends_on.end(), ref) ==
                      other.depends_on.end())
                    other.depends_on.push_back(ref);
                }
              }
              out.push_back(std::move(other));
            }
            return {};
          }};
}

/// Rules on tables: rare, but they change what a write does.
CatalogQuery Rules(const RawTables& tables, Others& out) {
  return {6,
          "SELECT n.nspname, c.relname, r.rulename, r.ev_enabled, pg_get_ruledef(r.oid), " +
              DependsOn("pg_rewrite", "r.oid") +
              " FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
              " JOIN pg_namespace n ON n.oid = c.relnamespace"
              " WHERE r.rulename <> '_RETURN' AND c.relpersistence <> 't' AND " +
              std::string(kUserSchema) + " AND " + NoExtension("pg_class", "c.oid"),
          [&tables, &out](const SqlRows& rows) -> Result<void> {
            for (const auto& row : rows.rows) {
              IL_ASSIGN(auto references, References(row[5], tables));
              out.push_back(
                  {{ObjectKind::kOther, {Text(row[0]), Text(row[1]) + " rule " + Text(row[2])}, ""},
                   "enabled " + Text(row[3]) + " " + Shortened(Text(row[4])),
                   std::move(references)});
            }
            return {};
          }};
}

}  // namespace

std::vector<CatalogQuery> OtherQueries(int version, const RawTables& tables, Others& out) {
  return {Schemas(out),
          Views(tables, out),
          Routines(tables, out),
          Types(out),
          Sequences(tables, out),
          Publications(version, tables, out),
          Statistics(tables, out),
          Rules(tables, out)};
}

}  // namespace interlock::postgres
