#include "engine/mysql/definitions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "engine/mysql/expression.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"
#include "engine/mysql/table_text.h"
#include "engine/mysql/user_sql.h"

namespace interlock::mysql {
namespace {

std::string QuoteList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const auto& name : names) quoted.push_back(Quote(name));
  return Join(quoted, ", ");
}

std::string Named(const std::string& name) {
  return name.empty() ? "" : "CONSTRAINT " + Quote(name) + " ";
}

std::string NameOf(Flavor flavor) { return flavor == Flavor::kMySql ? "MySQL" : "MariaDB"; }

Result<std::string> Collation(const std::string& name) {
  if (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
      }))
    return " COLLATE " + name;
  return Fail(ErrorKind::kConfig, "IL-E33", "'" + name + "' is no name of a collation",
              "write one such as utf8mb4_bin");
}

/// The columns, quoted; where none are named, the other table's primary key.  A mark takes their
/// place while a plan is shown and that table is not there yet.
Result<std::string> Referenced(MySqlConnection& connection, const change::CreateTable& made,
                               const TableReference& reference) {
  if (!reference.referenced.empty()) return QuoteList(reference.referenced);
  if (reference.table == made.table) return QuoteList(made.primary_key);
  IL_ASSIGN(const auto other, ShowTable(connection, reference.table));
  if (!other) return std::string("…");
  if (!other->table.PrimaryKey().empty()) return QuoteList(other->table.PrimaryKey());
  return Fail(ErrorKind::kRefused, "IL-E37",
              "table " + ToString(reference.table) + " has no primary key to refer to",
              "name the columns that the foreign key refers to");
}

Result<std::string> ReferenceText(MySqlConnection& connection, const change::CreateTable& made,
                                  const TableReference& reference) {
  IL_ASSIGN(const std::string referenced, Referenced(connection, made, reference));
  const std::string out = "FOREIGN KEY (" + QuoteList(reference.columns) + ") REFERENCES " +
                          Quote(reference.table) + " (" + referenced + ")";
  if (reference.on_delete.empty()) return out;
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kActions{{
      {"cascade", "CASCADE"},
      {"restrict", "RESTRICT"},
      {"set null", "SET NULL"},
      {"no action", "NO ACTION"},
  }};
  for (const auto& [word, sql] : kActions)
    if (word == reference.on_delete) return out + " ON DELETE " + std::string(sql);
  return Fail(ErrorKind::kConfig, "IL-E35",
              "'" + reference.on_delete + "' is no action of a foreign key",
              "write cascade, restrict, set null or no action");
}

tl::unexpected<Error> NotHere(Flavor flavor, const std::string& index, const std::string& what,
                              const std::string& hint) {
  return Fail(ErrorKind::kRefused, "IL-E45",
              "index " + DisplayName(index) + ": " + NameOf(flavor) + " has no " + what, hint);
}

Result<std::string> PartText(Flavor flavor, const change::CreateIndex& index,
                             const change::IndexPart& part) {
  std::string out;
  if (!part.column.empty()) {
    out = Quote(part.column);
  } else if (flavor == Flavor::kMySql) {
    IL_RETURN_IF_ERROR(CheckExpression(part.expression));
    out = Enclose(part.expression);
  } else {
    return NotHere(flavor, index.name, "indexes over expressions",
                   "add a generated column by alter SQL, and an index on it");
  }
  if (!part.opclass.empty())
    return NotHere(flavor, index.name, "operator classes", "leave opclass out");
  return out + (part.order == "desc" ? " DESC" : "");
}

}  // namespace

Result<std::string> DefaultText(Flavor flavor, const std::string& expression,
                                const std::string& type) {
  IL_RETURN_IF_ERROR(CheckExpression(expression));
  const auto tokens = Tokenize(expression);
  const bool null = tokens.size() == 1 && tokens[0].Is("NULL");
  const bool bare = IsCurrentTime(expression) || null ||
                    (IsLiteral(expression) && (flavor == Flavor::kMariaDb || !IsLongType(type)));
  // Of so few tokens no comment is left.
  return bare ? TextOf(expression, tokens, 0, tokens.size()) : Enclose(expression);
}

