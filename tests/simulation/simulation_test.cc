// Faults at operation 1, 2, … until a run meets none; then pairs. The move
// table's changes are in mutation_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include "simulation/scenario.h"
#include "simulation/servers.h"

namespace interlock::simulation {
namespace {

/// Percent of the runs to make, from INTERLOCK_SIMULATION_SHARE: sanitized builds are slow.
int Share() {
  const char* text = std::getenv("INTERLOCK_SIMULATION_SHARE");
  return text == nullptr ? 100 : std::clamp(std::atoi(text), 1, 100);
}

/// Empty when the run is right.
std::string Judge(const ScenarioResult& result, const ScenarioResult& clean) {
  if (!result.violations.empty()) return result.Describe();
  if (!result.finished) return "did not reach the goal: " + result.Describe();
  if (result.final_catalog != clean.final_catalog)
    return "another catalog than the clean run's:\n" + result.final_catalog;
  return "";
}

/// Every sweep, on either kind of server.
class Simulation : public testing::TestWithParam<ServerKind> {};

INSTANTIATE_TEST_SUITE_P(Servers, Simulation, testing::Values(kTogether, kOneByOne), NameOf);

TEST_P(Simulation, CleanRunFinishes) {
  const auto clean = RunScenario({}, {GetParam()});
  EXPECT_TRUE(clean.finished) << clean.Describe();
  EXPECT_EQ(clean.runs, 1);
  EXPECT_TRUE(clean.violations.empty()) << clean.Describe();
  EXPECT_EQ(clean.final_catalog.find("column public.users.name"), std::string::npos);
}

struct Sweep {
  std::vector<std::string> wrong;  ///< runs that are not right, and why
  int mended = 0;                  ///< runs in which something half done was brought to order
};

/// Makes a run for each list of faults, on every core.
Sweep RunAll(const std::vector<std::vector<Fault>>& faults, const ScenarioResult& clean,
             const Scenario& scenario) {
  Sweep out;
  std::mutex mutex;
  std::atomic<size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
      threads.emplace_back([&] {
        for (size_t at = next++; at < faults.size(); at = next++) {
          const auto result = RunScenario(faults[at], scenario);
          const auto judged = Judge(result, clean);
          const std::lock_guard lock(mutex);
          out.mended += result.mends > 0 ? 1 : 0;
          if (judged.empty()) continue;
          std::string what;
          for (const auto& fault : faults[at])
            what += std::string(ToString(fault.kind)) + " at operation " +
                    std::to_string(fault.at) + ", ";
          out.wrong.push_back(what + judged);
        }
      });
  }
  return out;
}

/// What is half done there is seen and mended; where DDL stands in a transaction nothing ever is.
void ExpectNoneWrong(const std::vector<std::vector<Fault>>& faults, const ScenarioResult& clean,
                     const Scenario& scenario, const std::string& what) {
  const auto sweep = RunAll(faults, clean, scenario);
  constexpr size_t kShown = 10;
  EXPECT_EQ(sweep.wrong.size(), 0U);
  for (size_t i = 0; i < std::min(kShown, sweep.wrong.size()); ++i) ADD_FAILURE() << sweep.wrong[i];
  if (scenario.server.transactional_ddl || scenario.content == Content::kInPlace) {
    EXPECT_EQ(sweep.mended, 0);
  } else if (Share() == 100 && scenario.content != Content::kInPlaceOneWay) {
    EXPECT_GT(sweep.mended, 0);
  }
  std::cout << faults.size() << ' ' << what << ", " << clean.operations
            << " operations in a clean one, " << sweep.mended << " with something to mend\n";
}

/// Each of these kinds of faults at each operation.
std::vector<std::vector<Fault>> SingleFaults(int operations, const std::vector<FaultKind>& kinds) {
  std::vector<std::vector<Fault>> out;
  for (const FaultKind kind : kinds)
    for (int at = 1; at <= operations; at += 100 / Share()) out.push_back({{at, kind}});
  return out;
}

std::vector<FaultKind> KindsUpTo(FaultKind last) {
  std::vector<FaultKind> out;
  for (int kind = 0; kind <= static_cast<int>(last); ++kind)
    out.push_back(static_cast<FaultKind>(kind));
  return out;
}

/// For what is about where a run ends, not about how.
const std::vector<FaultKind> kCuts{FaultKind::kCrashBefore, FaultKind::kCrashGoesOn,
                                   FaultKind::kLostAfter, FaultKind::kTransient};

TEST_P(Simulation, EverySingleFault) {
  const Scenario scenario{GetParam()};
  const auto clean = RunScenario({}, scenario);
  ExpectNoneWrong(SingleFaults(clean.operations, KindsUpTo(FaultKind::kLaggingCopy)), clean,
                  scenario, "single-fault releases");
}

TEST_P(Simulation, ServerThatRefusesEverySecondConnectionIsNotAskedForEver) {
  FakeServer server(GetParam());
  server.bulk_refused = true;
  const Duration before = server.clock.Elapsed();
  const auto run = RunOnce(server, StandardMoveTable());
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::kUnreachable) << ToString(run.error());
  EXPECT_LT(server.clock.Elapsed() - before, std::chrono::minutes(2));
  EXPECT_LT(server.chains["main"].size(), 40U) << "each new turn leaves entries behind";
  server.EndSessions();
  server.bulk_refused = false;
  const auto again = RunOnce(server, StandardMoveTable());
  ASSERT_TRUE(again) << ToString(again.error());
  EXPECT_EQ(again->state, ReleaseState::kFinished);
}

