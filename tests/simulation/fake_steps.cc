#include "simulation/fake_steps.h"

#include "simulation/fake_rebuild.h"
#include "simulation/fake_triggers.h"

namespace interlock::simulation {
namespace {

constexpr const char* kIndexText = "index";

Observed YesNo(bool present) { return present ? Observed::kPresent : Observed::kAbsent; }

Observed LookAtColumns(const Table& table, const std::vector<ColumnSpec>& columns) {
  size_t there = 0;
  for (const auto& column : columns) {
    const auto* found = table.FindColumn(column.name);
    if (found == nullptr) continue;
    if (found->type != column.type) return Observed::kConflicting;
    ++there;
  }
  if (there == 0) return Observed::kAbsent;
  return there == columns.size() ? Observed::kPresent : Observed::kUndecidable;
}

Column* Find(Table& table, const std::string& name) {
  for (auto& column : table.columns)
    if (column.name == name) return &column;
  return nullptr;
}

constexpr std::string_view kHidden = "invisible";

void Show(Table& table, const std::vector<std::string>& columns, bool visible) {
  for (const auto& name : columns)
    if (auto* column = Find(table, name)) column->attributes = visible ? "" : kHidden;
}

Observed LookAtHidden(const Table& table, const std::vector<std::string>& columns,
                      const std::string& present) {
  size_t so = 0;
  for (const auto& name : columns) {
    const auto* column = table.FindColumn(name);
    if (column == nullptr) return Observed::kConflicting;
    so += column->attributes == present ? 1 : 0;
  }
  if (so == 0) return Observed::kAbsent;
  return so == columns.size() ? Observed::kPresent : Observed::kUndecidable;
}

/// What one statement does.
struct Effect {
  Table& table;
  bool hides_new_columns;

