// The dispatch table of planning: one line a change kind, each in a file named after it.
#pragma once

#include "planning/draft.h"

namespace interlock::planning {

/// Adds the steps of one change to the draft.  kRefused (IL-P…) when the schema as it is does not
/// allow it; the draft is then of no further use.
Result<void> PlanChange(Draft& draft, const change::CreateTable& change);
Result<void> PlanChange(Draft& draft, const change::AddColumn& change);
Result<void> PlanChange(Draft& draft, const change::DeriveColumns& change);
Result<void> PlanChange(Draft& draft, const change::DropColumn& change);
Result<void> PlanChange(Draft& draft, const change::CreateIndex& change);
Result<void> PlanChange(Draft& draft, const change::AlterTable& change);
Result<void> PlanChange(Draft& draft, const change::Sql& change);

}  // namespace interlock::planning
