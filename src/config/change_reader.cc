#include "config/change_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/codes.h"

namespace interlock::config {
namespace {

const std::vector<std::string> kSupported = {"create_table", "add_column",   "derive_columns",
                                             "drop_column",  "create_index", "alter_table",
                                             "sql"};
const std::vector<std::string> kNotYetSupported = {
    "drop_table",         "rename_table",    "rename_column",   "change_type",
    "set_not_null",       "drop_not_null",   "set_default",     "drop_default",
    "drop_index",         "add_check",       "add_foreign_key", "add_unique",
    "change_primary_key", "drop_constraint", "create_enum",     "add_enum_value"};

std::optional<Change> ReadKind(const std::string& kind, TableReader& table, Problems& problems) {
  if (kind == "create_table") return ReadCreateTable(table, problems);
  if (kind == "add_column") return ReadAddColumn(table, problems);
  if (kind == "derive_columns") return ReadDeriveColumns(table, problems);
  if (kind == "drop_column") return ReadDropColumn(table, problems);
  if (kind == "create_index") return ReadCreateIndex(table, problems);
  if (kind == "alter_table") return ReadAlterTable(table, problems);
  return ReadSql(table, problems);
}

}  // namespace

std::optional<Change> ReadChange(const Node& node, Problems& problems) {
  TableReader probe(node, "[[change]]", problems);
  const Node* kind = probe.Text("kind", Need::kRequired);
  if (kind == nullptr) return std::nullopt;
  if (Contains(kNotYetSupported, kind->text)) {
    problems.Add(kind->at, kNotSupported,
                 fmt::format("kind '{}' is known but not yet supported", kind->text),
                 Quoted(kSupported), "write its steps yourself with kind = \"sql\"");
    return std::nullopt;
  }
  if (!Contains(kSupported, kind->text)) {
    auto all = kSupported;
    all.insert(all.end(), kNotYetSupported.begin(), kNotYetSupported.end());
    problems.Add(kind->at, kWrongValue, fmt::format("there is no change kind '{}'", kind->text),
                 Quoted(kSupported), DidYouMean(kind->text, all));
    return std::nullopt;
  }
  TableReader table(node, "change " + kind->text, problems);
  table.Text("kind");
  auto change = ReadKind(kind->text, table, problems);
  table.Finish();
  return change;
}

ColumnSpec ReadColumn(TableReader& table, MayBeIdentity may_be_identity, Problems& problems) {
  ColumnSpec out;
  out.name = table.String("name", Need::kRequired);
  out.type = table.String("type", Need::kRequired);
  out.nullable = table.Boolean("null", true);
  if (table.Get("default", Node::Type::kString, Need::kOptional,
                "SQL text such as \"0\" or \"'none'\"") != nullptr)
    out.default_value = table.OptionalString("default");
  out.collation = table.String("collation");
  if (may_be_identity == MayBeIdentity::kYes) {
    out.identity = table.Boolean("identity", false);
    if (out.identity && out.default_value)
      problems.Add(table.At("identity"), kAlternatives,
                   fmt::format("column '{}' has an identity and a default", out.name),
                   "at most one of them");
  }
  return out;
}

}  // namespace interlock::config
