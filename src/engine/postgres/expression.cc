#include "engine/postgres/expression.h"

#include <pg_query.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"

namespace interlock::postgres {
namespace {

using nlohmann::json;

/// A column reference as the parser sees it: where it begins in the expression, its name's parts.
struct Reference {
  std::size_t offset = 0;
  std::vector<std::string> parts;
};

// What may stand in an expression over one row.  A list of what is allowed, so that a node that a
// later parser adds is refused until it was thought about.
const std::set<std::string, std::less<>> kAllowedNodes = {
    "A_ArrayExpr",   "A_Const",      "A_Expr",   "A_Indices", "A_Indirection",
    "BoolExpr",      "BooleanTest",  "CaseExpr", "CaseWhen",  "CoalesceExpr",
    "CollateClause", "ColumnRef",    "FuncCall", "Integer",   "List",
    "MinMaxExpr",    "NamedArgExpr", "NullTest", "RowExpr",   "SQLValueFunction",
    "String",        "TypeCast",     "TypeName", "XmlExpr",   "XmlSerialize"};

std::string NodeInWords(std::string_view node) {
  if (node == "SubLink") return "a subquery";
  if (node == "ParamRef") return "a parameter";
  if (node == "SetToDefault") return "DEFAULT";
  if (node == "GroupingFunc") return "GROUPING";
  if (node == "A_Star") return "*";
  return std::string(node);
}

tl::unexpected<Error> NotOneExpression(std::string_view expression, const std::string& why) {
  return Fail(ErrorKind::kConfig, "IL-E50",
              "not exactly one SQL expression: " + std::string(expression) + ": " + why);
}

tl::unexpected<Error> NotAllowed(std::string_view expression, const std::string& what) {
  return Fail(ErrorKind::kConfig, "IL-E51",
              what + " is not allowed in an expression over one row: " + std::string(expression),
              "use columns, constants, operators and functions of the same row only");
}

/// The parse tree of one statement; an error's message otherwise.
tl::expected<json, std::string> Parse(const std::string& sql) {
  PgQueryParseResult parsed = pg_query_parse(sql.c_str());
  tl::expected<json, std::string> result;
  if (parsed.error != nullptr) {
    result = tl::make_unexpected(std::string(parsed.error->message));
  } else {
    json tree = json::parse(parsed.parse_tree, nullptr, false);
    if (tree.is_discarded()) {
      result = tl::make_unexpected(std::string("the parser's answer cannot be read"));
    } else {
      result = std::move(tree);
    }
  }
  pg_query_free_parse_result(parsed);
  return result;
}

/// The one target of `SELECT …`, if the statement is nothing but that.
tl::expected<json, std::string> SoleTarget(const std::string& sql) {
  auto tree = Parse(sql);
  if (!tree) return tl::make_unexpected(tree.error());
  const json& statements = (*tree)["stmts"];
  if (!statements.is_array() || statements.size() != 1) {
    return tl::make_unexpected(std::string("several statements"));
  }
  // The parser sets a length only for a statement that a semicolon ends.
  if (statements[0].contains("stmt_len")) {
    return tl::make_unexpected(std::string("it holds a semicolon"));
  }
  const json& statement = statements[0]["stmt"];
  if (!statement.contains("SelectStmt")) {
    return tl::make_unexpected(std::string("it is a statement"));
  }
  const json& select = statement["SelectStmt"];
  for (const auto& [key, value] : select.items()) {
    if (key == "targetList" || key == "limitOption") continue;
    if (key == "op" && value == "SETOP_NONE") continue;
    return tl::make_unexpected(std::string("it holds a clause of a query"));
  }
  if (select.value("limitOption", "LIMIT_OPTION_DEFAULT") != "LIMIT_OPTION_DEFAULT") {
    return tl::make_unexpected(std::string("it holds a clause of a query"));
  }
  if (!select.contains("targetList") || select["targetList"].empty()) {
    return tl::make_unexpected(std::string("it is empty"));
  }
  if (select["targetList"].size() != 1) {
    return tl::make_unexpected(std::string("several expressions"));
  }
  const json& target = select["targetList"][0]["ResTarget"];
  if (target.contains("name")) return tl::make_unexpected(std::string("it has an alias"));
  return target["val"];
}

/// Refuses what is not allowed and collects the column references.  Node types are the keys that
/// begin with a capital letter; fields begin with a small one.
Result<void> Walk(const json& node, std::string_view expression, std::size_t prefix,
                  std::vector<Reference>* references) {
  if (node.is_array()) {
    for (const json& child : node) {
      IL_RETURN_IF_ERROR(Walk(child, expression, prefix, references));
    }
    return {};
  }
  if (!node.is_object()) return {};
  for (const auto& [key, child] : node.items()) {
    const bool is_node = !key.empty() && std::isupper(static_cast<unsigned char>(key[0])) != 0;
    if (is_node && !kAllowedNodes.contains(key)) return NotAllowed(expression, NodeInWords(key));
    if (key == "FuncCall") {
      for (const char* field :
           {"agg_star", "agg_distinct", "agg_within_group", "agg_order", "agg_filter"}) {
        if (child.contains(field)) return NotAllowed(expression, "an aggregate");
      }
      if (child.contains("over")) return NotAllowed(expression, "a window call");
    }
    if (key == "ColumnRef") {
      Reference reference;
      reference.offset = child.value("location", std::size_t{0}) - prefix;
      for (const json& field : child["fields"]) {
        if (!field.contains("String")) {
          return Fail(ErrorKind::kConfig, "IL-E52",
                      "a whole row is no column: " + std::string(expression));
        }
        reference.parts.push_back(field["String"].value("sval", ""));
      }
      references->push_back(std::move(reference));
      continue;
    }
    IL_RETURN_IF_ERROR(Walk(child, expression, prefix, references));
  }
  return {};
}

/// All column references by place.
Result<std::vector<Reference>> References(std::string_view expression) {
  if (expression.find('\0') != std::string_view::npos) {
    return NotOneExpression(expression, "it holds a zero byte");
  }
  // Bare, it must be one expression whose parentheses, quotes and comments are closed; in
  // parentheses too, else it is one only in a target list's grammar.
  const std::string bare = "SELECT " + std::string(expression) + "\n";
  const std::string prefix = "SELECT (";
  const std::string enclosed = prefix + std::string(expression) + "\n)";
  if (auto target = SoleTarget(bare); !target) return NotOneExpression(expression, target.error());
  auto target = SoleTarget(enclosed);
  if (!target) return NotOneExpression(expression, target.error());
  std::vector<Reference> references;
  IL_RETURN_IF_ERROR(Walk(*target, expression, prefix.size(), &references));
  std::sort(references.begin(), references.end(),
            [](const Reference& a, const Reference& b) { return a.offset < b.offset; });
  return references;
}

bool IsIdentifierStart(unsigned char c) { return std::isalpha(c) != 0 || c == '_' || c >= 0x80; }
bool IsIdentifierPart(unsigned char c) {
  return IsIdentifierStart(c) || std::isdigit(c) != 0 || c == '$';
}

/// Past white space and comments (which nest).
std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (std::isspace(static_cast<unsigned char>(text[at])) != 0) {
      ++at;
    } else if (text.substr(at, 2) == "--") {
      while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
    } else if (text.substr(at, 2) == "/*") {
      int depth = 0;
      do {
        if (text.substr(at, 2) == "/*") {
          ++depth;
          at += 2;
        } else if (text.substr(at, 2) == "*/") {
          --depth;
          at += 2;
        } else {
          ++at;
        }
      } while (depth > 0 && at < text.size());
    } else {
      break;
    }
  }
  return at;
}

