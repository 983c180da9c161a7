// What is said of a release from its record, bundles, and plan's text.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/bundle.h"
#include "cli/plan_text.h"
#include "cli/release_view.h"
#include "cli/text_style.h"
#include "model/json.h"

namespace interlock::cli {
namespace {

Step MakeStep(const std::string& id, Phase phase, bool irreversible = false) {
  Step step;
  step.id = "0002-x/" + id;
  step.migration = "0002-x";
  step.phase = phase;
  step.summary = "do " + id;
  step.irreversible = irreversible;
  step.lock = LockLevel::kAccessExclusive;
  if (!irreversible) step.undo = action::DropColumns{};
  return step;
}

class ReleaseViewTest : public testing::Test {
 protected:
  ReleaseViewTest() {
    release_.id = "names";
    release_.plan.id = "names";
    release_.plan.migrations = {"0002-x"};
    release_.plan.rollouts = {{"web", "1.41.2", "1.42.0", {{100, true}}, Duration(0)}};
    release_.planned_at = release_.state_at = 1;
    database_.chain = "main";
    MigrationHistory migration;
    migration.migration.id = "0002-x";
    migration.release = "names";
    migration.steps = {MakeStep("expand/1-add", Phase::kExpand),
                       MakeStep("contract/1-quarantine", Phase::kContract),
                       MakeStep("contract/2-drop", Phase::kContract, true)};
    database_.migrations["0002-x"] = migration;
  }
  ReleaseView View() { return ViewRelease(release_, {&database_}, entries_); }
  void Done(const std::string& id) {
    auto& step = database_.steps["0002-x/" + id];
    step.intended = step.succeeded = true;
  }
  void At(ReleaseState state, SchemaState schema) {
    release_.state = state;
    database_.migrations["0002-x"].state = schema;
  }