TEST_P(Simulation, AutovacuumGivesWay) {
  FakeServer server(GetParam());
  server.vacuums = true;
  const auto run = RunOnce(server, StandardMoveTable());
  ASSERT_TRUE(run) << ToString(run.error());
  EXPECT_EQ(run->state, ReleaseState::kFinished);
  EXPECT_FALSE(server.vacuums);
}

void RollBackWithFaults(const Scenario& scenario) {
  const auto clean = RunScenario({}, scenario);
  ASSERT_TRUE(clean.finished) << clean.Describe();
  ASSERT_TRUE(clean.violations.empty()) << clean.Describe();
  EXPECT_EQ(clean.final_catalog, CanonicalText(ServerOf(scenario).catalog));
  ExpectNoneWrong(SingleFaults(clean.operations, KindsUpTo(FaultKind::kMeddleAdd)), clean, scenario,
                  "single-fault rollbacks");
}

TEST_P(Simulation, RollbackOfAReleaseThatIsOut) {
  RollBackWithFaults({GetParam(), Journey::kBackFromReleased});
}

/// Cut wherever it may be, a release can be taken back before its point of no return.
void CutAndRollBack(const Scenario& scenario) {
  const auto clean = RunScenario({}, scenario);
  ASSERT_TRUE(clean.finished) << clean.Describe();
  ASSERT_TRUE(clean.violations.empty()) << clean.Describe();
  EXPECT_EQ(clean.final_catalog, CanonicalText(ServerOf(scenario).catalog));
  ExpectNoneWrong(SingleFaults(clean.forward, kCuts), clean, scenario,
                  "releases cut and rolled back");
}

/// Cut on the way there, and once more on the way back.
void CutTwice(const Scenario& scenario, int pairs) {
  const auto clean = RunScenario({}, scenario);
  constexpr unsigned kSeed = 20261127;
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<int> there(1, clean.forward);
  std::uniform_int_distribution<int> back(1, clean.operations - clean.forward);
  std::uniform_int_distribution<int> kind(0, static_cast<int>(FaultKind::kFailover));
  std::vector<std::vector<Fault>> faults;
  for (int i = 0; i < pairs * Share() / 100; ++i) {
    const Fault first{there(random), FaultKind::kCrashBefore};
    const Fault second{first.at + back(random), static_cast<FaultKind>(kind(random))};
    faults.push_back({first, second});
  }
  ExpectNoneWrong(faults, clean, scenario,
                  "releases cut there and back, seed " + std::to_string(kSeed));
}

TEST_P(Simulation, RollbackFromWhereverItWasCut) {
  CutAndRollBack({GetParam(), Journey::kBackFromWhereverCut});
}

TEST_P(Simulation, RollbackInQuarantine) {
  RollBackWithFaults({GetParam(), Journey::kBackFromQuarantine});
}

/// ALTER TABLE, which one kind of server knows.
class Alter : public testing::TestWithParam<Content> {};

