#include "ledger/entry.h"

#include <gtest/gtest.h>

#include <set>

#include "ledger/sample.h"

namespace interlock {
namespace {

TEST(EntryKindText, EveryKindHasItsOwnAndComesBack) {
  std::set<std::string_view> texts;
  for (int i = 0; i <= static_cast<int>(kLastEntryKind); ++i) {
    const auto kind = static_cast<EntryKind>(i);
    EXPECT_TRUE(texts.insert(ToString(kind)).second) << ToString(kind);
    ASSERT_TRUE(ParseEntryKind(ToString(kind)));
    EXPECT_EQ(*ParseEntryKind(ToString(kind)), kind);
  }
  EXPECT_EQ(ToString(EntryKind::kStepIntent), "step.intent");
  EXPECT_EQ(ToString(EntryKind::kReconciled), "ledger.reconciled");
}

TEST(EntryKindText, UnknownIsCorrupt) {
  const auto kind = ParseEntryKind("step.forgotten");
  ASSERT_FALSE(kind);
  EXPECT_EQ(kind.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(kind.error().code, "IL-L05");
}

std::string Prefixed(const std::string& field) {
  return std::string(7, '\0') + static_cast<char>(field.size()) + field;
}

TEST(CanonicalEncodingTest, ExactBytes) {
  Entry entry;
  entry.chain = "main";
  entry.seq = 12;
  entry.prev_hash = std::string(kGenesisHash);
  entry.hash = "not part of it";
  entry.at = 1'795'342'500'123'456;
  entry.kind = EntryKind::kStepOutcome;
  entry.token = 18'446'744'073'709'551'615u;
  entry.actor = "ann";
  entry.session_user = "deployer";
  entry.release = "r1";
  entry.step = "0002-x/expand/1-y";
  entry.attempt = 3;
  entry.body = std::string("{\0\xff}", 4);
  const std::string expected =
      std::string("interlock-ledger-entry") + '\0' + Prefixed("1") + Prefixed("main") +
      Prefixed("12") + Prefixed(std::string(64, '0')) + Prefixed("1795342500123456") +
      Prefixed("step.outcome") + Prefixed("18446744073709551615") + Prefixed("ann") +
      Prefixed("deployer") + Prefixed("r1") + Prefixed("0002-x/expand/1-y") + Prefixed("3") +
      Prefixed(std::string("{\0\xff}", 4));
  EXPECT_EQ(CanonicalEncoding(entry), expected);
  EXPECT_EQ(EntryHash(entry), Sha256(expected));
}

TEST(CanonicalEncodingTest, LengthsAreEightBytesBigEndian) {
  Entry entry;
  entry.body = std::string(0x010203, 'x');
  const auto bytes = CanonicalEncoding(entry);
  EXPECT_EQ(bytes.substr(bytes.size() - 0x010203 - 8, 8), std::string("\0\0\0\0\0\1\2\3", 8));
}

TEST(CanonicalEncodingTest, WhatMovesBetweenFieldsChangesIt) {
  Entry one;
  one.actor = "ann";
  one.session_user = "deployer";
  Entry other = one;
  other.actor = "annd";
  other.session_user = "eployer";
  EXPECT_NE(CanonicalEncoding(one), CanonicalEncoding(other));
}

TEST(CanonicalEncodingTest, NegativeNumbersAreDecimalText) {
  Entry entry;
  entry.at = -5;
  EXPECT_NE(CanonicalEncoding(entry).find(std::string("\0\2-5", 4)), std::string::npos);
}

}  // namespace
}  // namespace interlock
