// What lives on while a release waits for its next run must not change what it is.
#include <gtest/gtest.h>

#include "simulation/scenario.h"

namespace interlock::simulation {
namespace {

const TableName kUsers{"public", "users"};

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
TEST(UnderWay, StatisticsThatTheServerCollectsMeanwhile) {
  FakeServer server;
  server.catalog.tables[kUsers].row_estimate = -1;
  RunUpToTheFirstOutcome(server);
  server.catalog.tables[kUsers].row_estimate = 1000;
  const auto run = RunOnceWithTwo(server);
  ASSERT_TRUE(run) << ToString(run.error());
  EXPECT_EQ(run->state, ReleaseState::kFinished);
  EXPECT_NE(server.catalog.tables[kUsers].FindColumn("country"), nullptr);
  EXPECT_TRUE(server.violations.empty());
}

}  // namespace
}  // namespace interlock::simulation
