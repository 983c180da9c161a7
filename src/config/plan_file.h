// A release plan as a Plan, and a uses file as Uses.
#pragma once

#include <string>
#include <vector>

#include "config/node.h"
#include "config/problems.h"
#include "model/migration.h"
#include "model/project.h"
#include "model/release.h"

namespace interlock::config {

/// Variables have been filled in.  The environment's floors are checked, not applied.
Plan ReadPlanFile(const Node& root, const std::string& file, const Project& project,
                  const std::vector<Migration>& migrations, Problems& problems);

/// `known` is null when the project's migrations are not at hand.
Uses ReadUsesFile(const Node& root, const std::vector<std::string>* known, Problems& problems);

}  // namespace interlock::config
