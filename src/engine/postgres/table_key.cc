#include "engine/postgres/table_key.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "engine/postgres/quote.h"

namespace interlock::postgres {
namespace {

constexpr int kFirstVersionWithRangeScans = 140000;

std::optional<std::int64_t> Number(const std::string& text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value < 0) return std::nullopt;
  return value;
}

tl::unexpected<Error> BadKey(const TableKey& key) {
  return Fail(ErrorKind::kCorrupt, "IL-E57",
              "a key of " + ToString(key.table) + " does not fit the table's key any more");
}

/// (t."a", t."b") > ($1::x, $2::y): compared as rows, which the index serves.
std::string Compare(const TableKey& key, const char* op, const Key& bound,
                    std::vector<SqlValue>* values) {
  std::vector<std::string> left;
  std::vector<std::string> right;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    values->push_back(bound[i]);
    left.push_back("t." + key.columns[i].name);
    right.push_back("$" + std::to_string(values->size()) + "::" + key.columns[i].type);
  }
  if (left.size() == 1) return left[0] + " " + op + " " + right[0];
  return "(" + Join(left, ", ") + ") " + op + " (" + Join(right, ", ") + ")";
}

// Ascending columns only, each in the order that < has for its type and collation, so that row
// comparison and the index agree.
constexpr const char* kKeySql = R"(
SELECT a.attname, pg_catalog.format_type(a.atttypid, -1)
FROM (
  SELECT i.* FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam
  WHERE i.indrelid = $1::pg_catalog.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indexprs IS NULL AND am.amname = 'btree'
    AND NOT EXISTS (
      SELECT 1 FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k(n)
        JOIN pg_catalog.pg_attribute AS ka
          ON ka.attrelid = i.indrelid AND ka.attnum = i.indkey[k.n]
        JOIN pg_catalog.pg_opclass AS oc ON oc.oid = i.indclass[k.n]
      WHERE NOT ka.attnotnull OR i.indoption[k.n] <> 0 OR NOT oc.opcdefault
        OR i.indcollation[k.n] <> ka.attcollation)
  ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1
) AS i
CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k(n)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n]
ORDER BY k.n)";

}  // namespace

std::string TableKey::From() const { return (partitioned ? "" : "ONLY ") + Quote(table) + " AS t"; }

Result<std::string> TableKey::Condition(const KeyRange& range,
                                        std::vector<SqlValue>* values) const {
  std::vector<std::string> tests;
  for (const auto* bound : {&range.after, &range.upto}) {
    if (!*bound) continue;
    const Key& key = **bound;
    const bool lower = bound == &range.after;
    if (kind == KeyKind::kColumns) {
      if (key.size() != columns.size()) return BadKey(*this);
      tests.push_back(Compare(*this, lower ? ">" : "<=", key, values));
    } else {
      const auto block = key.size() == 1 ? Number(key[0]) : std::nullopt;
      if (!block || kind != KeyKind::kPhysical) return BadKey(*this);
      tests.push_back(std::string("t.ctid ") + (lower ? ">=" : "<") + " '(" +
                      std::to_string(*block + 1) + ",0)'::pg_catalog.tid");
    }
  }
  return tests.empty() ? std::string("true") : Join(tests, " AND ");
}

std::string TableKey::Columns() const {
  if (kind != KeyKind::kColumns) return "t.ctid";
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back("t." + column.name);
  return Join(names, ", ");
}

Result<std::string> TableKey::BoundaryQuery(const KeyRange& range, std::int64_t rows,
                                            std::vector<SqlValue>* values) const {
  IL_ASSIGN(const std::string condition, Condition(range, values));
  return "SELECT " + Columns() + " FROM " + From() + " WHERE " + condition + " ORDER BY " +
         Columns() + " OFFSET " + std::to_string(rows - 1) + " LIMIT 1";
}

Result<TableKey> ChooseKey(SqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const SqlRows found,
            connection.Execute(
                "SELECT c.oid, c.relkind = 'p', pg_catalog.current_setting('server_version_num'), "
                "greatest(c.reltuples, 0), c.relpages FROM pg_catalog.pg_class AS c JOIN "
                "pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND "
                "c.relname = $2 AND c.relkind IN ('r', 'p')",
                {table.schema, table.name}));
  if (found.rows.empty()) {
    return Fail(ErrorKind::kRefused, "IL-E61", "there is no table " + ToString(table));
  }
  const auto& row = found.rows[0];
  TableKey key;
  key.table = table;
  key.partitioned = row[1] == "t";
  IL_ASSIGN(const SqlRows columns, connection.Execute(kKeySql, {row[0]}));
  for (const auto& column : columns.rows) {
    key.columns.push_back({Quote(column[0].value_or("")), column[1].value_or("")});
  }
  if (!key.columns.empty()) {
    key.kind = KeyKind::kColumns;
    return key;
  }
  if (key.partitioned) {
    return Fail(ErrorKind::kRefused, "IL-E60",
                "partitioned table " + ToString(table) + " has no key to walk it by",
                "add a primary key, or a unique index on NOT NULL columns");
  }
  if (Number(row[2].value_or("")).value_or(0) < kFirstVersionWithRangeScans) return key;
  key.kind = KeyKind::kPhysical;
  const double tuples = std::strtod(row[3].value_or("0").c_str(), nullptr);
  const double pages = std::strtod(row[4].value_or("0").c_str(), nullptr);
  key.rows_per_block = tuples > 0 && pages > 0 ? std::max(1.0, tuples / pages) : 50;
  return key;
}

std::string FormatKey(const Key& key) {
  std::string out;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (i > 0) out += ',';
    for (const char c : key[i]) {
      if (c == ',' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

Key ParseKey(std::string_view text) {
  Key key{""};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      key.emplace_back();
      continue;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    key.back() += text[i];
  }
  return key;
}

}  // namespace interlock::postgres
