#include "ledger/chain.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "ledger/sample.h"

namespace interlock {
namespace {

using ledger_test::Rechain;
using ledger_test::SampleChain;

ChainDefect Defect(const std::vector<Entry>& entries) {
  const auto fault = FindFault(entries);
  EXPECT_TRUE(fault);
  return fault ? fault->defect : ChainDefect::kMissing;
}

TEST(VerifyChainTest, AWholeChainGivesItsHead) {
  const auto entries = SampleChain();
  const auto head = VerifyChain(entries);
  ASSERT_TRUE(head);
  EXPECT_EQ(*head, (ChainHead{"main", 6, entries.back().hash}));
  EXPECT_EQ(*VerifyChain({}), ChainHead{});
}

TEST(VerifyChainTest, ContinuesFromAGoodHead) {
  const auto entries = SampleChain();
  const ChainHead third{"main", 3, entries[2].hash};
  const std::span<const Entry> all(entries);
  EXPECT_EQ(VerifyContinuation(third, all.subspan(3))->seq, 6u);
  EXPECT_EQ(VerifyContinuation(third, {})->hash, third.hash);
  EXPECT_EQ(VerifyContinuation(third, all.subspan(4)).error().code, "IL-L02");
  EXPECT_EQ(VerifyContinuation(third, all).error().code, "IL-L03");
  const ChainHead wrong{"main", 3, entries[1].hash};
  EXPECT_EQ(VerifyContinuation(wrong, all.subspan(3)).error().code, "IL-L01");
  EXPECT_EQ(FindFault(all.subspan(3), wrong)->seq, 4u);
}

/// Flips every bit of every field of every entry.
class EveryBit : public testing::Test {
 protected:
  void ExpectFound(size_t index, ChainDefect defect) {
    const auto fault = FindFault(chain_, {"main", 0, std::string(kGenesisHash)});
    ASSERT_TRUE(fault) << "entry " << index;
    EXPECT_EQ(fault->index, index);
    EXPECT_EQ(fault->seq, index + 1);
    EXPECT_EQ(fault->defect, defect) << fault->message;
    EXPECT_EQ(fault->chain, "main");
    ++changes_;
  }
  void Texts(std::string Entry::*field, ChainDefect defect = ChainDefect::kEdited) {
    for (size_t i = 0; i < chain_.size(); ++i) {
      const std::string good = chain_[i].*field;
      for (size_t byte = 0; byte < good.size(); ++byte) {
        for (int bit = 0; bit < 8; ++bit) {
          (chain_[i].*field)[byte] = static_cast<char>(good[byte] ^ (1 << bit));
          ExpectFound(i, defect);
          chain_[i].*field = good;
        }
      }
      chain_[i].*field += ' ';
      ExpectFound(i, defect);
      chain_[i].*field = good;
      if (!good.empty()) {
        (chain_[i].*field).pop_back();
        ExpectFound(i, defect);
        chain_[i].*field = good;
      }
    }
  }
  template <typename T>
  void Numbers(T Entry::*field, ChainDefect defect = ChainDefect::kEdited) {
    for (size_t i = 0; i < chain_.size(); ++i) {
      const T good = chain_[i].*field;
      for (size_t bit = 0; bit < sizeof(T) * 8; ++bit) {
        chain_[i].*field = static_cast<T>(static_cast<std::uint64_t>(good) ^ (1ull << bit));
        ExpectFound(i, defect);
      }
      chain_[i].*field = good;
    }
  }

