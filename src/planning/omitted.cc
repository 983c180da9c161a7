#include "planning/omitted.h"

#include <fmt/format.h>

#include "base/text.h"
#include "planning/dependents.h"
#include "planning/expression.h"

namespace interlock::planning {
namespace {

/// Types by what they take; those with no literal that every server takes as a default are missing:
/// text and blob (MySQL), geometry, uuid, inet, vector.
struct Family {
  std::vector<std::string> types;
  std::string value;
};

const std::vector<Family>& Families() {
  static const std::vector<Family> families{
      {{"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric",
        "float", "double", "real", "bit", "boolean", "bool", "fixed", "dec"},
       "0"},
      {{"char", "varchar", "binary", "varbinary", "set"}, "''"},
      {{"date"}, "'1970-01-02'"},
      {{"datetime", "timestamp"}, "'1970-01-02 00:00:00'"},
      {{"time"}, "'00:00:00'"},
      {{"year"}, "1970"},
      {{"tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob"},
       "('')"},
      {{"json"}, "('null')"},
  };
  return families;
}

std::string Literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

}  // namespace

std::optional<std::string> NeutralDefault(const std::string& type) {
  const auto tokens = Tokenize(type);
  if (tokens.empty()) return std::nullopt;
  if (tokens[0].text == "enum") {
    if (tokens.size() < 3 || tokens[2].kind != SqlToken::Kind::kString) return std::nullopt;
    return Literal(tokens[2].text);
  }
  for (const auto& family : Families())
    if (Contains(family.types, tokens[0].text)) return family.value;
  return std::nullopt;
}

Result<void> AddDefaultForOmitted(Draft& draft, const Table& table, const Column& column) {
  if (!draft.capabilities().omitted_need_default) return {};
  if (column.nullable || column.default_value || !column.identity.empty()) return {};
  const auto value = NeutralDefault(column.type);
  const std::string name = QualifiedColumn(table.name, column.name);
  if (!value)
    return Fail(ErrorKind::kRefused, "IL-P24",
                fmt::format("{} is NOT NULL without a default, so on this server an INSERT that "
                            "omits it fails before a trigger can fill it; and for {} no default is "
                            "known that every row may have",
                            name, column.type),
                "give the column a default, or let it be NULL, in an earlier migration");
  draft.Add(Phase::kExpand, action::SetDefault{table.name, column.name, value},
            {fmt::format("an INSERT of the old version that forgets {} gets {} instead of an error",
                         name, *value)});
  return {};
}

}  // namespace interlock::planning
