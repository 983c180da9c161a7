#include "planning/planning.h"

#include "planning/draft.h"
#include "planning/effects.h"
#include "planning/kinds.h"

namespace interlock {

Result<std::vector<Step>> PlanMigration(const Migration& migration, const PlanningInput& input) {
  planning::Draft draft(migration, input);
  for (const auto& change : migration.changes) {
    draft.BeginChange();
    auto planned =
        std::visit([&](const auto& item) { return planning::PlanChange(draft, item); }, change);
    if (planned) continue;
    Error error = std::move(planned).error();
    error.details.push_back("in " + draft.ChangeName());
    return Fail(std::move(error));
  }
  IL_RETURN_IF_ERROR(draft.CheckAlterations());
  return draft.Finish();
}

Catalog AfterExpand(Catalog catalog, const std::vector<Step>& steps) {
  for (const auto& step : steps)
    if (step.phase != Phase::kContract) planning::ApplyEffects(step.action, catalog);
  return catalog;
}

}  // namespace interlock
