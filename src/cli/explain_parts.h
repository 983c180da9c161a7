// The parts of the table of explanations; explain_table.cc puts them together.
#pragma once

#include "cli/explain_table.h"

namespace interlock::cli {

/// Codes IL-C…, IL-P….
std::span<const Explanation> FileExplanations();
/// Codes IL-E…, IL-L…, IL-Q…, IL-X….
std::span<const Explanation> ServerExplanations();

}  // namespace interlock::cli
