// How busy the server is, as far as work on rows gives way to it.
#pragma once

#include <optional>
#include <string>

#include "engine/mysql/connection.h"
#include "model/project.h"

namespace interlock::mysql {

/// What of `limits` is passed now, or cannot be read; nothing if none.  Those that are 0 are not
/// looked at.
Result<std::optional<std::string>> LoadPause(MySqlConnection& connection,
                                             const BackfillSettings& limits);

}  // namespace interlock::mysql
