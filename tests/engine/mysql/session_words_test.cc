// What makes an expression's value differ from session to session.
#include "engine/mysql/session_words.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

ColumnTypes SomeColumns() {
  return {{"v", ParseColumnType("varchar(9)", "utf8mb4", "utf8mb4_bin")},
          {"week", ParseColumnType("int", "", "")},
          {"at", ParseColumnType("datetime", "", "")},
          {"clock", ParseColumnType("time", "", "")},
          {"Ts", ParseColumnType("timestamp", "", "")}};
}

std::string Why(const std::string& expression, const std::string& type = "varchar(9)") {
  return WhySessionDependent(expression, SomeColumns(), ParseColumnType(type, "", "")).value_or("");
}

TEST(SessionWords, WhatIsTheSameEverywhere) {
  for (const char* expression :
       {"", "v", "week / 1e2", "week / 1.5E0", "WEEK(at, 0)", "WEEK(at, IF(v, 1, 2))", "week + 1",
        "DATE_FORMAT(at, '%Y-%m %%M')", "DATE_FORMAT(at, '%M', 'de_DE')", "ts IS NULL",
        "`ts` IS NOT NULL", "'a / b'", "dayname", "ADDTIME(clock, '1:0')", "at + INTERVAL 1 WEEK",
        "CASE WHEN v THEN 1 END /* a / b */"})
    EXPECT_EQ(Why(expression), "") << expression;
  EXPECT_EQ(Why("ts", "timestamp(6)"), "");
  EXPECT_EQ(Why("users.ts", "timestamp"), "");
  EXPECT_EQ(Why("clock", "time"), "");
}

TEST(SessionWords, WhatIsNot) {
  for (const char* expression :
       {"week / 3", "week / v", "week / 0x1E", "week /", "dayname(at)", "WEEK(at)",
        "WEEK(IF(v, at, at))", "extract(week from at)", "DATE_FORMAT(at, '%%%M')",
        "DATE_FORMAT(at, CONCAT('%', v))", "ts", "`ts`", "ts IS TRUE", "ts + 0", "(ts)",
        "FROM_UNIXTIME (week)", "CAST(clock AS DATETIME)", "COALESCE(clock, at)"})
    EXPECT_NE(Why(expression), "") << expression;
  EXPECT_NE(Why("at", "timestamp"), "");
  EXPECT_NE(Why("ts IS NULL", "timestamp"), "");
  EXPECT_NE(Why("ts", "datetime"), "");
  EXPECT_NE(Why("clock", "datetime(6)"), "");
}

}  // namespace
}  // namespace interlock::mysql
