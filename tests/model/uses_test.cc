#include "model/uses.h"

#include <gtest/gtest.h>

namespace interlock {
namespace {

constexpr SchemaState kAll[] = {SchemaState::kAbsent, SchemaState::kExpanding,
                                SchemaState::kExpanded, SchemaState::kContracting,
                                SchemaState::kContracted};

/// The states of an interval as one digit each: "34" is contracting and contracted.
std::string States(const StateInterval& interval) {
  std::string out;
  for (SchemaState state : kAll)
    if (interval.Contains(state)) out += std::to_string(static_cast<int>(state));
  return out;
}

std::string States(std::string_view text) { return States(StateInterval::Parse(text).value()); }

TEST(SchemaStateTest, EveryTextIsReadBack) {
  for (SchemaState state : kAll) EXPECT_EQ(ParseSchemaState(ToString(state)).value(), state);
  EXPECT_EQ(ParseSchemaState("Expanded").error().code, "IL-C23");
}

TEST(StateIntervalTest, EndsAreIncluded) {
  EXPECT_EQ(States("expanded"), "2");
  EXPECT_EQ(States("expanded.."), "234");
  EXPECT_EQ(States("..expanded"), "012");
  EXPECT_EQ(States("expanding..contracting"), "123");
  EXPECT_EQ(States("absent.."), "01234");
  EXPECT_EQ(States("..contracted"), "01234");
  EXPECT_EQ(States(StateInterval()), "01234");
  EXPECT_EQ(States(StateInterval::FromExpanded()), "234");
  EXPECT_EQ(States(StateInterval::UpToExpanded()), "012");
}

TEST(StateIntervalTest, MalformedIsAConfigError) {
  for (const char* text :
       {"", "..", "...", "expanded...", "...expanded", "contracted..absent", "expanded..absent",
        " expanded", "expanded ..", "ready..", "..Expanded", "absent..expanded..contracted"}) {
    const auto parsed = StateInterval::Parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kConfig) << text;
    EXPECT_EQ(parsed.error().code, "IL-C23") << text;
  }
}

TEST(StateIntervalTest, ShortestTextIsReadBackAsTheSame) {
  EXPECT_EQ(StateInterval::Parse("expanded..contracted")->ToString(), "expanded..");
  EXPECT_EQ(StateInterval::Parse("absent..expanded")->ToString(), "..expanded");
  EXPECT_EQ(StateInterval::Parse("expanded..expanded")->ToString(), "expanded");
  EXPECT_EQ(StateInterval::Parse("..absent")->ToString(), "absent");
  EXPECT_EQ(StateInterval::Parse("contracted..")->ToString(), "contracted");
  EXPECT_EQ(StateInterval().ToString(), "absent..");
  for (SchemaState first : kAll) {
    for (SchemaState last : kAll) {
      if (static_cast<int>(first) > static_cast<int>(last)) continue;
      const std::string text = std::string(ToString(first)) + ".." + std::string(ToString(last));
      const auto interval = StateInterval::Parse(text).value();
      EXPECT_EQ(StateInterval::Parse(interval.ToString()).value(), interval) << text;
    }
  }
}

TEST(UsesTest, ListedComesBeforeContained) {
  Uses uses;
  uses.listed["0009-drop-fax"] = StateInterval::Parse("expanding..expanded").value();
  uses.contains = {"0002-split-name", "0009-drop-fax"};
  EXPECT_EQ(uses.For("0009-drop-fax").ToString(), "expanding..expanded");
  EXPECT_EQ(uses.For("0002-split-name"), StateInterval::FromExpanded());
  EXPECT_EQ(uses.For("0010-later"), StateInterval::UpToExpanded());
  EXPECT_EQ(Uses{}.For("0002-split-name"), StateInterval::UpToExpanded());
}

}  // namespace
}  // namespace interlock
