// Runs a command without a shell and returns what it prints.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace interlock::config {

/// Its input is empty and its error output ours.  An error when it cannot be started, exits with
/// other than 0, prints more than `limit` bytes or runs longer than `timeout`, when it is killed.
/// No message holds any of the output.
Result<std::string> RunCommand(const std::vector<std::string>& arguments, const std::string& folder,
                               Duration timeout, size_t limit);

}  // namespace interlock::config
