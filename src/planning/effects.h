// What actions do to a catalog, so that a later change of the same migration is planned against
// what the earlier ones create.
#pragma once

#include "model/action.h"
#include "model/catalog.h"

namespace interlock::planning {

/// Applies what the action adds.  Renames and drops of old columns are left out: they come after
/// every other step of the migration, so that its later changes still see those columns.  Pure.
void ApplyEffects(const Action& action, Catalog& catalog);

}  // namespace interlock::planning
