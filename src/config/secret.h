// Where a database's url comes from: the file itself, another file, or a command's output.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/node.h"
#include "config/problems.h"
#include "config/table_reader.h"

namespace interlock::config {

struct UrlSource {
  enum class From { kNowhere, kText, kFile, kCommand };
  From from = From::kNowhere;
  Position at;
  bool open = false;
  std::string text;  ///< the url, or the file's path
  std::vector<std::string> command;
};

/// Reads url | url_file | url_command.  IL-C13 unless there is exactly one.
UrlSource ReadUrlSource(TableReader& table, Problems& problems);

/// Reads the file or runs the command (in `root`, no shell, 30 s, 64 KiB of output, trimmed) and
/// checks the scheme.  Nothing of a url is ever part of a message.
std::string ResolveUrl(const UrlSource& source, const std::string& root, Problems& problems);

/// "" for a url whose scheme is known, otherwise what was expected.  postgres: becomes postgresql:.
std::string NormalizeUrl(std::string& url);

}  // namespace interlock::config
