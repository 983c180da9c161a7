#include "planning/identifiers.h"

#include <gtest/gtest.h>

#include "planning/planning.h"

namespace interlock::planning {
namespace {

const TableName kUsers{"public", "users"};

TEST(Identifiers, QuarantineNameIsTheColumnWithASuffix) {
  const std::string name = QuarantineName("name", "0002-split-name", 63);
  EXPECT_EQ(name.substr(0, 17), "name_quarantined_");
  EXPECT_EQ(name.size(), 25U);
  EXPECT_EQ(name, QuarantineName("name", "0002-split-name", 63));
  EXPECT_NE(name, QuarantineName("name", "0003-again", 63));
}

TEST(Identifiers, LongNamesAreCutAndStayApart) {
  const std::string shared(62, 'a');
  const std::string one = QuarantineName(shared + "1", "m", 63);
  const std::string two = QuarantineName(shared + "2", "m", 63);
  EXPECT_EQ(one.size(), 63U);
  EXPECT_EQ(two.size(), 63U);
  EXPECT_NE(one, two);
  EXPECT_EQ(NotNullCheckName(kUsers, shared, "m", 63).size(), 63U);
  EXPECT_EQ(TwinName(kUsers, shared, "m", 63).size(), 63U);
}

TEST(Identifiers, CutsBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 31; ++i) umlauts += "ü";
  const std::string name = TwinName(kUsers, umlauts, "m", 63);
  EXPECT_EQ(name.size(), 63U);  // 27 characters of two bytes and the digest
  EXPECT_EQ(TwinName(kUsers, "x" + umlauts, "m", 63).size(), 62U);
}

TEST(Identifiers, DigestsDependOnTable) {
  EXPECT_NE(NotNullCheckName(kUsers, "a", "m", 63),
            NotNullCheckName({"public", "orders"}, "a", "m", 63));
}

TEST(Identifiers, ImplicitNamesAsTheServerMakesThem) {
  EXPECT_EQ(ImplicitName("users", "id", "seq", 63), "users_id_seq");
  EXPECT_EQ(ImplicitName("users", "", "pkey", 63), "users_pkey");
  const std::string name = ImplicitName(std::string(60, 't'), std::string(10, 'c'), "seq", 63);
  EXPECT_EQ(name, std::string(48, 't') + "_" + std::string(10, 'c') + "_seq");
}

TEST(Identifiers, ChecksLength) {
  const NameRules rules{.longest = 63};
  EXPECT_TRUE(CheckName("column", std::string(63, 'a'), rules));
  const auto refused = CheckName("column", std::string(64, 'a'), rules);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "IL-P04");
  EXPECT_EQ(refused.error().message,
            "the name of column " + std::string(64, 'a') + " has 64 bytes; the server keeps 63");
  EXPECT_EQ(CheckName("index", "", rules).error().message, "an index has no name");
  EXPECT_TRUE(CheckName("column", "\U0001f682 ", rules));
}

TEST(Identifiers, WhatAServerDoesNotKeepIsRefused) {
  const NameRules rules{
      .longest = 4, .in_characters = true, .basic_plane_only = true, .space_at_end = false};
  EXPECT_TRUE(CheckName("column", "größ", rules));
  EXPECT_EQ(CheckName("column", "größe", rules).error().message,
            "the name of column \"größe\" has 5 characters; the server keeps 4");
  const auto plane = CheckName("table", "a\U0001f682", rules);
  ASSERT_FALSE(plane);
  EXPECT_EQ(plane.error().code, "IL-P04");
  EXPECT_EQ(
      plane.error().message,
      "the name of table \"a\U0001f682\" has a character that takes four bytes; the server keeps "
      "none of these in names");
  EXPECT_EQ(CheckName("index", "ab ", rules).error().message,
            "the name of index \"ab \" ends with white space; the server keeps no such name");
  EXPECT_FALSE(CheckName("index", "ab\n", rules));
  EXPECT_TRUE(CheckName("index", " ab", rules));
}

TEST(Identifiers, NoTableIsCalledAsAHelper) {
  const NameRules rules{.helper_tables = {"~interlock_"}};
  EXPECT_TRUE(CheckName("column", "~interlock_sync", rules));
  EXPECT_TRUE(CheckName("table", "interlock_sync", rules));
  const auto refused = CheckName("table", "~interlock_sync", rules);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the name of table \"~interlock_sync\" begins as those of Interlock's helpers do");
}

}  // namespace
}  // namespace interlock::planning