/// Past the identifier that begins at `at`; nothing if none does.
std::optional<std::size_t> SkipIdentifier(std::string_view text, std::size_t at) {
  if (at >= text.size()) return std::nullopt;
  const std::string_view lead = text.substr(at, 3);
  const bool unicode = lead == "U&\"" || lead == "u&\"";
  if (unicode) at += 2;
  if (text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') continue;
      if (at + 1 < text.size() && text[at + 1] == '"') {
        ++at;
        continue;
      }
      return at + 1;
    }
    return std::nullopt;
  }
  if (!IsIdentifierStart(static_cast<unsigned char>(text[at]))) return std::nullopt;
  while (at < text.size() && IsIdentifierPart(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

/// Past a reference of `parts` identifiers with dots between.
std::optional<std::size_t> SkipReference(std::string_view text, std::size_t at, std::size_t parts) {
  for (std::size_t i = 0; i < parts; ++i) {
    if (i > 0) {
      at = SkipSpace(text, at);
      if (at >= text.size() || text[at] != '.') return std::nullopt;
      at = SkipSpace(text, at + 1);
    }
    const auto end = SkipIdentifier(text, at);
    if (!end) return std::nullopt;
    at = *end;
  }
  // A UESCAPE clause would be left behind without its identifier.
  const std::size_t next = SkipSpace(text, at);
  if (Lower(text.substr(next, 7)) == "uescape") return std::nullopt;
  return at;
}

/// The column's name, if `parts` may stand for a column of `table`.
Result<std::string> ColumnName(std::string_view expression, const std::vector<std::string>& parts,
                               const TableName* table) {
  const std::string written = Join(parts, ".");
  if (parts.size() == 1) return parts[0];
  const bool own = table == nullptr ? parts.size() <= 3
                                    : (parts.size() == 2 && parts[0] == table->name) ||
                                          (parts.size() == 3 && parts[0] == table->schema &&
                                           parts[1] == table->name);
  if (!own) {
    return Fail(ErrorKind::kConfig, "IL-E52",
                written + " is no column of the table: " + std::string(expression),
                "for a field of a composite column write (column).field");
  }
  return parts.back();
}

}  // namespace

Result<std::vector<std::string>> ColumnsOf(std::string_view expression) {
  IL_ASSIGN(const std::vector<Reference> references, References(expression));
  std::vector<std::string> columns;
  for (const Reference& reference : references) {
    IL_ASSIGN(std::string name, ColumnName(expression, reference.parts, nullptr));
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) {
      columns.push_back(std::move(name));
    }
  }
  return columns;
}

