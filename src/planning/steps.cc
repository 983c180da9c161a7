#include "planning/steps.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/sync.h"
#include "planning/dependents.h"
#include "planning/sequences.h"

namespace interlock::planning {
namespace {

/// "column a", "columns a, b".
std::string Columns(const std::vector<std::string>& names) {
  return (names.size() == 1 ? "column " : "columns ") + NameList(names);
}

std::string Columns(const std::vector<ColumnSpec>& columns) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const auto& column : columns) names.push_back(column.name);
  return Columns(names);
}

std::vector<std::string> NewNames(const SyncSpec& spec) {
  std::vector<std::string> out;
  for (const auto& column : spec.new_columns) out.push_back(column.column.name);
  return out;
}

/// What a spec concerns, for summaries: "name and first_name, last_name", or "fax".
std::string Subject(const SyncSpec& spec) {
  if (!spec.fills_only()) return NameList(spec.old_columns) + " and " + NameList(NewNames(spec));
  std::vector<std::string> filled;
  for (const auto& [column, expression] : spec.fills) filled.push_back(column);
  return NameList(filled);
}

/// Whether the table's sync trigger covers the spec at all: a dropped column may need nothing.
bool HasTrigger(const SyncSpec& spec) { return !spec.fills_only() || !spec.fills.empty(); }

class StepWriter {
 public:
  StepWriter(Step& step, const Catalog& catalog, const Capabilities& server)
      : step_(step), catalog_(catalog), server_(server) {}

