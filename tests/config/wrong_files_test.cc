#include "config/wrong_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlock::config_test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<WrongCase> AllCases() {
  std::vector<WrongCase> out;
  for (const char* name : {"project", "databases", "migrations", "changes", "plans"}) {
    auto cases =
        ReadCases(std::string(INTERLOCK_SOURCE_DIR "/tests/config/wrong/") + name + ".txt");
    for (auto& wrong : cases) wrong.name = std::string(name) + "_" + wrong.name;
    out.insert(out.end(), cases.begin(), cases.end());
  }
  return out;
}

class WrongFile : public ::testing::TestWithParam<WrongCase> {};

TEST_P(WrongFile, GivesItsOneMessage) {
  Workspace workspace(WithDefaults(GetParam().files));
  const auto error = LoadEverything(GetParam());
  ASSERT_TRUE(error.has_value()) << "nothing wrong was found";
  EXPECT_EQ(error->kind, ErrorKind::kConfig);
  EXPECT_EQ(ExitCode(error->kind), 78);
  EXPECT_EQ(ToString(*error), GetParam().expected);
  EXPECT_THAT(ToString(*error), Not(HasSubstr("hunter2")));
}

TEST_P(WrongFile, IsFoundByCheckUnlessItNeedsASecret) {
  Workspace workspace(WithDefaults(GetParam().files));
  const auto errors = CheckAll("interlock.toml", GetParam().environment, TestEnv());
  ASSERT_TRUE(errors.has_value()) << ToString(errors.error());
  std::vector<std::string> texts;
  for (const auto& error : *errors) {
    EXPECT_EQ(error.kind, ErrorKind::kConfig);
    EXPECT_THAT(ToString(error), Not(HasSubstr("hunter2")));
    texts.push_back(ToString(error));
  }
  if (GetParam().load_only) {
    EXPECT_THAT(texts, IsEmpty());
  } else {
    EXPECT_THAT(texts, Contains(GetParam().expected));
  }
}

std::string NameOf(const ::testing::TestParamInfo<WrongCase>& info) {
  std::string out;
  for (const char c : info.param.name) out += c == '-' ? '_' : c;
  return out;
}

INSTANTIATE_TEST_SUITE_P(Files, WrongFile, ::testing::ValuesIn(AllCases()), NameOf);

}  // namespace
}  // namespace interlock::config_test
