// What planning must know of a server besides its catalog.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace interlock {

/// Which names the server keeps as they are written.
struct NameRules {
  std::size_t longest = 63;
  /// `longest` counts characters; else bytes.
  bool in_characters = false;
  /// Characters beyond the basic plane, U+10000 and higher, are refused or become others.
  bool basic_plane_only = false;
  /// White space may stand at the end.
  bool space_at_end = true;
  /// How names of helper tables begin, which are no part of the catalog.
  std::vector<std::string> helper_tables{};
};

/// The defaults are those of PostgreSQL; another dialect says where its server differs.
struct Capabilities {
  std::string engine = "postgresql";
  int major = 15;
  NameRules names;

  /// DDL stands in transactions, so what one step sends takes effect as a whole or not at all.
  bool transactional_ddl = true;
  /// A CHECK can be added without a look at the rows, and validated later while writes go on.
  bool unvalidated_checks = true;
  /// SET NOT NULL is a matter of a moment once a validated CHECK says so; else it reads or rebuilds
  /// the table while writes go on.
  bool not_null_by_check = true;
  /// A new column is hidden from statements that do not name it until contract shows it: there, an
  /// INSERT without a list of columns must have a value for every column that is not hidden.
  bool hides_new_columns = false;
  /// An INSERT that omits a NOT NULL column without a default fails before a trigger can fill it.
  bool omitted_need_default = false;
  /// BEFORE triggers fire in the order of their names; else in that of their creation.
  bool triggers_fire_by_name = true;
  /// The names of indexes are the schema's, shared with tables; else each table's own.
  bool index_names_per_schema = true;
  /// An index is built on a partitioned table while writes go on.
  bool builds_on_partitioned = false;
  /// Indexes over some of the rows (WHERE), and with columns that are no key (INCLUDE).
  bool partial_indexes = true;
  /// nextval() as a default.
  bool sequences = true;
  /// What a statement that was prepared before a change of its columns fails with once; "" when it
  /// goes on.
  std::string stale_statement_error = "0A000";
  /// What a transaction fails with that writes a row which another one changed after its snapshot;
  /// "" when it writes what is there.
  std::string snapshot_error = "40001";
};

}  // namespace interlock
