// The one place where identifiers and literals are quoted for PostgreSQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/names.h"

namespace interlock::postgres {

/// Always in double quotes, inner quotes doubled.
std::string Quote(std::string_view identifier);
std::string Quote(const TableName& table);
/// "a", "b"
std::string QuoteList(const std::vector<std::string>& identifiers);
/// '…' with doubled quotes; E'…' when it holds a backslash.
std::string Literal(std::string_view text);

}  // namespace interlock::postgres
