// What loading and checking have in common: interlock.toml in one environment, and hints.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "config/node.h"
#include "config/problems.h"
#include "config/project_file.h"
#include "config/variables.h"

namespace interlock::config {

inline constexpr char kMakeProject[] = "make one with `interlock init --url URL`";
inline constexpr char kMakePlan[] = "name a plan, such as plans/2026-11-22-names.toml";
inline constexpr char kMakeUses[] = "make it, or correct the app's 'uses' in interlock.toml";
inline constexpr char kSetPlan[] = "set it in the environment, or with --set {}=VALUE";

/// INTERLOCK_ENV where none is given; "" for none.
std::string ChosenEnvironment(const std::optional<std::string>& environment, const Env& env);

/// Overlays, fills variables in and reads.  `path` is the file's, whose folder is the root.
ProjectFile ReadProject(const Node& file, const std::string& path, const std::string& environment,
                        const Env& env, Unset unset, Problems& problems);

}  // namespace interlock::config
