// Files as text, within limits, and the names that are derived from theirs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/node.h"

namespace interlock::config {

/// IL-C01 with `missing` as the hint when it is not there, is no file, or exceeds 1 MiB.
Result<std::string> ReadText(const std::string& path, const std::string& missing);
/// ReadText and ParseToml.
Result<Node> ReadToml(const std::string& path, const std::string& missing);

/// The *.toml in a folder, sorted; dot files and subfolders are not looked at.  IL-C01 with
/// `missing` as the hint when the folder is not there.
Result<std::vector<std::string>> TomlFiles(const std::string& folder, const std::string& missing);

/// "migrations/0002-x.toml" → "0002-x"
std::string Stem(const std::string& path);
/// `root`/`path`, or `path` when it is absolute or the root is the current folder.
std::string Beneath(const std::string& root, const std::string& path);

/// ^[0-9A-Za-z][0-9A-Za-z._-]*$, at most 100 characters.
bool IsId(std::string_view text);
inline constexpr char kIdRule[] =
    "letters, digits, '.', '_' and '-', beginning with a letter or digit";

}  // namespace interlock::config
