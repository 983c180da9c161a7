#include "model/catalog.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string_view>
#include <tuple>

namespace interlock {
namespace {

constexpr int kTextFormat = 1;

std::string Escape(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Unescape(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    ++i;
    out += text[i] == 'n' ? '\n' : text[i] == 'r' ? '\r' : text[i];
  }
  return out;
}

std::string ColumnText(const Column& column) {
  std::string out = column.type;
  if (!column.collation.empty()) out += " collate " + column.collation;
  if (!column.nullable) out += " not null";
  if (!column.identity.empty()) out += " identity " + column.identity;
  if (!column.generated.empty()) out += " generated " + column.generated;
  if (column.default_value) out += " default " + *column.default_value;
  if (!column.attributes.empty()) out += " " + column.attributes;
  return out;
}

template <typename T>
std::vector<const T*> ByName(const std::vector<T>& items) {
  std::vector<const T*> out;
  for (const auto& item : items) out.push_back(&item);
  std::sort(out.begin(), out.end(), [](const T* a, const T* b) { return a->name < b->name; });
  return out;
}

/// Splits `a.b` or `"a.x"."b"."c"` into unquoted parts, up to a colon outside quotes.
std::vector<std::string> ReadKey(const std::string& line, size_t& at) {
  std::vector<std::string> parts(1);
  while (at < line.size()) {
    const char c = line[at];
    if (c == '"') {
      ++at;
      while (at < line.size()) {
        if (line[at] == '"') {
          if (at + 1 < line.size() && line[at + 1] == '"') {
            parts.back() += '"';
            at += 2;
            continue;
          }
          ++at;
          break;
        }
        parts.back() += line[at++];
      }
    } else if (c == '.') {
      parts.emplace_back();
      ++at;
    } else if (c == ':') {
      return parts;
    } else {
      parts.back() += c;
      ++at;
    }
  }
  return parts;
}

bool IsMember(ObjectKind kind) {
  return kind == ObjectKind::kColumn || kind == ObjectKind::kConstraint ||
         kind == ObjectKind::kIndex || kind == ObjectKind::kTrigger || kind == ObjectKind::kPolicy;
}

/// The order of CatalogLines, but columns by name: the tables, each with what is inside it, before
/// all else.
bool ComesBefore(const ObjectRef& a, const ObjectRef& b) {
  auto rank = [](const ObjectRef& ref) {
    const bool in_table = ref.kind == ObjectKind::kTable || IsMember(ref.kind);
    return std::make_tuple(in_table ? 0 : 1, in_table ? ref.table : TableName{}, ref);
  };
  return rank(a) < rank(b);
}

std::string LineText(const CatalogLine& line) {
  return Escape(ToString(line.ref)) + ": " + Escape(line.definition);
}

/// Nothing unless `text` is exactly what LineText gives.
std::optional<CatalogLine> ParseLine(const std::string& text) {
  const std::string line = Unescape(text);
  const size_t space = line.find(' ');
  if (space == std::string::npos) return std::nullopt;
  const auto kind = ParseObjectKind(std::string_view(line).substr(0, space));
  if (!kind) return std::nullopt;
  size_t at = space + 1;
  auto parts = ReadKey(line, at);
  CatalogLine out{{*kind, {}, ""}, at + 2 <= line.size() ? line.substr(at + 2) : ""};
  if (parts.size() == 3 || (parts.size() == 2 && IsMember(*kind))) {
    out.ref.member = parts.back();
    parts.pop_back();
  }
  if (parts.size() == 2) out.ref.table.schema = parts[0];
  out.ref.table.name = parts.back();
  if (LineText(out) != text) return std::nullopt;
  return out;
}

}  // namespace

const Column* Table::FindColumn(const std::string& column) const {
  for (const auto& item : columns)
    if (item.name == column) return &item;
  return nullptr;
}

const Constraint* Table::FindConstraint(const std::string& constraint) const {
  for (const auto& item : constraints)
    if (item.name == constraint) return &item;
  return nullptr;
}

const Index* Table::FindIndex(const std::string& index) const {
  for (const auto& item : indexes)
    if (item.name == index) return &item;
  return nullptr;
}

std::vector<std::string> Table::PrimaryKey() const {
  for (const auto& item : constraints)
    if (item.kind == ConstraintKind::kPrimaryKey) return item.columns;
  return {};
}

TableName Catalog::Resolve(const TableName& table) const {
  if (table.schema.empty())
    for (const auto& schema : search_path)
      if (tables.contains({schema, table.name})) return {schema, table.name};
  return ResolveNew(table);
}

TableName Catalog::ResolveNew(const TableName& table) const {
  return table.schema.empty() ? TableName{default_schema, table.name} : table;
}

const Table* Catalog::FindTable(const TableName& table) const {
  const auto found = tables.find(Resolve(table));
  return found == tables.end() ? nullptr : &found->second;
}

std::vector<CatalogLine> CatalogLines(const Catalog& catalog) {
  std::vector<CatalogLine> lines;
  for (const auto& [name, table] : catalog.tables) {
    lines.push_back({{ObjectKind::kTable, name, ""},
                     table.owner.empty()
                         ? table.attributes
                         : "owner " + DisplayName(table.owner) +
                               (table.attributes.empty() ? "" : " ") + table.attributes});
    for (const auto& column : table.columns)
      lines.push_back({{ObjectKind::kColumn, name, column.name}, ColumnText(column)});
    for (const auto* item : ByName(table.constraints))
      lines.push_back({{ObjectKind::kConstraint, name, item->name},
                       item->definition + (item->validated ? "" : " (not validated)")});
    for (const auto* item : ByName(table.indexes))
      lines.push_back({{ObjectKind::kIndex, name, item->name},
                       item->definition + (item->valid ? "" : " (invalid)")});
    for (const auto* item : ByName(table.triggers))
      lines.push_back({{ObjectKind::kTrigger, name, item->name},
                       item->definition + " (enabled: " + item->enabled + ")"});
    for (const auto* item : ByName(table.policies))
      lines.push_back({{ObjectKind::kPolicy, name, item->name}, item->definition});
  }
  auto others = catalog.others;
  std::sort(others.begin(), others.end(),
            [](const OtherObject& a, const OtherObject& b) { return a.ref < b.ref; });
  for (const auto& other : others) lines.push_back({other.ref, other.definition});
  return lines;
}

std::string CanonicalText(const Catalog& catalog) {
  std::string out = "interlock catalog " + std::to_string(kTextFormat) + " " + catalog.engine +
                    " " + std::to_string(catalog.server_major) + "\n";
  for (const auto& line : CatalogLines(catalog)) out += LineText(line) + "\n";
  return out;
}

Digest Fingerprint(const Catalog& catalog) { return Sha256(CanonicalText(catalog)); }

Result<std::vector<CatalogLine>> ParseCanonicalText(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  const std::string header = "interlock catalog " + std::to_string(kTextFormat) + " ";
  if (!std::getline(in, line) || line.compare(0, header.size(), header) != 0 || text.back() != '\n')
    return Fail(ErrorKind::kCorrupt, "IL-L20", "not a canonical catalog text of format 1");
  std::vector<CatalogLine> lines;
  while (std::getline(in, line)) {
    auto parsed = ParseLine(line);
    if (!parsed)
      return Fail(ErrorKind::kCorrupt, "IL-L20", "not a line of a catalog text: " + line);
    lines.push_back(std::move(*parsed));
  }
  return lines;
}

std::vector<Difference> Diff(const std::vector<CatalogLine>& before,
                             const std::vector<CatalogLine>& after) {
  std::map<ObjectRef, std::pair<const CatalogLine*, const CatalogLine*>> all;
  for (const auto& line : before) all[line.ref].first = &line;
  for (const auto& line : after) all[line.ref].second = &line;
  std::vector<Difference> out;
  for (const auto& [ref, pair] : all) {
    const auto* was = pair.first;
    const auto* is = pair.second;
    if (was != nullptr && is != nullptr && was->definition == is->definition) continue;
    out.push_back(
        {ref, was != nullptr ? was->definition : "", is != nullptr ? is->definition : ""});
  }
  // A drop and re-create under the same definition shows only as a moved column.
  std::map<TableName, std::pair<std::vector<std::string>, std::vector<std::string>>> orders;
  for (const auto& line : before)
    if (line.ref.kind == ObjectKind::kColumn && all[line.ref].second != nullptr)
      orders[line.ref.table].first.push_back(line.ref.member);
  for (const auto& line : after)
    if (line.ref.kind == ObjectKind::kColumn && all[line.ref].first != nullptr)
      orders[line.ref.table].second.push_back(line.ref.member);
  for (const auto& [table, order] : orders) {
    if (order.first == order.second) continue;
    for (size_t i = 0; i < order.first.size(); ++i) {
      if (order.first[i] == order.second[i]) continue;
      out.push_back({{ObjectKind::kColumn, table, order.first[i]},
                     "place " + std::to_string(i + 1),
                     "another place among the columns"});
      break;
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Difference& a, const Difference& b) {
    return ComesBefore(a.ref, b.ref);
  });
  return out;
}

std::string ToString(const Difference& difference) {
  const std::string key = ToString(difference.ref);
  if (difference.before.empty()) return "+ " + key + ": " + difference.after;
  if (difference.after.empty()) return "- " + key + ": " + difference.before;
  return "~ " + key + ": " + difference.before + " → " + difference.after;
}

}  // namespace interlock
