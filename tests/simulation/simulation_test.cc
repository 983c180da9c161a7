// Faults at operation 1, 2, … until a run meets none; then pairs; then the move table mutated.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "simulation/scenario.h"

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

TEST(Simulation, CleanRunFinishes) {
  const auto clean = RunScenario({}, StandardMoveTable());
  EXPECT_TRUE(clean.finished) << clean.Describe();
  EXPECT_EQ(clean.runs, 1);
  EXPECT_TRUE(clean.violations.empty()) << clean.Describe();
  EXPECT_EQ(clean.final_catalog.find("column public.users.name"), std::string::npos);
}

TEST(Simulation, EverySingleFault) {
  const auto clean = RunScenario({}, StandardMoveTable());
  int runs = 0;
  int shown = 0;
  for (int kind = 0; kind < kFaultKinds; ++kind) {
    for (int at = 1; at <= clean.operations; at += 100 / Share()) {
      const auto result = RunScenario({{at, static_cast<FaultKind>(kind)}}, StandardMoveTable());
      ++runs;
      const auto wrong = Judge(result, clean);
      EXPECT_EQ(wrong, "") << ToString(static_cast<FaultKind>(kind)) << " at operation " << at;
      if (!wrong.empty() && ++shown > 10) FAIL() << "more than 10 wrong runs";
    }
  }
  std::cout << runs << " single-fault releases, " << clean.operations << " operations each\n";
}

TEST(Simulation, PairsOfFaults) {
  const auto clean = RunScenario({}, StandardMoveTable());
  constexpr int kPairs = 8'000;
  constexpr unsigned kSeed = 20261122;
  std::mt19937 random(kSeed);
  std::uniform_int_distribution<int> at(1, clean.operations + 40);
  std::uniform_int_distribution<int> kind(0, kFaultKinds - 1);
  int shown = 0;
  const int pairs = kPairs * Share() / 100;
  for (int i = 0; i < pairs; ++i) {
    const Fault first{at(random), static_cast<FaultKind>(kind(random))};
    const Fault second{first.at + 1 + at(random) / 4, static_cast<FaultKind>(kind(random))};
    const auto result = RunScenario({first, second}, StandardMoveTable());
    const auto wrong = Judge(result, clean);
    EXPECT_EQ(wrong, "") << "seed " << kSeed << ", pair " << i << ": " << ToString(first.kind)
                         << " at " << first.at << ", " << ToString(second.kind) << " at "
                         << second.at;
    if (!wrong.empty() && ++shown > 10) FAIL() << "more than 10 wrong runs";
  }
  std::cout << pairs << " double-fault releases\n";
}

}  // namespace
}  // namespace interlock::simulation
