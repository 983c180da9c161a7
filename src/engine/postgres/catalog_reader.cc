#include "engine/postgres/catalog_reader.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/catalog_scope.h"
#include "engine/postgres/answers.h"
#include "engine/postgres/catalog_parts.h"
#include "engine/postgres/errors.h"

namespace interlock::postgres {
namespace {

constexpr std::string_view kUseDefaultSearchPath =
    "SET LOCAL search_path TO DEFAULT; "
    "SELECT s FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS s";

constexpr std::string_view kPinPrinting =
    "SET LOCAL search_path = ''; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';"
    "SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex';"
    "SET LOCAL lc_monetary = 'C'; SET LOCAL quote_all_identifiers = off;"
    "SET LOCAL extra_float_digits = 1; SET LOCAL xmloption = 'content';"
    "SET LOCAL standard_conforming_strings = on; ";

constexpr std::string_view kServerVersion = "SELECT current_setting('server_version_num')";

std::vector<std::string> FirstColumn(const SqlRows& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows.rows) out.push_back(Text(row.at(0)));
  return out;
}

/// Rotating partitions is no change of the schema, so a leaf counts only where it differs.
bool MatchesParent(const RawTable& leaf, const RawTable& parent) {
  const Table& child = leaf.table;
  const Table& above = parent.table;
  if (leaf.own_parts || child.owner != above.owner || !child.policies.empty()) return false;
  if (child.attributes.find("row security") != std::string::npos) return false;
  if (child.columns.size() != above.columns.size() ||
      child.constraints.size() != above.constraints.size() ||
      child.indexes.size() != above.indexes.size() ||
      child.triggers.size() != above.triggers.size())
    return false;
  for (const auto& column : child.columns) {
    const Column* same = above.FindColumn(column.name);
    if (same == nullptr || !(*same == column)) return false;
  }
  for (size_t i = 0; i < child.triggers.size(); ++i)
    if (child.triggers[i].name != above.triggers[i].name ||
        child.triggers[i].enabled != above.triggers[i].enabled)
      return false;
  const auto valid = [](const auto& item) { return item.valid; };
  // A constraint that is being made is not validated on either of them.
  const auto as_above = [&](const Constraint& item) {
    return item.validated ||
           std::any_of(above.constraints.begin(), above.constraints.end(), [&](const auto& other) {
             return other.name == item.name && !other.validated;
           });
  };
  return std::all_of(child.indexes.begin(), child.indexes.end(), valid) &&
         std::all_of(child.constraints.begin(), child.constraints.end(), as_above);
}

Result<Catalog> ReadInTransaction(SqlConnection& connection, const CatalogScope& scope) {
  IL_ASSIGN(const SqlRows path,
            connection.Execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; " +
                               std::string(kUseDefaultSearchPath)));
  Catalog catalog;
  catalog.engine = "postgresql";
  catalog.search_path = FirstColumn(path);
  catalog.default_schema = catalog.search_path.empty() ? "public" : catalog.search_path.front();
  IL_ASSIGN(const SqlRows pinned,
            connection.Execute(std::string(kPinPrinting) + std::string(kServerVersion)));
  IL_ASSIGN(const SqlValue told, FirstValue(pinned));
  IL_ASSIGN(const int version, SmallNumber(told));
  catalog.server_major = version / 10000;
  RawTables tables;
  std::vector<CatalogQuery> queries = TableQueries(tables);
  for (auto& query : OtherQueries(version, tables, catalog.others))
    queries.push_back(std::move(query));
  IL_RETURN_IF_ERROR(RunQueries(connection, queries));
  FinishTables(tables);
  scope.Restrict(catalog.others);
  std::set<std::string> dull;
  for (const auto& [oid, raw] : tables) {
    const auto parent = tables.find(raw.parent);
    if (raw.leaf_partition && parent != tables.end() && MatchesParent(raw, parent->second))
      dull.insert(oid);
  }
  for (auto& [oid, raw] : tables) {
    if (dull.count(oid) != 0 || !scope.Has(raw.table.name)) continue;
    catalog.tables.emplace(raw.table.name, std::move(raw.table));
  }
  return catalog;
}

}  // namespace

