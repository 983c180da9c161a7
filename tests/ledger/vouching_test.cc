#include "ledger/vouching.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/sample.h"

namespace interlock {
namespace {

using ledger_test::Rechain;
using ledger_test::SampleChain;

constexpr size_t kSeen = 4;

Entry Seeing(EntryKind kind, const std::vector<Entry>& main, size_t seq) {
  Entry entry;
  entry.chain = "releases";
  entry.kind = kind;
  entry.release = "names";
  entry.body = nlohmann::json{{"database", "main"},
                              {"heads", {{"main", {{"seq", seq}, {"hash", main[seq - 1].hash}}}}}}
                   .dump();
  return entry;
}

/// A release chain whose gates saw `main` at its beginning and up to entry 4.
std::vector<Entry> Releases(const std::vector<Entry>& main) {
  std::vector<Entry> entries = {Seeing(EntryKind::kGate, main, 1),
                                Seeing(EntryKind::kGate, main, kSeen)};
  Rechain(entries);
  return entries;
}

std::optional<ChainFault> Look(const std::vector<Entry>& main, const std::vector<Entry>& releases) {
  return FindContradiction(releases, {{"main", main}});
}

TEST(VouchingTest, HoldsForTheSameAndForALongerChain) {
  auto main = SampleChain();
  const auto releases = Releases(main);
  EXPECT_FALSE(Look(main, releases));
  main.push_back(main.back());
  Rechain(main);
  EXPECT_FALSE(Look(main, releases));
}

TEST(VouchingTest, ACutOffEndIsFoundFromTheHeadThatWasSeen) {
  const auto releases = Releases(SampleChain());
  for (size_t left = 1; left <= SampleChain().size(); ++left) {
    auto main = SampleChain();
    main.resize(left);
    ASSERT_TRUE(VerifyChain(main));
    const auto fault = Look(main, releases);
    ASSERT_EQ(fault.has_value(), left < kSeen) << left;
    if (!fault) continue;
    EXPECT_EQ(fault->defect, ChainDefect::kTruncated);
    EXPECT_EQ(fault->seq, left + 1);
    EXPECT_EQ(fault->message, "chain 'main' is truncated: it ends with entry " +
                                  std::to_string(left) + ", but the release chain saw entry 4");
  }
}

TEST(VouchingTest, ARewrittenChainIsFoundUpToTheHeadThatWasSeen) {
  const auto releases = Releases(SampleChain());
  for (size_t i = 0; i < SampleChain().size(); ++i) {
    auto main = SampleChain();
    main[i].actor = "eve";
    Rechain(main);
    ASSERT_TRUE(VerifyChain(main));
    const auto fault = Look(main, releases);
    ASSERT_EQ(fault.has_value(), i < kSeen) << i;
    if (!fault) continue;
    EXPECT_EQ(fault->defect, ChainDefect::kRewritten);
    EXPECT_EQ(fault->seq, i == 0 ? 1 : kSeen) << "the first that was seen otherwise";
  }
}

TEST(VouchingTest, AChainThatIsGoneIsFound) {
  const auto fault = Look({}, Releases(SampleChain()));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->defect, ChainDefect::kMissing);
  EXPECT_EQ(ToError(*fault).kind, ErrorKind::kCorrupt);
}

TEST(VouchingTest, AChainThatIsNotGivenIsNotJudged) {
  EXPECT_FALSE(FindContradiction(Releases(SampleChain()), {}));
}

TEST(VouchingTest, WhatWasSeenBeforeItWasReconciledDoesNotCount) {
  auto releases = Releases(SampleChain());
  auto copy = SampleChain();
  copy.resize(2);
  ASSERT_TRUE(Look(copy, releases));
  ASSERT_EQ(LastVouched(releases, "main")->head.seq, kSeen);
  auto reconciled = releases;
  reconciled.push_back(Seeing(EntryKind::kReconciled, copy, 2));
  EXPECT_FALSE(Look(copy, reconciled));
  EXPECT_EQ(LastVouched(reconciled, "main")->head.seq, 2U);
  copy.resize(1);
  EXPECT_TRUE(Look(copy, reconciled)) << "what it saw itself counts";
  reconciled.back().body = R"({"database":"main"})";
  EXPECT_FALSE(LastVouched(reconciled, "main"));
  EXPECT_FALSE(Look(copy, reconciled));
  reconciled.back().body = R"({"database":"other"})";
  EXPECT_TRUE(Look(copy, reconciled)) << "another database's";
  EXPECT_EQ(LastVouched(reconciled, "main")->head.seq, kSeen);
}

TEST(VouchingTest, BodiesOfAnyShapeAreRead) {
  auto releases = Releases(SampleChain());
  releases.erase(releases.begin());
  for (const char* body :
       {"", "[]", "{\"heads\":7}", "{\"heads\":{\"main\":7}}",
        "{\"heads\":{\"main\":{\"seq\":-1}}}", "{\"heads\":{\"main\":{\"seq\":\"4\"}}}"}) {
    releases[0].body = body;
    EXPECT_FALSE(Look(SampleChain(), releases)) << body;
    EXPECT_FALSE(LastVouched(releases, "main")) << body;
  }
  for (const char* body : {"{\"heads\":{\"main\":{\"seq\":9223372036854775807}}}",
                           "{\"heads\":{\"main\":{\"seq\":1,\"hash\":7}}}"}) {
    releases[0].body = body;
    EXPECT_TRUE(Look(SampleChain(), releases)) << body;
  }
}

}  // namespace
}  // namespace interlock