Result<std::string> QualifyColumns(std::string_view expression, const TableName& table,
                                   const std::map<std::string, std::string>& columns) {
  IL_ASSIGN(const std::vector<Reference> references, References(expression));
  std::string out;
  std::size_t done = 0;
  for (const Reference& reference : references) {
    IL_ASSIGN(const std::string name, ColumnName(expression, reference.parts, &table));
    const auto replacement = columns.find(name);
    if (replacement == columns.end()) {
      if (name == table.name) {
        return Fail(ErrorKind::kConfig, "IL-E52",
                    "a whole row is no column: " + std::string(expression));
      }
      std::vector<std::string> names;
      for (const auto& [known, text] : columns) names.push_back(known);
      const std::string nearest = NearestName(name, names);
      return Fail(
          ErrorKind::kConfig, "IL-E52",
          "column " + name + " may not stand in this expression: " + std::string(expression),
          nearest.empty() ? "it may use " + Join(names, ", ") : "meant " + nearest + "?");
    }
    const auto end = SkipReference(expression, reference.offset, reference.parts.size());
    if (!end || reference.offset < done) {
      return NotOneExpression(expression, "column " + name +
                                              " is written in a way that cannot be "
                                              "rewritten");
    }
    out.append(expression.substr(done, reference.offset - done)).append(replacement->second);
    done = *end;
  }
  out.append(expression.substr(done));
  // The rewriting must have changed references and nothing else.
  auto again = References(out);
  if (!again || again->size() != references.size()) {
    return Fail(ErrorKind::kInternal, "IL-E50",
                "rewriting changed the expression: " + std::string(expression));
  }
  return out;
}

std::string Enclose(std::string_view expression) {
  const bool comment = expression.find("--") != std::string_view::npos;
  return "(" + std::string(expression) + (comment ? "\n)" : ")");
}

}  // namespace interlock::postgres