Result<std::string> ColumnDefinition(Flavor flavor, const ColumnSpec& column, ColumnPlace place) {
  IL_ASSIGN(const std::string type, PlainType(column.type));
  std::string out = Quote(column.name) + " " + type;
  if (!column.collation.empty()) {
    IL_ASSIGN(const std::string collation, Collation(column.collation));
    out += collation;
  }
  const bool nullable = column.nullable && !column.identity;
  // Said in any case: a timestamp may be NOT NULL otherwise.
  if (place == ColumnPlace::kShape)
    return out + (column.identity ? " NOT NULL AUTO_INCREMENT" : " NULL");
  out += nullable ? " NULL" : " NOT NULL";
  if (column.default_value) {
    IL_ASSIGN(const std::string value, DefaultText(flavor, *column.default_value, type));
    out += " DEFAULT " + value;
  }
  if (column.identity) out += " AUTO_INCREMENT";
  if (place == ColumnPlace::kAdded) out += " INVISIBLE";
  return out;
}

Result<std::vector<std::string>> TableElements(MySqlConnection& connection,
                                               const change::CreateTable& table) {
  const Flavor flavor = connection.version().flavor;
  std::vector<std::string> out;
  for (auto column : table.columns) {
    if (Contains(table.primary_key, column.name)) column.nullable = false;
    IL_ASSIGN(std::string text, ColumnDefinition(flavor, column, ColumnPlace::kNewTable));
    out.push_back(std::move(text));
  }
  if (!table.primary_key.empty())
    out.push_back("PRIMARY KEY (" + QuoteList(table.primary_key) + ")");
  for (const auto& unique : table.uniques)
    out.push_back("UNIQUE KEY " + (unique.name.empty() ? "" : Quote(unique.name) + " ") + "(" +
                  QuoteList(unique.columns) + ")");
  for (const auto& check : table.checks) {
    IL_RETURN_IF_ERROR(CheckExpression(check.expression));
    out.push_back(Named(check.name) + "CHECK " + Enclose(check.expression));
  }
  for (const auto& reference : table.references) {
    IL_ASSIGN(const std::string text, ReferenceText(connection, table, reference));
    out.push_back(Named(reference.name) + text);
  }
  return out;
}

Result<std::string> KeyText(Flavor flavor, const change::CreateIndex& index) {
  if (!index.where.empty())
    return NotHere(flavor, index.name, "indexes over part of the rows", "leave `where` out");
  if (!index.include.empty())
    return NotHere(flavor, index.name, "INCLUDE", "make the columns parts of the index");
  const std::string method = Upper(index.method);
  if (!method.empty() && method != "BTREE" && method != "FULLTEXT" && method != "SPATIAL")
    return NotHere(flavor, index.name, "index method " + index.method,
                   "leave `method` out, or write btree, fulltext or spatial");
  std::vector<std::string> parts;
  for (const auto& part : index.parts) {
    IL_ASSIGN(std::string text, PartText(flavor, index, part));
    parts.push_back(std::move(text));
  }
  const std::string kind = index.unique                          ? "UNIQUE "
                           : method == "BTREE" || method.empty() ? ""
                                                                 : method + " ";
  return kind + "KEY " + Quote(index.name) + " (" + Join(parts, ", ") + ")";
}

Result<void> CheckBuiltOnline(const std::string& name, const std::string& key) {
  const auto tokens = Tokenize(key);
  bool apart = tokens.empty() || tokens[0].Is("FULLTEXT") || tokens[0].Is("SPATIAL");
  int depth = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].Is(")")) --depth;
    if (!tokens[i].Is("(")) continue;
    ++depth;
    // A column's length stands behind its name.
    apart = apart || (depth == 2 && (tokens[i - 1].Is("(") || tokens[i - 1].Is(",")));
  }
  if (!apart) return {};
  return Fail(
      ErrorKind::kRefused, "IL-E45",
      "index " + DisplayName(name) + ": the server builds " + key + " only while writes wait",
      "`alter_table` with ADD " + key + " rebuilds the table while they go on");
}

}  // namespace interlock::mysql
