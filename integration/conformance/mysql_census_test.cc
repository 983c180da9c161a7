// What a session sees of a MySQL or MariaDB server besides the schema.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <thread>

#include "conformance/mysql_census_fixture.h"
#include "engine/mysql/census.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/running.h"

namespace interlock::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class MySqlCensusTest : public MySqlCensusFixture {};

const DbSession* Find(const SessionList& list, std::int64_t id) {
  for (const auto& session : list.sessions)
    if (session.id == id) return &session;
  return nullptr;
}

TEST_P(MySqlCensusTest, IdentityTellsServersApart) {
  const auto here = mysql::ReadIdentity(*sql_);
  ASSERT_TRUE(here) << ToString(here.error());
  EXPECT_FALSE(here->system.empty());
  EXPECT_EQ(here->database, sql_->database());
  EXPECT_FALSE(here->position.empty());
  EXPECT_TRUE(here->host.ends_with(":" + Value(*sql_, "SELECT @@port"))) << here->host;
  EXPECT_EQ(Value(*sql_, "SELECT VERSION()").find(here->version), 0U) << here->version;
  EXPECT_EQ(here->version.find('-'), std::string::npos);
  EXPECT_EQ(here->major, sql_->version().number / 100);
  EXPECT_FALSE(here->in_recovery);
  EXPECT_EQ(mysql::ReadIdentity(*sql_)->system, here->system);
}

TEST_P(MySqlCensusTest, SessionsByNameAndByAccount) {
  MakeUser("web_7");
  auto app = Open("web/7", "web_7");
  auto ours = Open("interlock ledger");
  auto busy = Open("other");
  ASSERT_TRUE(busy->Begin());
  Value(*busy, "SELECT * FROM t");
  const std::string other_url = GetParam().create_database(sql_->database() + "_other");
  auto elsewhere = GetParam().connect(other_url);
  ASSERT_TRUE(elsewhere);
  std::this_thread::sleep_for(milliseconds(1200));

  const auto list = mysql::ReadSessions(*sql_, "primary");
  ASSERT_TRUE(list) << ToString(list.error());
  EXPECT_TRUE(list->complete) << list->why_incomplete;
  EXPECT_EQ(Find(*list, IdOf(*sql_)), nullptr);
  const auto* web = Find(*list, IdOf(*app));
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->name, HasAttributes() ? "web/7" : "web_7");
  EXPECT_EQ(web->account, "web_7");
  EXPECT_EQ(web->user, "web_7");
  EXPECT_EQ(web->host, "127.0.0.1");
  EXPECT_EQ(web->server, "primary");
  EXPECT_EQ(web->state, "idle");
  EXPECT_GE(web->idle, seconds(1));
  EXPECT_FALSE(web->elsewhere);
  EXPECT_EQ(Find(*list, IdOf(*ours))->name, "interlock");
  EXPECT_EQ(Find(*list, IdOf(*busy))->state, "idle in transaction");
  EXPECT_TRUE(Find(*list, IdOf(**elsewhere))->elsewhere);
  for (const auto& session : list->sessions) EXPECT_NE(session.user, "event_scheduler");

  const auto low = mysql::ReadSessions(*app, "primary");
  ASSERT_TRUE(low) << ToString(low.error());
  EXPECT_FALSE(low->complete);
  EXPECT_NE(low->why_incomplete.find("GRANT PROCESS"), std::string::npos) << low->why_incomplete;
  Sql("GRANT PROCESS ON *.* TO web_7@'%'");
  auto again = Open("web/7", "web_7");
  const auto more = mysql::ReadSessions(*again, "primary");
  ASSERT_TRUE(more) << ToString(more.error());
  EXPECT_EQ(more->complete, !HasAttributes()) << more->why_incomplete;
  EXPECT_NE(Find(*more, IdOf(*sql_)), nullptr);
  EXPECT_EQ(Find(*more, IdOf(*sql_))->name, "interlock");
  Sql("DROP USER web_7@'%'");
}

TEST_P(MySqlCensusTest, APoolerShowsItself) {
  auto pooler = Open("proxysql");
  const auto list = mysql::ReadSessions(*sql_, "primary");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->complete, !HasAttributes());
}

