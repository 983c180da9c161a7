#include "engine/postgres/answers.h"

#include <charconv>
#include <limits>

namespace interlock::postgres {

tl::unexpected<Error> WrongShape(const std::string& what) {
  return Fail(ErrorKind::kUndecidable, "IL-E25", "the server's answer cannot be read: " + what,
              "is it PostgreSQL itself that answers, and no proxy that changes what it says?");
}

Result<std::int64_t> WholeNumber(const SqlValue& value) {
  if (!value) return WrongShape("NULL stands where a number is due");
  std::int64_t number = 0;
  const char* end = value->data() + value->size();
  const auto read = std::from_chars(value->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end)
    return WrongShape("'" + *value + "' stands where a number is due");
  return number;
}

Result<int> SmallNumber(const SqlValue& value) {
  IL_ASSIGN(const std::int64_t number, WholeNumber(value));
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max())
    return WrongShape("'" + *value + "' is out of range");
  return static_cast<int>(number);
}

Result<std::string> Given(const SqlValue& value) {
  if (!value) return WrongShape("NULL stands where a text is due");
  return *value;
}

Result<std::vector<SqlValue>> FirstRow(const SqlRows& rows) {
  if (rows.rows.empty() || rows.rows.front().empty()) return WrongShape("it has no row");
  return rows.rows.front();
}

Result<SqlValue> FirstValue(const SqlRows& rows) {
  IL_ASSIGN(const auto row, FirstRow(rows));
  return row.front();
}

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
