// The release chain folded: directions, and entries of shapes that nothing of ours writes.
#include "ledger/release_fold.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/fold.h"
#include "model/json.h"
#include "model/release_json.h"

namespace interlock {
namespace {

class ReleaseFold : public ::testing::Test {
 protected:
  void Append(EntryKind kind, const std::string& body) {
    Entry entry;
    entry.chain = "releases";
    entry.seq = history_.head.seq + 1;
    entry.at = static_cast<Timestamp>(entry.seq);
    entry.kind = kind;
    entry.actor = "ann";
    entry.release = "r1";
    entry.body = body;
    const auto folded = Fold(history_, {entry});
    EXPECT_TRUE(folded) << ToString(folded.error());
  }
  const ReleaseHistory& release() { return history_.releases.at("r1"); }

  ReleasesHistory history_;
};

TEST_F(ReleaseFold, GoesBackUntilItIsRolledBack) {
  Append(EntryKind::kReleaseState, R"({"state":"released"})");
  EXPECT_FALSE(release().rolling_back);
  Append(EntryKind::kRollbackBegun, R"({"reason":"too slow"})");
  EXPECT_TRUE(release().rolling_back);
  Append(EntryKind::kReleaseState, R"({"state":"rolled back"})");
  EXPECT_FALSE(release().rolling_back);
}

TEST_F(ReleaseFold, APauseSaysWhoAndWhen) {
  Append(EntryKind::kPaused, R"({"reason":"lunch"})");
  EXPECT_TRUE(release().paused);
  EXPECT_EQ(release().paused_by, "ann");
  EXPECT_EQ(release().paused_at, 1);
  Append(EntryKind::kResumed, "{}");
  EXPECT_FALSE(release().paused);
}

TEST_F(ReleaseFold, AnOverrideIsForOneAttempt) {
  const auto planned_as = [](const char* digest) {
    Plan plan;
    plan.id = "r1";
    return CanonicalJson(
        {{"plan", ToJson(plan)}, {"digest", digest}, {"hashes", nlohmann::json::object()}});
  };
  const std::string planned = planned_as("d1");
  Append(EntryKind::kReleasePlanned, planned);
  Append(EntryKind::kOverridden, R"({"gate":"IL-G15","reason":"agreed"})");
  Append(EntryKind::kReleasePlanned, planned);  // the run was cut while it recorded the plan
  EXPECT_TRUE(release().overridden.contains("IL-G15"));
  Append(EntryKind::kReleaseState, R"({"state":"rolled back"})");
  Append(EntryKind::kReleasePlanned, planned);
  EXPECT_TRUE(release().overridden.empty());
  Append(EntryKind::kOverridden, R"({"gate":"IL-G15","reason":"agreed"})");
  Append(EntryKind::kReleasePlanned, planned_as("d2"));
  EXPECT_TRUE(release().overridden.empty());
}

TEST_F(ReleaseFold, AForgottenInstanceIsBackOnceItIsMoved) {
  Append(EntryKind::kInstanceForgotten,
         R"({"instance":"b","reason":"gone","listed":[{"app":"web","version":"v1"}]})");
  EXPECT_EQ(history_.forgotten.at("b").listed.size(), 1u);
  Append(EntryKind::kRolloutMoved, R"({"app":"api","instance":"b","to":"v1"})");
  EXPECT_EQ(history_.forgotten.at("b").listed.size(), 1u);
  Append(EntryKind::kRolloutMoved, R"({"app":"web","instance":"b","to":"v1"})");
  EXPECT_TRUE(history_.forgotten.at("b").listed.empty());
}

TEST(FoldOfAClone, BelongsToWhomItWasReconciledFor) {
  DatabaseHistory history;
  const auto append = [&](EntryKind kind, const std::string& body) {
    Entry entry;
    entry.chain = "main";
    entry.seq = history.head.seq + 1;
    entry.kind = kind;
    entry.body = body;
    const auto folded = Fold(history, {entry});
    EXPECT_TRUE(folded) << ToString(folded.error());
  };
  append(EntryKind::kLedgerBegun, R"({"project":"shop","environment":"prod"})");
  EXPECT_TRUE(history.begun);
  append(EntryKind::kReconciled, R"({"project":"shop","environment":"staging"})");
  EXPECT_EQ(history.environment, "staging");
  EXPECT_EQ(history.project, "shop");
}

TEST(FoldOfClosedVersions, OneMayBeClosedForSeveralMigrations) {
  DatabaseHistory history;
  const auto append = [&](EntryKind kind, const std::string& migration) {
    Entry entry;
    entry.chain = "main";
    entry.seq = history.head.seq + 1;
    entry.at = static_cast<Timestamp>(entry.seq);
    entry.kind = kind;
    entry.body = R"({"app":"web","version":"v1","migration":")" + migration + R"("})";
    const auto folded = Fold(history, {entry});
    EXPECT_TRUE(folded) << ToString(folded.error());
  };
  append(EntryKind::kVersionClosed, "0001-a");
  append(EntryKind::kVersionClosed, "0002-b");
  EXPECT_EQ(history.closed_at.at("0001-a"), 1);
  EXPECT_EQ(history.closed_at.at("0002-b"), 2);
  append(EntryKind::kVersionReopened, "0001-a");
  EXPECT_TRUE(history.closed.contains({"web", "v1"}));
  EXPECT_FALSE(history.closed_at.contains("0001-a"));
  append(EntryKind::kVersionReopened, "0002-b");
  EXPECT_TRUE(history.closed.empty());
}

TEST(FoldOfAlteredEntries, NamesTheEntryAndNeverThrows) {
  for (int kind = 0; kind <= static_cast<int>(kLastEntryKind); ++kind) {
    for (const char* body :
         {"[]", "3", "null", "{", R"({"state":1,"plan":[],"hashes":3,"app":{},"instance":[]})",
          R"({"generation":"x","migration":[],"steps":{},"server":{"major":"x"},"uses":1})",
          R"({"succeeded":"yes","from":1,"to":2,"app":"a","instance":"i"})"}) {
      Entry entry;
      entry.chain = "main";
      entry.seq = 1;
      entry.kind = static_cast<EntryKind>(kind);
      entry.release = "r1";
      entry.step = "s/undo";
      entry.body = body;
      ReleasesHistory releases;
      DatabaseHistory database;
      for (const auto& folded : {Fold(releases, {entry}), Fold(database, {entry})})
        if (!folded) {
          EXPECT_EQ(folded.error().kind, ErrorKind::kCorrupt) << ToString(folded.error());
          EXPECT_EQ(folded.error().code, "IL-L23");
          EXPECT_EQ(folded.error().message.find("entry 1 of chain main ("), 0U);
        }
    }
  }
}

TEST(FoldOfAlteredEntries, AStateThatIsNoneIsTheLedgersFault) {
  Entry entry;
  entry.chain = "main";
  entry.seq = 1;
  entry.kind = EntryKind::kMigrationState;
  entry.body = R"({"migration":"0001-a","state":"done"})";
  DatabaseHistory database;
  database.migrations["0001-a"];
  const auto folded = Fold(database, {entry});
  ASSERT_FALSE(folded);
  EXPECT_EQ(folded.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(folded.error().message,
            "entry 1 of chain main (migration.state) cannot be read: 'done' is no schema state");
}

}  // namespace
}  // namespace interlock
