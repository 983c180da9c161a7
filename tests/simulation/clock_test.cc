// The runner's machine has a wrong clock, or the server's is set: no soak is cut short by it, and
// nothing is waited for longer.
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/scenario.h"

namespace interlock::simulation {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kSoak = std::chrono::minutes(30);

/// How far the entries' times go apart.
Duration Span(const FakeServer& server) {
  Timestamp first = 0;
  Timestamp last = 0;
  for (const auto& [name, entries] : server.chains)
    for (const auto& entry : entries) {
      first = first == 0 ? entry.at : std::min(first, entry.at);
      last = std::max(last, entry.at);
    }
  return Duration(last - first);
}

TEST(Clock, SoakIsCountedByTheServersClock) {
  for (const Duration off : {kHour, -kHour}) {
    FakeServer server;
    auto run = RunOnce(server, StandardMoveTable(), kSoak);
    ASSERT_TRUE(run) << ToString(run.error());
    ASSERT_EQ(run->state, ReleaseState::kReleased);
    server.EndSessions();
    server.clock.off = off.count();
    run = RunOnce(server, StandardMoveTable(), kSoak);
    ASSERT_TRUE(run) << ToString(run.error());
    EXPECT_EQ(run->state, ReleaseState::kReleased) << "the soak is over too early";
    server.EndSessions();
    server.clock.Sleep(kSoak);
    run = RunOnce(server, StandardMoveTable(), kSoak);
    ASSERT_TRUE(run) << ToString(run.error());
    EXPECT_EQ(run->state, ReleaseState::kFinished) << "the soak takes longer than it should";
    EXPECT_LT(Span(server), kHour);
  }
}

/// A runner dies while it starts an instance; how long the next one needs.
Duration TimeAfterADeadMove(const std::function<void(FakeServer&)>& meanwhile) {
  FakeServer server;
  bool moved = false;
  server.on_append = [&](const EntryDraft& draft, bool done) {
    if (!done || moved || draft.kind != EntryKind::kRolloutMoved) return;
    moved = true;
    server.EndSessions();
    throw Crash{};
  };
  EXPECT_THROW((void)RunOnce(server, StandardMoveTable()), Crash);
  meanwhile(server);
  const Duration before = server.clock.Elapsed();
  const auto run = RunOnce(server, StandardMoveTable());
  EXPECT_TRUE(run && run->state == ReleaseState::kFinished) << (run ? "" : ToString(run.error()));
  return server.clock.Elapsed() - before;
}

TEST(Clock, DeadRunnersCommandsGetTheirTimeoutAndNoMore) {
  const Duration right = TimeAfterADeadMove([](FakeServer&) {});
  const auto runner = [&](Duration off) {
    return TimeAfterADeadMove([&](FakeServer& server) { server.clock.off = off.count(); });
  };
  EXPECT_EQ(runner(kHour), right);
  EXPECT_EQ(runner(-kHour), right);
  // The server's own clock is set back between the two runs.
  const Duration set_back = TimeAfterADeadMove(
      [](FakeServer& server) { server.clock.servers_off = -Duration(kHour).count(); });
  EXPECT_LT(set_back, right + std::chrono::minutes(5));
}

}  // namespace
}  // namespace interlock::simulation
