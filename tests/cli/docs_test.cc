// docs/commands.md and docs/exit-codes.md say what the program says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/command.h"
#include "cli/exit_codes.h"

namespace interlock::cli {
namespace {

std::string Page(const std::string& name) {
  std::ifstream in(std::string(INTERLOCK_SOURCE_DIR) + "/docs/" + name);
  std::stringstream text;
  text << in.rdbuf();
  // In a table a bar is written as \|.
  std::string page = text.str();
  for (auto at = page.find("\\|"); at != std::string::npos; at = page.find("\\|", at))
    page.erase(at, 1);
  return page;
}

/// From "## interlock NAME" to the next heading.
std::string Section(const std::string& page, const std::string& command) {
  const std::string heading = "\n## interlock " + command + "\n";
  const auto begin = page.find(heading);
  if (begin == std::string::npos) return {};
  return page.substr(begin, page.find("\n## ", begin + heading.size()) - begin);
}

TEST(Docs, EveryCommandHasItsSection) {
  const std::string page = Page("commands.md");
  for (const auto& command : AllCommands()) {
    const std::string section = Section(page, command.name);
    ASSERT_FALSE(section.empty()) << command.name;
    EXPECT_NE(section.find(command.summary.substr(1)), std::string::npos) << command.name;
    for (const auto& option : command.options) {
      const std::string name = "--" + option.name.substr(0, option.name.find(','));
      EXPECT_NE(section.find(name), std::string::npos) << command.name << " " << name;
      EXPECT_NE(section.find(option.help), std::string::npos) << command.name << " " << name;
    }
    for (const auto& example : command.examples)
      EXPECT_NE(section.find(example.command), std::string::npos) << example.command;
    for (const int code : command.exits)
      EXPECT_NE(section.find(std::to_string(code)), std::string::npos) << command.name << code;
  }
  for (const auto& option : GlobalOptions())
    EXPECT_NE(page.find("--" + option.name), std::string::npos) << option.name;
}

TEST(Docs, EveryExitCodeIsThere) {
  const std::string page = Page("exit-codes.md");
  for (const auto& exit : ExitMeanings()) {
    const std::string row = "| " + std::to_string(exit.code) + " | ";
    EXPECT_NE(page.find(row), std::string::npos) << exit.code;
  }
  for (int i = 0; i <= static_cast<int>(ErrorKind::kConfig); ++i) {
    const std::string kind(KindName(static_cast<ErrorKind>(i)));
    EXPECT_NE(page.find("`" + kind + "`"), std::string::npos) << kind;
  }
}

}  // namespace
}  // namespace interlock::cli
