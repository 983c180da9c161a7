// Which of the two servers, and which of its versions.
#pragma once

#include <string>

namespace interlock::mysql {

enum class Flavor { kMySql, kMariaDb };

struct ServerVersion {
  Flavor flavor = Flavor::kMySql;
  int number = 0;    ///< 80036 for 8.0.36, 101119 for 10.11.19
  std::string text;  ///< as the server says it
};

/// Reads "10.11.19-MariaDB-0+deb12u1-log" and "9.7.4-2".  Pure.
ServerVersion ReadVersion(const std::string& text);

}  // namespace interlock::mysql
