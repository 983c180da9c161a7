// Columns, keys and foreign keys as parts of statements; what a step renders and what its
// observation builds anew for comparison are the same text.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "model/action.h"

namespace interlock::mysql {

/// What of a column stands in its definition.
enum class ColumnPlace {
  kNewTable,  ///< all of it
  kAdded,     ///< all of it, INVISIBLE: an INSERT without a list of columns goes on working
  kShape      ///< type and collation; AUTO_INCREMENT, too, which needs a key
};

/// "`name` type …".  kConfig when type or default are not what they should be.
Result<std::string> ColumnDefinition(Flavor flavor, const ColumnSpec& column, ColumnPlace place);

/// What stands after DEFAULT for a column of the type.  kConfig as CheckExpression.
Result<std::string> DefaultText(Flavor flavor, const std::string& expression,
                                const std::string& type);

/// The parts of CREATE TABLE's parentheses.
Result<std::vector<std::string>> TableElements(MySqlConnection& connection,
                                               const change::CreateTable& table);

/// "UNIQUE KEY `name` (`a`(10), (lower(b)) DESC)".  kRefused (IL-E45) for what the server has not.
Result<std::string> KeyText(Flavor flavor, const change::CreateIndex& index);

/// kRefused (IL-E45) for keys that the servers build only while writes wait: over an expression,
/// FULLTEXT, SPATIAL.  `key` as in KeyText.
Result<void> CheckBuiltOnline(const std::string& name, const std::string& key);

}  // namespace interlock::mysql
