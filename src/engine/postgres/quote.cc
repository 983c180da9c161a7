#include "engine/postgres/quote.h"

namespace interlock::postgres {

std::string Quote(std::string_view identifier) {
  std::string out = "\"";
  for (const char c : identifier) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string Quote(const TableName& table) {
  if (table.schema.empty()) return Quote(table.name);
  return Quote(table.schema) + "." + Quote(table.name);
}

std::string QuoteList(const std::vector<std::string>& identifiers) {
  std::string out;
  for (const auto& identifier : identifiers) {
    if (!out.empty()) out += ", ";
    out += Quote(identifier);
  }
  return out;
}

std::string Literal(std::string_view text) {
  const bool escaped = text.find('\\') != std::string_view::npos;
  std::string out = escaped ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

}  // namespace interlock::postgres
