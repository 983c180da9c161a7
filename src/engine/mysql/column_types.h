// The types of a table's columns as sync SQL needs them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/sql.h"
#include "model/sync.h"

namespace interlock::mysql {

/// How values of a type are brought to the form in which a column keeps them, and compared.
enum class TypeKind {
  kChar,       ///< blanks at the end are no part of the value
  kText,       ///< varchar and the text types; MariaDB's json
  kBinary,     ///< binary(n): filled up with zero bytes
  kBytes,      ///< varbinary and the blob types
  kEnum,       ///< keeps a member as it was declared
  kSet,        ///< keeps members in the order in which they were declared
  kJson,       ///< MySQL's
  kWhole,      ///< tinyint to bigint, bit
  kYear,       ///< keeps numbers below 100 as years
  kDecimal,    ///< numeric too
  kFloat,      ///< float and double, also with a fixed number of digits
  kDate,       ///< and datetime and time: `cast` says which
  kTimestamp,  ///< kept as a moment, seen through the session's time zone
  kOther       ///< geometry, uuid, inet6 and the like
};

struct ColumnType {
  std::string
      name;  ///< as DECLARE takes it: "varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
  TypeKind kind = TypeKind::kOther;
  std::string cast;     ///< what CAST takes: "DECIMAL(10,2)"; "" for texts and kOther
  std::string charset;  ///< "" when the type has none, or the table's holds
  std::string collation;
  int length = 0;                    ///< of kChar, kBinary, varchar and varbinary; else 0
  int digits = -1;                   ///< after the point, of float(m,d) and double(m,d)
  std::vector<std::string> members;  ///< of kEnum and kSet, as SQL literals
  bool there = true;                 ///< false: a column to come, as its file says it
  bool nullable = true;
  bool generated = false;
  bool identity = false;   ///< AUTO_INCREMENT
  bool on_update = false;  ///< ON UPDATE CURRENT_TIMESTAMP
  bool operator==(const ColumnType&) const = default;
};
/// By name.
using ColumnTypes = std::map<std::string, ColumnType>;

/// `type` as a file or information_schema writes it: "varchar(20)", "enum('a','b')", "int
/// unsigned".
/// "" for charset or collation: the table's.  Pure.
ColumnType ParseColumnType(const std::string& type, const std::string& charset,
                           const std::string& collation);

/// All columns of the table by real name, and by logical name those that a spec of either list
/// calls something else; new columns that are not there yet, too.
Result<ColumnTypes> ReadColumnTypes(SqlConnection& connection, const TableName& table,
                                    const std::vector<SyncSpec>& before,
                                    const std::vector<SyncSpec>& after);

}  // namespace interlock::mysql