  std::vector<Entry> chain_ = SampleChain();
  int changes_ = 0;
};

TEST_F(EveryBit, IsFoundInExactlyThatEntry) {
  Texts(&Entry::chain, ChainDefect::kForeign);
  Numbers(&Entry::seq);
  Numbers(&Entry::format, ChainDefect::kFormat);
  Texts(&Entry::prev_hash);
  Texts(&Entry::hash);
  Numbers(&Entry::at);
  Numbers(&Entry::token);
  Texts(&Entry::actor);
  Texts(&Entry::session_user);
  Texts(&Entry::release);
  Texts(&Entry::step);
  Numbers(&Entry::attempt);
  Texts(&Entry::body);
  for (size_t i = 0; i < chain_.size(); ++i) {
    const auto good = chain_[i].kind;
    for (int kind = 0; kind <= static_cast<int>(kLastEntryKind); ++kind) {
      if (static_cast<EntryKind>(kind) == good) continue;
      chain_[i].kind = static_cast<EntryKind>(kind);
      ExpectFound(i, ChainDefect::kEdited);
    }
    chain_[i].kind = good;
  }
  EXPECT_GT(changes_, 10'000);
  EXPECT_TRUE(VerifyChain(chain_));
}

TEST(VerifyChainTest, EveryDeletionIsFoundButTheLast) {
  for (size_t i = 0; i + 1 < SampleChain().size(); ++i) {
    auto entries = SampleChain();
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    const auto fault = FindFault(entries);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->defect, ChainDefect::kRemoved) << fault->message;
    EXPECT_EQ(fault->seq, i + 1);
  }
  auto entries = SampleChain();
  entries.pop_back();
  EXPECT_TRUE(VerifyChain(entries));  // only an anchor shows it
}

TEST(VerifyChainTest, ADeletionIsFoundThoughTheRestIsRenumbered) {
  for (size_t i = 0; i + 1 < SampleChain().size(); ++i) {
    auto entries = SampleChain();
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    for (size_t k = i; k < entries.size(); ++k) {
      entries[k].seq = k + 1;
      entries[k].hash = EntryHash(entries[k]);
    }
    EXPECT_TRUE(FindFault(entries));
  }
}

TEST(VerifyChainTest, SeveralMissingAreCounted) {
  auto entries = SampleChain();
  entries.erase(entries.begin() + 1, entries.begin() + 4);
  EXPECT_EQ(FindFault(entries)->message, "entries 2 to 4 of chain 'main' are missing");
}

TEST(VerifyChainTest, EverySwapIsFound) {
  for (size_t i = 0; i < SampleChain().size(); ++i) {
    for (size_t k = i + 1; k < SampleChain().size(); ++k) {
      auto entries = SampleChain();
      std::swap(entries[i], entries[k]);
      const auto fault = FindFault(entries);
      ASSERT_TRUE(fault);
      EXPECT_EQ(fault->defect, ChainDefect::kReordered) << fault->message;
      EXPECT_EQ(fault->index, i);
    }
  }
}

TEST(VerifyChainTest, EveryDuplicateIsFoundWhereverItStands) {
  for (size_t i = 0; i < SampleChain().size(); ++i) {
    for (size_t k = i + 1; k <= SampleChain().size(); ++k) {
      auto entries = SampleChain();
      const Entry copy = entries[i];
      entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(k), copy);
      const auto fault = FindFault(entries);
      ASSERT_TRUE(fault);
      EXPECT_EQ(fault->defect, ChainDefect::kForked) << fault->message;
      EXPECT_EQ(fault->index, k);
      EXPECT_EQ(fault->seq, i + 1);
    }
  }
}

TEST(VerifyChainTest, ASecondEntryOnTheSamePlaceIsAFork) {
  for (size_t i = 0; i < SampleChain().size(); ++i) {
    auto entries = SampleChain();
    Entry other = entries[i];
    other.body = "{\"other\":1}";
    other.hash = EntryHash(other);
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(i) + 1, other);
    EXPECT_EQ(Defect(entries), ChainDefect::kForked);
    // Or put at the end under the next number, following the same entry.
    entries = SampleChain();
    other.seq = entries.size() + 1;
    other.hash = EntryHash(other);
    entries.push_back(other);
    EXPECT_EQ(Defect(entries), ChainDefect::kForked);
  }
}

