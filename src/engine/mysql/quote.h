// The one place where identifiers and texts are quoted for MySQL and MariaDB.
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
/// LOCK TABLES, each of them for writes.
std::string LockSql(const std::vector<TableName>& tables);
/// 'text', for where no value can be bound.  For sessions without NO_BACKSLASH_ESCAPES.
std::string Literal(std::string_view text);

}  // namespace interlock::mysql
