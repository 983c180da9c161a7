#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/change_reader.h"
#include "config/codes.h"

namespace interlock::config {
namespace {

void CheckDown(const Node& down, change::DeriveColumns& out, Problems& problems) {
  for (const auto& member : down.members) {
    if (!Contains(out.old_columns, member.key)) {
      problems.Add(member.at, kColumns,
                   fmt::format("'down' tells how to make '{}', which is no old column", member.key),
                   "one of " + Quoted(out.old_columns), DidYouMean(member.key, out.old_columns));
    } else if (member.value.type != Node::Type::kString || member.value.text.empty()) {
      problems.Add(
          member.value.at, kWrongType,
          fmt::format("'{}' is {}", member.key,
                      member.value.type == Node::Type::kString ? "an empty string"
                                                               : TypeName(member.value.type)),
          "an SQL expression over the new columns, as a string");
    } else {
      out.down[member.key] = member.value.text;
    }
  }
  for (const auto& column : out.old_columns)
    if (down.Find(column) == nullptr)
      problems.Add(down.at, kColumns, fmt::format("'down' does not tell how to make '{}'", column),
                   fmt::format("{} = an SQL expression over the new columns", column),
                   "old versions go on reading it until contract");
}

}  // namespace

change::AddColumn ReadAddColumn(TableReader& table, Problems& problems) {
  change::AddColumn out;
  out.table = table.GetTableName("table").value_or(TableName{});
  table.Forbid("column", "write its parts as keys of the change: name, type, null, default, fill");
  out.column = ReadColumn(table, MayBeIdentity::kNo, problems);
  out.fill = table.OptionalString("fill");
  if (!out.column.nullable && !out.fill && !out.column.default_value)
    problems.Add(table.At("null"), kColumns,
                 fmt::format("column '{}' may not be NULL, but old rows would be", out.column.name),
                 "'fill' or 'default'", "fill = the SQL value for rows of old versions");
  return out;
}

change::DeriveColumns ReadDeriveColumns(TableReader& table, Problems& problems) {
  change::DeriveColumns out;
  out.table = table.GetTableName("table").value_or(TableName{});
  out.old_columns = table.Names("old", Need::kRequired);
  std::vector<std::string> names;
  for (const Node* node : table.Tables("new", Need::kRequired)) {
    TableReader column(*node, "a column of 'new'", problems);
    change::DerivedColumn derived;
    derived.column = ReadColumn(column, MayBeIdentity::kNo, problems);
    derived.up = column.String("up", Need::kRequired);
    column.Finish();
    const std::string& name = derived.column.name;
    if (!name.empty() && Contains(names, name))
      problems.Add(column.At("name"), kDuplicate, fmt::format("'{}' stands in 'new' twice", name),
                   "each name once");
    if (!name.empty() && Contains(out.old_columns, name))
      problems.Add(column.At("name"), kColumns, fmt::format("'{}' is an old column too", name),
                   "a new name", "both must exist side by side until contract");
    names.push_back(name);
    out.new_columns.push_back(std::move(derived));
  }
  if (const Node* down = table.Get("down", Node::Type::kTable, Need::kRequired,
                                   "a table { OLD_COLUMN = \"expression over the new ones\" }"))
    CheckDown(*down, out, problems);
  out.lossy = table.Get("lossy", Node::Type::kString, Need::kOptional,
                        "the reason why values may be lost, as a string") == nullptr
                  ? std::nullopt
                  : table.OptionalString("lossy");
  out.drops = table.Names("drops");
  return out;
}

change::DropColumn ReadDropColumn(TableReader& table, Problems&) {
  change::DropColumn out;
  out.table = table.GetTableName("table").value_or(TableName{});
  out.column = table.String("column", Need::kRequired);
  out.fill = table.OptionalString("fill");
  out.drops = table.Names("drops");
  return out;
}

}  // namespace interlock::config
