#include "rollout/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollout/fake_driver.h"

namespace interlock {
namespace {

using ::testing::ElementsAre;
using testing::FakeClock;
using testing::FakeDriver;
using testing::FakeWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KillMoment;
using namespace std::chrono_literals;

const std::map<std::string, std::string> kFour{
    {"web-1", "1"}, {"web-2", "1"}, {"web-3", "1"}, {"web-10", "1"}};

struct Bench {
  FakeWorld world;
  FakeClock clock;
  std::set<std::string> refused;  // versions that may not start
  bool keep_running = true;
  std::function<bool()> stop;
  Duration bake = 5s;
  std::vector<Batch> batches{{1, false}, {50, true}, {100, true}};
  std::vector<std::string> told;

  Result<RolloutOutcome> Run(FakeDriver& driver, const std::string& from = "1",
                             const std::string& to = "2") {
    RolloutRequest request;
    request.app = "web";
    request.from = from;
    request.to = to;
    request.batches = batches;
    request.bake = bake;
    request.unfinished = UnfinishedInstances(world.entries);
    RolloutHooks hooks;
    hooks.may_start = [&](const std::string& version) {
      return refused.contains(version)
                 ? ClosedGate(ErrorKind::kRefused, "IL-G02", "web " + version + " may not run")
                 : OpenGate();
    };
    hooks.record = [&](const RolloutEntry& entry) {
      return driver.Call("record", [&] { world.entries.push_back(entry); });
    };
    hooks.tick = [&] { return keep_running; };
    hooks.stop_requested = stop;
    hooks.progress = [&](const RolloutProgress& progress) {
      told.push_back(std::string(ToString(progress.what)) + " " + progress.instance);
    };
    world.Look();
    return RolloutRunner(request, driver, clock, hooks).Run();
  }

