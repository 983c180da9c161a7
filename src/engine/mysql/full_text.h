// FULLTEXT keys where an ALTER is tried on a temporary table, which can have none.  Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/table_text.h"

namespace interlock::mysql {

/// One that an ALTER adds.
struct AddedFullText {
  std::string name;  ///< "" where the server finds one
  std::vector<std::string> columns;
  std::string parser;  ///< "" for the server's own
};

bool IsFullText(const std::string& key);

/// The clauses with plain keys in the place of the FULLTEXT ones that they add; `added`: these.
std::string ClausesWithoutFullText(std::string_view clauses, std::vector<AddedFullText>* added);

/// What SHOW CREATE TABLE says of the temporary table, with FULLTEXT keys where plain ones stand
/// for them: `former` are those of the table itself, by name, `added` what came by the ALTER.
std::string WithFullTexts(std::string shown, const TableText& table,
                          const std::map<std::string, std::string>& former,
                          const std::vector<AddedFullText>& added);

}  // namespace interlock::mysql
