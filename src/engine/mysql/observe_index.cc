#include "base/text.h"
#include "engine/mysql/definitions.h"
#include "engine/mysql/observe_parts.h"

namespace interlock::mysql {
namespace {

/// BTREE is what InnoDB makes of every key that says nothing.
std::string Plain(std::string definition) {
  constexpr std::string_view kBtree = " USING BTREE";
  const auto at = definition.find(kBtree);
  if (at != std::string::npos) definition.erase(at, kBtree.size());
  return definition;
}

/// The key's definition as the server prints it.  A FULLTEXT or SPATIAL one cannot stand in a
/// temporary table, but has nothing in it that the server would print another way.
Result<std::string> Printed(MySqlConnection& connection, const TableName& name,
                            const TableText& table, const std::string& key) {
  TableText shown;
  auto elements = ColumnsFor(table, key);
  elements.push_back(key);
  if (key.starts_with("FULLTEXT ") || key.starts_with("SPATIAL ") || key.starts_with("VECTOR ")) {
    IL_ASSIGN(shown, ReadTableText("CREATE TABLE `x` (" + Join(elements, ",\n") + ")", ""));
  } else {
    IL_ASSIGN(const Scratch scratch,
              Scratch::Make(connection, name.schema, elements, table.charset));
    IL_ASSIGN(shown, scratch.Show());
  }
  if (shown.table.indexes.empty())
    return Fail(ErrorKind::kFailed, "IL-E25", "the server shows no index of this text");
  return Plain(shown.table.indexes.front().definition);
}

/// Parts of a key are separated by "," or ", ".
std::string WithoutBlanks(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c != ' ') out += c;
  return out;
}

/// `key`: its text; nothing when what it was made from is gone, so that only its presence counts.
Result<Observation> Compare(MySqlConnection& connection, const TableName& name,
                            const TableText& table, const std::string& index,
                            const std::optional<std::string>& key) {
  const std::string what = "index " + DisplayName(index);
  const Index* found = table.table.FindIndex(index);
  if (found == nullptr) return Seen(Observed::kAbsent, "there is no " + what);
  if (!key) return Seen(Observed::kPresent, what + " is there; what it was made from is gone");
  const auto wanted = Printed(connection, name, table, *key);
  if (!wanted) return Incomparable(wanted.error(), what);
  if (WithoutBlanks(*wanted) != WithoutBlanks(Plain(found->definition)))
    return Seen(Observed::kConflicting, what + " is another one: " + found->definition);
  return Seen(Observed::kPresent, what + " is there");
}

}  // namespace

Result<Observation> ObserveIndex(MySqlConnection& connection, const action::CreateIndex& create) {
  const auto& definition = create.definition;
  const auto key = KeyText(connection.version().flavor, definition);
  if (!key) return Incomparable(key.error(), "index " + DisplayName(definition.name));
  IL_ASSIGN(const auto table, ShowTable(connection, definition.table));
  if (!table) return NoTable(definition.table);
  return Compare(connection, definition.table, *table, definition.name, *key);
}

Result<Observation> ObserveIndexTwin(MySqlConnection& connection, const action::CopyIndex& copy,
                                     const std::map<std::string, std::string>& columns) {
  IL_ASSIGN(const auto table, ShowTable(connection, copy.table));
  if (!table) return NoTable(copy.table);
  return Compare(connection, copy.table, *table, copy.name,
                 KeyTwin(*table, copy.source, copy.name, columns));
}

Result<Observation> ObserveIndexGone(MySqlConnection& connection, const action::DropIndex& drop) {
  IL_ASSIGN(const auto table, ShowTable(connection, drop.table));
  if (!table) return NoTable(drop.table);
  const std::string what = "index " + DisplayName(drop.name);
  if (table->table.FindIndex(drop.name) == nullptr)
    return Seen(Observed::kPresent, what + " is gone");
  return Seen(Observed::kAbsent, what + " is there");
}

}  // namespace interlock::mysql
