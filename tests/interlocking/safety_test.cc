#include "interlocking/safety.h"

#include <gtest/gtest.h>

#include "interlocking/message.h"

namespace interlock {
namespace {

const SchemaState kAllStates[] = {SchemaState::kAbsent, SchemaState::kExpanding,
                                  SchemaState::kExpanded, SchemaState::kContracting,
                                  SchemaState::kContracted};

Uses Supports(const std::string& migration, const StateInterval& interval) {
  Uses uses;
  uses.listed.emplace(migration, interval);
  return uses;
}

// Every interval that can be written.
std::vector<StateInterval> AllIntervals() {
  std::vector<StateInterval> all;
  for (int first = 0; first < 5; ++first)
    for (int last = first; last < 5; ++last)
      all.push_back(*StateInterval::Parse(std::string(ToString(kAllStates[first])) + ".." +
                                          std::string(ToString(kAllStates[last]))));
  return all;
}

TEST(SafetyRule, EveryIntervalAgainstEveryState) {
  for (const auto& interval : AllIntervals()) {
    for (const auto state : kAllStates) {
      const VersionUses version{"web", "1", Supports("m", interval), "instance web-1"};
      const auto gate = SafetyRule({&version, 1}, {{"m", state}});
      EXPECT_EQ(gate.open, interval.Contains(state)) << interval.ToString() << ToString(state);
      if (gate.open) continue;
      EXPECT_EQ(gate.code, "IL-G02");
      EXPECT_EQ(gate.kind, ErrorKind::kRefused);
    }
  }
}

TEST(SafetyRule, OpenExactlyWhenEveryLiveVersionSupportsTheState) {
  const auto all = AllIntervals();
  for (const auto& a : all)
    for (const auto& b : all)
      for (const auto state : kAllStates) {
        const std::vector<VersionUses> live{{"web", "1", Supports("m", a), ""},
                                            {"web", "2", Supports("m", b), ""}};
        EXPECT_EQ(SafetyRule(live, {{"m", state}}).open, a.Contains(state) && b.Contains(state));
      }
}

TEST(SafetyRule, NamesApplicationVersionMigrationStateAndInterval) {
  const std::vector<VersionUses> live{
      {"web", "1.41.2", Supports("0002-x", StateInterval::UpToExpanded()), "instance web-2"},
      {"worker", "7", std::nullopt, "session pid 4411"}};
  const auto gate = SafetyRule(live, {{"0002-x", SchemaState::kContracting}});
  EXPECT_EQ(gate.headline,
            "web 1.41.2 does not support 0002-x contracting: it supports ..expanded "
            "(instance web-2)");
  ASSERT_EQ(gate.details.size(), 1U);
  EXPECT_EQ(gate.details[0],
            "worker 7 is unknown: neither registered nor named by a plan (session pid 4411)");
  const Error error = ToError(gate);
  EXPECT_EQ(error.code, "IL-G02");
  EXPECT_EQ(error.details, gate.details);
  EXPECT_EQ(error.hint, gate.clears);
  EXPECT_FALSE(Require(gate));
}

TEST(SafetyRule, UnknownVersionIsRefusedWhateverTheState) {
  const VersionUses version{"web", "9", std::nullopt, ""};
  EXPECT_EQ(SafetyRule({&version, 1}, {}).code, "IL-G01");
  EXPECT_TRUE(SafetyRule({}, {{"m", SchemaState::kContracted}}).open);
}

TEST(WhatClears, NamesTheNextStateThatHelps) {
  const auto from = StateInterval::FromExpanded();
  const auto up_to = StateInterval::UpToExpanded();
  EXPECT_EQ(WhatClears("m", SchemaState::kAbsent, from), "clears when m is expanded");
  EXPECT_EQ(WhatClears("m", SchemaState::kExpanding, from), "clears when m is expanded");
  EXPECT_EQ(WhatClears("m", SchemaState::kContracting, up_to),
            "clears if m is rolled back; otherwise start a version that supports contracting");
  EXPECT_EQ(WhatClears("m", SchemaState::kContracted, up_to),
            "m is contracted for good: start a version that supports that");
}

TEST(CombineGates, GravestFirstWithAllDetails) {
  const GateResult soak =
      ClosedGate(ErrorKind::kNotYet, "IL-G13", "soak", {"since noon"}, "wait", 50);
  const GateResult approval = ClosedGate(ErrorKind::kWaitsForPerson, "IL-G15", "approvals");
  const GateResult stale = ClosedGate(ErrorKind::kStale, "IL-G16", "void");
  const GateResult refused = ClosedGate(ErrorKind::kRefused, "IL-G02", "no");
  const GateResult undecidable = ClosedGate(ErrorKind::kUndecidable, "IL-G09", "hidden");
  std::vector<GateResult> gates{OpenGate("fine"), soak};
  EXPECT_EQ(CombineGates(gates).code, "IL-G13");
  EXPECT_EQ(CombineGates(gates).clears_at, 50);
  for (const auto& graver : {approval, stale, refused, undecidable}) {
    gates.push_back(graver);
    EXPECT_EQ(CombineGates(gates).code, graver.code);
    EXPECT_EQ(CombineGates(gates).kind, graver.kind);
    EXPECT_FALSE(CombineGates(gates).clears_at);
  }
  const auto all = CombineGates(gates);
  EXPECT_EQ(all.details.size(), 6U);
  EXPECT_EQ(all.details[0], "soak  [IL-G13]");
  EXPECT_EQ(all.details[1], "  since noon");
  const std::vector<GateResult> two{soak,
                                    ClosedGate(ErrorKind::kNotYet, "IL-G12", "w", {}, "", 70)};
  EXPECT_EQ(CombineGates(two).clears_at, 70);
  EXPECT_TRUE(CombineGates({}).open);
}

}  // namespace
}  // namespace interlock
