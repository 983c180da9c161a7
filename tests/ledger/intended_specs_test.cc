// What the sync trigger may cover by now: the outcome of a step is written after its effect.
#include <gtest/gtest.h>

#include "ledger/fold.h"

namespace interlock {
namespace {

class IntendedSpecs : public ::testing::Test {
 protected:
  IntendedSpecs() {
    spec_.id = "0001-wider/1";
    spec_.table = members_;
    spec_.old_columns = {"seat"};
    Known("install", action::InstallSync{spec_});
    Known("quarantine", action::Quarantine{spec_, {{"seat", "seat_quarantined"}}});
  }

  void Known(const std::string& id, Action action) {
    Step step;
    step.id = id;
    step.action = std::move(action);
    history_.known_steps[id] = step;
  }
  void Intend(const std::string& id) {
    history_.steps[id].intended = true;
    history_.steps[id].intent_seq = ++seq_;
  }
  void Succeed(const std::string& id) {
    history_.steps[id].succeeded = true;
    history_.steps[id].outcome_seq = ++seq_;
  }

  const TableName members_{"public", "members"};
  SyncSpec spec_;
  DatabaseHistory history_;
  std::uint64_t seq_ = 0;
};

TEST_F(IntendedSpecs, AreTheActiveOnesWhileNothingIsUnderWay) {
  Intend("install");
  Succeed("install");
  EXPECT_EQ(history_.IntendedSpecs(members_), std::vector<SyncSpec>{spec_});
}

TEST_F(IntendedSpecs, HaveTheNamesOfAQuarantineThatIsUnderWay) {
  Intend("install");
  Succeed("install");
  Intend("quarantine");
  EXPECT_EQ(history_.ActiveSpecs(members_), std::vector<SyncSpec>{spec_});
  SyncSpec renamed = spec_;
  renamed.renamed = {{"seat", "seat_quarantined"}};
  EXPECT_EQ(history_.IntendedSpecs(members_), std::vector<SyncSpec>{renamed});
  Succeed("quarantine");
  EXPECT_EQ(history_.ActiveSpecs(members_), history_.IntendedSpecs(members_));
}

TEST_F(IntendedSpecs, LeaveOutWhatFailedAndOtherTables) {
  Intend("install");
  history_.steps["install"].failed = true;
  EXPECT_TRUE(history_.IntendedSpecs(members_).empty());
  history_.steps["install"].failed = false;
  EXPECT_TRUE(history_.IntendedSpecs({"public", "seats"}).empty());
}

}  // namespace
}  // namespace interlock
