#include <utility>

#include "base/text.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {

Result<Scratch> Scratch::Make(MySqlConnection& connection, const std::string& schema,
                              const std::vector<std::string>& elements,
                              const std::string& charset) {
  const TableName name{schema, "interlock_scratch"};
  IL_RETURN_IF_ERROR(connection.Execute("DROP TEMPORARY TABLE IF EXISTS " + Quote(name), {}));
  // The columns asked for may all be invisible, and a table needs one that is not.
  IL_RETURN_IF_ERROR(connection.Execute("CREATE TEMPORARY TABLE " + Quote(name) +
                                            " (\n`~interlock_visible` TINYINT,\n" +
                                            Join(elements, ",\n") + "\n) ENGINE=InnoDB" + charset,
                                        {}));
  return Scratch(connection, name);
}

Scratch::Scratch(Scratch&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)), name_(std::move(other.name_)) {}

Scratch::~Scratch() {
  if (connection_ == nullptr) return;
  // What stays behind is gone with the session, or dropped by the next.
  [[maybe_unused]] const auto ignored =
      connection_->Execute("DROP TEMPORARY TABLE IF EXISTS " + Quote(name_), {});
}

Result<TableText> Scratch::Show() const {
  IL_ASSIGN(auto shown, ShowTable(*connection_, name_));
  if (shown) return std::move(*shown);
  return Fail(ErrorKind::kUndecidable, "IL-E25", "a temporary table has gone");
}

std::vector<std::string> ColumnsFor(const TableText& table, const std::string& sql) {
  std::vector<std::string> out;
  for (const auto& name : ColumnsNeeded(table, sql))
    out.push_back(WithoutIdentity(table.columns.at(name)));
  return out;
}

std::vector<std::string> ExistingColumns(const TableText& table,
                                         const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns)
    if (table.columns.count(column) != 0) out.push_back(column);
  return out;
}

}  // namespace interlock::mysql
