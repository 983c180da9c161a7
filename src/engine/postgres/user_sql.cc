#include "engine/postgres/user_sql.h"

#include <pg_query.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/postgres/expression.h"

namespace interlock::postgres {
namespace {

using nlohmann::json;

/// The parse tree; nothing when it does not parse.
std::optional<json> Parse(const std::string& sql) {
  PgQueryParseResult parsed = pg_query_parse(sql.c_str());
  std::optional<json> out;
  if (parsed.error == nullptr) {
    json tree = json::parse(parsed.parse_tree, nullptr, false);
    if (!tree.is_discarded()) out = std::move(tree);
  }
  pg_query_free_parse_result(parsed);
  return out;
}

tl::unexpected<Error> NoType(const std::string& type, const std::string& hint) {
  return Fail(ErrorKind::kConfig, "IL-E33", "'" + type + "' is not one type", hint);
}

/// The TypeCast of `SELECT CAST(NULL AS type)`, if that is all there is.
const json* SoleCast(const json& tree) {
  static const json::json_pointer kTargets("/stmts/0/stmt/SelectStmt/targetList");
  if (!tree.contains("stmts") || tree["stmts"].size() != 1 || !tree.contains(kTargets))
    return nullptr;
  const json& select = tree["stmts"][0]["stmt"]["SelectStmt"];
  for (const auto& [key, value] : select.items())
    if (key != "targetList" && key != "limitOption" && key != "op") return nullptr;
  const json& targets = select["targetList"];
  static const json::json_pointer kCast("/ResTarget/val/TypeCast");
  if (targets.size() != 1 || !targets[0].contains(kCast) ||
      targets[0]["ResTarget"].contains("name"))
    return nullptr;
  const json& cast = targets[0].at(kCast);
  const bool of_null = cast.contains("arg") && cast["arg"].contains("A_Const") &&
                       cast["arg"]["A_Const"].contains("isnull");
  return of_null && cast.contains("typeName") ? &cast : nullptr;
}

bool IsSerial(const json& type) {
  static constexpr std::array<std::string_view, 6> kSerial{"serial",  "serial4",     "bigserial",
                                                           "serial8", "smallserial", "serial2"};
  if (!type.contains("names") || type["names"].size() != 1) return false;
  const std::string name = type["names"][0]["String"].value("sval", "");
  return std::find(kSerial.begin(), kSerial.end(), name) != kSerial.end();
}

bool IsTransactionStatement(const std::string& statement) {
  const auto tree = Parse(statement);
  static const json::json_pointer kTransaction("/stmts/0/stmt/TransactionStmt");
  return tree && tree->contains(kTransaction);
}

}  // namespace

Result<void> CheckType(const std::string& type) {
  if (type.find('\0') != std::string::npos || type.empty())
    return NoType(type, "write a type such as text or numeric(10, 2)");
  const auto tree = Parse("SELECT CAST(NULL AS " + type + ")");
  const json* cast = tree ? SoleCast(*tree) : nullptr;
  if (cast == nullptr) return NoType(type, "write a type such as text or numeric(10, 2)");
  const json& name = (*cast)["typeName"];
  if (IsSerial(name)) return NoType(type, "write integer or bigint with identity = true");
  if (name.contains("setof") || name.contains("pct_type"))
    return NoType(type, "write the type itself");
  return {};
}

Result<void> CheckExpression(const std::string& expression) {
  IL_RETURN_IF_ERROR(ColumnsOf(expression));
  return {};
}

Result<std::vector<std::string>> SplitStatements(const std::string& script) {
  if (script.find('\0') != std::string::npos)
    return Fail(ErrorKind::kConfig, "IL-E34", "the SQL holds a zero byte");
  PgQuerySplitResult split = pg_query_split_with_scanner(script.c_str());
  if (split.error != nullptr) {
    const std::string why = split.error->message;
    pg_query_free_split_result(split);
    return Fail(ErrorKind::kConfig, "IL-E34", "the SQL cannot be split into statements: " + why);
  }
  std::vector<std::string> out;
  for (int i = 0; i < split.n_stmts; ++i)
    out.push_back(script.substr(static_cast<size_t>(split.stmts[i]->stmt_location),
                                static_cast<size_t>(split.stmts[i]->stmt_len)));
  pg_query_free_split_result(split);
  for (const auto& statement : out)
    if (IsTransactionStatement(statement))
      return Fail(ErrorKind::kConfig, "IL-E34",
                  "the SQL of a step must not begin or end a transaction: " + statement,
                  "leave BEGIN and COMMIT out; `transaction = false` runs each statement alone");
  return out;
}

}  // namespace interlock::postgres
