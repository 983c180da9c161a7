// Claims, tokens and the fence: taken, held, lost, taken over, broken.
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
  void EndHolder() {
    const auto claims = session_->Claims();
    ASSERT_TRUE(claims);
    ASSERT_EQ(claims->size(), 1U);
    Sql("SELECT pg_terminate_backend(" + std::to_string((*claims)[0].session) + ", 5000)");
  }

  std::unique_ptr<Session> holder_;
};

TEST_F(ClaimsTest, OneHolderWhoIsNamed) {
  const auto claim = holder_->TryClaim(Request("r1"));
  ASSERT_TRUE(claim) << ToString(claim.error());
  EXPECT_EQ(claim->token, 1U);
  EXPECT_TRUE(holder_->Beat({*claim}));
  for (auto* other : {session_.get(), holder_.get()}) {
    const auto second = other->TryClaim(Request("r2"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
    EXPECT_EQ(second.error().code, "IL-R60");
    EXPECT_NE(second.error().message.find("release r1 by ann on build-1, process 4711"),
              std::string::npos)
        << ToString(second.error());
  }
  const auto claims = session_->Claims();
  ASSERT_TRUE(claims);
  ASSERT_EQ(claims->size(), 1U);
  EXPECT_TRUE((*claims)[0].alive);
  ASSERT_TRUE(holder_->ReleaseClaim(*claim));
  EXPECT_FALSE(session_->Claims()->at(0).alive);
  EXPECT_FALSE(holder_->Beat({*claim}));
  EXPECT_EQ(session_->TryClaim(Request("r2"))->token, 2U);
}

TEST_F(ClaimsTest, TakenOverAfterTheHolderDied) {
  const auto claim = holder_->TryClaim(Request("r1"));
  ASSERT_TRUE(claim) << ToString(claim.error());
  EndHolder();
  const auto taken = session_->TryClaim(Request("r2"));
  ASSERT_TRUE(taken) << ToString(taken.error());
  EXPECT_EQ(taken->token, 2U);
  const auto beat = holder_->Beat({*claim});
  ASSERT_FALSE(beat);
  EXPECT_NE(beat.error().kind, ErrorKind::kFenced) << "the connection is gone, that is all it sees";
  EXPECT_EQ(holder_->Beat({*claim}).error().kind, ErrorKind::kUnreachable);
}

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

TEST_F(ClaimsTest, TakeoverWaitsForWhatTheOldHolderStillRuns) {
  const auto claim = holder_->TryClaim(Request("r1"));
  ASSERT_TRUE(claim);
  auto worker = Connect("interlock backfill");
  ASSERT_TRUE(worker->Begin());
  ASSERT_TRUE(worker->Execute("SELECT FROM interlock.claims FOR SHARE", {}));
  EndHolder();
  std::thread batch([&] {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    EXPECT_TRUE(worker->Commit());
  });
  const auto before = std::chrono::steady_clock::now();
  const auto taken = session_->TryClaim(Request("r2"));
  const auto waited = std::chrono::steady_clock::now() - before;
  batch.join();
  ASSERT_TRUE(taken) << ToString(taken.error());
  EXPECT_GE(waited, std::chrono::milliseconds(1500));
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

TEST_F(ClaimsTest, BreakEndsTheSession) {
  const auto claim = holder_->TryClaim(Request("r1"));
  ASSERT_TRUE(claim);
  const auto broken = session_->BreakClaim("table public.users");
  ASSERT_TRUE(broken) << ToString(broken.error());
  EXPECT_FALSE(holder_->Beat({*claim}));
  EXPECT_TRUE(session_->TryClaim(Request("r2")));
  EXPECT_TRUE(session_->BreakClaim("table public.unknown"));
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