  void operator()(const action::CreateTable& create) {
    const auto& table = create.definition.table;
    Touch({ObjectKind::kTable, table, ""});
    for (auto& ref : SequencesOf(create.definition, catalog_)) Touch(std::move(ref));
    step_.summary = fmt::format("create table {}", ToString(table));
    step_.undo = action::DropTable{table};
  }
  void operator()(const action::DropTable& drop) {
    Short(fmt::format("drop table {}", ToString(drop.table)));
    Touch({ObjectKind::kTable, drop.table, ""});
  }
  void operator()(const action::AddColumns& add) {
    Short(fmt::format("add {} to {}", Columns(add.columns), ToString(add.table)));
    for (const auto& column : add.columns) TouchMember(add.table, ObjectKind::kColumn, column.name);
    step_.undo = action::DropColumns{add.table, add.columns};
    WarnOfStaleStatements(add.table);
    if (!server_.hides_new_columns)
      Warn("COPY into {} without a list of columns fails from now on", ToString(add.table));
  }
  void operator()(const action::DropColumns& drop) {
    Short(fmt::format("drop {} of {}", Columns(drop.columns), ToString(drop.table)));
    for (const auto& column : drop.columns)
      TouchMember(drop.table, ObjectKind::kColumn, column.name);
  }
  void operator()(const action::ShowColumns& show) {
    Short(fmt::format("show {} of {}", Columns(show.columns), ToString(show.table)));
    for (const auto& column : show.columns) TouchMember(show.table, ObjectKind::kColumn, column);
    step_.undo = action::HideColumns{show.table, show.columns};
    Warn("an INSERT into {} without a list of columns fails from now on", ToString(show.table));
  }
  void operator()(const action::HideColumns& hide) {
    Short(fmt::format("hide {} of {}", Columns(hide.columns), ToString(hide.table)));
    for (const auto& column : hide.columns) TouchMember(hide.table, ObjectKind::kColumn, column);
    step_.undo = action::ShowColumns{hide.table, hide.columns};
  }
  void operator()(const action::SetDefault& set) {
    const std::string column = QualifiedColumn(set.table, set.column);
    Short(set.expression ? fmt::format("set the default of {} to {}", column, *set.expression)
                         : fmt::format("drop the default of {}", column));
    TouchMember(set.table, ObjectKind::kColumn, set.column);
    action::SetDefault undo{set.table, set.column, std::nullopt};
    if (const Table* table = catalog_.FindTable(set.table))
      if (const Column* before = table->FindColumn(set.column))
        undo.expression = before->default_value;
    step_.undo = undo;
  }
  void operator()(const action::SetNotNull& set) {
    Tighten(fmt::format("set {} NOT NULL", QualifiedColumn(set.table, set.column)));
    TouchMember(set.table, ObjectKind::kColumn, set.column);
    step_.undo = action::DropNotNull{set.table, set.column};
  }
  void operator()(const action::DropNotNull& drop) {
    Tighten(fmt::format("drop NOT NULL of {}", QualifiedColumn(drop.table, drop.column)));
    TouchMember(drop.table, ObjectKind::kColumn, drop.column);
    step_.undo = action::SetNotNull{drop.table, drop.column};
  }
  void operator()(const action::AddNotNullCheck& add) {
    Short(fmt::format("add check {} that {} is not null, not validated yet", DisplayName(add.name),
                      QualifiedColumn(add.table, add.column)));
    TouchMember(add.table, ObjectKind::kConstraint, add.name);
    step_.undo = action::DropConstraint{add.table, add.name};
  }
  void operator()(const action::ValidateConstraint& validate) {
    step_.lock = LockLevel::kShareUpdateExclusive;
    step_.waits = true;
    step_.only_looks = true;
    step_.summary = fmt::format("validate constraint {} of {}", DisplayName(validate.name),
                                ToString(validate.table));
    TouchMember(validate.table, ObjectKind::kConstraint, validate.name);
  }
  void operator()(const action::DropConstraint& drop) {
    Short(fmt::format("drop constraint {} of {}", DisplayName(drop.name), ToString(drop.table)));
    TouchMember(drop.table, ObjectKind::kConstraint, drop.name);
  }
  void operator()(const action::CreateIndex& create) {
    const auto& index = create.definition;
    step_.summary = fmt::format("create {}index {} on {}{}", index.unique ? "unique " : "",
                                DisplayName(index.name), ToString(index.table),
                                create.concurrently ? ", concurrently" : "");
    Build(create.concurrently);
    Touch({ObjectKind::kIndex, index.table, index.name});
    step_.undo = action::DropIndex{index.table, index.name};
  }
  void operator()(const action::DropIndex& drop) {
    step_.summary =
        fmt::format("drop index {} of {}", DisplayName(drop.name), ToString(drop.table));
    Build(true);
    Touch({ObjectKind::kIndex, drop.table, drop.name});
  }
  void operator()(const action::CopyIndex& copy) {
    step_.summary = fmt::format("copy index {} of {} to {}, concurrently", DisplayName(copy.source),
                                ToString(copy.table), DisplayName(copy.name));
    Build(true);
    Touch({ObjectKind::kIndex, copy.table, copy.name});
    step_.undo = action::DropIndex{copy.table, copy.name};
  }
  void operator()(const action::CopyConstraint& copy) {
    Short(fmt::format("copy constraint {} of {} to {}, not validated yet", DisplayName(copy.source),
                      ToString(copy.table), DisplayName(copy.name)));
    TouchMember(copy.table, ObjectKind::kConstraint, copy.name);
    step_.undo = action::DropConstraint{copy.table, copy.name};
    const Table* table = catalog_.FindTable(copy.table);
    const Constraint* source = table == nullptr ? nullptr : table->FindConstraint(copy.source);
    if (source == nullptr || source->kind != ConstraintKind::kForeignKey) return;
    step_.lock = LockLevel::kShareRowExclusive;
    if (source->references)
      Warn("writes to {} wait for a moment too (share row exclusive)",
           ToString(*source->references));
  }
  void operator()(const action::InstallSync& install) {
    const SyncSpec& spec = install.spec;
    step_.lock = LockLevel::kShareRowExclusive;
    step_.summary =
        spec.fills_only()
            ? fmt::format("fill {} of {} by a trigger", Subject(spec), ToString(spec.table))
            : fmt::format("keep {} of {} equal by a trigger", Subject(spec), ToString(spec.table));
    TouchSync(spec.table);
    step_.undo = action::RemoveSync{spec};
  }
  void operator()(const action::RemoveSync& remove) {
    Short(fmt::format("take {} out of the trigger on {}", Subject(remove.spec),
                      ToString(remove.spec.table)));
    TouchSync(remove.spec.table);
    step_.undo = action::InstallSync{remove.spec};
  }
  void operator()(const action::Backfill& backfill) {
    step_.lock = LockLevel::kRowLocks;
    step_.transactional = false;
    step_.summary =
        fmt::format("backfill {} of {}", Subject(backfill.spec), ToString(backfill.spec.table));
    if (!server_.snapshot_error.empty())
      Warn(
          "a REPEATABLE READ or SERIALIZABLE transaction that writes a row after a batch changed "
          "it fails with {}; applications try again",
          server_.snapshot_error);
    const auto triggers = UpdateTriggers(catalog_, backfill.spec.table);
    if (!triggers.empty()) Warn("it fires the user triggers {}", Join(triggers, ", "));
  }
  void operator()(const action::Analyze& analyze) {
    step_.lock = LockLevel::kShareUpdateExclusive;
    step_.only_looks = true;
    step_.summary = fmt::format("analyze {}, which has no statistics", ToString(analyze.table));
  }
  void operator()(const action::Verify& verify) {
    step_.transactional = false;
    step_.only_looks = true;
    step_.summary = fmt::format("verify {} in every row of {}", Subject(verify.spec),
                                ToString(verify.spec.table));
  }
  void operator()(const action::Quarantine& quarantine) {
    const SyncSpec& spec = quarantine.spec;
    std::vector<std::string> renames;
    for (const auto& [logical, real] : quarantine.renamed) {
      renames.push_back(DisplayName(logical) + " to " + DisplayName(real));
      for (auto& ref : RefsNaming(catalog_, spec.table, logical)) Touch(std::move(ref));
      TouchMember(spec.table, ObjectKind::kColumn, real);
    }
    Short(
        fmt::format("rename {} in {}, into quarantine", Join(renames, ", "), ToString(spec.table)));
    if (HasTrigger(spec)) TouchSync(spec.table);
    SyncSpec after = spec;
    after.renamed = quarantine.renamed;
    step_.undo = action::Restore{after};
    WarnOfStaleStatements(spec.table);
    WarnOfHolders(spec);
  }
  void operator()(const action::Restore& restore) {
    Short(fmt::format("bring {} of {} back from quarantine", NameList(restore.spec.old_columns),
                      ToString(restore.spec.table)));
    step_.undo = std::nullopt;
  }
  void operator()(const action::DropQuarantined& drop) {
    const SyncSpec& spec = drop.spec;
    Short(fmt::format("drop {} of {} for good", NameList(spec.old_columns), ToString(spec.table)));
    for (const auto& [logical, real] : spec.renamed) {
      TouchMember(spec.table, ObjectKind::kColumn, real);
      for (auto& ref : RefsDroppedWith(catalog_, spec.table, logical)) Touch(std::move(ref));
    }
    if (HasTrigger(spec)) TouchSync(spec.table);
    step_.irreversible = true;
    WarnOfStaleStatements(spec.table);
    WarnOfHolders(spec);
  }
  void operator()(const action::AlterTable& alter) {
    const Alteration& alteration = alter.alteration;
    Online(fmt::format("alter {}: {}", ToString(alteration.table), alteration.clauses));
    Touch({ObjectKind::kTable, alteration.table, ""});
    step_.undo = action::UndoAlter{alteration};
  }
  void operator()(const action::CopyRows& copy) {
    step_.lock = LockLevel::kRowLocks;
    step_.transactional = false;
    step_.summary =
        fmt::format("copy the rows of {} to its new shape", ToString(copy.alteration.table));
    step_.undo = action::CompareRows{copy.alteration.Inverse()};
  }
  void operator()(const action::CompareRows& compare) {
    step_.transactional = false;
    step_.summary =
        fmt::format("compare every row of {} with its copy", ToString(compare.alteration.table));
    step_.undo = action::CopyRows{compare.alteration.Inverse()};
  }
  void operator()(const action::CutOver& cut_over) {
    Short(fmt::format("swap the new shape of {} in", ToString(cut_over.alteration.table)));
    Touch({ObjectKind::kTable, cut_over.alteration.table, ""});
    step_.undo = action::SwapBack{cut_over.alteration};
  }
  void operator()(const action::DropReplaced& drop) {
    Short(fmt::format("drop the former {} for good", ToString(drop.alteration.table)));
    Touch({ObjectKind::kTable, drop.alteration.table, ""});
    step_.irreversible = true;
  }
  void operator()(const action::SwapBack& back) {
    Online(fmt::format("bring the former shape of {} back", ToString(back.alteration.table)));
    Touch({ObjectKind::kTable, back.alteration.table, ""});
  }
  void operator()(const action::UndoAlter& undo) {
    Online(fmt::format("take back what altered {}", ToString(undo.alteration.table)));
    Touch({ObjectKind::kTable, undo.alteration.table, ""});
  }
  void operator()(const action::RunSql& run) {
    step_.lock = LockLevel::kAccessExclusive;
    step_.transactional = run.step.transaction;
    step_.waits = !run.step.transaction;
    step_.summary = fmt::format("run SQL '{}'", run.step.name);
    step_.touches = run.step.touches;
    Warn("written by hand: its locks are not known, the strongest is assumed");
  }

