#include "engine/postgres/twins.h"

#include <array>

#include "base/text.h"
#include "engine/postgres/answers.h"
#include "engine/postgres/expression.h"
#include "engine/postgres/quote.h"

namespace interlock::postgres {
namespace {

using Mapping = std::map<std::string, std::string>;

std::string Mapped(const std::string& column, const Mapping& columns) {
  const auto found = columns.find(column);
  return found == columns.end() ? column : found->second;
}

/// Every column of the table with the SQL that stands for it in the twin.
Result<Mapping> Replacements(SqlConnection& connection, const TableName& table,
                             const Mapping& columns) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT a.attname FROM pg_catalog.pg_attribute a"
                " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
                " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped",
                {table.schema, table.name}));
  Mapping out;
  for (const auto& row : rows.rows) {
    IL_ASSIGN(const std::string name, Given(row.at(0)));
    out[name] = Quote(Mapped(name, columns));
  }
  return out;
}

Result<std::string> Rewritten(const std::string& expression, const TableName& table,
                              const Mapping& replacements, const std::string& what) {
  auto text = QualifyColumns(expression, table, replacements);
  if (!text)
    return Fail(ErrorKind::kRefused, "IL-E36", what + " cannot be carried over to other columns",
                "name it in `drops` and create its successor by a change of its own",
                {text.error().message});
  return text;
}

/// One row a key or INCLUDE column of the index, in order.
std::string IndexPartsSql() {
  return "SELECT i.indisunique, am.amname, pg_get_expr(i.indpred, i.indrelid),"
         " coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), k.k <= i.indnkeyatts,"
         " CASE WHEN i.indkey[k.k - 1] <> 0 THEN a.attname END,"
         " CASE WHEN i.indkey[k.k - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k.k, false) END,"
         " CASE WHEN co.oid IS NOT NULL AND co.oid <> coalesce(nullif(a.attcollation, 0),"
         "   (SELECT ia.attcollation FROM pg_attribute ia WHERE ia.attrelid = i.indexrelid"
         "    AND ia.attnum = k.k)) THEN format('%I.%I', con.nspname, co.collname) END,"
         " CASE WHEN k.k <= i.indnkeyatts AND (NOT oc.opcdefault OR ia.attoptions IS NOT NULL)"
         "   THEN format('%I.%I', ocn.nspname, oc.opcname) ||"
         "   coalesce((SELECT ' (' || string_agg(format('%I = %L', o.option_name, o.option_value),"
         "     ', ') || ')' FROM pg_options_to_table(ia.attoptions) o), '') END,"
         " CASE WHEN k.k <= i.indnkeyatts AND pg_indexam_has_property(am.oid, 'can_order') THEN"
         "   i.indoption[k.k - 1] ELSE 0 END,"
         " (SELECT string_agg(format('%I = %L', o.option_name, o.option_value), ', ')"
         "    FROM pg_options_to_table(ic.reloptions) o)"
         " FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid ="
         " ic.relam JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid ="
         " t.relnamespace CROSS JOIN LATERAL generate_series(1, i.indnatts::int) k(k)"
         " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.k - 1]"
         " LEFT JOIN pg_attribute ia ON ia.attrelid = i.indexrelid AND ia.attnum = k.k"
         " LEFT JOIN pg_opclass oc ON oc.oid = i.indclass[k.k - 1] AND k.k <= i.indnkeyatts"
         " LEFT JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace"
         " LEFT JOIN pg_collation co ON co.oid = i.indcollation[k.k - 1] AND k.k <= i.indnkeyatts"
         " LEFT JOIN pg_namespace con ON con.oid = co.collnamespace"
         " WHERE n.nspname = $1 AND t.relname = $2 AND ic.relname = $3 ORDER BY k.k";
}

Result<std::string> OrderText(const SqlValue& options) {
  IL_ASSIGN(const int bits, SmallNumber(options));
  const bool descending = (bits & 1) != 0;
  const bool nulls_first = (bits & 2) != 0;
  std::string out = descending ? " DESC" : "";
  if (nulls_first != descending) out += nulls_first ? " NULLS FIRST" : " NULLS LAST";
  return out;
}

std::string ActionText(const std::string& letter) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kActions{{
      {"r", "RESTRICT"},
      {"c", "CASCADE"},
      {"n", "SET NULL"},
      {"d", "SET DEFAULT"},
  }};
  for (const auto& [key, sql] : kActions)
    if (key == letter) return std::string(sql);
  return "NO ACTION";
}

/// A foreign key of the table, its columns as rows of (own, referenced, whether SET NULL names it).
std::string ForeignKeySql() {
  return "SELECT k.confmatchtype, k.confupdtype, k.confdeltype, k.condeferrable, k.condeferred,"
         " format('%I.%I', fn.nspname, f.relname), a.attname, fa.attname,"
         " coalesce((to_jsonb(k) -> 'confdelsetcols') @> to_jsonb(k.conkey[u.i]), false)"
         " FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid"
         " JOIN pg_namespace fn ON fn.oid = f.relnamespace"
         " CROSS JOIN LATERAL generate_subscripts(k.conkey, 1) u(i)"
         " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[u.i]"
         " JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = k.confkey[u.i]"
         " WHERE k.oid = $1::oid ORDER BY u.i";
}

