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
  EXPECT_TRUE(CheckName("column", std::string(63, 'a'), 63));
  const auto refused = CheckName("column", std::string(64, 'a'), 63);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "IL-P04");
  EXPECT_EQ(refused.error().message,
            "the name of column " + std::string(64, 'a') + " has 64 bytes; the server keeps 63");
  EXPECT_EQ(CheckName("index", "", 63).error().message, "an index has no name");
}

}  // namespace
}  // namespace interlock::planning