  bool AllAt(const std::string& version, size_t count = 4) const {
    return world.up.size() == count &&
           std::all_of(world.up.begin(), world.up.end(),
                       [&](const auto& entry) { return entry.second == version; });
  }
};

std::vector<std::string> Only(const std::vector<std::string>& log, const std::string& verb) {
  std::vector<std::string> out;
  for (const auto& line : log)
    if (line.starts_with(verb + " ")) out.push_back(line.substr(verb.size() + 1));
  return out;
}

TEST(Rollout, MovesAllInOrderOneAtATime) {
  Bench bench;
  bench.world.up = kFour;
  FakeDriver driver(bench.world);
  const auto outcome = bench.Run(driver);
  ASSERT_TRUE(outcome) << ToString(outcome.error());
  EXPECT_TRUE(bench.AllAt("2"));
  EXPECT_EQ(bench.world.fewest_up, 3U);
  EXPECT_THAT(bench.world.drained, IsEmpty());
  EXPECT_THAT(outcome->moved, ElementsAre("web-1", "web-2", "web-3", "web-10"));
  EXPECT_THAT(Only(driver.log, "start"), ElementsAre("web-1 2", "web-2 2", "web-3 2", "web-10 2"));
  EXPECT_THAT(Only(bench.told, "batch"), ElementsAre("", "", ""));
  EXPECT_EQ(Only(bench.told, "bake").size(), 3U);
  EXPECT_GE(bench.clock.Elapsed(), Duration(1'000'000'000) + 15s);
  EXPECT_LE(bench.clock.longest_sleep, 200ms);
  EXPECT_THAT(UnfinishedInstances(bench.world.entries), IsEmpty());
}

TEST(Rollout, DoneIsDone) {
  Bench bench;
  bench.world.up = {{"web-1", "2"}, {"web-2", "2"}};
  FakeDriver driver(bench.world);
  const auto outcome = bench.Run(driver);
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->moved, IsEmpty());
  EXPECT_THAT(outcome->instances, ElementsAre("web-1", "web-2"));
  EXPECT_THAT(bench.world.entries, IsEmpty());
  EXPECT_THAT(Only(driver.log, "start"), IsEmpty());
  EXPECT_THAT(Only(driver.log, "drain"), IsEmpty());
  bench.world.up.clear();
  FakeDriver empty(bench.world);
  EXPECT_THAT(bench.Run(empty)->instances, IsEmpty());
}

TEST(Rollout, BackIsTheSameCallExchanged) {
  Bench bench;
  bench.world.up = {{"web-1", "2"}, {"web-2", "1"}, {"web-3", "1"}};
  FakeDriver driver(bench.world);
  ASSERT_TRUE(bench.Run(driver, "2", "1"));
  EXPECT_TRUE(bench.AllAt("1", 3));
  EXPECT_THAT(Only(driver.log, "start"), ElementsAre("web-1 1"));
}

// Killed at the nth outside call, before or after its effect, then run again.
void KillEverywhere(bool can_drain, bool fixed, const std::vector<Batch>& batches) {
  for (const auto moment : {KillMoment::kBefore, KillMoment::kAfter}) {
    for (int at = 1;; ++at) {
      Bench bench;
      bench.batches = batches;
      bench.world.up = kFour;
      std::vector<std::string> names;
      if (fixed)
        for (const auto& [name, version] : kFour) names.push_back(name);
      FakeDriver killed(bench.world);
      killed.can_drain = can_drain;
      killed.fixed = names;
      killed.kill_at = at;
      killed.moment = moment;
      const auto first = bench.Run(killed);
      const bool met = killed.calls() >= at;
      ASSERT_NE(first.has_value(), met) << at;
      FakeDriver resumed(bench.world);
      resumed.can_drain = can_drain;
      resumed.fixed = names;
      const auto second = bench.Run(resumed);
      ASSERT_TRUE(second) << at << ": " << ToString(second.error());
      EXPECT_TRUE(bench.AllAt("2")) << at;
      EXPECT_GE(bench.world.fewest_up, 3U) << at;
      EXPECT_THAT(bench.world.versions_seen, ::testing::IsSubsetOf({"1", "2"}));
      EXPECT_THAT(bench.world.drained, IsEmpty()) << at;
      EXPECT_THAT(UnfinishedInstances(bench.world.entries), IsEmpty()) << at;
      if (!met) break;
    }
  }
}

TEST(Rollout, KilledAtEveryCallThenResumed) {
  KillEverywhere(true, false, {{1, false}, {50, true}, {100, true}});
  KillEverywhere(false, false, {{1, false}, {2, false}, {3, false}, {4, false}});
  KillEverywhere(true, true, {{100, true}});
}

TEST(Rollout, KilledTwiceThenResumed) {
  for (int first = 1; first < 40; ++first) {
    for (int second = 1; second < 25; ++second) {
      Bench bench;
      bench.world.up = {{"web-1", "1"}, {"web-2", "1"}, {"web-3", "1"}};
      for (const int at : {first, second}) {
        FakeDriver killed(bench.world);
        killed.kill_at = at;
        killed.moment = at % 2 == 0 ? KillMoment::kBefore : KillMoment::kAfter;
        (void)bench.Run(killed);
      }
      FakeDriver resumed(bench.world);
      ASSERT_TRUE(bench.Run(resumed)) << first << " " << second;
      EXPECT_TRUE(bench.AllAt("2", 3));
      EXPECT_GE(bench.world.fewest_up, 2U);
      EXPECT_THAT(bench.world.drained, IsEmpty());
    }
  }
}

TEST(Rollout, KilledWhilePuttingBackThenRolledBack) {
  for (const auto moment : {KillMoment::kBefore, KillMoment::kAfter}) {
    for (int at = 1; at < 200; ++at) {
      Bench bench;
      bench.world.up = kFour;
      FakeDriver killed(bench.world);
      killed.sick = [](const std::string& instance, const std::string& version) {
        return instance == "web-2" && version == "2";
      };
      killed.kill_at = at;
      killed.moment = moment;
      (void)bench.Run(killed);
      const bool met = killed.calls() >= at;
      FakeDriver back(bench.world);
      ASSERT_TRUE(bench.Run(back, "2", "1")) << at;
      EXPECT_TRUE(bench.AllAt("1")) << at;
      EXPECT_GE(bench.world.fewest_up, 3U) << at;
      EXPECT_THAT(bench.world.drained, IsEmpty()) << at;
      if (!met) break;
    }
  }
}

TEST(Rollout, FirstBatchThatNeverGetsHealthyIsPutBackWhole) {
  Bench bench;
  bench.world.up = kFour;
  FakeDriver driver(bench.world);
  driver.sick = [](const std::string&, const std::string& version) { return version == "2"; };
  const auto outcome = bench.Run(driver);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(outcome.error().code, "IL-A12");
  EXPECT_EQ(outcome.error().message, "web-1 2 was not healthy within 10s");
  EXPECT_EQ(outcome.error().hint,
            "all instances of web are back at 1: mend 2 and deploy again, or interlock rollback");
  EXPECT_TRUE(bench.AllAt("1"));
  EXPECT_EQ(bench.world.fewest_up, 3U);
  EXPECT_THAT(bench.world.drained, IsEmpty());
  EXPECT_THAT(UnfinishedInstances(bench.world.entries), IsEmpty());
}

TEST(Rollout, LaterBatchIsPutBackAloneTheFailedOneFirst) {
  Bench bench;
  bench.batches = {{1, false}, {3, false}, {100, true}};
  bench.world.up = kFour;
  FakeDriver driver(bench.world);
  driver.sick = [](const std::string& instance, const std::string& version) {
    return instance == "web-3" && version == "2";
  };
  const auto outcome = bench.Run(driver);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kStopped);
  EXPECT_EQ(outcome.error().code, "IL-A13");
  EXPECT_EQ(bench.world.up["web-1"], "2");
  for (const char* back : {"web-2", "web-3", "web-10"}) EXPECT_EQ(bench.world.up[back], "1");
  EXPECT_THAT(Only(driver.log, "start"),
              ElementsAre("web-1 2", "web-2 2", "web-3 2", "web-3 1", "web-2 1"));
  EXPECT_EQ(bench.world.fewest_up, 3U);
}

TEST(Rollout, SickWhileBakingPutsTheBatchBack) {
  Bench bench;
  bench.world.up = kFour;
  bench.bake = 30s;
  FakeDriver driver(bench.world);
  const auto sick_from = bench.clock.Elapsed() + 20s;
  driver.sick = [&](const std::string&, const std::string& version) {
    return version == "2" && bench.clock.Elapsed() > sick_from;
  };
  const auto outcome = bench.Run(driver);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "IL-A12");
  EXPECT_THAT(outcome.error().message, HasSubstr("did not stay healthy"));
  EXPECT_TRUE(bench.AllAt("1"));
}

TEST(Rollout, NotPutBackWhereTheOldVersionMayNotStart) {
  Bench bench;
  bench.world.up = kFour;
  bench.refused = {"1"};
  FakeDriver driver(bench.world);
  driver.sick = [](const std::string&, const std::string& version) { return version == "2"; };
  const auto outcome = bench.Run(driver);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kStopped);
  EXPECT_THAT(outcome.error().details, ::testing::Contains("web 1 may not run"));
  EXPECT_EQ(bench.world.up["web-1"], "2");
  EXPECT_EQ(bench.world.up["web-2"], "1");
}

