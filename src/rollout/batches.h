// Which instances move together.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/release.h"

namespace interlock {

/// Sets of instances, in order, together all of them.  Counts and percents are cumulative, percents
/// round up, each batch that the plan lists has at least one more than before while any is left;
/// without batches, or where they end early, the rest is one last set.  Pure.
std::vector<std::vector<std::string>> BatchSets(const std::vector<std::string>& instances,
                                                std::span<const Batch> batches);

/// Without doubles, in the order people count: web-2 before web-10.
std::vector<std::string> InNaturalOrder(std::vector<std::string> names);

}  // namespace interlock
