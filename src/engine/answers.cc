#include "engine/answers.h"

#include <charconv>
#include <limits>

namespace interlock {

tl::unexpected<Error> WrongShape(const std::string& what) {
  return Fail(ErrorKind::kUndecidable, "IL-E25", "the server's answer cannot be read: " + what,
              "is it the server itself that answers, and no proxy that changes what it says?");
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

}  // namespace interlock
