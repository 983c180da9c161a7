// The schema as the server shows it: a value, its canonical text, its fingerprint, its differences.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "model/names.h"

namespace interlock {

struct Column {
  std::string name;
  std::string type;  ///< as the server prints it, with length and precision
  bool nullable = true;
  std::optional<std::string> default_value;  ///< expression text
  std::string generated;                     ///< "" | "stored: expr" | "virtual: expr"
  std::string identity;                      ///< "" | "always" | "by default" | "auto_increment"
  std::string collation;                     ///< "" for the type's own
  std::string attributes{};                  ///< what else the server prints: "invisible"
  bool operator==(const Column&) const = default;
};

enum class ConstraintKind { kPrimaryKey, kUnique, kCheck, kForeignKey, kExclusion, kOther };

struct Constraint {
  std::string name;
  ConstraintKind kind = ConstraintKind::kOther;
  std::string definition;               ///< as the server prints it
  std::vector<std::string> columns;     ///< of this table, in order
  std::optional<TableName> references;  ///< for foreign keys
  std::vector<std::string> referenced_columns;
  bool validated = true;
  bool operator==(const Constraint&) const = default;
};

struct Index {
  std::string name;
  std::string definition;  ///< as the server prints it
  std::vector<std::string>
      columns;  ///< every column it depends on: keys, INCLUDE, expressions, predicate
  bool unique = false;
  bool valid = true;
  std::string constraint;         ///< the constraint it serves, or ""
  bool replica_identity = false;  ///< replication knows rows by it; not part of the text
  bool operator==(const Index&) const = default;
};

struct Trigger {
  std::string name;
  std::string definition;
  std::string enabled;      ///< "origin" | "always" | "replica" | "disabled"
  bool before_row = false;  ///< a BEFORE … FOR EACH ROW trigger
  /// Columns and tables that it may name, where its own text is the body; not part of the text.
  std::vector<ObjectRef> depends_on{};
  bool operator==(const Trigger&) const = default;
};

struct Policy {
  std::string name;
  std::string definition;
  bool operator==(const Policy&) const = default;
};

struct Table {
  TableName name;
  std::string owner;
  std::string attributes;  ///< persistence, RLS, partition key, parent, options
  bool partitioned = false;
  std::optional<TableName> parent;      ///< of a partition
  std::vector<Column> columns;          ///< in the server's order
  std::vector<Constraint> constraints;  ///< these four by name
  std::vector<Index> indexes;
  std::vector<Trigger> triggers;
  std::vector<Policy> policies;
  std::int64_t row_estimate = -1;  ///< not part of the text; -1 when the server never counted
  bool operator==(const Table&) const = default;

  const Column* FindColumn(const std::string& column) const;
  const Constraint* FindConstraint(const std::string& constraint) const;
  const Index* FindIndex(const std::string& index) const;
  /// Columns of the primary key in order; empty without one.
  std::vector<std::string> PrimaryKey() const;
};

/// A view, routine, type, sequence, publication, statistics object: text only.
struct OtherObject {
  ObjectRef ref;
  std::string definition;             ///< short text, or "sha256:…" of a long body
  std::vector<ObjectRef> depends_on;  ///< columns and tables it names; not part of the text
  bool operator==(const OtherObject&) const = default;
};

struct Catalog {
  std::string engine;  ///< "postgresql", "mysql", "mariadb", "sqlite"
  int server_major = 0;
  std::string default_schema;  ///< where a new table without a schema goes
  /// Where an unqualified table is looked for, in order; nothing: in the default schema.
  std::vector<std::string> search_path;
  /// Names of columns are the same whatever their case; not part of the text.
  bool names_ignore_case = false;
  std::map<TableName, Table> tables;
  std::vector<OtherObject> others;  ///< sorted by ref
  bool operator==(const Catalog&) const = default;

  const Table* FindTable(const TableName& table) const;
  /// `table` with the first schema of the search path that has it, or else the default schema.
  TableName Resolve(const TableName& table) const;
  /// The same for one that is to be made.
  TableName ResolveNew(const TableName& table) const;
};

/// One line of the canonical text.
struct CatalogLine {
  ObjectRef ref;
  std::string definition;
  bool operator==(const CatalogLine&) const = default;
};

/// Lines in canonical order: tables by name, columns in the server's order, the rest by name.
std::vector<CatalogLine> CatalogLines(const Catalog& catalog);
/// The canonical text (docs/catalog-text.md): a header, then `kind key: definition` lines.
std::string CanonicalText(const Catalog& catalog);
Digest Fingerprint(const Catalog& catalog);
/// Reads a canonical text back.  kCorrupt when it is none.
Result<std::vector<CatalogLine>> ParseCanonicalText(const std::string& text);

/// One object that differs; `before` or `after` is empty when it is not there.
struct Difference {
  ObjectRef ref;
  std::string before;
  std::string after;
  bool operator==(const Difference&) const = default;
};

/// What differs: table by table, then the rest, by kind and name.  The order of columns counts only
/// among columns in both; of those that moved, the first is named.
std::vector<Difference> Diff(const std::vector<CatalogLine>& before,
                             const std::vector<CatalogLine>& after);
/// "+ column public.users.fax: text", "- index …", "~ column … : text → varchar(20)".
std::string ToString(const Difference& difference);

}  // namespace interlock
