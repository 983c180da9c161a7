#include "engine/postgres/answers.h"

#include <string_view>

namespace interlock::postgres {

Result<std::vector<SqlValue>> RecordFields(const SqlValue& record, std::size_t count) {
  IL_ASSIGN(const std::string text, Given(record));
  if (text.size() < 2 || text.front() != '(' || text.back() != ')')
    return WrongShape("'" + text + "' stands where a record is due");
  const std::string_view inner(text.data() + 1, text.size() - 2);
  std::vector<SqlValue> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const bool doubled = i + 1 < inner.size() && inner[i + 1] == inner[i];
    if (!quoted && inner[i] == ',') {
      fields.emplace_back();
    } else if (inner[i] == '"' && !(quoted && doubled)) {
      quoted = !quoted;
      if (!fields.back()) fields.back() = "";
    } else {
      if (!fields.back()) fields.back() = "";
      *fields.back() += inner[i];
      if (quoted && doubled && (inner[i] == '"' || inner[i] == '\\')) ++i;
    }
  }
  if (quoted || fields.size() != count)
    return WrongShape("'" + text + "' is no record of " + std::to_string(count) + " fields");
  return fields;
}

}  // namespace interlock::postgres
