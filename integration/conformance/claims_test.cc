// Claims, tokens and the fence as a session uses them (session_claims_test.cc has what lies below).
#include <chrono>
#include <thread>

#include "conformance/world.h"

namespace interlock::testing {
namespace {

class ClaimsTest : public ConformanceTest {
 protected:
  void SetUp() override {
    ConformanceTest::SetUp();
    Sql("CREATE TABLE users (id bigint PRIMARY KEY)");
    Prepare();
    holder_ = OpenSession(true);
  }

  static ClaimRequest Request(const std::string& release) {
    return {"table public.users", release, "ann", "build-1", 4711};
  }
  Step AddColumn() const {
    return MakeStep(action::AddColumns{{"public", "users"}, {{"a", "int", true, {}, "", false}}});
  }

  std::unique_ptr<Session> holder_;
};

TEST_F(ClaimsTest, FenceMovedMeansNothingDone) {
  const auto claim = holder_->TryClaim(Request("r1"));
  ASSERT_TRUE(claim);
  EXPECT_EQ(Execute(*holder_, AddColumn(), {*claim}), "");
  EXPECT_EQ(Execute(*holder_,
                    MakeStep(action::DropColumns{{"public", "users"},
                                                 {{"a", "int", true, {}, "", false}}}),
                    {*claim}),
            "");
  Sql("UPDATE interlock.claims SET token = token + 1");
  EXPECT_NE(Execute(*holder_, AddColumn(), {*claim}).find("IL-R61"), std::string::npos);
  EXPECT_EQ(Observe(AddColumn()).state, Observed::kAbsent);
  change::CreateIndex create;
  create.table = {"public", "users"};
  create.name = "users_i";
  create.parts = {{"id", "", "", ""}};
  const auto build = MakeStep(action::CreateIndex{create, true}, false);
  EXPECT_NE(Execute(*holder_, build, {*claim}).find("IL-R61"), std::string::npos);
  EXPECT_EQ(Observe(build).state, Observed::kAbsent);
  EXPECT_EQ(holder_->Beat({*claim}).error().kind, ErrorKind::kFenced);
}

TEST_F(ClaimsTest, AFenceThatWaitsSeesWhatItWaitedFor) {
  const auto claim = holder_->TryClaim(Request("r1"));
  ASSERT_TRUE(claim);
  auto other = Connect("other");
  ASSERT_TRUE(other->Begin());
  ASSERT_TRUE(other->Execute("UPDATE interlock.claims SET token = token + 1", {}));
  std::thread taking_over([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_TRUE(other->Commit());
  });
  const auto done = Execute(*holder_, AddColumn(), {*claim});
  taking_over.join();
  EXPECT_NE(done.find("IL-R61"), std::string::npos) << done;
  EXPECT_EQ(Observe(AddColumn()).state, Observed::kAbsent);
}

TEST_F(ClaimsTest, BreakNeedsThePrivilege) {
  ASSERT_TRUE(holder_->TryClaim(Request("r1")));
  Sql("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN");
  Sql("GRANT USAGE ON SCHEMA interlock TO plain; GRANT SELECT ON interlock.claims TO plain");
  Database database = engine_->database();
  database.url.replace(database.url.find("postgres@"), 9, "plain@");
  postgres::PgEngine plain(database);
  auto session = plain.Connect(false);
  ASSERT_TRUE(session);
  const auto broken = (*session)->BreakClaim("table public.users");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, "IL-R63") << ToString(broken.error());
  // It does not see what the holder runs, but that it holds.
  EXPECT_EQ(Observe(**session, AddColumn()).state, Observed::kRunning);
  const auto list = (*session)->Sessions();
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->complete);
  session->reset();
  Sql("DROP OWNED BY plain; DROP ROLE plain");
}

TEST_F(ClaimsTest, SilentHolderIsEnded) {
  auto connection = postgres::PgConnection::Open(url_, {"interlock", true});
  ASSERT_TRUE(connection);
  const auto shown = (*connection)
                         ->Execute(
                             "SELECT current_setting('idle_session_timeout'),"
                             " current_setting('idle_in_transaction_session_timeout')",
                             {});
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->rows[0][0], "30s");
  EXPECT_EQ(shown->rows[0][1], "30s");
}

}  // namespace
}  // namespace interlock::testing
