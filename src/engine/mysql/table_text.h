// A table as SHOW CREATE TABLE prints it, with its elements as they stand there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sql.h"
#include "model/catalog.h"

namespace interlock::mysql {

struct TableText {
  Table table;
  bool plain = true;  ///< false: a view or a sequence, and nothing else is set
  std::map<std::string, std::string> columns;
  std::map<std::string, std::string> keys;  ///< the primary one is called PRIMARY
  std::map<std::string, std::string> constraints;
  std::string charset;    ///< " DEFAULT CHARSET=… COLLATE=…"
  std::string collation;  ///< of the table; "" where the server leaves it out
};

/// Pure; errors as ParseCreateTable.
Result<TableText> ReadTableText(std::string_view text, const std::string& schema);

/// Nothing when there is no such table.  kRefused (IL-E20) when the account may not see it.
Result<std::optional<TableText>> ShowTable(SqlConnection& connection, const TableName& table);

/// Columns by whose texts the columns that `sql` names can be made: those, and what their
/// generation expressions and CHECKs name.  In the table's order.
std::vector<std::string> ColumnsNeeded(const TableText& table, std::string_view sql);

/// The column as MODIFY takes it; "" when there is none of that name.  A collation that is only the
/// table's is left out: MySQL would take it for one of the column's own from then on.
std::string ForModify(const TableText& table, const std::string& column);

// --- Changes of an element's text; everything else in it stays byte for byte.  Pure.

std::string WithNullability(const std::string& column, bool nullable);
/// `value` is what stands after DEFAULT.
std::string WithDefault(const std::string& column, const std::string& value);
/// As MariaDB says it; MySQL has a clause for it.
std::string WithVisibility(const std::string& column, bool visible);
/// Without AUTO_INCREMENT, which takes a key.
std::string WithoutIdentity(const std::string& column);
/// The key under another name, over the columns that `columns` maps to.  The primary key becomes a
/// UNIQUE one.
std::string KeyOver(const std::string& key, const std::string& name,
                    const std::map<std::string, std::string>& columns);
/// A FULLTEXT key as a plain one, since temporary tables have no other; and such a key again as the
/// FULLTEXT one that `former` was.
std::string WithoutFullText(const std::string& key);
std::string WithFullText(const std::string& key, const std::string& former);
/// The key's parts as SQL over a row: "LEFT(`name`, 10)", "`id`", "(lower(`name`))".
std::vector<std::string> KeyParts(const std::string& key);

}  // namespace interlock::mysql
