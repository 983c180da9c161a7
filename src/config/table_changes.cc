#include <fmt/format.h>

#include <algorithm>

#include "config/change_reader.h"
#include "config/codes.h"

namespace interlock::config {
namespace {

/// Names of columns that the table of the change declares.
std::vector<std::string> DeclaredNames(TableReader& table, const char* key, Need need,
                                       const std::vector<ColumnSpec>& columns, Problems& problems) {
  std::vector<std::string> declared;
  for (const auto& column : columns) declared.push_back(column.name);
  const auto nodes = table.Texts(key, need, "a list of column names");
  CheckDistinct(nodes, "'" + std::string(key) + "'", problems);
  std::vector<std::string> out;
  for (const Node* node : nodes) {
    out.push_back(node->text);
    if (std::find(declared.begin(), declared.end(), node->text) == declared.end())
      problems.Add(node->at, kUnknownName,
                   fmt::format("the new table has no column '{}'", node->text),
                   "one of " + Quoted(declared), DidYouMean(node->text, declared));
  }
  return out;
}

void CheckNew(std::vector<std::string>& names, const std::string& name, Position at,
              const char* where, Problems& problems) {
  if (name.empty()) return;
  if (std::find(names.begin(), names.end(), name) != names.end())
    problems.Add(at, kDuplicate, fmt::format("'{}' stands in {} twice", name, where),
                 "each name once");
  names.push_back(name);
}

void ReadReferences(TableReader& table, change::CreateTable& out,
                    std::vector<std::string>& constraints, Problems& problems) {
  for (const Node* node : table.Tables("references")) {
    TableReader entry(*node, "a table of 'references'", problems);
    TableReference reference;
    reference.name = entry.String("name", Need::kRequired);
    CheckNew(constraints, reference.name, entry.At("name"), "this table's constraints", problems);
    reference.columns = DeclaredNames(entry, "columns", Need::kRequired, out.columns, problems);
    reference.table = entry.GetTableName("table").value_or(TableName{});
    reference.referenced = entry.Names("referenced", Need::kRequired);
    if (!reference.referenced.empty() && !reference.columns.empty() &&
        reference.referenced.size() != reference.columns.size())
      problems.Add(entry.At("referenced"), kColumns,
                   fmt::format("'columns' and 'referenced' differ in number: {} and {}",
                               reference.columns.size(), reference.referenced.size()),
                   "as many names in both");
    const auto on_delete =
        entry.OneOf("on_delete", {"cascade", "restrict", "set null", "no action"});
    if (entry.Has("on_delete")) reference.on_delete = on_delete;
    entry.Finish();
    out.references.push_back(std::move(reference));
  }
}

}  // namespace

change::CreateTable ReadCreateTable(TableReader& table, Problems& problems) {
  change::CreateTable out;
  out.table = table.GetTableName("table").value_or(TableName{});
  std::vector<std::string> names;
  for (const Node* node : table.Tables("columns", Need::kRequired)) {
    TableReader column(*node, "a table of 'columns'", problems);
    out.columns.push_back(ReadColumn(column, MayBeIdentity::kYes, problems));
    column.Finish();
    CheckNew(names, out.columns.back().name, column.At("name"), "'columns'", problems);
  }
  out.primary_key = DeclaredNames(table, "primary_key", Need::kNotEmpty, out.columns, problems);
  std::vector<std::string> constraints;
  for (const Node* node : table.Tables("unique")) {
    TableReader entry(*node, "a table of 'unique'", problems);
    TableUnique unique{entry.String("name", Need::kRequired),
                       DeclaredNames(entry, "columns", Need::kRequired, out.columns, problems)};
    CheckNew(constraints, unique.name, entry.At("name"), "this table's constraints", problems);
    entry.Finish();
    out.uniques.push_back(std::move(unique));
  }
  for (const Node* node : table.Tables("checks")) {
    TableReader entry(*node, "a table of 'checks'", problems);
    TableCheck check{entry.String("name", Need::kRequired),
                     entry.String("expression", Need::kRequired)};
    CheckNew(constraints, check.name, entry.At("name"), "this table's constraints", problems);
    entry.Finish();
    out.checks.push_back(std::move(check));
  }
  ReadReferences(table, out, constraints, problems);
  return out;
}

change::CreateIndex ReadCreateIndex(TableReader& table, Problems& problems) {
  change::CreateIndex out;
  out.table = table.GetTableName("table").value_or(TableName{});
  out.name = table.String("name", Need::kRequired);
  const std::string expected = "a list such as [\"a\", { column = \"b\", order = \"desc\" }]";
  const Node* parts = table.Get("columns", Node::Type::kArray, Need::kRequired, expected);
  if (parts != nullptr && parts->items.empty())
    problems.Add(parts->at, kWrongValue, "'columns' is empty", expected);
  for (const auto& item : parts == nullptr ? std::vector<Node>{} : parts->items) {
    change::IndexPart part;
    if (item.type == Node::Type::kString && !item.text.empty()) {
      part.column = item.text;
    } else if (item.type == Node::Type::kTable) {
      TableReader entry(item, "a table of 'columns'", problems);
      if (entry.Has("column") == entry.Has("expression"))
        problems.Add(item.at, kAlternatives,
                     entry.Has("column") ? "a table of 'columns' has 'column' and 'expression'"
                                         : "a table of 'columns' has no 'column'",
                     "exactly one of 'column' or 'expression'");
      part.column = entry.String("column");
      part.expression = entry.String("expression");
      const auto order = entry.OneOf("order", {"asc", "desc"});
      if (entry.Has("order")) part.order = order;
      part.opclass = entry.String("opclass");
      entry.Finish();
    } else {
      problems.Add(
          item.at, kWrongType,
          fmt::format("'columns' holds {}",
                      item.type == Node::Type::kString ? "an empty string" : TypeName(item.type)),
          expected);
    }
    out.parts.push_back(std::move(part));
  }
  out.include = table.Names("include");
  out.method = table.String("method");
  out.where = table.String("where");
  out.unique = table.Boolean("unique", false);
  const auto phase = table.OneOf("phase", {"expand", "contract"});
  if (table.Has("phase")) out.phase = phase == "expand" ? Phase::kExpand : Phase::kContract;
  return out;
}

change::AlterTable ReadAlterTable(TableReader& table, Problems& /*problems*/) {
  change::AlterTable out;
  out.table = table.GetTableName("table").value_or(TableName{});
  out.clauses = table.String("alter", Need::kRequired);
  return out;
}

}  // namespace interlock::config