Result<std::string> ForeignKeyTwin(SqlConnection& connection, const std::string& oid,
                                   const Mapping& columns) {
  IL_ASSIGN(const SqlRows rows, connection.Execute(ForeignKeySql(), {oid}));
  if (rows.rows.empty())
    return Fail(ErrorKind::kUndecidable, "IL-E36", "the foreign key's columns cannot be read");
  std::vector<std::string> own;
  std::vector<std::string> referenced;
  std::vector<std::string> set;
  for (const auto& row : rows.rows) {
    IL_ASSIGN(const std::string column, Given(row.at(6)));
    own.push_back(Mapped(column, columns));
    IL_ASSIGN(const std::string other, Given(row.at(7)));
    referenced.push_back(other);
    if (row.at(8) == "t") set.push_back(own.back());
  }
  const auto& first = rows.rows.front();
  IL_ASSIGN(const std::string target, Given(first.at(5)));
  std::string out = "FOREIGN KEY (" + QuoteList(own) + ") REFERENCES " + target + " (" +
                    QuoteList(referenced) + ")";
  if (first.at(0) == "f") out += " MATCH FULL";
  if (first.at(1) != "a") out += " ON UPDATE " + ActionText(first.at(1).value_or(""));
  if (first.at(2) != "a") out += " ON DELETE " + ActionText(first.at(2).value_or(""));
  if (!set.empty()) out += " (" + QuoteList(set) + ")";
  if (first.at(3) == "t") out += " DEFERRABLE";
  if (first.at(4) == "t") out += " INITIALLY DEFERRED";
  return out;
}

}  // namespace

Result<std::optional<IndexText>> IndexTwin(SqlConnection& connection, const TableName& table,
                                           const std::string& source, const Mapping& columns) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(IndexPartsSql(), {table.schema, table.name, source}));
  if (rows.rows.empty()) return std::nullopt;
  IL_ASSIGN(const Mapping replacements, Replacements(connection, table, columns));
  const std::string what = "index " + DisplayName(source);
  std::vector<std::string> keys;
  std::vector<std::string> include;
  for (const auto& row : rows.rows) {
    std::string text;
    if (row.at(5)) {
      text = Quote(Mapped(*row.at(5), columns));
    } else {
      IL_ASSIGN(const std::string written, Given(row.at(6)));
      IL_ASSIGN(const std::string expression, Rewritten(written, table, replacements, what));
      text = Enclose(expression);
    }
    if (row.at(4) != "t") {
      include.push_back(std::move(text));
      continue;
    }
    if (row.at(7)) text += " COLLATE " + *row.at(7);
    if (row.at(8)) text += " " + *row.at(8);
    IL_ASSIGN(const std::string order, OrderText(row.at(9)));
    keys.push_back(text + order);
  }
  const auto& first = rows.rows.front();
  IndexText out;
  out.unique = first.at(0) == "t";
  IL_ASSIGN(const std::string method, Given(first.at(1)));
  out.tail = "USING " + Quote(method) + " (" + Join(keys, ", ") + ")";
  if (!include.empty()) out.tail += " INCLUDE (" + Join(include, ", ") + ")";
  if (first.at(3) == "t") out.tail += " NULLS NOT DISTINCT";
  if (first.at(10)) out.tail += " WITH (" + *first.at(10) + ")";
  if (first.at(2)) {
    IL_ASSIGN(const std::string where, Rewritten(*first.at(2), table, replacements, what));
    out.tail += " WHERE " + Enclose(where);
  }
  return out;
}

Result<std::optional<std::string>> ConstraintTwin(SqlConnection& connection, const TableName& table,
                                                  const std::string& source,
                                                  const Mapping& columns) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT k.oid, k.contype, pg_get_expr(k.conbin, k.conrelid), k.connoinherit"
                " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = $1 AND c.relname = $2 AND k.conname = $3",
                {table.schema, table.name, source}));
  if (rows.rows.empty()) return std::nullopt;
  const auto& row = rows.rows.front();
  const std::string what = "constraint " + DisplayName(source);
  if (row.at(1) == "f") {
    IL_ASSIGN(std::string text, ForeignKeyTwin(connection, row.at(0).value_or(""), columns));
    return text;
  }
  if (row.at(1) == "c") {
    IL_ASSIGN(const Mapping replacements, Replacements(connection, table, columns));
    IL_ASSIGN(const std::string check,
              Rewritten(row.at(2).value_or(""), table, replacements, what));
    return "CHECK " + Enclose(check) + (row.at(3) == "t" ? " NO INHERIT" : "");
  }
  return Fail(ErrorKind::kRefused, "IL-E36", what + " is neither a CHECK nor a foreign key",
              "name it in `drops` and create its successor by a change of its own");
}

}  // namespace interlock::postgres
