// Replicas of MySQL and MariaDB: seen from the primary, told apart, and waited for by a backfill.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <thread>

#include "cli/doctor.h"
#include "conformance/mysql_census_fixture.h"
#include "engine/mysql/census.h"
#include "engine/mysql/mysql_engine.h"

namespace interlock::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr const char* kMend = "; mend that, or set max_replica_lag = \"0s\"";

/// One replica a server for all of these tests: it takes its time to start.
class MySqlReplicasTest : public MySqlCensusFixture {
 protected:
  void SetUp() override {
    MySqlCensusFixture::SetUp();
    auto& replica = replicas_[GetParam().name];
    if (!replica) replica = Server().StartReplica();
    replica_url_ = replica->Url(sql_->database());
    auto there = mysql::MySqlConnection::Open(replica->Url("mysql"), {});
    ASSERT_TRUE(there) << ToString(there.error());
    there_ = std::move(*there);
    AwaitRows("SELECT 1 FROM information_schema.tables WHERE table_schema = '" + sql_->database() +
              "'");
  }
  static void TearDownTestSuite() { replicas_.clear(); }

  void There(const std::string& statement) const {
    const auto done = there_->Execute(statement, {});
    ASSERT_TRUE(done) << statement << ": " << ToString(done.error());
  }
  /// Until the replica shows some.
  void AwaitRows(const std::string& query) const {
    for (int i = 0; i < 100; ++i) {
      const auto rows = there_->Execute(query, {});
      if (rows && !rows->rows.empty()) return;
      std::this_thread::sleep_for(milliseconds(50));
    }
    FAIL() << query;
  }

  std::unique_ptr<BulkSession> Backfill(const std::vector<std::string>& replicas,
                                        const std::string& user = "root") const {
    Database database;
    database.url = As(user, url_);
    database.replicas = replicas;
    auto session = mysql::MySqlEngine(database).ConnectBulk();
    EXPECT_TRUE(session) << ToString(session.error());
    return std::move(*session);
  }
  static std::string As(const std::string& user, std::string url) {
    return url.replace(8, url.find('@') - 8, user);
  }
  static std::string Pause(BulkSession& session, Duration max_lag = seconds(1)) {
    const auto reason = session.PauseReason(max_lag);
    return reason ? reason->value_or("") : ToString(reason.error());
  }
  /// The first pause that holds `text`, or none at all for ""; whatever it is after 5 s.
  static std::string Await(BulkSession& session, const std::string& text) {
    std::string seen;
    for (int i = 0; i < 50; ++i) {
      seen = Pause(session);
      if (text.empty() ? seen.empty() : seen.find(text) != std::string::npos) break;
      std::this_thread::sleep_for(milliseconds(100));
    }
    return seen;
  }

  static inline std::map<std::string, std::unique_ptr<MySqlServer>> replicas_;
  std::string replica_url_;
  std::unique_ptr<mysql::MySqlConnection> there_;
};

TEST_P(MySqlReplicasTest, AreSeenAndAreOthers) {
  const auto attached = mysql::ReadReplicas(*sql_);
  ASSERT_TRUE(attached) << ToString(attached.error());
  ASSERT_EQ(attached->size(), 1U);
  EXPECT_TRUE(attached->front().name.starts_with("127.0.0.1:")) << attached->front().name;
  EXPECT_TRUE(attached->front().reachable);
  EXPECT_FALSE(attached->front().lag);
  const auto list = mysql::ReadSessions(*sql_, "primary");
  ASSERT_TRUE(list);
  for (const auto& session : list->sessions) EXPECT_NE(session.state, "") << session.user;

  // Where replicas are hidden, who reads the log counts as one.
  MakeUser("watch");
  Sql("GRANT PROCESS ON *.* TO watch@'%'");
  {
    auto watch = Open("watch", "watch");
    const auto readers = mysql::ReadReplicas(*watch);
    ASSERT_TRUE(readers) << ToString(readers.error());
    ASSERT_EQ(readers->size(), 1U);
    EXPECT_EQ(readers->front().name, "127.0.0.1");
  }
  Sql("DROP USER watch@'%'");

  auto there = mysql::MySqlConnection::Open(replica_url_, {});
  ASSERT_TRUE(there) << ToString(there.error());
  const auto identity = mysql::ReadIdentity(**there);
  ASSERT_TRUE(identity) << ToString(identity.error());
  EXPECT_NE(identity->system, mysql::ReadIdentity(*sql_)->system);
  EXPECT_TRUE(identity->in_recovery);
  for (const char* off : {"SET GLOBAL super_read_only = 0", "SET GLOBAL read_only = 0"})
    [[maybe_unused]] const auto done = (*there)->Execute(off, {});
  EXPECT_TRUE(mysql::ReadIdentity(**there)->in_recovery) << "it follows another";
  There("STOP REPLICA");
  EXPECT_FALSE(mysql::ReadIdentity(**there)->in_recovery);
  There("START REPLICA");

  MakeUser("low");
  {
    auto low = Open("low", "low");
    const auto hidden = mysql::ReadReplicas(*low);
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().code, "IL-E24");
    EXPECT_EQ(hidden.error().kind, ErrorKind::kUndecidable);
    EXPECT_THAT(Pause(*Backfill({}, "low")), HasSubstr("may not see the replicas"));
  }
  Sql("DROP USER low@'%'");
}

