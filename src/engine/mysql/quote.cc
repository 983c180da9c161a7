#include "engine/mysql/quote.h"

namespace interlock::mysql {

std::string Quote(std::string_view identifier) {
  std::string out = "`";
  for (const char c : identifier) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + '`';
}

std::string Quote(const TableName& table) {
  if (table.schema.empty()) return Quote(table.name);
  return Quote(table.schema) + "." + Quote(table.name);
}

std::string LockSql(const std::vector<TableName>& tables) {
  std::string out;
  for (const auto& table : tables)
    out += (out.empty() ? "LOCK TABLES " : ", ") + Quote(table) + " WRITE";
  return out;
}

std::string Literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

}  // namespace interlock::mysql
