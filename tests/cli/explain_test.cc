// Every code in the sources is explained, and every explanation is of a code that is used.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "cli/explain_table.h"

namespace interlock::cli {
namespace {

namespace fs = std::filesystem;

/// Code → the first file that has it, explain*.cc left out.
std::map<std::string, std::string> CodesInSources() {
  static const std::regex kCode("IL-[A-Z][0-9][0-9]");
  std::map<std::string, std::string> codes;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(INTERLOCK_SOURCE_DIR) / "src")) {
    const auto path = entry.path();
    if ((path.extension() != ".cc" && path.extension() != ".h") ||
        path.filename().string().starts_with("explain"))
      continue;
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator at(source.begin(), source.end(), kCode), end; at != end; ++at)
      codes.emplace(at->str(), path.string());
  }
  return codes;
}

TEST(Explain, EveryCodeInTheSourcesIsExplained) {
  const auto codes = CodesInSources();
  EXPECT_GT(codes.size(), 100u);
  for (const auto& [code, file] : codes)
    EXPECT_NE(Explain(code), nullptr) << code << " in " << file << " is not in the table";
}

TEST(Explain, NoExplanationIsOfAForgottenCode) {
  const auto codes = CodesInSources();
  for (const auto& item : Explanations())
    EXPECT_TRUE(codes.contains(std::string(item.code))) << item.code << " is in no source";
}

TEST(Explain, TheTableIsSortedAndWhole) {
  const auto all = Explanations();
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const auto& a, const auto& b) { return a.code < b.code; }));
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_FALSE(all[i].title.empty()) << all[i].code;
    EXPECT_FALSE(all[i].meaning.empty()) << all[i].code;
    EXPECT_FALSE(all[i].todo.empty()) << all[i].code;
    if (i != 0) {
      EXPECT_NE(all[i].code, all[i - 1].code);
    }
  }
  EXPECT_EQ(Explain("IL-Z99"), nullptr);
}

}  // namespace
}  // namespace interlock::cli