TEST(VerifyChainTest, AnEditWithANewHashIsPinnedOnTheEditedEntry) {
  for (size_t i = 0; i + 1 < SampleChain().size(); ++i) {
    auto entries = SampleChain();
    entries[i].actor = "eve";
    entries[i].hash = EntryHash(entries[i]);
    const auto fault = FindFault(entries);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->defect, ChainDefect::kEdited) << fault->message;
    // With nothing after it to vouch for the last entry, either of the two may be the old one.
    EXPECT_EQ(fault->seq, i + 2 < entries.size() ? i + 1 : i + 2);
  }
}

TEST(VerifyChainTest, ForeignEntriesAndChains) {
  auto entries = SampleChain("main");
  const auto foreign = SampleChain("billing");
  entries[3] = foreign[3];
  auto fault = FindFault(entries);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->defect, ChainDefect::kForeign);
  EXPECT_EQ(fault->seq, 4u);
  EXPECT_EQ(fault->message, "entry 4 of chain 'main' belongs to chain 'billing'");
  fault = FindFault(foreign, {"main", 0, std::string(kGenesisHash)});
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->defect, ChainDefect::kForeign);
  // Copied under this chain's name, it does not have its hashes.
  auto renamed = foreign;
  for (auto& entry : renamed) entry.chain = "main";
  EXPECT_EQ(Defect(renamed), ChainDefect::kEdited);
}

TEST(VerifyChainTest, TheFirstEntryFollowsNothing) {
  auto entries = SampleChain();
  entries.erase(entries.begin(), entries.begin() + 2);
  EXPECT_EQ(Defect(entries), ChainDefect::kRemoved);
  for (size_t i = 0; i < entries.size(); ++i) {  // renumbered, but still following what was cut off
    entries[i].seq = i + 1;
    if (i > 0) entries[i].prev_hash = entries[i - 1].hash;
    entries[i].hash = EntryHash(entries[i]);
  }
  const auto fault = FindFault(entries);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->defect, ChainDefect::kRemoved);
  EXPECT_EQ(fault->seq, 1u);
}

TEST(VerifyChainTest, AnUnknownFormatIsNotCalledAnEdit) {
  auto entries = SampleChain();
  entries[4].format = 2;
  entries[4].hash = EntryHash(entries[4]);
  const auto head = VerifyChain(entries);
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, "IL-L05");
  EXPECT_EQ(head.error().message, "entry 5 of chain 'main' has format 2, this version knows 1");
}

TEST(VerifyChainTest, SomeoneWhoRewritesEverythingNeedsAnAnchorToBeFound) {
  auto entries = SampleChain();
  entries[1].actor = "eve";
  Rechain(entries);
  EXPECT_TRUE(VerifyChain(entries));
}

TEST(VerifyChainTest, TheErrorSaysWhatWhereAndWhatToDo) {
  auto entries = SampleChain();
  entries[5].body = "{\"ms\":13}";
  const auto head = VerifyChain(entries);
  ASSERT_FALSE(head);
  const auto& error = head.error();
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_EQ(DefectOf(error), ChainDefect::kEdited);
  EXPECT_EQ(error.message, "entry 6 of chain 'main' was edited: its contents do not give its hash");
  ASSERT_EQ(error.details.size(), 3u);
  EXPECT_EQ(error.details[0],
            "step.outcome 0002-split-name/expand/2-install-sync (attempt 2) of release "
            "2026-11-22-names, 2026-11-22T10:15:05.000085Z, by ann (entry 6 of chain 'main')");
  EXPECT_FALSE(error.hint.empty());
}

TEST(ChainDefectText, CodesAreDistinctAndComeBack) {
  for (int i = 0; i <= static_cast<int>(ChainDefect::kMissing); ++i) {
    const auto defect = static_cast<ChainDefect>(i);
    EXPECT_EQ(DefectOf(ToError({defect, "main", 1, 0, "", {}})), defect);
    EXPECT_FALSE(ToString(defect).empty());
  }
  EXPECT_FALSE(DefectOf(Error{ErrorKind::kCorrupt, "IL-L10", "", {}, ""}));
}

}  // namespace
}  // namespace interlock