std::string StateOf(const std::vector<Blocker>& blockers, std::int64_t id) {
  for (const auto& blocker : blockers)
    if (blocker.session == id) return blocker.state;
  return "";
}

class BlockersTest : public MySqlCensusTest {
 protected:
  /// Whom `end_blockers_after` may end.
  static std::set<std::int64_t> Holders(const std::vector<Blocker>& blockers) {
    std::set<std::int64_t> out;
    for (const auto& blocker : blockers)
      if (blocker.holds) out.insert(blocker.session);
    return out;
  }
  /// With an old holder, a younger one, a waiter, one of ours, and one at another table.
  void Look(bool known) {
    auto old_one = Open("old one");
    auto younger = Open("younger");
    auto ours = Open("interlock bulk");
    auto other = Open("other");
    Sql("CREATE TABLE other (a int PRIMARY KEY) ENGINE=InnoDB");
    for (auto* connection : {old_one.get(), younger.get(), ours.get()}) {
      ASSERT_TRUE(connection->Begin());
      Value(*connection, "SELECT a FROM t");
      std::this_thread::sleep_for(milliseconds(connection == old_one.get() ? 2200 : 100));
    }
    ASSERT_TRUE(other->Begin());
    Value(*other, "SELECT a FROM other");
    auto waiter = Open("waiter");
    const auto waiter_id = IdOf(*waiter);
    const auto old_id = IdOf(*old_one);
    const auto younger_id = IdOf(*younger);
    const auto ours_id = IdOf(*ours);
    const auto other_id = IdOf(*other);
    auto altered = std::async(std::launch::async, [&] {
      return waiter->Execute("ALTER TABLE t ADD COLUMN c int", {}).has_value();
    });
    std::vector<Blocker> seen;
    for (int i = 0; i < 50 && StateOf(seen, waiter_id).empty(); ++i) {
      std::this_thread::sleep_for(milliseconds(100));
      const auto blockers = mysql::ReadBlockers(*sql_, Table());
      ASSERT_TRUE(blockers) << ToString(blockers.error());
      seen = *blockers;
    }
    EXPECT_EQ(StateOf(seen, waiter_id), "active, waits");
    const std::string may = known ? "" : ", may hold it";
    EXPECT_EQ(StateOf(seen, old_id), "idle in transaction" + may);
    EXPECT_EQ(StateOf(seen, younger_id), "idle in transaction" + may);
    EXPECT_EQ(StateOf(seen, ours_id), "");
    EXPECT_EQ(StateOf(seen, other_id), known ? "" : "idle in transaction, may hold it");
    EXPECT_EQ(Holders(seen), known ? std::set({old_id, younger_id}) : std::set<std::int64_t>());
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.front().session, old_id) << "the longest first";
    EXPECT_GE(seen.front().age, seconds(1));
    for (auto* connection : {old_one.get(), younger.get(), ours.get()})
      ASSERT_TRUE(connection->Commit());
    EXPECT_TRUE(altered.get());
    // The servers' list of transactions is a tenth of a second old at most.
    for (int i = 0; i < 20 && !StateOf(seen, old_id).empty(); ++i) {
      std::this_thread::sleep_for(milliseconds(100));
      seen = *mysql::ReadBlockers(*sql_, Table());
    }
    EXPECT_EQ(StateOf(seen, old_id), "");
  }
};

TEST_P(BlockersTest, AsTheServerIsSetUp) { Look(HasAttributes()); }

TEST_P(BlockersTest, ByThePlugin) {
  if (GetParam().name != "mariadb") GTEST_SKIP() << "MySQL has performance_schema";
  if (!sql_->Execute("INSTALL SONAME 'metadata_lock_info'", {}))
    GTEST_SKIP() << "this package has no such plugin";
  Look(true);
  Sql("UNINSTALL SONAME 'metadata_lock_info'");
}

TEST_P(BlockersTest, WhereLocksAreNotKept) {
  if (GetParam().name != "mysql") GTEST_SKIP() << "so it is by default on MariaDB";
  Sql("UPDATE performance_schema.setup_instruments SET enabled = 'NO' WHERE name LIKE"
      " 'wait/lock/metadata/%'");
  Look(false);
  Sql("UPDATE performance_schema.setup_instruments SET enabled = 'YES' WHERE name LIKE"
      " 'wait/lock/metadata/%'");
}