 private:
  template <typename... Args>
  void Warn(fmt::format_string<Args...> text, Args&&... args) {
    step_.hazards.push_back(fmt::format(text, std::forward<Args>(args)...));
  }
  void Short(std::string summary) {
    step_.lock = LockLevel::kAccessExclusive;
    step_.summary = std::move(summary);
  }
  /// What NOT NULL takes: a moment, or a scan that lets writes go on.
  void Tighten(std::string summary) {
    Short(std::move(summary));
    if (server_.not_null_by_check) return;
    step_.lock = LockLevel::kShareUpdateExclusive;
    step_.waits = true;
    Warn("the server reads and may rebuild the whole table; replicas follow only afterwards");
  }
  void Build(bool concurrently) {
    step_.lock = concurrently ? LockLevel::kShareUpdateExclusive : LockLevel::kShareRowExclusive;
    step_.waits = concurrently;
    step_.transactional = !concurrently;
  }
  void Online(std::string summary) {
    step_.lock = LockLevel::kShareUpdateExclusive;
    step_.waits = true;
    step_.summary = std::move(summary);
  }
  void Touch(ObjectRef ref) { step_.touches.push_back(std::move(ref)); }
  void TouchMember(const TableName& table, ObjectKind kind, const std::string& member) {
    for (auto& ref : MemberRefs(catalog_, table, kind, member)) Touch(std::move(ref));
  }
  void TouchSync(const TableName& table) {
    TouchMember(table, ObjectKind::kTrigger, std::string(kSyncTrigger));
  }
  void WarnOfStaleStatements(const TableName& table) {
    if (!server_.stale_statement_error.empty())
      Warn("a prepared SELECT * or RETURNING * on {} fails once with {}; clients prepare it again",
           ToString(table), server_.stale_statement_error);
  }
  void WarnOfHolders(const SyncSpec& spec) {
    for (const auto& column : spec.old_columns)
      for (auto& line : Holders(catalog_, spec.table, column))
        step_.hazards.push_back(std::move(line));
  }

  Step& step_;
  const Catalog& catalog_;
  const Capabilities& server_;
};

}  // namespace

Step StepFor(const Action& action, const Catalog& catalog, const Capabilities& server) {
  Step step;
  step.action = action;
  std::visit(StepWriter(step, catalog, server), action);
  const bool by_user = std::holds_alternative<action::RunSql>(action);
  if (!server.transactional_ddl && !by_user) step.transactional = false;
  MakeUnique(step.touches);
  return step;
}

}  // namespace interlock::planning