std::string NoExtension(const std::string& catalog, const std::string& oid) {
  return "NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '" + catalog +
         "'::regclass AND e.objid = " + oid + " AND e.deptype = 'e')";
}

bool IsTrue(const SqlValue& value) { return value && *value == "t"; }

std::string Text(const SqlValue& value) { return value.value_or(""); }

Result<std::vector<int>> Numbers(const SqlValue& value) {
  std::vector<int> out;
  for (const auto& part : Split(Text(value), ' ')) {
    if (part.empty()) continue;
    IL_ASSIGN(const int number, SmallNumber(part));
    out.push_back(number);
  }
  return out;
}

std::vector<std::string> ColumnNames(const RawTable& table, const std::vector<int>& numbers) {
  std::vector<std::string> out;
  for (const int number : numbers) {
    const auto found = table.columns.find(number);
    if (found != table.columns.end() &&
        std::find(out.begin(), out.end(), found->second.name) == out.end())
      out.push_back(found->second.name);
  }
  return out;
}

Result<void> RunQueries(SqlConnection& connection, const std::vector<CatalogQuery>& queries) {
  std::string sql;
  for (size_t i = 0; i < queries.size(); ++i) {
    sql += (i == 0 ? "SELECT " : " UNION ALL SELECT ") + std::to_string(i) +
           ", interlock_row::text FROM (" + queries[i].sql + ") AS interlock_row";
  }
  // Fourteen plans take the server ten times as long as what they find.
  IL_ASSIGN(const SqlRows found, connection.ExecuteOften(sql));
  std::vector<SqlRows> rows(queries.size());
  for (const auto& row : found.rows) {
    if (row.size() != 2) return WrongShape("a row has " + std::to_string(row.size()) + " columns");
    IL_ASSIGN(const std::int64_t number, WholeNumber(row[0]));
    if (number < 0 || number >= static_cast<std::int64_t>(queries.size()))
      return WrongShape("there is no query " + std::to_string(number));
    const auto query = static_cast<size_t>(number);
    IL_ASSIGN(auto fields, RecordFields(row[1], queries[query].columns));
    rows[query].rows.push_back(std::move(fields));
  }
  for (size_t i = 0; i < queries.size(); ++i) IL_RETURN_IF_ERROR(queries[i].take(rows[i]));
  return {};
}

Result<void> PinPrinting(SqlConnection& connection) {
  IL_RETURN_IF_ERROR(connection.Execute(std::string(kPinPrinting)));
  return {};
}

Result<std::vector<std::string>> UseDefaultSearchPath(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows rows, connection.Execute(std::string(kUseDefaultSearchPath)));
  return FirstColumn(rows);
}

Result<int> ServerVersion(SqlConnection& connection) {
  IL_ASSIGN(const SqlRows rows, connection.Execute(std::string(kServerVersion)));
  IL_ASSIGN(const SqlValue version, FirstValue(rows));
  return SmallNumber(version);
}

Result<Catalog> ReadCatalog(SqlConnection& connection, const std::vector<std::string>& owns,
                            const std::vector<std::string>& ignore) {
  const CatalogScope scope(owns, ignore);
  for (int attempt = 1;; ++attempt) {
    IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
    auto catalog = ReadInTransaction(connection, scope);
    if (catalog) {
      IL_RETURN_IF_ERROR(transaction.Commit());
      return catalog;
    }
    const std::string state = SqlState(catalog.error());
    // The functions that print definitions look past the snapshot, at what was dropped meanwhile.
    if ((state == "XX000" || IsOfPrepared(catalog.error())) && attempt < 5) continue;
    if (state == "42501") {
      catalog.error().kind = ErrorKind::kUndecidable;
      catalog.error().code = "IL-E22";
      catalog.error().hint = "let this role read the system catalog";
    }
    return catalog;
  }
}

}  // namespace interlock::postgres