TEST_P(MySqlCensusTest, OneSessionIsProved) {
  const auto proof = mysql::ProveOneSession(*sql_);
  EXPECT_TRUE(proof) << ToString(proof.error());
}

/// As something that spreads statements over sessions of its own.
class Spreader : public SqlConnection {
 public:
  explicit Spreader(std::vector<SqlConnection*> backends) : backends_(std::move(backends)) {}
  std::string_view dialect() const override { return backends_[0]->dialect(); }
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>& values) override {
    if (knows && sql == "SELECT CONNECTION_ID()") return SqlRows{{{"77"}}, 0};
    return Backend().Execute(sql, values);
  }
  Result<void> Begin() override {
    inside_ = true;
    return Backend().Begin();
  }
  Result<void> Commit() override {
    auto done = Backend().Commit();
    inside_ = false;
    return done;
  }
  void Rollback() override { Backend().Rollback(); }

  bool knows = false;   ///< answers for the server
  bool splits = false;  ///< reads go to a replica
  bool turns = false;   ///< every statement goes to the next

 private:
  SqlConnection& Backend() {
    if (splits) return *backends_[inside_ ? 1 : 0];
    if (turns && !inside_) at_ = (at_ + 1) % backends_.size();
    return *backends_[at_];
  }
  std::vector<SqlConnection*> backends_;
  bool inside_ = false;
  std::size_t at_ = 0;
};

TEST_P(MySqlCensusTest, WhatStandsInBetweenIsRefused) {
  auto first = Open("a test");
  auto second = Open("a test");
  const auto proved = [&](const Spreader& like, const std::string& name) {
    Spreader connection({first.get(), second.get()});
    connection.knows = like.knows;
    connection.splits = like.splits;
    connection.turns = like.turns;
    const auto proof =
        mysql::ProveOneSession(connection, name, [&] { return GetParam().connect(url_); });
    return proof ? "" : proof.error().code + " " + proof.error().message;
  };
  Spreader none({first.get()});
  EXPECT_EQ(proved(none, "a test"), "");
  Spreader knows = none;
  knows.knows = true;
  EXPECT_TRUE(proved(knows, "a test").starts_with("IL-E30")) << proved(knows, "a test");
  Spreader splits = none;
  splits.splits = true;
  EXPECT_TRUE(proved(splits, "a test").starts_with("IL-E30")) << proved(splits, "a test");
  Spreader turns = none;
  turns.turns = true;
  EXPECT_TRUE(proved(turns, "a test").starts_with("IL-E30")) << proved(turns, "a test");
  EXPECT_EQ(proved(none, "interlock"),
            HasAttributes() ? "IL-E30 a proxy stands between us and the server: the session was "
                              "made by 'a test'"
                            : "");
}

/// A second connection that is the first.
class Shared : public SqlConnection {
 public:
  explicit Shared(SqlConnection& connection) : connection_(connection) {}
  std::string_view dialect() const override { return connection_.dialect(); }
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>& values) override {
    return connection_.Execute(sql, values);
  }
  Result<void> Begin() override { return connection_.Begin(); }
  Result<void> Commit() override { return connection_.Commit(); }
  void Rollback() override { connection_.Rollback(); }

 private:
  SqlConnection& connection_;
};

TEST_P(MySqlCensusTest, ASharedSessionIsRefused) {
  const auto proof = mysql::ProveOneSession(
      *sql_, "interlock",
      [&]() -> Result<std::unique_ptr<SqlConnection>> { return std::make_unique<Shared>(*sql_); });
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().code, "IL-E31");
  EXPECT_EQ(proof.error().kind, ErrorKind::kRefused);
  EXPECT_TRUE(mysql::ProveOneSession(*sql_)) << "the proof leaves no lock behind";
}

