// ${VAR} in the strings of interlock.toml and of plans.  Migrations hold SQL and are left alone.
#pragma once

#include <string>

#include "config/config.h"
#include "config/node.h"
#include "config/problems.h"

namespace interlock::config {

enum class Unset { kWrong, kLeaveOpen };

/// Replaces ${NAME} in all strings within `node`, once; $${ stands for a literal ${.
/// IL-C08 where a name is malformed, or `unset` is kWrong and there is no value.
void ExpandVariables(Node& node, const Env& env, Unset unset, const std::string& way_to_set,
                     Problems& problems);

}  // namespace interlock::config
