#include "planning/draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "planning/dependents.h"
#include "planning/effects.h"
#include "planning/expression.h"
#include "planning/steps.h"

namespace interlock::planning {
namespace {

std::string DidYouMean(const std::string& nearest) {
  return nearest.empty() ? "" : fmt::format("did you mean {}?", nearest);
}

tl::unexpected<Error> Taken(const std::string& name, const ObjectRef& by) {
  return Fail(ErrorKind::kRefused, "IL-P03",
              fmt::format("the name {} is taken by {}", DisplayName(name), ToString(by)),
              "choose another name");
}

bool IsNewIn(const SyncSpec& spec, const std::string& column) {
  return std::any_of(spec.new_columns.begin(), spec.new_columns.end(),
                     [&](const auto& item) { return item.column.name == column; });
}

/// A column that a change adds with a fill, as opposed to one that it drops.
bool IsAddedIn(const SyncSpec& spec, const std::string& column) {
  return IsNewIn(spec, column) ||
         (spec.fills.contains(column) && !Contains(spec.old_columns, column));
}

bool KeepsInSync(const SyncSpec& spec, const std::string& column) {
  const auto is_real_name = [&](const auto& rename) { return rename.second == column; };
  return Contains(spec.old_columns, column) || IsAddedIn(spec, column) ||
         std::any_of(spec.renamed.begin(), spec.renamed.end(), is_real_name);
}

std::string ChangeNumber(const SyncSpec& spec) { return spec.id.substr(spec.id.rfind('/') + 1); }

bool IsRelation(ObjectKind kind) {
  return kind == ObjectKind::kView || kind == ObjectKind::kSequence;
}

std::string StepId(const std::string& migration, const Step& step, int number) {
  std::string name(ActionName(step.action));
  std::replace(name.begin(), name.end(), '_', '-');
  return fmt::format("{}/{}/{}-{}", migration, ToString(step.phase), number, name);
}

}  // namespace

std::string MigrationOf(const SyncSpec& spec) { return spec.id.substr(0, spec.id.rfind('/')); }

Draft::Draft(const Migration& migration, const PlanningInput& input)
    : migration_(migration),
      capabilities_(input.capabilities),
      catalog_(input.catalog),
      foreseen_(input.foreseen),
      open_alterations_(input.open_alterations) {
  for (const auto& spec : input.open_specs) {
    if (MigrationOf(spec) == migration.id) continue;
    open_specs_.push_back(spec);
    open_specs_.back().table = catalog_.Resolve(spec.table);
  }
}

std::string Draft::SpecId() const { return fmt::format("{}/{}", migration_.id, change_); }

std::string Draft::ChangeName() const {
  const auto& change = migration_.changes[static_cast<std::size_t>(change_ - 1)];
  return fmt::format("{}, change {} of {}", KindName(change), change_, migration_.id);
}

Result<Table> Draft::FindTable(const TableName& table) const {
  if (const Table* found = catalog_.FindTable(table)) return *found;
  const TableName wanted = catalog_.Resolve(table);
  std::vector<std::string> names;
  for (const auto& [name, item] : catalog_.tables) names.push_back(ToString(name));
  for (const auto& other : catalog_.others)
    if (other.ref.kind == ObjectKind::kView && other.ref.table == wanted)
      return Fail(ErrorKind::kRefused, "IL-P01",
                  fmt::format("{} is a view, not a table", ToString(wanted)),
                  "name the table beneath it");
  std::string hint = DidYouMean(NearestName(ToString(wanted), names));
  if (hint.empty()) hint = "name an existing table, with its schema if it is not the default one";
  return Fail(ErrorKind::kRefused, "IL-P01", fmt::format("there is no table {}", ToString(wanted)),
              std::move(hint));
}

Result<Column> Draft::FindColumn(const Table& table, const std::string& column) const {
  if (const Column* found = table.FindColumn(column)) return *found;
  std::vector<std::string> names;
  for (const auto& item : table.columns) names.push_back(item.name);
  std::string hint = DidYouMean(NearestName(column, names));
  if (hint.empty()) hint = "its columns are " + NameList(names);
  return Fail(ErrorKind::kRefused, "IL-P02",
              fmt::format("table {} has no column {}", ToString(table.name), DisplayName(column)),
              std::move(hint));
}

bool Draft::CreatedHere(const TableName& table) const {
  return std::find(created_.begin(), created_.end(), catalog_.Resolve(table)) != created_.end();
}

Result<void> Draft::CheckRelationFree(const std::string& schema, const std::string& name) const {
  for (const auto& [table_name, table] : catalog_.tables) {
    if (table_name.schema != schema) continue;
    if (table_name.name == name) return Taken(name, {ObjectKind::kTable, table_name, ""});
    if (capabilities_.index_names_per_schema && table.FindIndex(name) != nullptr)
      return Taken(name, {ObjectKind::kIndex, table_name, name});
  }
  for (const auto& other : catalog_.others)
    if (IsRelation(other.ref.kind) && other.ref.table == TableName{schema, name})
      return Taken(name, other.ref);
  return {};
}

Result<void> Draft::CheckIndexFree(const Table& table, const std::string& name) const {
  if (capabilities_.index_names_per_schema) return CheckRelationFree(table.name.schema, name);
  if (table.FindIndex(name) == nullptr) return {};
  return Taken(name, {ObjectKind::kIndex, table.name, name});
}

Result<void> Draft::CheckConstraintFree(const Table& table, const std::string& name) const {
  if (table.FindConstraint(name) == nullptr) return {};
  return Taken(name, {ObjectKind::kConstraint, table.name, name});
}

Result<void> Draft::CheckNotInSync(const TableName& table, const std::vector<std::string>& columns,
                                   Own own) const {
  const TableName wanted = catalog_.Resolve(table);
  for (const auto& column : columns) {
    for (const auto& spec : open_specs_) {
      if (spec.table != wanted || !KeepsInSync(spec, column)) continue;
      const std::string open = MigrationOf(spec);
      return Fail(ErrorKind::kRefused, "IL-P05",
                  fmt::format("{} is kept in sync by the open migration {}",
                              QualifiedColumn(wanted, column), open),
                  fmt::format("contract it first (`interlock contract {}`), or say "
                              "`after = [\"{}@contracted\"]`",
                              open, open));
    }
    for (const auto& spec : own_specs_) {
      if (spec.table != wanted || spec.id == SpecId() || !KeepsInSync(spec, column)) continue;
      if (own == Own::kAllowNew && IsAddedIn(spec, column)) continue;
      return Fail(ErrorKind::kRefused, "IL-P06",
                  fmt::format("{} is kept in sync by change {} of this migration until contract",
                              QualifiedColumn(wanted, column), ChangeNumber(spec)),
                  fmt::format("move this change to a migration of its own with "
                              "`after = [\"{}@contracted\"]`",
                              migration_.id));
    }
  }
  return {};
}

std::vector<std::string> Draft::NamedColumns(const Table& table,
                                             const std::string& expression) const {
  std::vector<std::string> out;
  const auto add = [&](const std::string& column) {
    if (!Contains(out, column) && MayName(expression, column, catalog_.names_ignore_case))
      out.push_back(column);
  };
  for (const auto& column : table.columns) add(column.name);
  for (const auto& spec : open_specs_)
    if (spec.table == table.name)
      for (const auto& column : spec.old_columns) add(column);
  return out;
}

bool Draft::FilledHere(const TableName& table, const std::string& column) const {
  return std::any_of(own_specs_.begin(), own_specs_.end(), [&](const SyncSpec& spec) {
    return spec.table == table && IsAddedIn(spec, column);
  });
}

bool Draft::DroppedHere(const TableName& table, const std::string& column) const {
  return std::any_of(own_specs_.begin(), own_specs_.end(), [&](const SyncSpec& spec) {
    return spec.table == table && spec.id != SpecId() && Contains(spec.old_columns, column);
  });
}

std::vector<std::string> Draft::OpenMigrations(const TableName& table) const {
  std::vector<std::string> out;
  for (const auto& spec : open_specs_)
    if (spec.table == table && !Contains(out, MigrationOf(spec))) out.push_back(MigrationOf(spec));
  return out;
}

const ForeseenAlter* Draft::Foreseen() const {
  const auto found = foreseen_.find(change_);
  return found == foreseen_.end() ? nullptr : &found->second;
}

Result<void> Draft::CheckAlterations() const {
  std::map<TableName, int> altered;
  for (const auto& planned : planned_)
    if (const auto* alteration = AlterationOf(planned.step.action))
      altered[alteration->table] = planned.change;
  for (const auto& planned : planned_) {
    const auto table = ActionTable(planned.step.action);
    if (!table) continue;
    if (const auto open = open_alterations_.find(*table); open != open_alterations_.end())
      return Fail(
          ErrorKind::kRefused, "IL-P26",
          fmt::format("{} is altered by the open migration {}, which keeps its former shape",
                      ToString(*table), open->second),
          fmt::format("contract it first (`interlock contract {}`), or say "
                      "`after = [\"{}@contracted\"]`",
                      open->second, open->second));
    const auto own = altered.find(*table);
    if (own != altered.end() && own->second != planned.change)
      return Fail(ErrorKind::kRefused, "IL-P26",
                  fmt::format("{} is altered by change {} of this migration, and touched by change "
                              "{} as well",
                              ToString(*table), own->second, planned.change),
                  "put all clauses into one `alter`, or move one change to a migration of its own");
  }
  return {};
}

Step& Draft::Add(Phase phase, Action action, std::vector<std::string> hazards, ContractRank rank) {
  Step step = StepFor(action, catalog_, capabilities_);
  step.migration = migration_.id;
  step.phase = phase;
  for (auto& hazard : hazards) step.hazards.push_back(std::move(hazard));
  ApplyEffects(action, catalog_);
  if (const auto* create = std::get_if<action::CreateTable>(&action))
    created_.push_back(create->definition.table);
  if (const auto* install = std::get_if<action::InstallSync>(&action))
    own_specs_.push_back(install->spec);
  if (const auto* quarantine = std::get_if<action::Quarantine>(&action))
    own_specs_.push_back(quarantine->spec);
  planned_.push_back({rank, std::move(step), change_});
  return planned_.back().step;
}

void Draft::ShowHidden(const TableName& table, const std::vector<std::string>& columns) {
  if (!capabilities_.hides_new_columns) return;
  Add(Phase::kContract, action::ShowColumns{table, columns});
}

std::vector<Step> Draft::Finish() const {
  std::vector<Step> out;
  for (const Phase phase : {Phase::kExpand, Phase::kBackfill, Phase::kVerify, Phase::kContract}) {
    int number = 0;
    for (const auto rank :
         {ContractRank::kTighten, ContractRank::kQuarantine, ContractRank::kDrop}) {
      for (const auto& planned : planned_) {
        if (planned.step.phase != phase || planned.rank != rank) continue;
        out.push_back(planned.step);
        out.back().id = StepId(migration_.id, planned.step, ++number);
      }
    }
  }
  return out;
}

}  // namespace interlock::planning
