// Locks and tokens of claims, on each kind of server: taken, held, lost, taken over, broken.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "conformance/servers.h"

namespace interlock::testing {
namespace {

constexpr const char* kObject = "table public.üsers \"';";

class SessionClaimsTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  /// A connection with its claims.
  struct Runner {
    std::unique_ptr<SqlConnection> connection;
    std::unique_ptr<ClaimStore> claims;
    std::int64_t session = 0;
  };

  void SetUp() override {
    static int number = 0;
    url_ = GetParam().create_database("claims_" + std::to_string(++number));
    SqlLedger ledger([this] { return GetParam().connect(url_); }, "ann", SystemClock());
    const auto prepared = ledger.Prepare();
    ASSERT_TRUE(prepared) << ToString(prepared.error());
    first_ = Open();
    second_ = Open();
  }

  Runner Open() const {
    Runner out;
    auto connection = GetParam().connect_holder(url_);
    EXPECT_TRUE(connection) << ToString(connection.error());
    if (!connection) return out;
    out.connection = std::move(*connection);
    out.claims = GetParam().claims(*out.connection);
    const auto id = out.connection->Execute(GetParam().session_id, {});
    EXPECT_TRUE(id);
    if (id) out.session = std::stoll(*id->rows[0][0]);
    return out;
  }
  static Result<HeldClaim> Take(const Runner& runner, const std::string& release,
                                Duration patience = std::chrono::seconds(5)) {
    return TakeClaim(*runner.claims, {kObject, release, "ann", "build-1", 4711}, SystemClock(),
                     patience);
  }

  std::string url_;
  Runner first_;
  Runner second_;
};

TEST_P(SessionClaimsTest, OneHolderWhoIsNamed) {
  const auto claim = Take(first_, "r1");
  ASSERT_TRUE(claim) << ToString(claim.error());
  EXPECT_EQ(claim->token, 1U);
  const auto held = CheckClaims(*first_.claims, {*claim});
  EXPECT_TRUE(held) << ToString(held.error());
  for (const auto* other : {&second_, &first_}) {
    const auto again = Take(*other, "r2");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, "IL-R60");
    EXPECT_NE(again.error().message.find("release r1 by ann on build-1, process 4711, session " +
                                         std::to_string(first_.session)),
              std::string::npos)
        << ToString(again.error());
  }
  EXPECT_EQ(CheckClaims(*second_.claims, {*claim}).error().code, "IL-R61");
  auto holders = second_.claims->Holders();
  ASSERT_TRUE(holders) << ToString(holders.error());
  ASSERT_EQ(holders->size(), 1U);
  EXPECT_EQ(holders->front().object, kObject);
  EXPECT_TRUE(holders->front().alive);
  EXPECT_EQ(holders->front().session, first_.session);
  ASSERT_TRUE(GiveUpClaim(*first_.claims, *claim));
  EXPECT_FALSE(GiveUpClaim(*first_.claims, *claim));
  EXPECT_FALSE(second_.claims->Holders()->front().alive);
  EXPECT_FALSE(CheckClaims(*first_.claims, {*claim}));
  EXPECT_EQ(Take(second_, "r2")->token, 2U);
  EXPECT_TRUE(CheckClaims(*first_.claims, {}));
}

TEST_P(SessionClaimsTest, AnotherDatabasesLocksAreItsOwn) {
  ASSERT_TRUE(Take(first_, "r1"));
  const std::string here = url_;
  SetUp();
  ASSERT_NE(url_, here);
  EXPECT_TRUE(Take(first_, "r1"));
}

TEST_P(SessionClaimsTest, TakenOverAfterTheHolderDied) {
  const auto claim = Take(first_, "r1");
  ASSERT_TRUE(claim);
  ASSERT_TRUE(second_.claims->End(first_.session));
  Result<HeldClaim> taken = Take(second_, "r2");
  for (int i = 0; i < 100 && !taken; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    taken = Take(second_, "r2");
  }
  ASSERT_TRUE(taken) << ToString(taken.error());
  EXPECT_EQ(taken->token, 2U);
  EXPECT_NE(CheckClaims(*first_.claims, {*claim}).error().kind, ErrorKind::kFenced);
  EXPECT_EQ(CheckClaims(*first_.claims, {*claim}).error().kind, ErrorKind::kUnreachable);
  EXPECT_TRUE(second_.claims->End(first_.session)) << "one that is gone";
}

TEST_P(SessionClaimsTest, TakeoverWaitsForWhatTheOldHolderStillRuns) {
  const auto claim = Take(first_, "r1");
  ASSERT_TRUE(claim);
  Runner worker = Open();
  ASSERT_TRUE(worker.connection->Begin());
  const auto locked = LockFence(*worker.connection, {*claim});
  ASSERT_TRUE(locked) << ToString(locked.error());
  ASSERT_TRUE(GiveUpClaim(*first_.claims, *claim));
  const auto impatient = Take(second_, "r2", std::chrono::milliseconds(300));
  ASSERT_FALSE(impatient);
  EXPECT_EQ(impatient.error().code, "IL-R62") << ToString(impatient.error());
  std::thread batch([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_TRUE(worker.connection->Commit());
  });
  const auto taken = Take(second_, "r2");
  batch.join();
  ASSERT_TRUE(taken) << ToString(taken.error());
  EXPECT_EQ(taken->token, 2U);
  ASSERT_TRUE(worker.connection->Begin());
  EXPECT_EQ(LockFence(*worker.connection, {*claim}).error().code, "IL-R61");
  worker.connection->Rollback();
}

TEST_P(SessionClaimsTest, BreakEndsTheSession) {
  ASSERT_TRUE(Take(first_, "r1"));
  const auto broken = BreakClaim(*second_.claims, kObject, SystemClock());
  ASSERT_TRUE(broken) << ToString(broken.error());
  EXPECT_FALSE(first_.claims->Ping());
  EXPECT_TRUE(Take(second_, "r2"));
  EXPECT_TRUE(BreakClaim(*second_.claims, "table public.unknown", SystemClock()));
}

INSTANTIATE_TEST_SUITE_P(Servers, SessionClaimsTest, ::testing::ValuesIn(AllServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
