// The plan of one migration while its changes are lowered one after the other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "planning/planning.h"

namespace interlock::planning {

/// Order within contract over all changes of a migration: first whatever can fail, then the
/// renames, then what cannot be undone.
enum class ContractRank { kTighten, kQuarantine, kDrop };

class Draft {
 public:
  Draft(const Migration& migration, const PlanningInput& input);

  /// Starts the next change; the first one is number 1.
  void BeginChange() { ++change_; }

  const Migration& migration() const { return migration_; }
  const Capabilities& capabilities() const { return capabilities_; }
  /// In bytes, for names that are made up: however the server counts, it keeps so many.
  std::size_t max_name() const { return capabilities_.names.longest; }
  /// The schema as the steps added so far leave it, before renames and drops.
  const Catalog& catalog() const { return catalog_; }
  /// "0002-split-name/1", the id of the current change's sync spec.
  std::string SpecId() const;
  /// A name for the current change in messages: "derive_columns, change 2 of 0002-split-name".
  std::string ChangeName() const;

  /// A copy of the table, its name resolved.  IL-P01 with the nearest name.
  Result<Table> FindTable(const TableName& table) const;
  /// IL-P02 with the nearest name.
  Result<Column> FindColumn(const Table& table, const std::string& column) const;
  bool CreatedHere(const TableName& table) const;
  /// IL-P03 when a table, index, view or sequence of the schema has the name.
  Result<void> CheckRelationFree(const std::string& schema, const std::string& name) const;
  /// IL-P03 when the name of an index to be made is taken, in the table or in its schema.
  Result<void> CheckIndexFree(const Table& table, const std::string& name) const;
  /// IL-P03 when the table has such a constraint.
  Result<void> CheckConstraintFree(const Table& table, const std::string& name) const;

  /// Whether a change may use what an earlier change of its migration brings.
  enum class Own { kRefuse, kAllowNew };
  /// IL-P05 when another migration still keeps one of the columns in sync, IL-P06 when an earlier
  /// change of this one does.
  Result<void> CheckNotInSync(const TableName& table, const std::vector<std::string>& columns,
                              Own own) const;
  /// The columns of the table that `expression` may name, those in open specs included.
  std::vector<std::string> NamedColumns(const Table& table, const std::string& expression) const;
  /// Whether an earlier change of this migration brings the column and fills it in a backfill.
  bool FilledHere(const TableName& table, const std::string& column) const;
  /// Whether an earlier change of this migration drops the column at contract.
  bool DroppedHere(const TableName& table, const std::string& column) const;
  /// Open migrations that keep columns of the table in sync.
  std::vector<std::string> OpenMigrations(const TableName& table) const;

  /// Of the current change, an alter_table; null where the server was not asked.
  const ForeseenAlter* Foreseen() const;
  /// IL-P26 when another migration alters the table and keeps its former shape, or when the table
  /// is altered by one change of this migration and touched by another.
  Result<void> CheckAlterations() const;

  /// Adds the action's step and applies its effects; `hazards` come after the step's own.
  Step& Add(Phase phase, Action action, std::vector<std::string> hazards = {},
            ContractRank rank = ContractRank::kTighten);

  /// The step of contract that shows columns which expand has hidden, where the server hides them.
  void ShowHidden(const TableName& table, const std::vector<std::string>& columns);

  /// All steps in order, with their ids.
  std::vector<Step> Finish() const;

 private:
  struct Planned {
    ContractRank rank = ContractRank::kTighten;
    Step step;
    int change = 0;
  };

  const Migration& migration_;
  Capabilities capabilities_;
  Catalog catalog_;
  std::vector<SyncSpec> open_specs_;  ///< of other migrations
  std::vector<SyncSpec> own_specs_;   ///< of earlier changes, and of the current one
  std::map<int, ForeseenAlter> foreseen_;
  std::map<TableName, std::string> open_alterations_;
  std::vector<TableName> created_;
  std::vector<Planned> planned_;
  int change_ = 0;
};

/// "0002-split-name" of the spec id "0002-split-name/1".
std::string MigrationOf(const SyncSpec& spec);

}  // namespace interlock::planning
