// A copy of the server takes over that lacks the last commits, while nobody runs: the release
// chain, which lies elsewhere, has seen them.
#include <gtest/gtest.h>

#include "ledger/chain.h"
#include "simulation/scenario.h"

namespace interlock::simulation {
namespace {

TEST(LostCommits, ReleaseChainElsewhereTellsOfThem) {
  FakeServer server;
  FakeServer home;
  const FakeServer copy = server;
  ASSERT_TRUE(RunOnceAtHome(server, home, Until::kExpanded));
  ASSERT_FALSE(server.chains["main"].empty());

  FakeServer promoted = copy;
  promoted.instances = server.instances;
  const auto run = RunOnceAtHome(promoted, home, Until::kContracted);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::kUndecidable);
  EXPECT_EQ(run.error().code, "IL-R23") << ToString(run.error());
  EXPECT_EQ(CanonicalText(promoted.catalog), CanonicalText(copy.catalog)) << "it changed something";
  EXPECT_TRUE(promoted.chains["main"].empty()) << "it wrote to the wrong copy";

  // A person decides that the copy counts; then the release is done from there.
  promoted.EndSessions();
  const auto reconciled = ReconcileAtHome(promoted, home);
  ASSERT_TRUE(reconciled) << ToString(reconciled.error());
  promoted.EndSessions();
  const auto again = RunOnceAtHome(promoted, home, Until::kContracted);
  ASSERT_TRUE(again) << ToString(again.error());
  EXPECT_EQ(again->state, ReleaseState::kFinished);
  EXPECT_TRUE(promoted.violations.empty());
  for (const auto* side : {&promoted, &home})
    for (const auto& [name, entries] : side->chains)
      EXPECT_TRUE(entries.empty() || VerifyChain(entries)) << name;
}

// Where both chains lie in one database, they are lost together or somebody cut one.
TEST(LostCommits, AChainThatWasCutIsNotBuiltOn) {
  FakeServer server;
  ASSERT_TRUE(RunOnce(server, StandardMoveTable(), std::chrono::hours(24)));
  server.EndSessions();
  const auto whole = server.chains["main"];
  for (const size_t left : {whole.size() / 2, size_t{1}, size_t{0}}) {
    server.chains["main"] = {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(left)};
    const FakeServer before = server;
    const auto run = RunOnce(server, StandardMoveTable(), std::chrono::hours(24));
    ASSERT_FALSE(run) << left;
    EXPECT_EQ(run.error().kind, ErrorKind::kCorrupt);
    EXPECT_EQ(run.error().code, left == 0 ? "IL-L09" : "IL-L07") << ToString(run.error());
    EXPECT_EQ(CanonicalText(server.catalog), CanonicalText(before.catalog));
    EXPECT_EQ(server.chains, before.chains) << "it built on what was cut";
    server.EndSessions();
  }
  server.chains["main"] = whole;
  EXPECT_TRUE(RunOnce(server, StandardMoveTable(), std::chrono::hours(24)));
}

TEST(LostCommits, NothingIsSaidOfAServerThatHasThemAll) {
  FakeServer server;
  FakeServer home;
  for (const Until until : {Until::kExpanded, Until::kReleased, Until::kContracted}) {
    const auto run = RunOnceAtHome(server, home, until);
    ASSERT_TRUE(run) << ToString(run.error());
    server.EndSessions();
  }
}

}  // namespace
}  // namespace interlock::simulation
