#include "engine/postgres/routine_words.h"

#include <cctype>

namespace interlock::postgres {
namespace {

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         (c & 0x80) != 0;
}

/// Unquoted words folded to lower case, quoted ones as they are.
std::set<std::string> Words(const std::string& body) {
  std::set<std::string> out;
  size_t i = 0;
  while (i < body.size()) {
    std::string word;
    if (body[i] == '"') {
      for (++i; i < body.size(); ++i) {
        if (body[i] == '"' && (i + 1 == body.size() || body[i + 1] != '"')) break;
        if (body[i] == '"') ++i;
        word += body[i];
      }
      ++i;
    } else if (IsWordByte(body[i])) {
      for (; i < body.size() && IsWordByte(body[i]); ++i)
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(body[i])));
    } else {
      ++i;
      continue;
    }
    out.insert(std::move(word));
  }
  return out;
}

}  // namespace

RoutineWords::RoutineWords(const RawTables& tables) {
  for (const auto& [oid, raw] : tables) by_name_.emplace(raw.table.name.name, &raw.table);
}

std::set<ObjectRef> RoutineWords::Named(const std::string& body,
                                        const std::vector<ObjectRef>& triggers) const {
  const auto words = Words(body);
  std::set<ObjectRef> out;
  const auto take = [&](const Table& table) {
    out.insert({ObjectKind::kTable, table.name, ""});
    for (const auto& column : table.columns)
      if (words.count(column.name) != 0) out.insert({ObjectKind::kColumn, table.name, column.name});
  };
  for (const auto& word : words) {
    const auto [first, last] = by_name_.equal_range(word);
    for (auto it = first; it != last; ++it) take(*it->second);
  }
  for (const auto& ref : triggers) {
    const auto [first, last] = by_name_.equal_range(ref.table.name);
    for (auto it = first; it != last; ++it)
      if (it->second->name == ref.table) take(*it->second);
  }
  return out;
}

}  // namespace interlock::postgres
