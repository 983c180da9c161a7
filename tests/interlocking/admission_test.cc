#include "interlocking/admission.h"

#include <gtest/gtest.h>

namespace interlock {
namespace {

const SchemaState kStates[] = {SchemaState::kAbsent, SchemaState::kExpanding,
                               SchemaState::kExpanded, SchemaState::kContracting,
                               SchemaState::kContracted};

Uses Listed(const std::string& migration, const char* interval) {
  Uses uses;
  uses.listed.emplace(migration, *StateInterval::Parse(interval));
  return uses;
}

TEST(MayRun, StateByIntervalBySource) {
  for (const char* interval : {"expanded..", "..expanded", "expanded", "absent..contracted"}) {
    for (const auto state : kStates) {
      const std::vector<MigrationStanding> standings{{"m", state, true, true}};
      const auto uses = Listed("m", interval);
      const bool may = StateInterval::Parse(interval)->Contains(state);
      for (const bool registered : {true, false}) {
        const auto gate = MayRun("web", "1", registered ? std::optional(uses) : std::nullopt,
                                 registered ? std::nullopt : std::optional(uses), standings, {});
        EXPECT_EQ(gate.open, may) << interval << " " << ToString(state);
        if (!may) {
          EXPECT_EQ(gate.code, "IL-G02");
          EXPECT_NE(gate.details.at(0).find(ToString(state)), std::string::npos);
          EXPECT_FALSE(gate.clears.empty());
        }
      }
    }
  }
}

TEST(MayRun, UnknownVersion) {
  const auto gate = MayRun("web", "1", std::nullopt, std::nullopt, {}, {});
  EXPECT_EQ(gate.code, "IL-G01");
  EXPECT_EQ(gate.kind, ErrorKind::kRefused);
  EXPECT_NE(gate.clears.find("interlock app register web 1"), std::string::npos);
}

TEST(MayRun, GivenCannotWidenRegistered) {
  const std::vector<MigrationStanding> standings{{"m", SchemaState::kContracted, true, true}};
  const auto wide = Listed("m", "absent..contracted");
  const auto narrow = Listed("m", "..expanded");
  EXPECT_FALSE(MayRun("web", "1", narrow, wide, standings, {}).open);
  EXPECT_FALSE(MayRun("web", "1", wide, narrow, standings, {}).open);
  EXPECT_TRUE(MayRun("web", "1", wide, wide, standings, {}).open);
}

TEST(MayRun, ClosedAndDrift) {
  const std::vector<std::string> closed{"1.40", "1.41"};
  std::vector<MigrationStanding> standings{{"m", SchemaState::kExpanded, true, true}};
  EXPECT_EQ(MayRun("web", "1.41", Uses(), std::nullopt, standings, closed).code, "IL-G04");
  EXPECT_TRUE(MayRun("web", "1.42", Uses(), std::nullopt, standings, closed).open);
  standings[0].fingerprint_matches = false;
  const auto drift = MayRun("web", "1.41", Uses(), std::nullopt, standings, closed);
  EXPECT_EQ(drift.code, "IL-G05");
  EXPECT_EQ(drift.kind, ErrorKind::kDrift);
  standings[0].applies_to_app = false;
  EXPECT_TRUE(MayRun("web", "1.42", Uses(), std::nullopt, standings, closed).open);
}

TEST(MayRun, MigrationThatTheDatabaseNeverHeardOfIsAbsent) {
  Uses uses;
  uses.contains = {"0003-new"};
  const auto gate = MayRun("web", "2", uses, std::nullopt, {}, {});
  EXPECT_EQ(gate.code, "IL-G02");
  EXPECT_EQ(gate.clears, "clears when 0003-new is expanded");
  const std::vector<MigrationStanding> elsewhere{{"0003-new", SchemaState::kAbsent, true, false}};
  EXPECT_TRUE(MayRun("web", "2", uses, std::nullopt, elsewhere, {}).open);
  EXPECT_TRUE(MayRun("web", "2", Listed("0004-later", "..expanded"), std::nullopt, {}, {}).open);
}

TEST(DefaultUses, PlanSaysNoMoreThanItKnows) {
  const std::vector<std::string> plan{"0002"};
  const std::vector<MigrationStanding> standings{{"0001", SchemaState::kContracted, true, true},
                                                 {"0002", SchemaState::kAbsent, true, true},
                                                 {"0003", SchemaState::kExpanded, true, true}};
  const auto from = DefaultUses(RolloutSide::kFrom, plan, standings);
  const auto to = DefaultUses(RolloutSide::kTo, plan, standings);
  EXPECT_EQ(from.For("0002"), StateInterval::UpToExpanded());
  EXPECT_EQ(to.For("0002"), StateInterval::FromExpanded());
  for (const auto& uses : {from, to}) {
    EXPECT_EQ(uses.For("0001"), StateInterval::FromExpanded());
    EXPECT_EQ(uses.For("0003"), StateInterval::UpToExpanded());
  }
  EXPECT_TRUE(MayRun("web", "1", std::nullopt, from, standings, {}).open);
  EXPECT_FALSE(MayRun("web", "2", std::nullopt, to, standings, {}).open);
}

}  // namespace
}  // namespace interlock
