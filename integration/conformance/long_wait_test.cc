// A concurrent index build behind an open transaction: who is waited for is told, and it can be
// given up.
#include "conformance/world.h"

namespace interlock::testing {
namespace {

class LongWaitTest : public ConformanceTest {
 protected:
  void SetUp() override {
    ConformanceTest::SetUp();
    Sql("CREATE TABLE users (id bigint PRIMARY KEY); INSERT INTO users VALUES (1)");
    other_ = Connect("nightly export");
    ASSERT_TRUE(other_->Begin());
    ASSERT_TRUE(other_->Execute("UPDATE users SET id = 2", {}));
  }

  Step Build() const {
    change::CreateIndex create;
    create.table = {"public", "users"};
    create.name = "users_i";
    create.parts = {{"id", "", "", ""}};
    auto step = MakeStep(action::CreateIndex{create, true}, false);
    step.waits = true;
    return step;
  }

  std::unique_ptr<postgres::PgConnection> other_;
};

TEST_F(LongWaitTest, NamesWhoIsWaitedForAndGoesOnWhenThatEnds) {
  std::vector<Blocker> seen;
  session_->WatchLongWaits({[&](const StatementTag&, const std::vector<Blocker>& blockers) {
                              if (seen.empty()) {
                                seen = blockers;
                                EXPECT_TRUE(other_->Commit());
                              }
                            },
                            [](bool) { return false; }});
  EXPECT_EQ(Execute(Build()), "");
  EXPECT_EQ(Observe(Build()).state, Observed::kPresent);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].session, other_->backend_pid());
  EXPECT_EQ(seen[0].name, "nightly export");
}

TEST_F(LongWaitTest, IsCancelledWhenItIsGivenUpAndBeginsAnew) {
  session_->WatchLongWaits({[](const StatementTag&, const std::vector<Blocker>&) {},
                            [](bool blocked) { return blocked; }});
  EXPECT_NE(Execute(Build()).find("IL-E14"), std::string::npos);
  EXPECT_EQ(Observe(Build()).state, Observed::kPartial);
  ASSERT_TRUE(other_->Commit());
  ASSERT_TRUE(session_->Mend(Build(), sync_, {}, {"r", "s", 1}, std::chrono::seconds(1)));
  EXPECT_EQ(Execute(Build()), "");
  EXPECT_EQ(Observe(Build()).state, Observed::kPresent);
}

}  // namespace
}  // namespace interlock::testing
