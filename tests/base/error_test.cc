#include "base/error.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace interlock {
namespace {

TEST(ExitCodeTest, TheTableOfTheDocumentation) {
  EXPECT_EQ(ExitCode(ErrorKind::kInternal), 1);
  EXPECT_EQ(ExitCode(ErrorKind::kWaitsForPerson), 3);
  EXPECT_EQ(ExitCode(ErrorKind::kRefused), 4);
  EXPECT_EQ(ExitCode(ErrorKind::kDrift), 5);
  EXPECT_EQ(ExitCode(ErrorKind::kBusy), 6);
  EXPECT_EQ(ExitCode(ErrorKind::kFenced), 6);
  EXPECT_EQ(ExitCode(ErrorKind::kCorrupt), 7);
  EXPECT_EQ(ExitCode(ErrorKind::kUndecidable), 8);
  EXPECT_EQ(ExitCode(ErrorKind::kFailed), 9);
  EXPECT_EQ(ExitCode(ErrorKind::kStopped), 10);
  EXPECT_EQ(ExitCode(ErrorKind::kTransient), 10);
  EXPECT_EQ(ExitCode(ErrorKind::kInDoubt), 10);
  EXPECT_EQ(ExitCode(ErrorKind::kUnreachable), 11);
  EXPECT_EQ(ExitCode(ErrorKind::kStale), 12);
  EXPECT_EQ(ExitCode(ErrorKind::kVerification), 13);
  EXPECT_EQ(ExitCode(ErrorKind::kUsage), 64);
  EXPECT_EQ(ExitCode(ErrorKind::kNotYet), 75);
  EXPECT_EQ(ExitCode(ErrorKind::kConfig), 78);
}

TEST(ErrorTest, TextHasEverythingThatIsThere) {
  EXPECT_EQ(ToString(Error{ErrorKind::kRefused,
                           "IL-G03",
                           "web 1.41 still runs",
                           {"web-1 on host-a", "web-2 on host-b"},
                           "stop them"}),
            "web 1.41 still runs\n  web-1 on host-a\n  web-2 on host-b\n  stop them  [IL-G03]");
  EXPECT_EQ(ToString(Error{ErrorKind::kInternal, "", "a bug", {}, ""}), "a bug");
}

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail(ErrorKind::kUsage, "IL-X1", "odd", "take an even one", {"line"});
  return number / 2;
}
Result<int> Quarter(int number) {
  IL_ASSIGN(const int half, Half(number));
  IL_RETURN_IF_ERROR(Half(half));
  return Half(half);
}

TEST(ResultTest, ErrorsLeaveTheFunctionUnchanged) {
  EXPECT_EQ(Quarter(8).value(), 2);
  for (int number : {3, 6}) {
    const auto result = Quarter(number);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(ToString(result.error()), "odd\n  line\n  take an even one  [IL-X1]");
  }
}

}  // namespace
}  // namespace interlock
