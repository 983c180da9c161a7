// Reads TOML into nodes.  Its source alone includes toml++, which is slow to compile.
#pragma once

#include <string>

#include "base/result.h"
#include "config/node.h"

namespace interlock::config {

/// `file` is what messages call the text.  IL-C02 with line and column when it is not TOML.
Result<Node> ParseToml(const std::string& text, const std::string& file);

}  // namespace interlock::config
