// Columns that are added INVISIBLE and shown later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planning/effects.h"
#include "planning/plans.h"
#include "planning/steps.h"

namespace interlock::planning {
namespace {

using ::testing::ElementsAre;

const TableName kUsers{"public", "users"};

TEST(VisibilityTest, StepsAreEachOthersUndo) {
  const Step show = StepFor(action::ShowColumns{kUsers, {"a", "b"}}, Shop(), {});
  EXPECT_EQ(show.summary, "show columns a, b of public.users");
  EXPECT_EQ(show.lock, LockLevel::kAccessExclusive);
  EXPECT_THAT(show.touches, ElementsAre(ObjectRef{ObjectKind::kColumn, kUsers, "a"},
                                        ObjectRef{ObjectKind::kColumn, kUsers, "b"}));
  EXPECT_EQ(show.undo, Action(action::HideColumns{kUsers, {"a", "b"}}));
  EXPECT_EQ(show.hazards.size(), 1U);
  const Step hide = StepFor(action::HideColumns{kUsers, {"a"}}, Shop(), {});
  EXPECT_EQ(hide.summary, "hide column a of public.users");
  EXPECT_EQ(hide.undo, Action(action::ShowColumns{kUsers, {"a"}}));
}

TEST(VisibilityTest, AddedColumnsAreInvisibleWhereTheServerKnowsThat) {
  const action::AddColumns add{kUsers, {{"a", "int", true, {}, "", false}}};
  const auto attributes = [](const Catalog& catalog) {
    return catalog.FindTable(kUsers)->FindColumn("a")->attributes;
  };
  Catalog postgres = Shop();
  ApplyEffects(add, postgres);
  EXPECT_EQ(attributes(postgres), "");
  for (const char* engine : {"mysql", "mariadb"}) {
    Catalog catalog = Shop();
    catalog.engine = engine;
    ApplyEffects(add, catalog);
    EXPECT_EQ(attributes(catalog), "invisible");
    ApplyEffects(action::ShowColumns{kUsers, {"a"}}, catalog);
    EXPECT_EQ(attributes(catalog), "");
    ApplyEffects(action::HideColumns{kUsers, {"a"}}, catalog);
    EXPECT_EQ(attributes(catalog), "invisible");
  }
}

}  // namespace
}  // namespace interlock::planning
