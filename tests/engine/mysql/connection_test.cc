#include "engine/mysql/connection.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

TEST(Placeholders, BecomeQuestionMarks) {
  const auto found = WithQuestionMarks(
      "SELECT $2, '$1', \"$1\", `$1`, $1, $12, '$[*]', '$', $ FROM t WHERE a = $2");
  EXPECT_EQ(found.sql, "SELECT ?, '$1', \"$1\", `$1`, ?, ?, '$[*]', '$', $ FROM t WHERE a = ?");
  EXPECT_EQ(found.order, (std::vector<std::size_t>{1, 0, 11, 1}));
  EXPECT_EQ(WithQuestionMarks("SELECT 'it''s $1', $1").sql, "SELECT 'it''s $1', ?");
}

TEST(Version, TellsTheServersApart) {
  const struct {
    const char* text;
    Flavor flavor;
    int number;
  } cases[] = {
      {"9.7.4-2", Flavor::kMySql, 90704},
      {"8.0.36-0ubuntu0.22.04.1-log", Flavor::kMySql, 80036},
      {"8.0.mysql_aurora.3.05.2", Flavor::kMySql, 80000},
      {"10.11.19-MariaDB-0+deb12u1-log", Flavor::kMariaDb, 101119},
      {"5.5.5-10.6.16-MariaDB", Flavor::kMariaDb, 100616},
      {"", Flavor::kMySql, 0},
  };
  for (const auto& known : cases) {
    const auto read = ReadVersion(known.text);
    EXPECT_EQ(read.flavor, known.flavor) << known.text;
    EXPECT_EQ(read.number, known.number) << known.text;
  }
}

}  // namespace
}  // namespace interlock::mysql
