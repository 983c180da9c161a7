// The kinds of servers as parameters of tests.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "simulation/fake_data.h"

namespace interlock::simulation {

inline std::string NameOf(const testing::TestParamInfo<ServerKind>& info) {
  return info.param.transactional_ddl ? "Together" : "OneByOne";
}

inline void PrintTo(const ServerKind& kind, std::ostream* out) { *out << kind.engine; }

}  // namespace interlock::simulation
