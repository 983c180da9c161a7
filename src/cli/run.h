// The command line from words to exit code: parse, find the command, run it, write its result.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace interlock::cli {

/// `words` without the program's name.
int RunInterlock(const std::vector<std::string>& words, std::ostream& out, std::ostream& err);

}  // namespace interlock::cli