TEST_P(MySqlCensusTest, TimeAndRows) {
  const auto now = mysql::ReadNow(*sql_);
  ASSERT_TRUE(now) << ToString(now.error());
  EXPECT_LT(std::abs(*now - SystemClock().Now()), 5'000'000);
  EXPECT_TRUE(*mysql::HasRows(*sql_, Table()));
  Sql("DELETE FROM t");
  EXPECT_FALSE(*mysql::HasRows(*sql_, Table()));
  EXPECT_FALSE(*mysql::HasRows(*sql_, {sql_->database(), "missing"}));
  MakeUser("nobody");
  Sql("REVOKE SELECT ON " + mysql::Quote(sql_->database()) + ".* FROM nobody@'%'");
  Sql("GRANT CREATE ON " + mysql::Quote(sql_->database()) + ".* TO nobody@'%'");
  {
    auto nobody = Open("nobody", "nobody");
    const auto hidden = mysql::HasRows(*nobody, Table());
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().kind, ErrorKind::kRefused);
  }
  Sql("DROP USER nobody@'%'");
}

class RunningTest : public MySqlCensusTest {
 protected:
  void SetUp() override {
    MySqlCensusTest::SetUp();
    step_.id = "0002-x/expand/1-add-columns";
    step_.action = action::AddColumns{Table(), {{"c", "int", true, {}, "", false}}};
    SqlLedger ledger([this] { return GetParam().connect(url_); }, "ann", SystemClock());
    ASSERT_TRUE(ledger.Prepare());
  }
  Observed Seen(mysql::MySqlConnection& connection) {
    const auto seen = mysql::ObserveRunning(connection, step_);
    EXPECT_TRUE(seen) << ToString(seen.error());
    detail_ = seen ? seen->detail : "";
    return seen ? seen->state : Observed::kUndecidable;
  }
  Step step_;
  std::string detail_;
};

TEST_P(RunningTest, AStatementIsKnownByItsTag) {
  EXPECT_EQ(Seen(*sql_), Observed::kAbsent);
  auto runner = Open("interlock");
  const std::string id = std::to_string(IdOf(*runner));
  auto sleeping = std::async(std::launch::async, [&] {
    return runner->Execute(ToComment({"r1", step_.id, 7}) + " SELECT SLEEP(20)", {}).has_value();
  });
  Observed seen = Observed::kAbsent;
  for (int i = 0; i < 50 && seen == Observed::kAbsent; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
    seen = Seen(*sql_);
  }
  EXPECT_EQ(seen, Observed::kRunning);
  EXPECT_NE(detail_.find("session " + id + " still runs it"), std::string::npos) << detail_;
  step_.id = "0002-x/expand/1-add-column";
  EXPECT_EQ(Seen(*sql_), Observed::kAbsent) << "another step, of a similar name";
  Sql("KILL QUERY " + id);
  sleeping.get();
}

TEST_P(RunningTest, AHiddenStatementByItsClaim) {
  MakeUser("low");
  Sql("GRANT SELECT, INSERT, UPDATE ON " + mysql::Quote(sql_->database()) + ".* TO low@'%'");
  auto low = Open("interlock", "low");
  const auto claims = GetParam().claims(*sql_);
  ClaimRequest request;
  request.object = "table " + ToString(Table());
  const auto held = TakeClaim(*claims, request, SystemClock());
  ASSERT_TRUE(held) << ToString(held.error());
  EXPECT_EQ(Seen(*low), Observed::kRunning);
  EXPECT_NE(detail_.find("hidden from this account"), std::string::npos) << detail_;
  EXPECT_EQ(Seen(*sql_), Observed::kAbsent) << "what is seen holds it and runs nothing";
  step_.action = action::DropTable{{sql_->database(), "other"}};
  EXPECT_EQ(Seen(*low), Observed::kAbsent);
  step_.action = action::DropTable{Table()};
  ASSERT_TRUE(GiveUpClaim(*claims, *held));
  EXPECT_EQ(Seen(*low), Observed::kAbsent);
  {
    const auto own = GetParam().claims(*low);
    ASSERT_TRUE(TakeClaim(*own, request, SystemClock()));
    EXPECT_EQ(Seen(*low), Observed::kAbsent) << "our own claim";
  }
  Sql("DROP USER low@'%'");
}

#define INTERLOCK_ON_BOTH(Suite)                                                \
  INSTANTIATE_TEST_SUITE_P(Servers, Suite, ::testing::ValuesIn(MySqlServers()), \
                           [](const auto& kind) { return kind.param.name; })
INTERLOCK_ON_BOTH(MySqlCensusTest);
INTERLOCK_ON_BOTH(BlockersTest);
INTERLOCK_ON_BOTH(RunningTest);

}  // namespace
}  // namespace interlock::testing