  ReleaseHistory release_;
  DatabaseHistory database_;
  std::vector<Entry> entries_;
};

TEST_F(ReleaseViewTest, CutInTheMiddleOfAStep) {
  At(ReleaseState::kExpanding, SchemaState::kExpanding);
  database_.steps["0002-x/expand/1-add"].intended = true;
  const auto view = View();
  EXPECT_EQ(view.next_step, "0002-x/expand/1-add");
  EXPECT_EQ(view.steps_done, 0u);
  ASSERT_EQ(view.stopped.size(), 1u);
  EXPECT_NE(view.stopped[0].find("cut in the middle"), std::string::npos);
  EXPECT_EQ(view.next_command, "interlock deploy names");
  EXPECT_NE(view.safety.find("rollback is possible"), std::string::npos);
}

TEST_F(ReleaseViewTest, WhatIsBeingWorkedOnWasNotCut) {
  At(ReleaseState::kExpanding, SchemaState::kExpanding);
  database_.steps["0002-x/expand/1-add"].intended = true;
  const auto view = ViewRelease(release_, {&database_}, entries_, "ann, pid 7 on laptop");
  EXPECT_EQ(view.running, "ann, pid 7 on laptop");
  EXPECT_TRUE(view.stopped.empty());
  EXPECT_EQ(view.next_command, "interlock status names --watch");
  At(ReleaseState::kFinished, SchemaState::kContracted);
  EXPECT_EQ(ViewRelease(release_, {&database_}, entries_, "ann").running, "");
}

TEST_F(ReleaseViewTest, AFailedStepNamesItsDoor) {
  At(ReleaseState::kExpanding, SchemaState::kExpanding);
  auto& step = database_.steps["0002-x/expand/1-add"];
  step.intended = step.failed = true;
  step.error = "no such type";
  const auto view = View();
  ASSERT_FALSE(view.stopped.empty());
  EXPECT_EQ(view.stopped[0], "step 0002-x/expand/1-add failed: no such type");
  EXPECT_TRUE(view.next_command.starts_with("interlock retry 0002-x/expand/1-add"));
}

TEST_F(ReleaseViewTest, AClosedGateIsShownUntilTheStateMovesOn) {
  At(ReleaseState::kReleased, SchemaState::kExpanded);
  Done("expand/1-add");
  Entry gate;
  gate.kind = EntryKind::kGate;
  gate.release = "names";
  gate.at = 5;
  gate.body = CanonicalJson({{"point", "contract"},
                             {"open", false},
                             {"code", "IL-G15"},
                             {"headline", "1 approval is missing"},
                             {"migration", "0002-x"}});
  entries_ = {gate};
  auto view = View();
  ASSERT_TRUE(view.closed_gate);
  EXPECT_EQ(view.next_command, "interlock approve names --reason …");
  EXPECT_TRUE(view.migrations[0].pending_contract);
  Entry word;  // it was not asked again since bob agreed: that is the next thing
  word.kind = EntryKind::kApproved;
  word.release = "names";
  word.actor = "bob";
  word.at = 6;
  word.body = "{}";
  entries_.push_back(word);
  view = View();
  EXPECT_EQ(view.stopped.back(), "  since then bob approved: go on");
  EXPECT_EQ(view.next_command, "interlock contract --due");
  Entry state;
  state.kind = EntryKind::kReleaseState;
  state.release = "names";
  state.at = 6;
  state.body = "{}";
  entries_.push_back(state);
  EXPECT_FALSE(View().closed_gate);
}

TEST_F(ReleaseViewTest, TheNextCommandAttestsWithoutTheStatementWhereThereIsOne) {
  At(ReleaseState::kReleased, SchemaState::kExpanded);
  Entry gate;
  gate.kind = EntryKind::kGate;
  gate.release = "names";
  gate.body = CanonicalJson({{"point", "contract"}, {"open", false}, {"code", "IL-G17"}});
  entries_ = {gate};
  release_.plan.gates = {{GatePoint::kContract, "It is moved", 0}};
  EXPECT_EQ(View().next_command, "interlock attest names --reason …");
  release_.plan.gates.push_back({GatePoint::kContract, "It is told", 0});
  EXPECT_EQ(View().next_command, "interlock attest names \"STATEMENT\" --reason …");
}

TEST_F(ReleaseViewTest, SafetyKnowsThePointOfNoReturn) {
  At(ReleaseState::kContracting, SchemaState::kContracting);
  Done("expand/1-add");
  Done("contract/1-quarantine");
  EXPECT_NE(View().safety.find("rollback is possible"), std::string::npos);
  database_.steps["0002-x/contract/2-drop"].intended = true;
  EXPECT_NE(View().safety.find("point of no return is passed"), std::string::npos);
  EXPECT_EQ(View().safety.find("rollback is possible"), std::string::npos);
}

TEST_F(ReleaseViewTest, SafetyIsNotVouchedForWhenNothingCanBeTold) {
  At(ReleaseState::kRollingOut, SchemaState::kExpanded);
  const auto view = View();
  EXPECT_EQ(SafetyLine(view, ErrorKind::kFailed), view.safety);
  EXPECT_NE(view.safety.find("web 1.41.2 and 1.42.0 work"), std::string::npos);
  EXPECT_TRUE(SafetyLine(view, ErrorKind::kUndecidable).starts_with("By the record: "));
  EXPECT_TRUE(SafetyLine(view, ErrorKind::kDrift).starts_with("By the record: "));
}

TEST_F(ReleaseViewTest, AnEndedReleaseAsksForNothing) {
  At(ReleaseState::kFinished, SchemaState::kContracted);
  const auto view = View();
  EXPECT_TRUE(view.ended);
  EXPECT_EQ(view.next_command, "");
  EXPECT_TRUE(view.stopped.empty());
}

PlannedRelease MakeRelease() {
  PlannedRelease release;
  release.plan.id = "names";
  release.plan.summary = "Names";
  release.plan.migrations = {"0002-x"};
  PlannedMigration planned;
  planned.migration.id = "0002-x";
  planned.migration.database = "main";
  planned.migration.hash = ContentHash(planned.migration);
  release.migrations = {planned};
  release.digest = std::string(64, 'd');
  return release;
}

TEST(Bundle, IsReadBackAsItWasWritten) {
  const auto text = WriteBundle(MakeRelease());
  const auto bundle = ReadBundle(text, "b.json");
  ASSERT_TRUE(bundle) << ToString(bundle.error());
  EXPECT_EQ(bundle->plan.id, "names");
  EXPECT_EQ(bundle->digest, std::string(64, 'd'));
  ASSERT_EQ(bundle->migrations.size(), 1u);
  EXPECT_EQ(bundle->migrations[0].id, "0002-x");
}

TEST(Bundle, WhatWasEditedIsRefused) {
  auto body = nlohmann::json::parse(WriteBundle(MakeRelease()));
  auto edited = body;
  edited["migrations"][0]["database"] = "other";
  for (const auto& wrong :
       {edited.dump(), std::string("{}"), std::string("not json"), std::string("[1]")}) {
    const auto bundle = ReadBundle(wrong, "b.json");
    ASSERT_FALSE(bundle) << wrong;
    EXPECT_EQ(bundle.error().code, "IL-U14");
    EXPECT_EQ(bundle.error().kind, ErrorKind::kConfig);
  }
}

TEST(PlanText, Golden) {
  PlanView view;
  view.id = "names";
  view.summary = "Names";
  view.digest = std::string(64, 'd');
  PlannedMigration planned;
  planned.migration.id = "0002-x";
  planned.migration.database = "main";
  planned.migration.summary = "Split the name";
  planned.migration.why = "Invoices";
  planned.migration.refs = {"SHOP-1"};
  view.migrations = {planned};
  PlannedStepView add{1, MakeStep("expand/1-add", Phase::kExpand), "main", 1200, true, {}};
  PlannedStepView drop{2,      MakeStep("contract/1-drop", Phase::kContract, true),
                       "main", 1200,
                       false,  {"ALTER TABLE users\n  DROP COLUMN name"}};
  drop.step.hazards = {"view v uses it"};
  view.steps = {add, drop};
  view.no_return = 2;
  view.rollouts = {{"web", "", "1.42.0", {{1, false}, {100, true}}, std::chrono::seconds(30)}};
  view.gates = {{"contract", "approvals: 1", true, true},
                {"contract", "census: no version that needs the old shape lives", false, false}};
  const std::string lock(ToString(LockLevel::kAccessExclusive));
  EXPECT_EQ(Render(PlanText(view), false),
            "names: Names\n"
            "digest dddddddddddddddd\n"
            "\n"
            "0002-x  on main: Split the name\n"
            "  why: Invoices (SHOP-1)\n"
            "  ✓1  expand    do expand/1-add\n"
            "                lock: " +
                lock +
                " · about 1,200 rows · undo: yes\n"
                "   2  contract  do contract/1-drop\n"
                "                lock: " +
                lock +
                " · about 1,200 rows · no way back\n"
                "                ! view v uses it\n"
                "                ALTER TABLE users\n"
                "                  DROP COLUMN name\n"
                "\n"
                "Rollout\n"
                "  web: what runs → 1.42.0, batches 1, 100%, healthy for 30 s\n"
                "\n"
                "Gates\n"
                "  before contract  ✓ approvals: 1\n"
                "  before contract  · census: no version that needs the old shape lives\n"
                "\n"
                "The way back\n"
                "  Until step 2 begins, rollback loses nothing.\n"
                "  Point of no return: step 2, do contract/1-drop.\n");
  view.steps[1].done = true;
  EXPECT_NE(PlanText(view).find("Step 2, do contract/1-drop, is done: the point of no return is "
                                "passed."),
            std::string::npos);
}

}  // namespace
}  // namespace interlock::cli
