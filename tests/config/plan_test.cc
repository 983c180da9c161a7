#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "config/examples.h"
#include "config/run_command.h"
#include "config/wrong_files.h"

namespace interlock::config_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kPlan[] = "plans/2026-11-22-names.toml";

class LoadPlanTest : public ::testing::Test {
 protected:
  LoadPlanTest() {
    project_.databases["main"].name = "main";
    project_.apps["web"].name = "web";
    project_.apps["web"].deploy.driver = "command";
    migrations_.resize(1);
    migrations_[0].id = "0002-split-name";
    migrations_[0].database = "main";
  }
  Result<Plan> Load(const std::string& text, std::map<std::string, std::string> sets = {}) {
    Workspace workspace(Files{{kPlan, text}});
    return LoadPlan(kPlan, project_, migrations_, TestEnv(), sets);
  }

  Project project_;
  std::vector<Migration> migrations_;
};

TEST_F(LoadPlanTest, ReadsTheExampleOfTheDesign) {
  const auto plan = Load(kNamesPlan, {{"WEB_VERSION", "1.42.0"}});
  ASSERT_TRUE(plan.has_value()) << ToString(plan.error());
  EXPECT_EQ(plan->id, "2026-11-22-names");
  EXPECT_EQ(plan->summary, "Names become two fields");
  EXPECT_EQ(plan->file, kPlan);
  EXPECT_THAT(plan->migrations, ElementsAre("0002-split-name"));
  EXPECT_THAT(plan->rollouts,
              ElementsAre(Rollout{
                  "web", "1.41.2", "1.42.0", {{1, false}, {50, true}, {100, true}}, seconds(30)}));
  EXPECT_EQ(plan->contract.soak, Duration(hours(24)));
  EXPECT_FALSE(plan->contract.quarantine.has_value());
  EXPECT_THAT(plan->gates, ElementsAre(GateSpec{GatePoint::kContract,
                                                "The nightly export no longer reads users.name", 0},
                                       GateSpec{GatePoint::kContract, "", 1}));
}

TEST_F(LoadPlanTest, FillsDefaultsIn) {
  const auto plan = Load(
      "[release]\nid = \"2026-11-22-names\"\n[[rollout]]\napp = \"web\"\nto = \"${SECRET}\"\n");
  ASSERT_TRUE(plan.has_value()) << ToString(plan.error());
  EXPECT_THAT(plan->migrations, IsEmpty());
  EXPECT_THAT(plan->rollouts, ElementsAre(Rollout{"web", "", "hunter2", {{100, true}}, {}}));
  EXPECT_THAT(plan->gates, IsEmpty());
}

TEST_F(LoadPlanTest, SetsComeBeforeTheEnvironment) {
  const auto plan =
      Load("[release]\nid = \"2026-11-22-names\"\n[[rollout]]\napp = \"web\"\nto = \"${SECRET}\"\n",
           {{"SECRET", "2"}});
  ASSERT_TRUE(plan.has_value()) << ToString(plan.error());
  EXPECT_EQ(plan->rollouts.at(0).to, "2");
}

TEST_F(LoadPlanTest, TheFloorFillsWhatThePlanDoesNotSay) {
  project_.environment = "prod";
  project_.contract_floor = {Duration(hours(24)), Duration(hours(1)), 2};
  const auto plan = Load(
      "[release]\nid = \"2026-11-22-names\"\nmigrations = [\"0002-split-name\"]\n"
      "[contract]\nquarantine = \"2h\"\n");
  ASSERT_TRUE(plan.has_value()) << ToString(plan.error());
  EXPECT_EQ(plan->contract.soak, Duration(hours(24)));
  EXPECT_EQ(plan->contract.quarantine, Duration(hours(2)));
  EXPECT_EQ(plan->contract.approvals, 2);
  EXPECT_THAT(plan->gates, ElementsAre(GateSpec{GatePoint::kContract, "", 2}));

  Plan without_file;
  ApplyContractFloor(project_, without_file);
  EXPECT_EQ(without_file.contract.soak, Duration(hours(24)));
  EXPECT_THAT(without_file.gates, ElementsAre(GateSpec{GatePoint::kContract, "", 2}));
}

TEST_F(LoadPlanTest, APlanMayAskForMoreThanTheFloor) {
  project_.environment = "prod";
  project_.contract_floor = {Duration(hours(24)), std::nullopt, 1};
  const auto plan = Load(
      "[release]\nid = \"2026-11-22-names\"\nmigrations = [\"0002-split-name\"]\n"
      "[contract]\nsoak = \"48h\"\n[[gate]]\nbefore = \"contract\"\napprovals = 3\n");
  ASSERT_TRUE(plan.has_value()) << ToString(plan.error());
  EXPECT_EQ(plan->contract.soak, Duration(hours(48)));
  EXPECT_EQ(plan->contract.approvals, 3);
  EXPECT_THAT(plan->gates, ElementsAre(GateSpec{GatePoint::kContract, "", 3}));
}

TEST_F(LoadPlanTest, RefusesAMigrationOfADatabaseThatIsNotConfigured) {
  migrations_[0].database = "other";
  const auto plan =
      Load("[release]\nid = \"2026-11-22-names\"\nmigrations = [\"0002-split-name\"]\n");
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(ToString(plan.error()),
            "plans/2026-11-22-names.toml:3:15: migration '0002-split-name' is for the database "
            "'other', which is not configured\n"
            "  expected a migration of a database in interlock.toml  [IL-C11]");
}

TEST_F(LoadPlanTest, SaysWhatAPlanIsWhenThereIsNone) {
  Workspace workspace(Files{});
  const auto plan = LoadPlan("plans/x.toml", project_, migrations_, TestEnv());
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(ToString(plan.error()),
            "plans/x.toml: there is no such file\n"
            "  name a plan, such as plans/2026-11-22-names.toml  [IL-C01]");
}

TEST(LoadUses, ReadsTheExampleOfTheDesign) {
  Workspace workspace(Files{{"uses.toml", kWebUses}});
  const auto uses = LoadUses("uses.toml");
  ASSERT_TRUE(uses.has_value()) << ToString(uses.error());
  EXPECT_EQ(uses->listed.size(), 2u);
  EXPECT_EQ(uses->listed.at("0002-split-name"), StateInterval::FromExpanded());
  EXPECT_EQ(uses->listed.at("0001-create-users"), StateInterval::UpToExpanded());
  EXPECT_THAT(uses->contains, IsEmpty());
}

TEST(RunCommand, EndsWhatRunsTooLong) {
  const auto slow = config::RunCommand({"sleep", "60"}, "", milliseconds(50), 100);
  ASSERT_FALSE(slow.has_value());
  EXPECT_EQ(slow.error().message, "'sleep' has not ended after 50ms");
}

TEST(RunCommand, EndsWhatPrintsTooMuch) {
  const auto yes = config::RunCommand({"yes"}, "", seconds(30), 100);
  ASSERT_FALSE(yes.has_value());
  EXPECT_EQ(yes.error().message, "'yes' prints more than 100 bytes");
}

TEST(RunCommand, SaysWhichSignalEndedIt) {
  const auto ended = config::RunCommand({"sh", "-c", "kill -TERM $$"}, "", minutes(1), 100);
  ASSERT_FALSE(ended.has_value());
  EXPECT_THAT(ended.error().message, HasSubstr("was ended by signal 15"));
}

}  // namespace
}  // namespace interlock::config_test
