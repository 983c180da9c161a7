// What MySQL can and cannot, for tests without a server.
#pragma once

#include "engine/mysql/mysql_engine.h"
#include "engine/mysql/version.h"

namespace interlock {

inline Capabilities MySqlCapabilities() {
  return mysql::CapabilitiesOf(mysql::ReadVersion("8.0.36"));
}

}  // namespace interlock
