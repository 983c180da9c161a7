#include "engine/mysql/version.h"

#include <cstdio>

namespace interlock::mysql {

ServerVersion ReadVersion(const std::string& text) {
  ServerVersion out;
  out.text = text;
  if (text.find("MariaDB") != std::string::npos) out.flavor = Flavor::kMariaDb;
  // Some MariaDB servers pretend to be 5.5.5 to old clients.
  const std::size_t start = text.starts_with("5.5.5-") ? 6 : 0;
  int major = 0;
  int minor = 0;
  int patch = 0;
  std::sscanf(text.c_str() + start, "%d.%d.%d", &major, &minor, &patch);
  out.number = major * 10000 + minor * 100 + patch;
  return out;
}

}  // namespace interlock::mysql
