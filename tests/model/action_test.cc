#include "model/action.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "model/samples.h"

namespace interlock {
namespace {

using testing::ElementsAre;

SyncSpec Spec(const std::string& id) {
  SyncSpec spec;
  spec.id = id;
  spec.table = kSampleTable;
  return spec;
}

SyncSpec Renamed(SyncSpec spec) {
  spec.renamed = {{"name", "q_name"}};
  return spec;
}

TEST(ActionTest, EveryActionHasItsOwnNameAndPlaceInTheSamples) {
  const auto actions = EveryAction();
  ASSERT_EQ(actions.size(), std::variant_size_v<Action>);
  std::set<std::string_view> names;
  for (size_t i = 0; i < actions.size(); ++i) {
    EXPECT_EQ(actions[i].index(), i);
    names.insert(ActionName(actions[i]));
  }
  EXPECT_EQ(names.size(), actions.size());
}

TEST(ActionTest, NamesAreTheOnesOfTheFormat) {
  std::vector<std::string_view> names;
  for (const auto& action : EveryAction()) names.push_back(ActionName(action));
  EXPECT_THAT(names, ElementsAre("create_table", "drop_table", "add_columns", "drop_columns",
                                 "show_columns", "hide_columns", "set_default", "set_not_null",
                                 "drop_not_null", "add_not_null_check", "validate_constraint",
                                 "drop_constraint", "create_index", "drop_index", "copy_index",
                                 "copy_constraint", "install_sync", "remove_sync", "backfill",
                                 "analyze", "verify", "quarantine", "restore", "drop_quarantined",
                                 "alter_table", "copy_rows", "compare_rows", "cut_over",
                                 "drop_replaced", "swap_back", "undo_alter", "run_sql"));
}

TEST(ActionTest, EveryActionButSqlHasATable) {
  for (const auto& action : EveryAction()) {
    if (std::holds_alternative<action::RunSql>(action)) {
      EXPECT_EQ(ActionTable(action), std::nullopt);
    } else {
      EXPECT_EQ(ActionTable(action), kSampleTable) << ActionName(action);
    }
  }
}

TEST(ChangeTest, KindsAreTheOnesOfTheFiles) {
  std::vector<std::string_view> names;
  for (const auto& change : EveryChange()) names.push_back(KindName(change));
  EXPECT_THAT(names, ElementsAre("create_table", "add_column", "derive_columns", "drop_column",
                                 "create_index", "alter_table", "sql"));
  EXPECT_EQ(names.size(), std::variant_size_v<Change>);
}

TEST(PhaseTest, EveryTextIsReadBack) {
  for (Phase phase : {Phase::kExpand, Phase::kBackfill, Phase::kVerify, Phase::kContract})
    EXPECT_EQ(ParsePhase(ToString(phase)).value(), phase);
  EXPECT_EQ(ParsePhase("Expand").error().kind, ErrorKind::kConfig);
  EXPECT_EQ(ParsePhase("").error().code, "IL-C25");
}

TEST(ApplyToSyncTest, InstallsInOrder) {
  auto specs = ApplyToSync({}, action::InstallSync{Spec("b")});
  specs = ApplyToSync(specs, action::InstallSync{Spec("a")});
  EXPECT_THAT(specs, ElementsAre(Spec("b"), Spec("a")));
}

TEST(ApplyToSyncTest, InstallingAgainReplacesInPlace) {
  SyncSpec lossy = Spec("a");
  lossy.lossy = true;
  EXPECT_THAT(ApplyToSync({Spec("a"), Spec("b")}, action::InstallSync{lossy}),
              ElementsAre(lossy, Spec("b")));
}

TEST(ApplyToSyncTest, RemovesById) {
  SyncSpec other = Spec("a");
  other.lossy = true;
  EXPECT_THAT(ApplyToSync({Spec("a"), Spec("b")}, action::RemoveSync{other}),
              ElementsAre(Spec("b")));
  EXPECT_THAT(ApplyToSync({Renamed(Spec("a")), Spec("b")}, action::DropQuarantined{Spec("a")}),
              ElementsAre(Spec("b")));
}

TEST(ApplyToSyncTest, QuarantineRenamesAndRestoreClears) {
  const auto renamed =
      ApplyToSync({Spec("a"), Spec("b")}, action::Quarantine{Spec("a"), {{"name", "q_name"}}});
  EXPECT_THAT(renamed, ElementsAre(Renamed(Spec("a")), Spec("b")));
  EXPECT_THAT(ApplyToSync(renamed, action::Restore{Renamed(Spec("a"))}),
              ElementsAre(Spec("a"), Spec("b")));
}

TEST(ApplyToSyncTest, AnUnknownIdChangesNothing) {
  const std::vector<SyncSpec> before = {Spec("a")};
  EXPECT_EQ(ApplyToSync(before, action::RemoveSync{Spec("x")}), before);
  EXPECT_EQ(ApplyToSync(before, action::DropQuarantined{Spec("x")}), before);
  EXPECT_EQ(ApplyToSync(before, action::Quarantine{Spec("x"), {{"n", "q"}}}), before);
  EXPECT_EQ(ApplyToSync(before, action::Restore{Spec("x")}), before);
}

TEST(ApplyToSyncTest, OtherActionsChangeNothing) {
  const std::set<std::string_view> sync = {"install_sync", "remove_sync", "quarantine", "restore",
                                           "drop_quarantined"};
  const std::vector<SyncSpec> before = {SampleSync(), Spec("b")};
  for (const auto& action : EveryAction()) {
    if (sync.contains(ActionName(action))) continue;
    EXPECT_EQ(ApplyToSync(before, action), before);
  }
}

}  // namespace
}  // namespace interlock
