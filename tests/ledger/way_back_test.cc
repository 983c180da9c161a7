// What a way back leaves open: nothing, so that later releases on the table are judged without it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/fold.h"
#include "model/json.h"

namespace interlock {
namespace {

class WayBack : public ::testing::Test {
 protected:
  WayBack() {
    spec_.id = "0001-wider/1";
    spec_.table = members_;
    spec_.old_columns = {"seat"};
    Migration migration;
    migration.id = "0001-wider";
    ColumnSpec column;
    column.name = "place";
    const std::vector<Step> steps{
        MakeStep("0001-wider/expand/1-add", action::AddColumns{members_, {column}},
                 action::DropColumns{members_, {column}}),
        MakeStep("0001-wider/expand/2-install", action::InstallSync{spec_},
                 action::RemoveSync{spec_})};
    Append(EntryKind::kMigrationPlanned, "",
           {{"migration", ToJson(migration)}, {"steps", ToJson(steps)}});
    State("expanding");
    Append(EntryKind::kStepIntent, steps[0].id, nlohmann::json::object());
    Append(EntryKind::kStepOutcome, steps[0].id, nlohmann::json::object());
    Append(EntryKind::kStepIntent, steps[1].id, nlohmann::json::object());
  }

  static Step MakeStep(const std::string& id, Action action, Action undo) {
    Step step;
    step.id = id;
    step.migration = "0001-wider";
    step.action = std::move(action);
    step.undo = std::move(undo);
    return step;
  }
  void Append(EntryKind kind, const std::string& step, const nlohmann::json& body) {
    Entry entry;
    entry.chain = "main";
    entry.seq = history_.head.seq + 1;
    entry.at = static_cast<Timestamp>(entry.seq);
    entry.kind = kind;
    entry.release = "r1";
    entry.step = step;
    entry.body = CanonicalJson(body);
    const auto folded = Fold(history_, {entry});
    ASSERT_TRUE(folded) << ToString(folded.error());
  }
  void State(const std::string& state) {
    Append(EntryKind::kMigrationState, "", {{"migration", "0001-wider"}, {"state", state}});
  }

  const TableName members_{"public", "members"};
  SyncSpec spec_;
  DatabaseHistory history_;
};

TEST_F(WayBack, StepThatWasCutIsOpenUntilItBegins) {
  EXPECT_EQ(history_.OpenIntents(), std::vector<std::string>{"0001-wider/expand/2-install"});
  EXPECT_EQ(history_.IntendedSpecs(members_), std::vector<SyncSpec>{spec_});
  Append(EntryKind::kStepIntent, "0001-wider/expand/1-add/undo", nlohmann::json::object());
  EXPECT_EQ(history_.OpenIntents(), std::vector<std::string>{"0001-wider/expand/1-add/undo"});
  EXPECT_TRUE(history_.IntendedSpecs(members_).empty());
}

TEST_F(WayBack, StepThatWasCutIsNotOpenOnceItsMigrationIsGone) {
  State("absent");
  EXPECT_TRUE(history_.OpenIntents().empty());
  EXPECT_TRUE(history_.IntendedSpecs(members_).empty());
}

}  // namespace
}  // namespace interlock
