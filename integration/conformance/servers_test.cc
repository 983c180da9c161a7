// More than one server: replicas, promotion, and a pooler in between.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "conformance/world.h"
#include "support/process.h"

namespace interlock::testing {
namespace {

class ServersTest : public ConformanceTest {};

TEST_F(ServersTest, ReplicaShowsTheSameSchema) {
  Sql("CREATE TABLE users (id bigint PRIMARY KEY, name text)");
  auto replica = Server().StartReplica();
  std::vector<ReplicaState> attached;
  for (int i = 0; i < 50 && attached.empty(); ++i) {
    const auto list = session_->AttachedReplicas();
    ASSERT_TRUE(list) << ToString(list.error());
    attached = *list;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ASSERT_EQ(attached.size(), 1U);
  EXPECT_EQ(attached[0].name, "127.0.0.1");
  Database database = engine_->database();
  database.replicas = {replica->Url(Value("SELECT current_database()"))};
  postgres::PgEngine engine(database);
  auto session = engine.ConnectReplica(0);
  ASSERT_TRUE(session) << ToString(session.error());
  const auto here = session_->ReadCatalog();
  const auto there = (*session)->ReadCatalog();
  ASSERT_TRUE(there) << ToString(there.error());
  EXPECT_EQ(CanonicalText(*there), CanonicalText(*here));
  EXPECT_TRUE((*session)->Identity()->in_recovery);
  const auto step =
      MakeStep(action::AddColumns{{"public", "users"}, {{"name", "text", true, {}, "", false}}});
  EXPECT_EQ(Observe(**session, step).state, Observed::kUndecidable)
      << "a read-only server prints no scratch definitions";
  const auto absent =
      MakeStep(action::AddColumns{{"public", "users"}, {{"fax", "text", true, {}, "", false}}});
  EXPECT_EQ(Observe(**session, absent).state, Observed::kAbsent);
  EXPECT_NE(Execute(**session, absent).find("IL-E21"), std::string::npos);
  const auto before = session_->Identity();
  replica->Promote();
  session = engine.ConnectReplica(0);
  ASSERT_TRUE(session);
  const auto after = (*session)->Identity();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->system, before->system);
  EXPECT_EQ(after->timeline, "2");
}

/// One that nobody uses now; an outgoing connection may have any of the higher ones.
int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener, generic, length), 0);
  EXPECT_EQ(getsockname(listener, generic, &length), 0);
  close(listener);
  return ntohs(address.sin_port);
}

class Pooler {
 public:
  Pooler(const std::string& mode, const std::string& server_url) {
    std::string pattern = "/tmp/interlock-pooler.XXXXXX";
    directory_ = mkdtemp(pattern.data());
    const size_t at = server_url.find('@') + 1;
    const std::string authority = server_url.substr(at, server_url.rfind('/') - at);
    port_ = FreePort();
    std::ofstream(directory_ + "/users.txt") << "\"postgres\" \"\"\n";
    std::ofstream(directory_ + "/pooler.ini")
        << "[databases]\n* = host=127.0.0.1 port=" << authority.substr(authority.find(':') + 1)
        << "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " << port_
        << "\nauth_type = trust\nauth_file = " << directory_ << "/users.txt\npool_mode = " << mode
        << "\nunix_socket_dir =\nlogfile =\npidfile =\n"
           "ignore_startup_parameters = extra_float_digits\n";
    std::vector<std::string> command{"pgbouncer", directory_ + "/pooler.ini"};
    if (geteuid() == 0) {
      RunProcess({"chown", "-R", "postgres", directory_});
      command.insert(command.begin(), {"runuser", "-u", "postgres", "--"});
    }
    process_ = std::make_unique<BackgroundProcess>(command);
  }
  ~Pooler() {
    // runuser passes SIGTERM on, but not SIGKILL.
    process_->Kill(SIGTERM);
    process_->Wait(std::chrono::seconds(5));
    process_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::string Url(std::string url) const {
    const size_t colon = url.find(':', url.find('@'));
    return url.replace(colon + 1, url.rfind('/') - colon - 1, std::to_string(port_));
  }
  std::string Errors() const { return process_->Stderr() + process_->Stdout(); }

 private:
  std::string directory_;
  int port_ = 0;
  std::unique_ptr<BackgroundProcess> process_;
};

TEST_F(ServersTest, PoolersAreRefused) {
  EXPECT_TRUE(session_->ProveSessionMode());
  if (RunProcess({"which", "pgbouncer"}).exit_code != 0) GTEST_SKIP() << "no pgbouncer here";
  for (const std::string mode : {"transaction", "session"}) {
    const Pooler pooler(mode, url_);
    Database database = engine_->database();
    database.url = pooler.Url(url_);
    postgres::PgEngine engine(database);
    auto session = engine.Connect(false);
    for (int i = 0; i < 50 && !session; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      session = engine.Connect(false);
    }
    ASSERT_TRUE(session) << ToString(session.error()) << pooler.Errors();
    const auto proof = (*session)->ProveSessionMode();
    ASSERT_FALSE(proof) << mode;
    EXPECT_EQ(proof.error().kind, ErrorKind::kRefused);
    EXPECT_EQ(proof.error().code, "IL-E30") << ToString(proof.error());
  }
}

}  // namespace
}  // namespace interlock::testing
