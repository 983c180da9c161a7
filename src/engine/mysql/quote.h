// The one place where identifiers and literals are quoted for MySQL and MariaDB.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/names.h"

namespace interlock::mysql {

/// `name`, backticks in it doubled.
std::string Quote(std::string_view identifier);
/// `schema`.`name`, or the name alone without a schema.
std::string Quote(const TableName& table);
/// "`a`, `b`"
std::string QuoteList(const std::vector<std::string>& identifiers);
/// 'text' for a session whose sql_mode lets backslashes escape, as the pinned one does.
std::string Literal(std::string_view text);

}  // namespace interlock::mysql