  void operator()(const action::AddColumns& action) const {
    for (const auto& column : action.columns) {
      Column made;
      made.name = column.name;
      made.type = column.type;
      if (hides_new_columns) made.attributes = kHidden;
      table.columns.push_back(made);
    }
  }
  void operator()(const action::DropColumns& action) const {
    for (const auto& column : action.columns) RemoveNamed(table.columns, column.name);
  }
  void operator()(const action::ShowColumns& action) const { Show(table, action.columns, true); }
  void operator()(const action::HideColumns& action) const { Show(table, action.columns, false); }
  void operator()(const action::SetNotNull& action) const {
    if (auto* column = Find(table, action.column)) column->nullable = false;
  }
  void operator()(const action::DropNotNull& action) const {
    if (auto* column = Find(table, action.column)) column->nullable = true;
  }
  void operator()(const action::AddNotNullCheck& action) const {
    Constraint check;
    check.name = action.name;
    check.kind = ConstraintKind::kCheck;
    check.definition = "CHECK (" + action.column + " IS NOT NULL)";
    check.columns = {action.column};
    check.validated = false;
    table.constraints.push_back(check);
  }
  void operator()(const action::ValidateConstraint& action) const {
    for (auto& constraint : table.constraints)
      if (constraint.name == action.name) constraint.validated = true;
  }
  void operator()(const action::DropConstraint& action) const {
    RemoveNamed(table.constraints, action.name);
  }
  void operator()(const action::CreateIndex& action) const {
    Index index;
    index.name = action.definition.name;
    index.definition = kIndexText;
    table.indexes.push_back(index);
  }
  void operator()(const action::DropIndex& action) const {
    RemoveNamed(table.indexes, action.name);
  }
  void operator()(const action::Analyze&) const {
    if (table.row_estimate < 0) table.row_estimate = 1000;
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

/// What the server says to a statement that cannot be.
struct Refusal {
  const Table& table;

  Result<void> operator()(const action::AddColumns& action) const {
    for (const auto& column : action.columns)
      if (table.FindColumn(column.name) != nullptr)
        return Fail(ErrorKind::kFailed, "IL-E40", "column " + column.name + " already exists");
    return {};
  }
  Result<void> operator()(const action::CreateIndex& action) const {
    if (table.FindIndex(action.definition.name) == nullptr) return {};
    return Fail(ErrorKind::kFailed, "IL-E40", "the index already exists");
  }
  template <typename Other>
  Result<void> operator()(const Other&) const {
    return {};
  }
};

struct LookAt {
  const Table& table;

  Observed operator()(const action::AddColumns& action) const {
    return LookAtColumns(table, action.columns);
  }
  Observed operator()(const action::DropColumns& action) const {
    for (const auto& column : action.columns)
      if (table.FindColumn(column.name) != nullptr) return Observed::kAbsent;
    return Observed::kPresent;
  }
  Observed operator()(const action::ShowColumns& action) const {
    return LookAtHidden(table, action.columns, "");
  }
  Observed operator()(const action::HideColumns& action) const {
    return LookAtHidden(table, action.columns, std::string(kHidden));
  }
  Observed operator()(const action::SetNotNull& action) const {
    const auto* column = table.FindColumn(action.column);
    return column == nullptr ? Observed::kConflicting : YesNo(!column->nullable);
  }
  Observed operator()(const action::DropNotNull& action) const {
    const auto* column = table.FindColumn(action.column);
    return column == nullptr ? Observed::kConflicting : YesNo(column->nullable);
  }
  Observed operator()(const action::AddNotNullCheck& action) const {
    return YesNo(table.FindConstraint(action.name) != nullptr);
  }
  Observed operator()(const action::ValidateConstraint& action) const {
    const auto* found = table.FindConstraint(action.name);
    return found == nullptr ? Observed::kConflicting : YesNo(found->validated);
  }
  Observed operator()(const action::DropConstraint& action) const {
    return YesNo(table.FindConstraint(action.name) == nullptr);
  }
  Observed operator()(const action::CreateIndex& action) const {
    const auto* found = table.FindIndex(action.definition.name);
    if (found == nullptr) return Observed::kAbsent;
    if (found->definition != kIndexText) return Observed::kConflicting;
    return found->valid ? Observed::kPresent : Observed::kPartial;
  }
  Observed operator()(const action::DropIndex& action) const {
    return YesNo(table.FindIndex(action.name) == nullptr);
  }
  Observed operator()(const action::Analyze&) const { return YesNo(table.row_estimate >= 0); }
  template <typename Other>
  Observed operator()(const Other&) const {
    return Observed::kAbsent;
  }
};

}  // namespace

Observed LookAtStep(const FakeData& data, const Step& step, const SyncContext& sync) {
  if (ChangesTriggers(step.action)) return LookAtTriggers(data, step, sync);
  if (AlterationOf(step.action) != nullptr) return LookAtAlter(data, step.action);
  return std::visit(LookAt{data.users()}, step.action);
}

Result<void> CarryOut(FakeData& data, const Step& step, const SyncContext& sync, const Send& send) {
  if (ChangesTriggers(step.action)) return ChangeTriggers(data, step, sync, send);
  if (AlterationOf(step.action) != nullptr) return ExecuteAlter(data, step.action, send);
  return send({[action = step.action](FakeData& server) -> Result<void> {
    IL_RETURN_IF_ERROR(std::visit(Refusal{server.users()}, action));
    std::visit(Effect{server.users(), CapabilitiesOf(server.kind).hides_new_columns}, action);
    return {};
  }});
}

Result<void> MendStep(FakeData& data, const Step& step, const SyncContext& sync, const Send& send) {
  if (ChangesTriggers(step.action)) return MendTriggers(data, step, sync, send);
  // Executing it mends what is half done.
  if (AlterationOf(step.action) != nullptr) return {};
  if (data.kind.transactional_ddl)
    return send(Does([](FakeData& server) {
      std::erase_if(server.users().indexes, [](const Index& index) { return !index.valid; });
    }));
  return Fail(ErrorKind::kUndecidable, "IL-E38",
              "step " + step.id + " is half done, and only a person can say how it goes on");
}

}  // namespace interlock::simulation
