// What planning must know of a server besides its catalog.
#pragma once

#include <cstddef>
#include <string>

namespace interlock {

struct Capabilities {
  std::string engine = "postgresql";
  int major = 15;
  std::size_t max_identifier_bytes = 63;
};

}  // namespace interlock