// Each command of the first instance fails in turn, for good or by taking too long.
TEST(Rollout, EveryCommandFailing) {
  for (const auto kind : {ErrorKind::kFailed, ErrorKind::kTransient, ErrorKind::kRefused}) {
    for (const char* call :
         {"drain web-1", "stop web-1", "start web-1 2", "healthy web-1 2", "undrain web-1"}) {
      Bench bench;
      bench.world.up = kFour;
      FakeDriver driver(bench.world);
      bool failed = false;
      const bool once = std::string(call).starts_with("undrain");
      driver.fault = [&](const std::string& now) -> std::optional<Error> {
        if (now != call || (once && failed)) return std::nullopt;
        failed = true;
        return Error{kind, "IL-A02", std::string(call) + " failed", {}, ""};
      };
      const auto outcome = bench.Run(driver);
      ASSERT_FALSE(outcome) << call;
      EXPECT_GE(bench.world.fewest_up, 3U) << call;
      EXPECT_THAT(bench.world.versions_seen, ::testing::IsSubsetOf({"1", "2"}));
      const bool stop_fails = std::string(call).starts_with("stop");
      if (std::string(call).starts_with("drain") || stop_fails) {
        EXPECT_EQ(bench.world.up["web-1"], "1") << call;
      } else {
        EXPECT_TRUE(bench.AllAt("1")) << call;
        EXPECT_EQ(outcome.error().kind, ErrorKind::kFailed) << call;
      }
      EXPECT_EQ(bench.world.up.size(), 4U) << call;
      EXPECT_THAT(bench.world.drained, IsEmpty()) << call;
    }
  }
}

