#include "model/names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/sync.h"

namespace interlock {
namespace {

constexpr std::array<std::pair<ObjectKind, std::string_view>, 14> kKinds{{
    {ObjectKind::kSchema, "schema"},
    {ObjectKind::kTable, "table"},
    {ObjectKind::kColumn, "column"},
    {ObjectKind::kConstraint, "constraint"},
    {ObjectKind::kIndex, "index"},
    {ObjectKind::kTrigger, "trigger"},
    {ObjectKind::kPolicy, "policy"},
    {ObjectKind::kView, "view"},
    {ObjectKind::kRoutine, "routine"},
    {ObjectKind::kType, "type"},
    {ObjectKind::kSequence, "sequence"},
    {ObjectKind::kPublication, "publication"},
    {ObjectKind::kStatistics, "statistics"},
    {ObjectKind::kOther, "other"},
}};

bool IsPlain(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string DisplayName(std::string_view name) {
  if (IsPlain(name)) return std::string(name);
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string ToString(const TableName& table) {
  if (table.schema.empty()) return DisplayName(table.name);
  return DisplayName(table.schema) + "." + DisplayName(table.name);
}

Result<TableName> ParseTableName(std::string_view text) {
  auto wrong = [&] {
    return Fail(ErrorKind::kConfig, "IL-C21", "'" + std::string(text) + "' is not a table name",
                "write name, schema.name or \"Quoted Schema\".\"Quoted Name\"");
  };
  std::vector<std::string> parts;
  size_t i = 0;
  while (true) {
    std::string part;
    if (i < text.size() && text[i] == '"') {
      ++i;
      bool closed = false;
      while (i < text.size()) {
        if (text[i] != '"') {
          part += text[i++];
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
          part += '"';
          i += 2;
        } else {
          closed = true;
          ++i;
          break;
        }
      }
      if (!closed) return wrong();
    } else {
      while (i < text.size() && text[i] != '.' && text[i] != '"') part += text[i++];
    }
    if (part.empty() || part.find('\0') != std::string::npos) return wrong();
    parts.push_back(part);
    if (i == text.size()) break;
    if (text[i] != '.') return wrong();
    ++i;
  }
  if (parts.size() == 1) return TableName{"", parts[0]};
  if (parts.size() == 2) return TableName{parts[0], parts[1]};
  return wrong();
}

std::string_view ToString(ObjectKind kind) {
  for (const auto& [value, text] : kKinds)
    if (value == kind) return text;
  return "other";
}

Result<ObjectKind> ParseObjectKind(std::string_view text) {
  for (const auto& [value, name] : kKinds)
    if (name == text) return value;
  return Fail(ErrorKind::kConfig, "IL-C22", "'" + std::string(text) + "' is no kind of object");
}

std::string ToString(const ObjectRef& ref) {
  std::string out = std::string(ToString(ref.kind)) + " " + ToString(ref.table);
  if (!ref.member.empty()) out += "." + DisplayName(ref.member);
  return out;
}

bool Covers(const ObjectRef& touched, const ObjectRef& changed) {
  if (touched == changed) return true;
  if (touched.table != changed.table) return false;
  if (touched.kind == ObjectKind::kTable) return !changed.member.empty();
  return touched.kind == ObjectKind::kTrigger && changed.kind == ObjectKind::kTrigger &&
         IsSyncTrigger(touched.member) && IsSyncTrigger(changed.member);
}

bool CoversAny(const std::vector<ObjectRef>& touched, const ObjectRef& changed) {
  return std::any_of(touched.begin(), touched.end(),
                     [&](const ObjectRef& ref) { return Covers(ref, changed); });
}

}  // namespace interlock
