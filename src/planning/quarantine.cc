#include "planning/quarantine.h"

#include <fmt/format.h>

#include "planning/dependents.h"

namespace interlock::planning {

Result<void> AddQuarantineSteps(Draft& draft, const Table& table, const SyncSpec& spec,
                                const std::vector<std::string>& taken_along) {
  SyncSpec quarantined = spec;
  for (const auto& column : spec.old_columns) {
    const std::string name = QuarantineName(column, draft.migration().id, draft.max_name());
    if (table.FindColumn(name) != nullptr)
      return Fail(ErrorKind::kRefused, "IL-P03",
                  fmt::format("{} would be renamed to {}, which is there already",
                              QualifiedColumn(table.name, column), DisplayName(name)),
                  "rename or drop that column first");
    quarantined.renamed[column] = name;
  }
  draft.Add(Phase::kContract, action::Quarantine{spec, quarantined.renamed}, {},
            ContractRank::kQuarantine);
  std::vector<std::string> hazards;
  if (!taken_along.empty())
    hazards.push_back(fmt::format("these go along: {}", NameList(taken_along)));
  draft.Add(Phase::kContract, action::DropQuarantined{quarantined}, std::move(hazards),
            ContractRank::kDrop);
  return {};
}

}  // namespace interlock::planning