TEST(Rollout, StartThatTookTooLongButWorked) {
  Bench bench;
  bench.world.up = kFour;
  FakeDriver driver(bench.world);
  driver.fault = [&](const std::string& call) -> std::optional<Error> {
    if (call != "start web-1 2") return std::nullopt;
    bench.world.up["web-1"] = "2";
    return Error{ErrorKind::kTransient, "IL-A03", "too long", {}, ""};
  };
  EXPECT_TRUE(bench.Run(driver));
  EXPECT_TRUE(bench.AllAt("2"));
}

TEST(Rollout, RefusedBeforeAnythingIsTouched) {
  Bench bench;
  bench.world.up = kFour;
  bench.refused = {"2"};
  FakeDriver driver(bench.world);
  const auto outcome = bench.Run(driver);
  EXPECT_EQ(outcome.error().code, "IL-G02");
  EXPECT_EQ(outcome.error().kind, ErrorKind::kRefused);
  EXPECT_THAT(driver.log, ElementsAre("list"));
}

TEST(Rollout, RefusedBetweenStopAndStartBringsTheOldVersionUp) {
  for (const bool old_may : {true, false}) {
    Bench bench;
    bench.world.up = kFour;
    FakeDriver driver(bench.world);
    driver.fault = [&](const std::string& call) -> std::optional<Error> {
      if (call == "stop web-1") bench.refused = {"2"};
      if (call == "stop web-1" && !old_may) bench.refused.insert("1");
      return std::nullopt;
    };
    const auto outcome = bench.Run(driver);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(bench.AllAt("1"), old_may);
    EXPECT_EQ(outcome.error().kind, old_may ? ErrorKind::kRefused : ErrorKind::kStopped);
    if (old_may) continue;
    // Once it may, the same call carries on.
    bench.refused.clear();
    FakeDriver again(bench.world);
    EXPECT_TRUE(bench.Run(again));
    EXPECT_TRUE(bench.AllAt("2"));
    EXPECT_EQ(bench.world.fewest_up, 3U);
  }
}

TEST(Rollout, StopIsHonouredNeverBetweenStopAndStart) {
  for (const bool can_drain : {true, false}) {
    for (int after = 0; after < 60; ++after) {
      Bench bench;
      bench.world.up = kFour;
      int asked = 0;
      FakeDriver driver(bench.world);
      driver.can_drain = can_drain;
      bench.stop = [&] { return asked++ >= after || driver.calls() >= after; };
      const auto outcome = bench.Run(driver);
      EXPECT_EQ(bench.world.up.size(), 4U);
      EXPECT_THAT(bench.world.drained, IsEmpty());
      if (outcome) continue;
      EXPECT_EQ(outcome.error().kind, ErrorKind::kStopped);
      EXPECT_EQ(outcome.error().code, "IL-A11");
      bench.stop = nullptr;
      FakeDriver again(bench.world);
      EXPECT_TRUE(bench.Run(again));
      EXPECT_TRUE(bench.AllAt("2"));
    }
  }
}

