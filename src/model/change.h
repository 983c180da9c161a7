// What a person asks for: one struct a change kind.  Adding a kind means one struct here, one
// reader in config/, one file in planning/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/names.h"

namespace interlock {

enum class Phase { kExpand, kBackfill, kVerify, kContract };
std::string_view ToString(Phase phase);
Result<Phase> ParsePhase(std::string_view text);

/// A column as a file declares it; `type` and expressions are SQL text of the database's dialect.
struct ColumnSpec {
  std::string name;
  std::string type;
  bool nullable = true;
  std::optional<std::string> default_value;
  std::string collation;
  bool identity = false;
  bool operator==(const ColumnSpec&) const = default;
};

struct TableCheck {
  std::string name;
  std::string expression;
  bool operator==(const TableCheck&) const = default;
};

struct TableReference {
  std::string name;
  std::vector<std::string> columns;
  TableName table;
  std::vector<std::string> referenced;
  std::string on_delete;  ///< "" | "cascade" | "restrict" | "set null" | "no action"
  bool operator==(const TableReference&) const = default;
};

struct TableUnique {
  std::string name;
  std::vector<std::string> columns;
  bool operator==(const TableUnique&) const = default;
};

namespace change {

struct CreateTable {
  TableName table;
  std::vector<ColumnSpec> columns;
  std::vector<std::string> primary_key;
  std::vector<TableUnique> uniques;
  std::vector<TableCheck> checks;
  std::vector<TableReference> references;
  bool operator==(const CreateTable&) const = default;
};

struct AddColumn {
  TableName table;
  ColumnSpec column;
  /// Value for rows written before, and by versions that do not know the column.
  std::optional<std::string> fill;
  bool operator==(const AddColumn&) const = default;
};

struct DerivedColumn {
  ColumnSpec column;
  std::string up;  ///< expression over the old columns
  bool operator==(const DerivedColumn&) const = default;
};

struct DeriveColumns {
  TableName table;
  std::vector<std::string> old_columns;  ///< dropped at contract
  std::vector<DerivedColumn> new_columns;
  std::map<std::string, std::string> down;  ///< old column → expression over the new ones
  std::optional<std::string> lossy;  ///< why rows that do not survive the round trip may pass
  std::vector<std::string> drops;    ///< indexes and constraints that may go with the old columns
  bool operator==(const DeriveColumns&) const = default;
};

struct DropColumn {
  TableName table;
  std::string column;
  /// Value that old versions read in rows written by versions that do not know the column any more.
  std::optional<std::string> fill;
  std::vector<std::string> drops;
  bool operator==(const DropColumn&) const = default;
};

struct IndexPart {
  std::string column;  ///< or
  std::string expression;
  std::string order;  ///< "" | "asc" | "desc"
  std::string opclass;
  bool operator==(const IndexPart&) const = default;
};

struct CreateIndex {
  TableName table;
  std::string name;
  std::vector<IndexPart> parts;
  std::vector<std::string> include;
  std::string method;  ///< "" for the server's default
  std::string where;
  bool unique = false;
  /// Where a unique index is built.  Default: expand on a table of this migration, else contract,
  /// since the old version could violate it; "expand" says that the old version keeps to it.
  std::optional<Phase> phase;
  bool operator==(const CreateIndex&) const = default;
};

/// Any clauses of an ALTER TABLE (MySQL, MariaDB).
struct AlterTable {
  TableName table;
  std::string clauses;
  bool operator==(const AlterTable&) const = default;
};

struct SqlStep {
  std::string name;
  Phase phase = Phase::kExpand;
  std::string sql;
  std::vector<ObjectRef> touches;
  std::string observe;  ///< query: one row, one column: absent | partial | present | conflicting
  std::string undo;     ///< "" when it cannot be undone
  bool transaction = true;
  bool operator==(const SqlStep&) const = default;
};

struct Sql {
  std::vector<SqlStep> steps;
  bool operator==(const Sql&) const = default;
};

}  // namespace change

using Change =
    std::variant<change::CreateTable, change::AddColumn, change::DeriveColumns, change::DropColumn,
                 change::CreateIndex, change::AlterTable, change::Sql>;

/// The `kind` of a file: "derive_columns".
std::string_view KindName(const Change& change);

}  // namespace interlock
