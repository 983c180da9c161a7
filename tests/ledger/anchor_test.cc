#include "ledger/anchor.h"

#include <gtest/gtest.h>

#include "ledger/sample.h"

namespace interlock {
namespace {

using ledger_test::Rechain;
using ledger_test::SampleChain;

using Chains = std::map<std::string, std::vector<Entry>>;

Anchor AnchorAt(const Chains& chains) {
  Anchor anchor{1, "shop", 1'795'342'600'000'000, {}};
  for (const auto& [name, entries] : chains)
    anchor.heads.push_back({name, entries.size(), entries.back().hash});
  return anchor;
}

Chains TwoChains() { return {{"main", SampleChain()}, {"releases", SampleChain("releases")}}; }

TEST(AnchorTest, HoldsForTheSameAndForLongerChains) {
  auto chains = TwoChains();
  const auto anchor = AnchorAt(chains);
  EXPECT_TRUE(VerifyAgainstAnchor(anchor, chains));
  auto& entries = chains["main"];
  entries.push_back(entries.back());
  Rechain(entries);
  EXPECT_TRUE(VerifyAgainstAnchor(anchor, chains));
  chains["new"] = SampleChain("new");
  EXPECT_TRUE(VerifyAgainstAnchor(anchor, chains));
}

TEST(AnchorTest, EveryTruncationIsFound) {
  const auto anchor = AnchorAt(TwoChains());
  for (size_t left = 1; left < SampleChain().size(); ++left) {
    auto chains = TwoChains();
    chains["main"].resize(left);
    ASSERT_TRUE(VerifyChain(chains["main"]));
    const auto held = VerifyAgainstAnchor(anchor, chains);
    ASSERT_FALSE(held);
    EXPECT_EQ(DefectOf(held.error()), ChainDefect::kTruncated) << held.error().message;
  }
}

TEST(AnchorTest, ARewrittenChainIsFoundWhereverItBegan) {
  const auto anchor = AnchorAt(TwoChains());
  for (size_t i = 0; i < SampleChain().size(); ++i) {
    auto chains = TwoChains();
    chains["main"][i].actor = "eve";
    Rechain(chains["main"]);
    ASSERT_TRUE(VerifyChain(chains["main"]));
    const auto held = VerifyAgainstAnchor(anchor, chains);
    ASSERT_FALSE(held);
    EXPECT_EQ(DefectOf(held.error()), ChainDefect::kRewritten) << held.error().message;
    EXPECT_EQ(held.error().message,
              "chain 'main' was rewritten: entry 6 is not the one that stood there at "
              "2026-11-22T10:16:40.000000Z");
  }
}

TEST(AnchorTest, AChainThatIsGoneIsFound) {
  auto chains = TwoChains();
  const auto anchor = AnchorAt(chains);
  chains["releases"].clear();
  EXPECT_EQ(DefectOf(VerifyAgainstAnchor(anchor, chains).error()), ChainDefect::kMissing);
  chains.erase("releases");
  EXPECT_EQ(DefectOf(VerifyAgainstAnchor(anchor, chains).error()), ChainDefect::kMissing);
}

TEST(AnchorTest, ComesBackFromItsText) {
  const auto anchor = AnchorAt(TwoChains());
  const auto text = WriteAnchor(anchor);
  EXPECT_EQ(text.substr(0, 49), R"({"created_at":1795342600000000,"format":1,"heads")");
  const auto read = ReadAnchor(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, anchor);
}

TEST(AnchorTest, RefusesWhatItDidNotWrite) {
  const auto good = WriteAnchor(AnchorAt(TwoChains()));
  auto changed = [&](const std::string& from, const std::string& to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    return ReadAnchor(text);
  };
  for (const auto& read :
       {ReadAnchor(""), ReadAnchor("[]"), ReadAnchor("{}"), ReadAnchor(good.substr(0, 90)),
        changed("\"format\":1", "\"format\":2"), changed("\"project\":\"shop\"", "\"project\":1"),
        changed("\"chain\":\"main\"", "\"chain\":\"zzz\""), changed("\"seq\":6", "\"seq\":-6"),
        changed("\"hash\":\"", "\"hash\":\"A"), changed("\"heads\"", "\"tails\""),
        changed("{", "{\"more\":1,"), changed("\"seq\":6", "\"seq\":6.0")}) {
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "IL-L14") << read.error().message;
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
  }
}

}  // namespace
}  // namespace interlock
