// Columns, constraints and indexes as parts of statements; what a step renders and what its
// observation builds anew for comparison are the same text.
#pragma once

#include <string>
#include <vector>

#include "engine/sql.h"
#include "model/action.h"

namespace interlock::postgres {

/// What of a column stands in its definition.
enum class ColumnParts {
  kAll,
  kShape  ///< type and collation only
};

/// `"name" type …`.  kConfig when type or default are not what they should be.
Result<std::string> ColumnDefinition(SqlConnection& connection, const ColumnSpec& column,
                                     ColumnParts parts = ColumnParts::kAll);

/// The parts of CREATE TABLE's parentheses.  Without `references` for a temporary table, which may
/// not have foreign keys.
Result<std::vector<std::string>> TableElements(SqlConnection& connection,
                                               const change::CreateTable& table,
                                               bool with_references);

/// "FOREIGN KEY (…) REFERENCES …" without its name.
Result<std::string> ReferenceText(const TableReference& reference);

/// An index as CREATE INDEX says it.  `tail` begins with USING and holds nothing that names the
/// table.
struct IndexText {
  bool unique = false;
  std::string tail;
};
Result<IndexText> TextOf(const change::CreateIndex& index);
std::string CreateIndexStatement(const IndexText& index, const std::string& name,
                                 const TableName& table, bool concurrently);

}  // namespace interlock::postgres
