// The order in which a table's rows are walked: its key, and key ranges as SQL.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bulk.h"
#include "engine/sql.h"

namespace interlock::mysql {

/// How a value of a key's column is written, so that what was read comes back exactly, under the
/// column's own order.  Values stand in the text of a statement: MySQL walks no index by a range
/// whose bounds are bound.
enum class KeyForm {
  kNumber,  ///< exact numbers, bit and year too
  kReal,    ///< float and double
  kCast,    ///< moments, addresses: CAST('…' AS type)
  kText,    ///< the bytes of the column's character set, as hexadecimal
  kBytes,   ///< hexadecimal
  kMember   ///< enum and set: by number, as they sort
};

/// In all SQL below the table is called t.
struct TableKey {
  struct Column {
    std::string name;  ///< quoted
    KeyForm form = KeyForm::kNumber;
    /// kCast: what CAST takes; kText: the character set; kNumber: UNSIGNED where it needs a cast.
    std::string type;
    std::string collation;  ///< kText
    /// kMember: the largest number, where there are few enough to name them all; else 0.
    std::int64_t members = 0;
    bool descending = false;  ///< in the index, so in the walk as well
  };
  TableName table;
  std::string index;  ///< quoted
  std::vector<Column> columns;

  /// "`db`.`users` AS t FORCE INDEX (`PRIMARY`)": nothing else walks a range without reading more.
  std::string From() const;
  /// Rows of the range.  kCorrupt IL-E57 when a key does not fit the table's.
  Result<std::string> Condition(const KeyRange& range) const;
  /// The same with $1 … in the place of values.
  std::string ShownCondition() const;
  /// t.`a`, t.`b`
  std::string Columns() const;
  /// Their values as Condition takes them back, "" without a key.
  std::string Read() const;
  /// Their values as a person reads them.
  std::string Shown() const;
  /// t.`a`, t.`b` DESC
  std::string Order() const;
  /// The query whose one row is the key `rows` rows into the range.
  Result<std::string> BoundaryQuery(const KeyRange& range, std::int64_t rows) const;
  /// What a checkpoint is good for: another shape's keys mean other rows.
  std::string Shape() const;
};

/// One unique index, as information_schema shows it.
struct UniqueIndex {
  struct Part {
    std::string column;  ///< "" for an expression
    std::string data_type;
    std::string column_type;  ///< "enum('a','b')"
    std::string charset;
    std::string collation;
    int fraction = 0;  ///< digits of a second
    bool nullable = false;
    bool prefix = false;  ///< only the beginning of the values is indexed
    bool descending = false;
    bool generated = false;
  };
  std::string name;
  bool usable = true;  ///< a btree that the optimizer may use
  std::vector<Part> parts;
};

/// The primary key, else the index with the fewest columns, then the fewest that are no whole
/// numbers.  Without columns when none will do.  Pure.
TableKey ChooseKey(const TableName& table, const std::vector<UniqueIndex>& indexes);

/// kRefused IL-E61 when there is no such table, IL-E60 when it has no key to walk it by, or is not
/// InnoDB's.
/// `index`: the one to walk by, where it is not for us to choose.
Result<TableKey> ReadKey(SqlConnection& connection, const TableName& table,
                         const std::string& index = "");

/// One line of text that ParseKey reads back: values hold no commas.
std::string FormatKey(const Key& key);
Key ParseKey(std::string_view text);

}  // namespace interlock::mysql
