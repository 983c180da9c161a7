// The order in which a table's rows are walked: its key, and key ranges as SQL.
#pragma once

#include <string>
#include <vector>

#include "engine/bulk.h"
#include "engine/sql.h"

namespace interlock::postgres {

enum class KeyKind {
  kColumns,   ///< primary key, else a unique index on NOT NULL columns
  kPhysical,  ///< block numbers (version 14 or newer)
  kWhole      ///< no order at all: one range
};

/// In all SQL below the table is called t.
struct TableKey {
  struct Column {
    std::string name;  ///< quoted
    std::string type;  ///< without length, so that casting a value back changes nothing
  };
  TableName table;
  bool partitioned = false;
  KeyKind kind = KeyKind::kWhole;
  std::vector<Column> columns;
  double rows_per_block = 1;  ///< kPhysical: to turn rows into blocks

  /// "ONLY "public"."users" AS t"; without ONLY for partitioned tables.
  std::string From() const;
  /// Rows of the range; key values are appended to `values` and named $n.  kCorrupt when a
  /// checkpoint's key does not fit the table's.
  Result<std::string> Condition(const KeyRange& range, std::vector<SqlValue>* values) const;
  /// t."a", t."b"; for other kinds t.ctid.
  std::string Columns() const;
  /// The query whose one row is the key `rows` rows into the range, for kColumns.
  Result<std::string> BoundaryQuery(const KeyRange& range, std::int64_t rows,
                                    std::vector<SqlValue>* values) const;
};

/// kRefused IL-E61 when there is no such table, IL-E60 for a partitioned table without a key.
Result<TableKey> ChooseKey(SqlConnection& connection, const TableName& table);

/// One line of text that ParseKey reads back exactly, whatever bytes the values hold: commas
/// between, backslash before a comma or backslash of a value.
std::string FormatKey(const Key& key);
Key ParseKey(std::string_view text);

}  // namespace interlock::postgres
