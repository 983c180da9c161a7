// Environments: what [environments.X] says, laid over the rest of interlock.toml.
#pragma once

#include <string>
#include <vector>

#include "config/node.h"
#include "config/problems.h"

namespace interlock::config {

struct Overlaid {
  Node project;   ///< the file without `environments`, the chosen one laid over it
  Node settings;  ///< the chosen one's own keys: `protected`, `contract`
};

/// In the file's order.
std::vector<std::string> EnvironmentNames(const Node& file);

/// Tables merge, other values replace; a key such as url_file also replaces its alternatives.
/// An empty name chooses none.  IL-C11 for an unknown one, and for a database or application that
/// only the environment names.
Overlaid LayEnvironment(const Node& file, const std::string& name, Problems& problems);

}  // namespace interlock::config
