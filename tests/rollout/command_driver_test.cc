#include "rollout/command_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollout/scripts.h"

namespace interlock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(FillCommand, InsideArgumentsInOnePass) {
  EXPECT_THAT(FillCommand({"deploy/start", "--at={instance}:{version}", "{app}", "{other}"}, "/srv",
                          "web", "{version}", "1.2"),
              ElementsAre("/srv/deploy/start", "--at={version}:1.2", "web", "{other}"));
  EXPECT_THAT(FillCommand({"kubectl"}, "/srv", "", "", ""), ElementsAre("kubectl"));
  EXPECT_THAT(FillCommand({"/bin/x"}, "/srv", "", "", ""), ElementsAre("/bin/x"));
  EXPECT_THAT(FillCommand({"./x"}, "/srv", "", "", ""), ElementsAre("/srv/x"));
}

TEST(ParseInstanceList, Table) {
  const auto two = ParseInstanceList("web", "web-1 1.41\n\n  web-2\t1.42 \r\n");
  ASSERT_TRUE(two);
  EXPECT_THAT(*two,
              ElementsAre(Instance{"web", "web-1", "1.41"}, Instance{"web", "web-2", "1.42"}));
  EXPECT_TRUE(ParseInstanceList("web", "-\n")->empty());
  EXPECT_TRUE(ParseInstanceList("web", "web-1 -\nweb-2 -\n")->empty());
  EXPECT_THAT(ParseInstanceList("web", "web-1 -\nweb-2 1.42\n").value(),
              ElementsAre(Instance{"web", "web-2", "1.42"}));
  for (const char* wrong : {"", "\n", "web-1\n", "web-1 1 extra\n", "- 1 2", "-\nweb-1 1\n",
                            "web-1 1\nweb-1 2\n", "Error: no connection to server\n"}) {
    const auto list = ParseInstanceList("web", wrong);
    ASSERT_FALSE(list) << wrong;
    EXPECT_EQ(list.error().kind, ErrorKind::kUndecidable);
    EXPECT_EQ(list.error().code, "IL-A04");
  }
  EXPECT_THAT(ParseInstanceList("web", "web-1 1\nweb-2\n").error().message, HasSubstr("'web-2'"));
}

class CommandDriverTest : public ::testing::Test {
 protected:
  CommandDriverTest() {
    options_.app = "web";
    options_.root = folder_.path();
    options_.settings.driver = "command";
    options_.settings.list = {"./list", "{app}"};
    options_.settings.start = {"./start", "{instance}", "{version}"};
    options_.settings.stop = {"./stop", "{instance}"};
    options_.settings.healthy = {"./healthy", "{instance}", "{version}"};
    options_.settings.timeout = 20s;
  }
  testing::ScriptFolder folder_;
  CommandDriverOptions options_;
};

TEST_F(CommandDriverTest, RunsInTheRootWithArgumentsAndEnvironment) {
  folder_.Add("list", "echo \"$1-1 1.41\"");
  folder_.Add("start", "echo \"$1 $2 $INTERLOCK_APP $INTERLOCK_INSTANCE $MORE\" > started");
  options_.environment = {{"MORE", "m"}};
  CommandDriver driver(options_);
  EXPECT_THAT(driver.List().value(), ElementsAre(Instance{"web", "web-1", "1.41"}));
  EXPECT_TRUE(driver.Start("web-1", "1.42"));
  EXPECT_EQ(folder_.Read("started"), "web-1 1.42 web web-1 m\n");
  EXPECT_FALSE(driver.CanDrain());
  EXPECT_TRUE(driver.Drain("web-1"));
}

TEST_F(CommandDriverTest, FailureShowsExitCodeAndTheLastFiveLines) {
  folder_.Add("start", "for i in 1 2 3 4 5 6 7; do echo line $i; done; exit 9");
  const auto started = CommandDriver(options_).Start("web-1", "1.42");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(started.error().code, "IL-A02");
  EXPECT_THAT(started.error().message, HasSubstr("start of web-1 failed with exit code 9"));
  EXPECT_THAT(started.error().details,
              ElementsAre("line 3", "line 4", "line 5", "line 6", "line 7"));
}

TEST_F(CommandDriverTest, TimeoutAbortAbsentAndNotConfigured) {
  folder_.Add("start", "sleep 100");
  options_.settings.timeout = 200ms;
  EXPECT_EQ(CommandDriver(options_).Start("web-1", "2").error().kind, ErrorKind::kTransient);
  options_.tick = [] { return false; };
  EXPECT_EQ(CommandDriver(options_).Start("web-1", "2").error().kind, ErrorKind::kStopped);
  const auto absent = CommandDriver(options_).Stop("web-1");
  EXPECT_EQ(absent.error().kind, ErrorKind::kRefused);
  EXPECT_THAT(absent.error().message, HasSubstr(folder_.path() + "/stop"));
  options_.settings.stop.clear();
  EXPECT_EQ(CommandDriver(options_).Stop("web-1").error().kind, ErrorKind::kConfig);
}

TEST_F(CommandDriverTest, HealthSaysWhyNot) {
  folder_.Add("healthy", "test $2 = 1.42 || { echo \"$1 runs 1.41\" >&2; exit 1; }");
  CommandDriver driver(options_);
  EXPECT_TRUE(driver.Healthy("web-1", "1.42")->healthy);
  EXPECT_FALSE(driver.Healthy("web-1", "1.43")->healthy);
  EXPECT_EQ(driver.Healthy("web-1", "1.43")->why, "web-1 runs 1.41");
}

TEST_F(CommandDriverTest, WithoutAHealthCommandTheListAnswers) {
  folder_.Add("list", "echo web-1 1.42");
  options_.settings.healthy.clear();
  CommandDriver driver(options_);
  EXPECT_TRUE(driver.Healthy("web-1", "1.42")->healthy);
  EXPECT_FALSE(driver.Healthy("web-1", "1.41")->healthy);
  EXPECT_FALSE(driver.Healthy("web-2", "1.42")->healthy);
}

TEST_F(CommandDriverTest, FailingOrEmptyListIsNoList) {
  folder_.Add("list", "exit 1");
  EXPECT_EQ(CommandDriver(options_).List().error().code, "IL-A02");
  folder_.Add("list", ":");
  EXPECT_EQ(CommandDriver(options_).List().error().kind, ErrorKind::kUndecidable);
}

TEST_F(CommandDriverTest, FixedInstancesAreAtTheRecordedVersionThatHealthConfirms) {
  folder_.Add("healthy", "grep -qx \"$1 $2\" state");
  folder_.Add("start", "echo \"$1 $2\" >> state");
  folder_.Add("state", "web-1 1.41\nweb-2 1.42");
  options_.settings.list.clear();
  options_.settings.instances = {"web-1", "web-2", "web-3"};
  options_.recorded_versions = [](const std::string&) {
    return std::vector<std::string>{"1.42", "1.41"};
  };
  CommandDriver driver(options_);
  EXPECT_THAT(driver.FixedInstances(), ElementsAre("web-1", "web-2", "web-3"));
  EXPECT_THAT(driver.List().value(),
              ElementsAre(Instance{"web", "web-1", "1.41"}, Instance{"web", "web-2", "1.42"},
                          Instance{"web", "web-3", ""}));
  EXPECT_TRUE(driver.Start("web-3", "9"));
  EXPECT_EQ(driver.List()->back().version, "9");
  options_.settings.healthy.clear();
  EXPECT_EQ(CommandDriver(options_).List().error().kind, ErrorKind::kUndecidable);
}

}  // namespace
}  // namespace interlock
