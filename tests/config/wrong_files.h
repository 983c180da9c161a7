// Reads tests/config/wrong/*.txt: cases of wrong files, each with the one message it must give.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"

namespace interlock::config_test {

using Files = std::map<std::string, std::string>;  ///< text by path

/// In the file:  === NAME [env=NAME] [set=NAME=VALUE] [load-only]
/// then          -- PATH --  and its text, for each file
/// then          -- expected --  and ToString of the error.
struct WrongCase {
  std::string name;
  std::optional<std::string> environment;
  std::map<std::string, std::string> sets;
  bool load_only = false;  ///< CheckAll does not find it: it needs a secret or a variable's value
  Files files;
  std::string expected;
};

std::vector<WrongCase> ReadCases(const std::string& file);

/// A folder with files in it that is the current folder as long as this lives.
class Workspace {
 public:
  explicit Workspace(const Files& files);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

 private:
  std::string folder_;
  std::string before_;
};

/// SECRET holds a password, SPACE " ", and DB a url; nothing else is set.
Env TestEnv();
/// The files of the case, and a right interlock.toml and first migration where it has none.
Files WithDefaults(Files files);
/// The first error of loading everything in the current folder.
std::optional<Error> LoadEverything(const WrongCase& wrong);

}  // namespace interlock::config_test
