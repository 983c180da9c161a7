// Plans as JSON, for the release chain and for bundles.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/release.h"

namespace interlock {

/// Everything but `file`.
nlohmann::json ToJson(const Plan& plan);
/// kCorrupt on anything the writer would not have written.
Result<Plan> PlanFromJson(const nlohmann::json& json);

}  // namespace interlock