TEST(Rollout, TickEndsItAtOnce) {
  Bench bench;
  bench.world.up = kFour;
  FakeDriver driver(bench.world);
  driver.sick = [&](const std::string&, const std::string&) {
    bench.keep_running = false;
    return true;
  };
  EXPECT_EQ(bench.Run(driver).error().code, "IL-A11");
  EXPECT_EQ(driver.log.back(), "healthy web-1 2");
}

TEST(Rollout, ThirdVersionAndMalformedListAreNotTouched) {
  Bench bench;
  bench.world.up = {{"web-1", "1"}, {"web-2", "0.9"}};
  FakeDriver driver(bench.world);
  const auto third = bench.Run(driver);
  EXPECT_EQ(third.error().code, "IL-A10");
  EXPECT_THAT(third.error().details, ElementsAre("web-2 runs 0.9"));
  FakeDriver malformed(bench.world);
  malformed.fault = [](const std::string&) {
    return Error{ErrorKind::kUndecidable, "IL-A04", "nonsense", {}, ""};
  };
  EXPECT_EQ(bench.Run(malformed).error().kind, ErrorKind::kUndecidable);
  EXPECT_EQ(malformed.calls(), 1);
}

TEST(Rollout, DriverThatOnlyPretends) {
  Bench bench;
  bench.world.up = kFour;
  class Pretender : public FakeDriver {
   public:
    using FakeDriver::FakeDriver;
    Result<std::vector<Instance>> List() override {
      return std::vector<Instance>{{"web", "w", "1"}};
    }
  } driver(bench.world);
  EXPECT_EQ(bench.Run(driver).error().code, "IL-A14");
}

TEST(Rollout, InstanceThatVanishesAfterItsMoveFailsTheBatch) {
  Bench bench;
  bench.world.up = kFour;
  FakeDriver driver(bench.world);
  bool crashed = false;
  driver.fault = [&](const std::string& call) -> std::optional<Error> {
    if (call == "list" && !crashed && bench.world.up["web-2"] == "2") {
      crashed = true;
      bench.world.up.erase("web-2");
    }
    return std::nullopt;
  };
  const auto outcome = bench.Run(driver);
  EXPECT_EQ(outcome.error().message, "web-2 is no longer listed");
  EXPECT_EQ(bench.world.up["web-2"], "1");
}

TEST(Rollout, NothingRanBefore) {
  Bench bench;
  FakeDriver driver(bench.world);
  driver.fixed = {"web-1", "web-2"};
  EXPECT_TRUE(bench.Run(driver, "", "2"));
  EXPECT_TRUE(bench.AllAt("2", 2));
  bench.world.up.clear();
  bench.world.entries.clear();
  FakeDriver sick(bench.world);
  sick.fixed = {"web-1", "web-2"};
  sick.sick = [](const std::string&, const std::string&) { return true; };
  const auto outcome = bench.Run(sick, "", "2");
  EXPECT_EQ(outcome.error().code, "IL-A12");
  EXPECT_THAT(bench.world.up, IsEmpty());
}

TEST(Rollout, LedgerThatRefusesEndsItBeforeTheInstanceIsTouched) {
  Bench bench;
  bench.world.up = kFour;
  FakeDriver driver(bench.world);
  driver.fault = [](const std::string& call) -> std::optional<Error> {
    if (call != "record") return std::nullopt;
    return Error{ErrorKind::kFenced, "IL-L01", "someone took over", {}, ""};
  };
  EXPECT_EQ(bench.Run(driver).error().kind, ErrorKind::kFenced);
  EXPECT_THAT(driver.log, ElementsAre("list", "record"));
}

}  // namespace
}  // namespace interlock
