// What a step does, as data; the dialect renders it and observes it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/alteration.h"
#include "model/change.h"
#include "model/sync.h"

namespace interlock {

namespace action {

struct CreateTable {
  change::CreateTable definition;
  bool operator==(const CreateTable&) const = default;
};
struct DropTable {
  TableName table;
  bool operator==(const DropTable&) const = default;
};
struct AddColumns {
  TableName table;
  std::vector<ColumnSpec> columns;
  bool operator==(const AddColumns&) const = default;
};
/// Undo of AddColumns.
struct DropColumns {
  TableName table;
  std::vector<ColumnSpec> columns;
  bool operator==(const DropColumns&) const = default;
};
/// Makes columns that were added INVISIBLE (MySQL, MariaDB) visible.
struct ShowColumns {
  TableName table;
  std::vector<std::string> columns;
  bool operator==(const ShowColumns&) const = default;
};
/// Undo of ShowColumns.
struct HideColumns {
  TableName table;
  std::vector<std::string> columns;
  bool operator==(const HideColumns&) const = default;
};
/// Without an expression the default is dropped.
struct SetDefault {
  TableName table;
  std::string column;
  std::optional<std::string> expression;
  bool operator==(const SetDefault&) const = default;
};
struct SetNotNull {
  TableName table;
  std::string column;
  bool operator==(const SetNotNull&) const = default;
};
struct DropNotNull {
  TableName table;
  std::string column;
  bool operator==(const DropNotNull&) const = default;
};
/// CHECK (column IS NOT NULL) NOT VALID, the helper of SetNotNull.
struct AddNotNullCheck {
  TableName table;
  std::string column;
  std::string name;
  bool operator==(const AddNotNullCheck&) const = default;
};
struct ValidateConstraint {
  TableName table;
  std::string name;
  bool operator==(const ValidateConstraint&) const = default;
};
struct DropConstraint {
  TableName table;
  std::string name;
  bool operator==(const DropConstraint&) const = default;
};
/// Built concurrently unless the table is new in this migration.
struct CreateIndex {
  change::CreateIndex definition;
  bool concurrently = true;
  bool operator==(const CreateIndex&) const = default;
};
struct DropIndex {
  TableName table;
  std::string name;
  bool operator==(const DropIndex&) const = default;
};
/// The twin of an index on old columns, over the new ones; `columns` maps old to new.
struct CopyIndex {
  TableName table;
  std::string source;
  std::string name;
  std::map<std::string, std::string> columns;
  bool operator==(const CopyIndex&) const = default;
};
/// The twin of a CHECK or foreign key, added NOT VALID; a ValidateConstraint follows.
struct CopyConstraint {
  TableName table;
  std::string source;
  std::string name;
  std::map<std::string, std::string> columns;
  bool operator==(const CopyConstraint&) const = default;
};
/// Makes the table's sync trigger cover `spec` too.
struct InstallSync {
  SyncSpec spec;
  bool operator==(const InstallSync&) const = default;
};
/// Makes the table's sync trigger cover `spec` no more; without specs the trigger goes.
struct RemoveSync {
  SyncSpec spec;
  bool operator==(const RemoveSync&) const = default;
};
struct Backfill {
  SyncSpec spec;
  bool operator==(const Backfill&) const = default;
};
struct Analyze {
  TableName table;
  bool operator==(const Analyze&) const = default;
};
struct Verify {
  SyncSpec spec;
  bool operator==(const Verify&) const = default;
};
/// Renames columns (logical → quarantined name) and makes the trigger follow, in one transaction.
struct Quarantine {
  SyncSpec spec;  ///< before: `renamed` empty
  std::map<std::string, std::string> renamed;
  bool operator==(const Quarantine&) const = default;
};
/// Undo of Quarantine.
struct Restore {
  SyncSpec spec;  ///< before: `renamed` set
  bool operator==(const Restore&) const = default;
};
/// Truly drops quarantined columns and takes `spec` out of the trigger, in one transaction.
struct DropQuarantined {
  SyncSpec spec;  ///< `renamed` set
  bool operator==(const DropQuarantined&) const = default;
};
/// In place where the server can, else the helper tables of a rebuild and the triggers that log
/// what is written from then on; the three steps that follow then have something to do.
struct AlterTable {
  Alteration alteration;
  bool operator==(const AlterTable&) const = default;
};
/// Fills the shadow table, and brings it up to date.
struct CopyRows {
  Alteration alteration;
  bool operator==(const CopyRows&) const = default;
};
/// Compares every row of the table with its copy; copies again what differs.
struct CompareRows {
  Alteration alteration;
  bool operator==(const CompareRows&) const = default;
};
/// Swaps the shadow table in; what is written from then on is logged for the way back.
struct CutOver {
  Alteration alteration;
  bool operator==(const CutOver&) const = default;
};
/// Truly drops the table that was swapped out.
struct DropReplaced {
  Alteration alteration;
  bool operator==(const DropReplaced&) const = default;
};
/// Undo of CutOver: the table that was swapped out comes back with what was written since.  Where
/// nothing was swapped, the alteration is taken back as AlterTable does it.
struct SwapBack {
  Alteration alteration;
  bool operator==(const SwapBack&) const = default;
};
/// Undo of AlterTable: ends a way back by rebuild, and drops all helper tables.
struct UndoAlter {
  Alteration alteration;
  bool operator==(const UndoAlter&) const = default;
};
struct RunSql {
  change::SqlStep step;
  bool operator==(const RunSql&) const = default;
};

}  // namespace action

using Action =
    std::variant<action::CreateTable, action::DropTable, action::AddColumns, action::DropColumns,
                 action::ShowColumns, action::HideColumns, action::SetDefault, action::SetNotNull,
                 action::DropNotNull, action::AddNotNullCheck, action::ValidateConstraint,
                 action::DropConstraint, action::CreateIndex, action::DropIndex, action::CopyIndex,
                 action::CopyConstraint, action::InstallSync, action::RemoveSync, action::Backfill,
                 action::Analyze, action::Verify, action::Quarantine, action::Restore,
                 action::DropQuarantined, action::AlterTable, action::CopyRows, action::CompareRows,
                 action::CutOver, action::DropReplaced, action::SwapBack, action::UndoAlter,
                 action::RunSql>;

/// "create_index", for messages, events and JSON.
std::string_view ActionName(const Action& action);
/// The alteration an action is a part of; null for others.
const Alteration* AlterationOf(const Action& action);
/// Whether another step decides, when it runs, if this one has anything to do: found present before
/// its intent, it is done.
bool MayBeNeedless(const Action& action);
/// Whether it is carried out in batches over the rows, and not by Session::Execute.
bool IsBulk(const Action& action);
/// Whether sync triggers come, go or change with it.
bool ChangesTriggers(const Action& action);
/// The table an action works on; nothing for RunSql.
std::optional<TableName> ActionTable(const Action& action);

/// The specs of a table's sync trigger after `action`, given those before it.  Pure; actions that
/// have nothing to do with sync return `before`.
std::vector<SyncSpec> ApplyToSync(std::vector<SyncSpec> before, const Action& action);

}  // namespace interlock
