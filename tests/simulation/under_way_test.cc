// What lives on while a release waits for its next run must not change what it is.
#include <gtest/gtest.h>

#include "simulation/scenario.h"
#include "simulation/servers.h"

namespace interlock::simulation {
namespace {

class UnderWay : public testing::TestWithParam<ServerKind> {};

INSTANTIATE_TEST_SUITE_P(Servers, UnderWay, testing::Values(kTogether, kOneByOne), NameOf);

/// Cuts the run after the first step of the first migration.
void RunUpToTheFirstOutcome(FakeServer& server) {
  server.on_append = [](const EntryDraft& draft, bool appended) {
    if (draft.kind == EntryKind::kStepOutcome && appended) throw Crash{};
  };
  EXPECT_THROW((void)RunOnceWithTwo(server), Crash);
  server.on_append = nullptr;
  server.EndSessions();
}

// Planned anew, the second migration would be without its ANALYZE, so another release.
TEST_P(UnderWay, StatisticsThatTheServerCollectsMeanwhile) {
  FakeServer server(GetParam());
  server.catalog.tables[kUsers].row_estimate = -1;
  RunUpToTheFirstOutcome(server);
  server.catalog.tables[kUsers].row_estimate = 1000;
  const auto run = RunOnceWithTwo(server);
  ASSERT_TRUE(run) << ToString(run.error());
  EXPECT_EQ(run->state, ReleaseState::kFinished);
  EXPECT_NE(server.catalog.tables[kUsers].FindColumn("country"), nullptr);
  EXPECT_TRUE(server.violations.empty());
}

// Somebody who stands between what was observed and the claim under which it is recorded.
TEST_P(UnderWay, WhatIsChangedBeforeItsOutcomeIsWrittenIsNotDone) {
  FakeServer server(GetParam());
  bool meddled = false;
  server.on_claim = [&](const std::string& object) {
    for (auto& column : server.catalog.tables[kUsers].columns) {
      if (meddled || object != "schema" || column.name != "first_name") continue;
      column.type = "integer";
      meddled = true;
    }
  };
  const auto run = RunOnce(server, StandardMoveTable());
  EXPECT_TRUE(meddled);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, "IL-R34");
  for (const auto& entry : server.chains["main"]) {
    EXPECT_NE(entry.kind, EntryKind::kStepOutcome) << entry.step;
  }
}

// Somebody who stands between an intent and the claim under which it is carried out.
TEST_P(UnderWay, WhatIsChangedAfterAnIntentIsNotBuiltUpon) {
  FakeServer server(GetParam());
  bool intended = false;
  bool meddled = false;
  server.on_append = [&](const EntryDraft& draft, bool appended) {
    intended |= appended && draft.kind == EntryKind::kStepIntent &&
                draft.step.find("quarantine") != std::string::npos;
  };
  server.on_claim = [&](const std::string& object) {
    if (!intended || meddled || object != "schema") return;
    for (auto& column : server.catalog.tables[kUsers].columns)
      if (column.name == "first_name") column.type = "integer";
    meddled = true;
  };
  const auto run = RunOnce(server, StandardMoveTable());
  EXPECT_TRUE(meddled);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, "IL-R30");
  EXPECT_NE(server.catalog.tables[kUsers].FindColumn("name"), nullptr) << "it was renamed";
}

}  // namespace
}  // namespace interlock::simulation