INSTANTIATE_TEST_SUITE_P(Ways, Alter, testing::Values(Content::kRebuild, Content::kInPlace),
                         [](const auto& info) {
                           return info.param == Content::kRebuild ? "Rebuild" : "InPlace";
                         });

TEST_P(Alter, EverySingleFault) {
  const Scenario scenario{kOneByOne, Journey::kForward, GetParam()};
  const auto clean = RunScenario({}, scenario);
  ASSERT_TRUE(clean.finished) << clean.Describe();
  ASSERT_TRUE(clean.violations.empty()) << clean.Describe();
  EXPECT_EQ(clean.runs, 1);
  ExpectNoneWrong(SingleFaults(clean.operations, KindsUpTo(FaultKind::kLaggingCopy)), clean,
                  scenario, "single-fault releases");
}

TEST_P(Alter, RollbackOfAReleaseThatIsOut) {
  RollBackWithFaults({kOneByOne, Journey::kBackFromReleased, GetParam()});
}

TEST(AlterBack, RollbackByARebuildOfWhatWasDoneInPlace) {
  RollBackWithFaults({kOneByOne, Journey::kBackFromReleased, Content::kInPlaceOneWay});
}

TEST_P(Alter, RollbackFromWhereverItWasCut) {
  CutAndRollBack({kOneByOne, Journey::kBackFromWhereverCut, GetParam()});
}

TEST(AlterBack, RollbackByARebuildFromWhereverItWasCut) {
  CutAndRollBack({kOneByOne, Journey::kBackFromWhereverCut, Content::kInPlaceOneWay});
}

// The second migration's triggers replace the first one's, and go before or after them.
TEST(TwoMigrations, EverySingleFault) {
  const Scenario scenario{kOneByOne, Journey::kForward, Content::kTwo};
  const auto clean = RunScenario({}, scenario);
  ASSERT_TRUE(clean.finished) << clean.Describe();
  ASSERT_TRUE(clean.violations.empty()) << clean.Describe();
  ExpectNoneWrong(SingleFaults(clean.operations, kCuts), clean, scenario, "single-fault releases");
}

TEST_P(Simulation, TwoMigrationsCutThereAndBack) {
  CutTwice({GetParam(), Journey::kBackFromWhereverCut, Content::kTwo},
           GetParam().transactional_ddl ? 500 : 1'000);
}

// A statement fails while the table is locked, and what takes back those before it is cut.
TEST(UnderTheLock, CutWhileItGoesBack) {
  const Scenario scenario{kOneByOne};
  const auto clean = RunScenario({}, scenario);
  constexpr int kSoon = 4;
  std::vector<std::vector<Fault>> faults;
  for (int at = 1; at <= clean.operations; at += 100 / Share())
    for (int later = 1; later <= kSoon; ++later)
      faults.push_back({{at, FaultKind::kTransient}, {at + later, FaultKind::kCrashBefore}});
  ExpectNoneWrong(faults, clean, scenario, "releases cut soon after a statement failed");
}

/// Without the lagging copy: beside a lost reply or a meddler it may lack what nobody has read, or
/// what a person did, and the invariants of single faults do not say what should come then.
void PairUp(const Scenario& scenario, int pairs) {
  const auto clean = RunScenario({}, scenario);
  constexpr unsigned kSeed = 20261122;
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<int> at(1, clean.operations + 40);
  std::uniform_int_distribution<int> kind(0, static_cast<int>(FaultKind::kLaggingCopy) - 1);
  std::vector<std::vector<Fault>> faults;
  for (int i = 0; i < pairs * Share() / 100; ++i) {
    const Fault first{at(random), static_cast<FaultKind>(kind(random))};
    const Fault second{first.at + 1 + at(random) / 4, static_cast<FaultKind>(kind(random))};
    faults.push_back({first, second});
  }
  ExpectNoneWrong(faults, clean, scenario, "double-fault releases, seed " + std::to_string(kSeed));
}

TEST_P(Simulation, PairsOfFaults) {
  PairUp({GetParam()}, GetParam().transactional_ddl ? 8'000 : 2'000);
}

TEST(AlterPairs, PairsOfFaults) {
  PairUp({kOneByOne, Journey::kForward, Content::kRebuild}, 1'500);
}

}  // namespace
}  // namespace interlock::simulation
