#include "base/clock.h"

#include <gtest/gtest.h>

#include <string>

namespace interlock {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(ParseDurationTest, EveryUnit) {
  EXPECT_EQ(ParseDuration("500ms").value(), milliseconds(500));
  EXPECT_EQ(ParseDuration("30s").value(), seconds(30));
  EXPECT_EQ(ParseDuration("2m").value(), minutes(2));
  EXPECT_EQ(ParseDuration("24h").value(), hours(24));
  EXPECT_EQ(ParseDuration("7d").value(), hours(7 * 24));
  EXPECT_EQ(ParseDuration("0s").value(), Duration(0));
  EXPECT_EQ(ParseDuration("007s").value(), seconds(7));
}

TEST(ParseDurationTest, UnitsAddUpInOrder) {
  EXPECT_EQ(ParseDuration("1m30s").value(), seconds(90));
  EXPECT_EQ(ParseDuration("1d2h3m4s5ms").value(),
            hours(26) + minutes(3) + seconds(4) + milliseconds(5));
}

TEST(ParseDurationTest, AnythingElseIsAConfigError) {
  for (const char* text : {"",      "5",    "s",    "ms",     "-1s",  "+1s",        "1.5s",
                           "1 s",   " 1s",  "1s ",  "1S",     "1sec", "1us",        "1w",
                           "30s1m", "1s1s", "1m30", "1m 30s", "0x1s", "1\xC2\xB5s", "\xD9\xA1s"}) {
    const auto parsed = ParseDuration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kConfig) << text;
    EXPECT_EQ(parsed.error().code, "IL-C20") << text;
    EXPECT_NE(parsed.error().message.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(ParseDurationTest, TooLongIsRefusedNotWrapped) {
  EXPECT_EQ(ParseDuration("73200d").value(), hours(73200 * 24));
  for (const char* text : {"73201d", "1756801h", "10000000000000000000000s", "99999999999999999ms",
                           "9223372036854775808ms", "18446744073709551617s"})
    EXPECT_FALSE(ParseDuration(text)) << text;
  std::string often;
  for (int i = 0; i < 2000; ++i) often += "73200d";
  EXPECT_FALSE(ParseDuration(often));
}

TEST(FormatDurationTest, ShortestExactForm) {
  EXPECT_EQ(FormatDuration(Duration(0)), "0s");
  EXPECT_EQ(FormatDuration(milliseconds(250)), "250ms");
  EXPECT_EQ(FormatDuration(seconds(90)), "1m30s");
  EXPECT_EQ(FormatDuration(hours(24)), "1d");
  EXPECT_EQ(FormatDuration(hours(49) + milliseconds(1)), "2d1h1ms");
}

TEST(FormatDurationTest, IsReadBackAsTheSame) {
  for (std::int64_t ms : {0L, 1L, 999L, 1'000L, 59'999L, 60'000L, 3'599'999L, 86'399'999L,
                          86'400'000L, 90'061'001L, 6'324'480'000'000L}) {
    const Duration duration = milliseconds(ms);
    EXPECT_EQ(ParseDuration(FormatDuration(duration)).value(), duration) << ms;
  }
}

TEST(HumanDurationTest, AtMostTwoNeighbouringUnits) {
  EXPECT_EQ(HumanDuration(Duration(0)), "0 ms");
  EXPECT_EQ(HumanDuration(Duration(999)), "0 ms");
  EXPECT_EQ(HumanDuration(milliseconds(350)), "350 ms");
  EXPECT_EQ(HumanDuration(milliseconds(1'500)), "1 s");
  EXPECT_EQ(HumanDuration(seconds(41)), "41 s");
  EXPECT_EQ(HumanDuration(seconds(61)), "1 min 1 s");
  EXPECT_EQ(HumanDuration(minutes(90)), "1 h 30 min");
  EXPECT_EQ(HumanDuration(hours(51) + seconds(59)), "2 d 3 h");
  EXPECT_EQ(HumanDuration(hours(24) + seconds(5)), "1 d");
  EXPECT_EQ(HumanDuration(-seconds(41)), "-41 s");
}

TEST(FormatTimestampTest, UtcWithMicroseconds) {
  EXPECT_EQ(FormatTimestamp(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTimestamp(1), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(FormatTimestamp(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTimestamp(1'795'342'500'123'456), "2026-11-22T10:15:00.123456Z");
}

TEST(SystemClockTest, ElapsedNeverGoesBack) {
  const Duration before = SystemClock().Elapsed();
  SystemClock().Sleep(milliseconds(1));
  EXPECT_GE(SystemClock().Elapsed() - before, milliseconds(1));
  EXPECT_GT(SystemClock().Now(), 0);
}

}  // namespace
}  // namespace interlock
