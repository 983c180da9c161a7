// docs/ledger-format.md is what others write verifiers from: its examples must be true.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/anchor.h"
#include "ledger/bytes.h"
#include "ledger/export.h"
#include "ledger/sample.h"

namespace interlock {
namespace {

const std::string& Document() {
  static const std::string text = [] {
    std::ifstream file(INTERLOCK_SOURCE_DIR "/docs/ledger-format.md");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return text;
}

/// The lines of the one block that is fenced as `language`.
std::string Block(const std::string& language) {
  const std::string fence = "```" + language + "\n";
  const auto begin = Document().find(fence);
  EXPECT_NE(begin, std::string::npos) << language;
  EXPECT_EQ(Document().find(fence, begin + 1), std::string::npos) << language;
  const auto start = begin + fence.size();
  return Document().substr(start, Document().find("```", start) - start);
}

std::vector<Entry> ExampleEntries() {
  auto entries = ImportEntries(Block("jsonl"));
  EXPECT_TRUE(entries) << ToString(entries.error());
  return *entries;
}

TEST(FormatDocument, TheExportVerifiesAndIsWhatWeWrite) {
  const auto entries = ExampleEntries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_TRUE(VerifyChain(entries));
  EXPECT_EQ(ExportEntries(entries), Block("jsonl"));
}

TEST(FormatDocument, TheBytesAreThoseOfTheFirstEntry) {
  std::string hex;
  const std::string block = Block("hex");
  for (size_t at = 0; at < block.size();) {
    const auto end = block.find('\n', at);
    const std::string line = block.substr(at, end - at);
    hex += line.substr(0, line.find("  "));
    at = end + 1;
  }
  const auto first = ExampleEntries().front();
  EXPECT_EQ(hex, ToHex(CanonicalEncoding(first)));
  EXPECT_NE(Document().find("Its SHA-256 is `" + EntryHash(first) + "`."), std::string::npos);
}

TEST(FormatDocument, TheAnchorHolds) {
  const auto anchor = ReadAnchor(Block("json"));
  ASSERT_TRUE(anchor) << ToString(anchor.error());
  EXPECT_EQ(WriteAnchor(*anchor), Block("json"));
  EXPECT_TRUE(VerifyAgainstAnchor(*anchor, ByChain(ExampleEntries())));
}

TEST(FormatDocument, NamesEveryKindAndEveryDefect) {
  for (int i = 0; i <= static_cast<int>(kLastEntryKind); ++i) {
    const std::string kind(ToString(static_cast<EntryKind>(i)));
    EXPECT_NE(Document().find("\n| `" + kind + "` |"), std::string::npos) << kind;
  }
  for (int i = 0; i <= static_cast<int>(ChainDefect::kMissing); ++i) {
    const auto defect = static_cast<ChainDefect>(i);
    const auto row = "\n| " + std::string(ToString(defect)) + " | " + std::string(Code(defect));
    EXPECT_NE(Document().find(row), std::string::npos) << row;
  }
}

/// The verifier that was written from the document alone.
class IndependentVerifier : public testing::Test {
 protected:
  void SetUp() override {
    const int there = system("PATH=/usr/bin:/bin:$PATH python3 --version >/dev/null 2>&1");
    if (there != 0) GTEST_SKIP() << "no python3";
    const auto parent = std::filesystem::temp_directory_path();
    std::string pattern = (parent / "interlock-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  /// Its exit code and what it says.
  std::pair<int, std::string> Run(const std::vector<Entry>& entries, const std::string& anchor) {
    std::ofstream(folder_ + "/export") << ExportEntries(entries);
    std::ofstream(folder_ + "/anchor") << anchor;
    const int status = system(("PATH=/usr/bin:/bin:$PATH python3 -B " INTERLOCK_SOURCE_DIR
                               "/integration/support/verify_ledger.py " +
                               folder_ + "/export " + folder_ + "/anchor >" + folder_ + "/out 2>&1")
                                  .c_str());
    std::ifstream out(folder_ + "/out");
    return {WEXITSTATUS(status), std::string(std::istreambuf_iterator<char>(out), {})};
  }

  std::string folder_;
};

TEST_F(IndependentVerifier, AgreesWithOurs) {
  using ledger_test::SampleChain;
  const auto good = SampleChain();
  const auto anchor = WriteAnchor({1, "shop", 1, {*VerifyChain(good)}});
  auto [code, said] = Run(good, anchor);
  EXPECT_EQ(code, 0) << said;
  const auto head = "chain main: 6 entries, head " + good.back().hash;
  EXPECT_NE(said.find(head), std::string::npos) << said;

  auto expect = [&](const char* defect, const std::vector<Entry>& entries) {
    auto [bad_code, bad_said] = Run(entries, anchor);
    EXPECT_EQ(bad_code, 7) << bad_said;
    EXPECT_NE(("\n" + bad_said).find("\n" + std::string(defect) + ": "), std::string::npos)
        << bad_said;
    const auto fault = FindFault(entries);
    if (fault) {
      EXPECT_EQ(ToString(fault->defect), defect);
    }
  };
  auto changed = good;
  changed[4].body[1] = 'x';
  expect("edited", changed);
  changed = good;
  changed.erase(changed.begin() + 2);
  expect("removed", changed);
  changed = good;
  std::swap(changed[1], changed[3]);
  expect("reordered", changed);
  changed = good;
  changed.push_back(changed[3]);
  expect("forked", changed);
  changed = good;
  changed[3].format = 2;
  expect("format", changed);
  changed = good;
  changed.pop_back();
  expect("truncated", changed);
  changed = good;
  changed[0].actor = "eve";
  ledger_test::Rechain(changed);
  expect("rewritten", changed);
  expect("missing", {});
}

}  // namespace
}  // namespace interlock
