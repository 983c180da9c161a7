// From an action to its step: what it locks, touches and endangers, and how it is undone, all read
// off the action and the catalog, so that change kinds only say which actions they need.
#pragma once

#include "model/capabilities.h"
#include "model/catalog.h"
#include "model/step.h"

namespace interlock::planning {

/// The step without id, migration and phase.  `catalog` is the schema as earlier changes of the
/// migration leave it, before renames and drops.  Pure.
Step StepFor(const Action& action, const Catalog& catalog, const Capabilities& server);

}  // namespace interlock::planning
