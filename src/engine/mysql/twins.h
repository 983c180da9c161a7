// The twin of an index or constraint over other columns: the source's text as the server prints it,
// with names replaced at their places.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/mysql/connection.h"
#include "engine/mysql/table_text.h"

namespace interlock::mysql {

/// The source index, called `name`, over the columns that `columns` maps to; the others stay, as do
/// prefix lengths, order, expressions, parser, visibility.  Nothing when there is no such index.
std::optional<std::string> KeyTwin(const TableText& table, const std::string& source,
                                   const std::string& name,
                                   const std::map<std::string, std::string>& columns);

/// The same for a CHECK or a foreign key.
struct ConstraintText {
  bool foreign_key = false;
  std::string printed;  ///< what follows CONSTRAINT name, as the server prints it
  std::string sent;     ///< the same, with the other table's database
};
std::optional<ConstraintText> ConstraintTwin(const TableText& table, const std::string& source,
                                             const std::map<std::string, std::string>& columns);

}  // namespace interlock::mysql
