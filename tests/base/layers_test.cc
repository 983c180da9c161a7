// Holds the rooms of docs/architecture.md: what a file under src/ includes, and how long it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace interlock {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLines = 600;

using Rooms = std::map<std::string, std::set<std::string>>;

/// Room → rooms that it may include beside itself.
const Rooms& MayInclude() {
  static const std::set<std::string> below_engine{"base", "model", "ledger"};
  static const std::set<std::string> dialect{"base", "model", "ledger", "engine"};
  static const Rooms rooms{
      {"base", {}},
      {"model", {"base"}},
      {"config", {"base", "model"}},
      {"planning", {"base", "model"}},
      {"ledger", {"base", "model"}},
      {"interlocking", {"base", "model"}},
      {"engine", below_engine},
      {"engine/postgres", dialect},
      {"engine/mysql", dialect},
      {"engine/sqlite", dialect},
      {"rollout", {"base", "model", "interlocking"}},
      {"runner",
       {"base", "model", "config", "planning", "ledger", "interlocking", "engine", "rollout"}},
      {"cli",
       {"base", "model", "config", "planning", "ledger", "interlocking", "engine",
        "engine/postgres", "engine/mysql", "engine/sqlite", "rollout", "runner"}},
  };
  return rooms;
}

/// The room of a path below src/: "engine/postgres/claims.h" is in engine/postgres, not in engine.
/// "" for what is in none.
std::string RoomOf(const std::string& path) {
  std::string found;
  for (const auto& [room, allowed] : MayInclude())
    if (path.starts_with(room + "/") && room.size() > found.size()) found = room;
  // A folder inside a room belongs to it, but a new one inside engine/ would be a dialect.
  const bool unknown_dialect = found == "engine" && path.find('/', 7) != std::string::npos;
  return unknown_dialect ? "" : found;
}

bool Allowed(const std::string& from, const std::string& to) {
  const auto rules = MayInclude().find(from);
  if (rules == MayInclude().end() || to.empty()) return false;
  return from == to || rules->second.contains(to);
}

/// The path of `#include "path"`; "" for any other line.
std::string Included(const std::string& line) {
  const size_t hash = line.find_first_not_of(" \t");
  if (hash == std::string::npos || line[hash] != '#') return "";
  const size_t word = line.find_first_not_of(" \t", hash + 1);
  if (word == std::string::npos || line.compare(word, 7, "include") != 0) return "";
  const size_t begin = line.find_first_not_of(" \t", word + 7);
  if (begin == std::string::npos || line[begin] != '"') return "";
  const size_t end = line.find('"', begin + 1);
  return end == std::string::npos ? "" : line.substr(begin + 1, end - begin - 1);
}

fs::path Source() { return fs::path(INTERLOCK_SOURCE_DIR) / "src"; }

/// Every .h and .cc below src/, as paths relative to it.
std::vector<std::string> SourceFiles() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(Source())) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".h" || extension == ".cc"))
      files.push_back(fs::relative(entry.path(), Source()).generic_string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> Lines(const std::string& file) {
  std::ifstream in(Source() / file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(LayersTest, KnowsRoomsAndIncludes) {
  EXPECT_EQ(RoomOf("base/text.h"), "base");
  EXPECT_EQ(RoomOf("engine/engine.h"), "engine");
  EXPECT_EQ(RoomOf("engine/postgres/claims.h"), "engine/postgres");
  EXPECT_EQ(RoomOf("engine/oracle/claims.h"), "");
  EXPECT_EQ(RoomOf("cli/commands/all.h"), "cli");
  EXPECT_EQ(RoomOf("text.h"), "");
  EXPECT_EQ(RoomOf("../base/text.h"), "");
  EXPECT_EQ(Included("#include \"base/text.h\""), "base/text.h");
  EXPECT_EQ(Included("  #  include\t\"base/text.h\"  // why"), "base/text.h");
  EXPECT_EQ(Included("#include <map>"), "");
  EXPECT_EQ(Included("// #include \"base/text.h\""), "");
  EXPECT_FALSE(Allowed("runner", "engine/postgres"));
  EXPECT_FALSE(Allowed("engine", "engine/sqlite"));
  EXPECT_FALSE(Allowed("base", "model"));
  EXPECT_FALSE(Allowed("model", ""));
  EXPECT_TRUE(Allowed("engine/postgres", "engine"));
  EXPECT_TRUE(Allowed("cli", "engine/postgres"));
}

TEST(LayersTest, EveryFileIncludesOnlyWhatItsRoomMay) {
  const auto files = SourceFiles();
  ASSERT_GT(files.size(), 100U) << "no sources below " << Source();
  for (const auto& file : files) {
    const std::string from = RoomOf(file);
    EXPECT_NE(from, "") << "src/" << file << " is in no room";
    const auto lines = Lines(file);
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string included = Included(lines[i]);
      if (included.empty()) continue;
      EXPECT_TRUE(Allowed(from, RoomOf(included))) << "src/" << file << ":" << i + 1 << ": " << from
                                                   << " may not include \"" << included << "\"";
      EXPECT_TRUE(fs::exists(Source() / included))
          << "src/" << file << ":" << i + 1 << ": \"" << included << "\" is not a path from src/";
    }
  }
}

TEST(LayersTest, NoFileIsLong) {
  for (const auto& file : SourceFiles())
    EXPECT_LE(Lines(file).size(), static_cast<size_t>(kMostLines))
        << "src/" << file << " has more than " << kMostLines << " lines: split it";
}

}  // namespace
}  // namespace interlock
