#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace interlock {
namespace {

using Strings = std::vector<std::string>;

TEST(JoinTest, PutsTheSeparatorBetween) {
  EXPECT_EQ(Join({}, ", "), "");
  EXPECT_EQ(Join({"a"}, ", "), "a");
  EXPECT_EQ(Join({"a", "", "b"}, ", "), "a, , b");
}

TEST(SplitTest, AtEverySeparator) {
  EXPECT_EQ(Split("", ','), Strings{""});
  EXPECT_EQ(Split("a", ','), Strings{"a"});
  EXPECT_EQ(Split(",a,,b,", ','), (Strings{"", "a", "", "b", ""}));
}

TEST(NearestNameTest, FindsALikelyTypingMistake) {
  const Strings columns = {"first_name", "last_name", "email"};
  EXPECT_EQ(NearestName("frist_name", columns), "first_name");
  EXPECT_EQ(NearestName("emial", {"email", "emails"}), "");  // two edits in five letters
  EXPECT_EQ(NearestName("emil", columns), "email");
  EXPECT_EQ(NearestName("email", columns), "email");
}

TEST(NearestNameTest, NothingWhenNoneIsNear) {
  EXPECT_EQ(NearestName("phone", {"first_name", "email"}), "");
  EXPECT_EQ(NearestName("phone", {}), "");
  EXPECT_EQ(NearestName("", {"abc"}), "");
  EXPECT_EQ(NearestName("ab", {"xy"}), "");
}

TEST(NearestNameTest, OneEditIsNearInAShortName) {
  EXPECT_EQ(NearestName("a", {"b"}), "b");
  EXPECT_EQ(NearestName("ab", {"abc"}), "abc");
}

TEST(NearestNameTest, TheNearestWinsAndThenTheFirst) {
  EXPECT_EQ(NearestName("user_names", {"user_game", "user_name"}), "user_name");
  EXPECT_EQ(NearestName("cat", {"bat", "car"}), "bat");
}

TEST(WithCommasTest, GroupsOfThree) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1'000), "1,000");
  EXPECT_EQ(WithCommas(1'234'567), "1,234,567");
  EXPECT_EQ(WithCommas(-123), "-123");
  EXPECT_EQ(WithCommas(-1'234), "-1,234");
  EXPECT_EQ(WithCommas(std::numeric_limits<long long>::min()), "-9,223,372,036,854,775,808");
}

TEST(MatchesPatternTest, StarAndQuestionMark) {
  EXPECT_TRUE(MatchesPattern("", ""));
  EXPECT_TRUE(MatchesPattern("", "*"));
  EXPECT_TRUE(MatchesPattern("psql", "psql"));
  EXPECT_TRUE(MatchesPattern("pg_exporter_2", "pg_exporter*"));
  EXPECT_TRUE(MatchesPattern("public.tmp_1", "public.tmp_?"));
  EXPECT_TRUE(MatchesPattern("abcbcd", "a*bcd"));
  EXPECT_TRUE(MatchesPattern("abc", "**c"));
  EXPECT_TRUE(MatchesPattern("a*b", "a*b"));
  EXPECT_FALSE(MatchesPattern("", "?"));
  EXPECT_FALSE(MatchesPattern("psql2", "psql"));
  EXPECT_FALSE(MatchesPattern("psq", "psql"));
  EXPECT_FALSE(MatchesPattern("Psql", "psql"));
  EXPECT_FALSE(MatchesPattern("abcbce", "a*bcd"));
  EXPECT_FALSE(MatchesPattern("public.tmp_", "public.tmp_?"));
}

TEST(MatchesPatternTest, NothingElseIsSpecial) {
  EXPECT_TRUE(MatchesPattern("a[b].+\\", "a[b].+\\"));
  EXPECT_FALSE(MatchesPattern("ab", "a[b]"));
  EXPECT_FALSE(MatchesPattern("axb", "a.b"));
}

TEST(MatchesPatternTest, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_FALSE(MatchesPattern(std::string(5000, 'a'), pattern + "b"));
}

TEST(Text, CaseOfAsciiAlone) {
  EXPECT_EQ(Lower("AzÄ_9[`{"), "azÄ_9[`{");
  EXPECT_EQ(Upper("aZä_9[`{"), "AZä_9[`{");
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(CutToBytes("größe", 9), "größe");
  EXPECT_EQ(CutToBytes("größe", 3), "gr");
  EXPECT_EQ(CutToBytes("größe", 4), "grö");
  EXPECT_EQ(ShownStatement("DO 1"), "in: DO 1");
  // What the ledger keeps of it must be read again.
  EXPECT_EQ(ShownStatement(std::string(199, 'a') + "öö"), "in: " + std::string(199, 'a') + " …");
}

}  // namespace
}  // namespace interlock
