#include "planning/dependents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/sync.h"
#include "planning/expression.h"

namespace interlock::planning {
namespace {

template <typename Object>
bool DependsOn(const Object& object, const ObjectRef& column) {
  return std::find(object.depends_on.begin(), object.depends_on.end(), column) !=
         object.depends_on.end();
}

/// Triggers that name a column of another table than their own.
std::vector<ObjectRef> TriggersElsewhere(const Catalog& catalog, const ObjectRef& column) {
  std::vector<ObjectRef> out;
  for (const auto& [name, table] : catalog.tables)
    for (const auto& trigger : table.triggers)
      if (name != column.table && DependsOn(trigger, column))
        out.push_back({ObjectKind::kTrigger, name, trigger.name});
  return out;
}

bool Names(const Trigger& trigger, const TableName& table, const std::string& column,
           bool any_case) {
  return !IsSyncTrigger(trigger.name) && (MayName(trigger.definition, column, any_case) ||
                                          DependsOn(trigger, {ObjectKind::kColumn, table, column}));
}

bool Uses(const Constraint& constraint, const std::string& column) {
  return Contains(constraint.columns, column);
}

/// The lines of one table that name its column.
void AddLinesOf(const Catalog& catalog, const Table& table, const std::string& column,
                std::vector<ObjectRef>& out) {
  const bool any_case = catalog.names_ignore_case;
  for (const auto& item : table.columns)
    if (item.name == column || MayName(item.generated, column, any_case))
      out.push_back({ObjectKind::kColumn, table.name, item.name});
  for (const auto& item : table.constraints)
    if (Uses(item, column)) out.push_back({ObjectKind::kConstraint, table.name, item.name});
  for (const auto& item : table.indexes)
    if (Contains(item.columns, column)) out.push_back({ObjectKind::kIndex, table.name, item.name});
  for (const auto& item : table.triggers)
    if (Names(item, table.name, column, any_case))
      out.push_back({ObjectKind::kTrigger, table.name, item.name});
  for (const auto& item : table.policies)
    if (MayName(item.definition, column, any_case))
      out.push_back({ObjectKind::kPolicy, table.name, item.name});
}

/// Whether CREATE TRIGGER … says UPDATE before its ON.
bool FiresOnUpdate(const Trigger& trigger) {
  if (trigger.enabled == "disabled" || trigger.enabled == "replica") return false;
  bool named = false;
  for (const auto& token : Tokenize(trigger.definition)) {
    if (token.kind != SqlToken::Kind::kWord) continue;
    if (token.text == "before" || token.text == "after") named = true;
    if (named && token.text == "on") return false;
    if (named && token.text == "update") return true;
  }
  return false;
}

}  // namespace

std::vector<const Table*> Family(const Catalog& catalog, const TableName& table) {
  std::vector<const Table*> out;
  if (const Table* top = catalog.FindTable(table)) out.push_back(top);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i]->partitioned) continue;
    const TableName parent = out[i]->name;
    for (const auto& [name, item] : catalog.tables)
      if (item.parent == parent) out.push_back(&item);
  }
  return out;
}

std::vector<ObjectRef> MemberRefs(const Catalog& catalog, const TableName& table, ObjectKind kind,
                                  const std::string& member) {
  std::vector<ObjectRef> out;
  for (const Table* item : Family(catalog, table)) out.push_back({kind, item->name, member});
  if (out.empty()) out.push_back({kind, table, member});
  return out;
}

std::vector<ObjectRef> RefsNaming(const Catalog& catalog, const TableName& table,
                                  const std::string& column) {
  std::vector<ObjectRef> out;
  for (const Table* item : Family(catalog, table)) {
    AddLinesOf(catalog, *item, column, out);
    const ObjectRef ref{ObjectKind::kColumn, item->name, column};
    for (const auto& other : catalog.others)
      if (DependsOn(other, ref)) out.push_back(other.ref);
    for (auto& trigger : TriggersElsewhere(catalog, ref)) out.push_back(std::move(trigger));
  }
  for (const auto& [name, item] : catalog.tables)
    for (const auto& constraint : item.constraints)
      if (constraint.references == table && Contains(constraint.referenced_columns, column))
        out.push_back({ObjectKind::kConstraint, name, constraint.name});
  MakeUnique(out);
  return out;
}

std::vector<ObjectRef> RefsDroppedWith(const Catalog& catalog, const TableName& table,
                                       const std::string& column) {
  std::vector<ObjectRef> out = RefsNaming(catalog, table, column);
  std::erase_if(out, [](const ObjectRef& ref) {
    return ref.kind != ObjectKind::kConstraint && ref.kind != ObjectKind::kIndex &&
           ref.kind != ObjectKind::kStatistics && ref.kind != ObjectKind::kSequence;
  });
  return out;
}

std::vector<std::string> Holders(const Catalog& catalog, const TableName& table,
                                 const std::string& column) {
  std::vector<std::string> out;
  const auto add = [&](const ObjectRef& ref, const TableName& used) {
    out.push_back(fmt::format("{} uses {}: the contract waits until it doesn't", ToString(ref),
                              QualifiedColumn(used, column)));
  };
  for (const Table* item : Family(catalog, table)) {
    for (const auto& policy : item->policies)
      if (MayName(policy.definition, column, catalog.names_ignore_case))
        add({ObjectKind::kPolicy, item->name, policy.name}, item->name);
    for (const auto& trigger : item->triggers)
      if (Names(trigger, item->name, column, catalog.names_ignore_case))
        add({ObjectKind::kTrigger, item->name, trigger.name}, item->name);
    for (const auto& other : catalog.others)
      if (other.ref.kind != ObjectKind::kSequence &&
          DependsOn(other, {ObjectKind::kColumn, item->name, column}))
        add(other.ref, item->name);
    for (const auto& trigger :
         TriggersElsewhere(catalog, {ObjectKind::kColumn, item->name, column}))
      add(trigger, item->name);
  }
  return out;
}

std::vector<std::string> UpdateTriggers(const Catalog& catalog, const TableName& table) {
  std::vector<std::string> out;
  for (const Table* item : Family(catalog, table))
    for (const auto& trigger : item->triggers)
      if (!IsSyncTrigger(trigger.name) && FiresOnUpdate(trigger))
        out.push_back((item->name == table ? "" : ToString(item->name) + ".") +
                      DisplayName(trigger.name));
  return out;
}

std::string QualifiedColumn(const TableName& table, const std::string& column) {
  return ToString(table) + "." + DisplayName(column);
}

std::string NameList(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  shown.reserve(names.size());
  for (const auto& name : names) shown.push_back(DisplayName(name));
  return Join(shown, ", ");
}

bool IsNotNullConstraint(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::kOther && constraint.definition.starts_with("NOT NULL");
}

void MakeUnique(std::vector<ObjectRef>& refs) {
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
}

}  // namespace interlock::planning
