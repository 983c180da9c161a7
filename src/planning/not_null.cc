#include "planning/not_null.h"

#include "planning/identifiers.h"

namespace interlock::planning {

Result<void> AddNotNullSteps(Draft& draft, const TableName& table, const std::string& column) {
  if (!draft.capabilities().not_null_by_check) {
    draft.Add(Phase::kContract, action::SetNotNull{table, column});
    return {};
  }
  IL_ASSIGN(const Table found, draft.FindTable(table));
  const std::string check = NotNullCheckName(table, column, draft.migration().id, draft.max_name());
  IL_RETURN_IF_ERROR(draft.CheckConstraintFree(found, check));
  draft.Add(Phase::kContract, action::AddNotNullCheck{table, column, check});
  draft.Add(Phase::kContract, action::ValidateConstraint{table, check});
  draft.Add(Phase::kContract, action::SetNotNull{table, column});
  draft.Add(Phase::kContract, action::DropConstraint{table, check});
  return {};
}

}  // namespace interlock::planning