TEST_P(MySqlReplicasTest, AStoppedOnePausesABackfill) {
  const auto session = Backfill({replica_url_});
  EXPECT_EQ(Await(*session, ""), "");
  for (const std::string thread : {"SQL", "IO"}) {
    There("STOP REPLICA " + thread + "_THREAD");
    const std::string why = "its " + thread + " thread is stopped";
    EXPECT_EQ(Await(*session, why), "the lag of replica 1 cannot be read: " + why + kMend);
    EXPECT_EQ(Pause(*session, Duration(0)), "");
    There("START REPLICA");
    EXPECT_EQ(Await(*session, ""), "");
  }
}

TEST_P(MySqlReplicasTest, OneThatIsBehindPausesABackfill) {
  const auto session = Backfill({replica_url_});
  EXPECT_EQ(Await(*session, ""), "");
  There("LOCK TABLES " + mysql::Quote(Table()) + " READ");
  Sql("INSERT INTO t VALUES (3, 3)");
  EXPECT_THAT(Await(*session, "behind"), MatchesRegex("replica 1 is [0-9]+ s behind"));
  EXPECT_EQ(Pause(*session, seconds(60)), "");
  There("UNLOCK TABLES");
  EXPECT_EQ(Await(*session, ""), "");
}

TEST_P(MySqlReplicasTest, ALostConnectionIsMadeAnew) {
  const auto session = Backfill({replica_url_});
  EXPECT_EQ(Await(*session, ""), "");
  const auto others = there_->Execute(
      "SELECT id FROM information_schema.processlist WHERE user = 'root' AND command = 'Sleep' AND"
      " db = '" +
          sql_->database() + "'",
      {});
  ASSERT_TRUE(others);
  ASSERT_EQ(others->rows.size(), 1U) << "it is kept";
  There("KILL " + *others->rows[0][0]);
  EXPECT_THAT(Await(*session, "lost"), HasSubstr("was lost"));
  EXPECT_EQ(Await(*session, ""), "");
}

TEST_P(MySqlReplicasTest, WhatIsAttachedAndNotListedPausesABackfill) {
  const auto session = Backfill({});
  const std::string at = mysql::ReadReplicas(*sql_)->front().name;
  EXPECT_EQ(Pause(*session), "the lag of attached replicas cannot be read: 1 attached (" + at +
                                 "), 0 listed in `replicas`" + kMend);
  EXPECT_EQ(Pause(*session, Duration(0)), "");
}

TEST_P(MySqlReplicasTest, AMissingPrivilegeIsTold) {
  MakeUser("low");
  AwaitRows("SELECT 1 FROM mysql.user WHERE user = 'low'");
  Database database;
  database.replicas = {As("low", replica_url_)};
  const auto lag_line = [&] {
    for (const auto& line : cli::CheckMySql(*sql_, database))
      if (line.what == "lag of replica 1") return line;
    return cli::CheckLine{cli::Finding::kStop, "", "", "", ""};
  };
  const auto session = Backfill(database.replicas);
  const std::string reason = Pause(*session);
  const std::string grant =
      "GRANT " +
      std::string(GetParam().name == "mariadb" ? "SLAVE MONITOR" : "REPLICATION CLIENT") +
      " ON *.* to ";
  EXPECT_THAT(reason, HasSubstr("lacks a privilege there: " + grant + "it;"));
  EXPECT_EQ(lag_line().finding, cli::Finding::kWarn);
  EXPECT_THAT(lag_line().shown, HasSubstr(grant));
  Sql(grant + "low@'%'");
  EXPECT_EQ(Await(*session, ""), "");
  EXPECT_EQ(lag_line().finding, cli::Finding::kOk);
  Sql("DROP USER low@'%'");
}

/// A port of this machine that takes connections and says nothing; refuses them once closed.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(
        ::bind(socket_, any, size) | ::listen(socket_, 20) | ::getsockname(socket_, any, &size), 0);
    url_ = "mysql://root@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/shop";
  }
  ~SilentPort() { Close(); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  void Close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  const std::string& url() const { return url_; }

 private:
  int socket_;
  std::string url_;
};

TEST_P(MySqlReplicasTest, OneThatDoesNotAnswerHoldsNobodyUp) {
  SilentPort port;
  const auto session = Backfill({port.url(), port.url(), port.url()});
  const auto asked = [&](Duration max_lag) {
    const Duration begun = SystemClock().Elapsed();
    const std::string reason = Pause(*session, max_lag);
    EXPECT_LT(SystemClock().Elapsed() - begun, max_lag == Duration(0) ? seconds(1) : seconds(5));
    return reason;
  };
  EXPECT_EQ(asked(Duration(0)), "");
  EXPECT_THAT(asked(seconds(1)), HasSubstr("the lag of replica 1 cannot be read: cannot connect"));
  port.Close();
  EXPECT_THAT(asked(seconds(1)), HasSubstr("the lag of replica 1 cannot be read: cannot connect"));
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlReplicasTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
