// The connection to MySQL and MariaDB: encrypted when the url says so, gone at once when it is
// lost.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "conformance/servers.h"
#include "engine/mysql/catalog_reader.h"

namespace interlock::testing {
namespace {

using std::chrono::milliseconds;

class MySqlConnectionTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    url_ = GetParam().create_database("connection_" + std::to_string(++number));
    auto connection = GetParam().connect(url_);
    ASSERT_TRUE(connection) << ToString(connection.error());
    sql_ = std::move(*connection);
  }
  std::string Value(const std::string& statement) {
    const auto rows = sql_->Execute(statement, {});
    EXPECT_TRUE(rows) << statement << ": " << ToString(rows.error());
    return rows && !rows->rows.empty() ? rows->rows[0].back().value_or("NULL") : "";
  }
  /// "" or the error's text.
  static std::string Connected(const std::string& url) {
    const auto connection = mysql::MySqlConnection::Open(url, {});
    return connection ? "" : ToString(connection.error());
  }

  std::string url_;
  std::unique_ptr<SqlConnection> sql_;
};

TEST_P(MySqlConnectionTest, WhatMustBeEncryptedIs) {
  EXPECT_EQ(Connected(url_ + "?ssl-mode=preferred"), "");
  const std::string required = Connected(url_ + "?ssl-mode=required");
  if (Value("SHOW VARIABLES LIKE 'have_ssl'") == "DISABLED") {
    EXPECT_NE(required.find("IL-E"), std::string::npos) << "the server has no TLS: " << required;
    return;
  }
  EXPECT_EQ(required, "");
  sql_ = std::move(*GetParam().connect(url_ + "?ssl-mode=required"));
  EXPECT_NE(Value("SHOW SESSION STATUS LIKE 'Ssl_cipher'"), "");
  const std::string ca = "&ssl-ca=" + Value("SELECT @@datadir") + "ca.pem";
  for (const std::string mode : {"verify-ca", "verify-identity"})
    EXPECT_NE(Connected(url_ + "?ssl-mode=" + mode + ca), "")
        << "the certificate is not for 127.0.0.1";
}

TEST_P(MySqlConnectionTest, AnAnswerThatTakesTooLongIsALostConnection) {
  mysql::ConnectOptions options;
  options.longest_answer_seconds = 1;
  auto connection = mysql::MySqlConnection::Open(url_, options);
  ASSERT_TRUE(connection) << ToString(connection.error());
  const Duration begun = SystemClock().Elapsed();
  const auto slept = (*connection)->Execute("SELECT SLEEP(30)", {});
  ASSERT_FALSE(slept);
  EXPECT_EQ(slept.error().kind, ErrorKind::kInDoubt) << ToString(slept.error());
  EXPECT_LT(SystemClock().Elapsed() - begun, std::chrono::seconds(10));
  EXPECT_EQ((*connection)->Execute("SELECT 1", {}).error().kind, ErrorKind::kUnreachable);
}

/// MariaDB leaves a table out, with a warning, where a transaction is open.
TEST_P(MySqlConnectionTest, NoTableIsLeftOutWhileItsDefinitionChanges) {
  ASSERT_TRUE(sql_->Execute("CREATE TABLE t (k INT PRIMARY KEY, v INT)", {}));
  ASSERT_TRUE(sql_->Execute("CREATE TABLE other (k INT)", {}));
  std::atomic<bool> over = false;
  std::thread changes([&] {
    const auto connection = GetParam().connect(url_);
    while (!over)
      for (const char* change : {"ADD COLUMN x INT", "DROP COLUMN x"}) {
        const auto done = (*connection)->Execute(std::string("ALTER TABLE t ") + change, {});
        EXPECT_TRUE(done) << ToString(done.error());
      }
  });
  // A strict one makes an error of the warning where something is written.
  ASSERT_TRUE(sql_->Execute("SET SESSION sql_mode = ''", {}));
  ASSERT_TRUE(sql_->Begin());
  ASSERT_TRUE(sql_->Execute("SELECT * FROM other", {}));
  for (int i = 0; i < 100; ++i) {
    const auto rows = sql_->Execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
        "table_name = $1",
        {"t"});
    ASSERT_TRUE(rows) << ToString(rows.error());
    ASSERT_GE(rows->rows.size(), 2u);
    // What writes is not sent again.
    ASSERT_TRUE(sql_->Execute(
        "INSERT INTO other SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = "
        "DATABASE() AND table_name = 't'",
        {}));
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM other"), "100");
  over = true;
  sql_->Rollback();
  changes.join();
}

TEST_P(MySqlConnectionTest, WhatWasLostIsClosedAtOnce) {
  auto connection = mysql::MySqlConnection::Open(url_, {});
  ASSERT_TRUE(connection);
  const auto id = (*connection)->Execute("SELECT CONNECTION_ID()", {});
  ASSERT_TRUE(id);
  ASSERT_TRUE((*connection)->Execute("SELECT $1", {"kept"}));
  ASSERT_TRUE(sql_->Execute("KILL " + *id->rows[0][0], {}));
  EXPECT_EQ((*connection)->Execute("SELECT $1", {"kept"}).error().kind, ErrorKind::kInDoubt);
  EXPECT_EQ((*connection)->Begin().error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ((*connection)->Commit().error().kind, ErrorKind::kUnreachable);
  (*connection)->Rollback();
}

TEST_P(MySqlConnectionTest, WhatTheServerGivesEachSessionIsSetBack) {
  ASSERT_TRUE(sql_->Execute("CREATE TABLE t (id int PRIMARY KEY)", {}));
  ASSERT_TRUE(sql_->Execute("CREATE USER IF NOT EXISTS modest@'%'", {}));
  ASSERT_TRUE(sql_->Execute("GRANT ALL ON " + Value("SELECT DATABASE()") + ".* TO modest@'%'", {}));
  ASSERT_TRUE(sql_->Execute(
      "SET GLOBAL init_connect = 'SET SESSION autocommit = 0, completion_type = CHAIN, "
      "timestamp = 86400, max_join_size = 1, sql_select_limit = 1, "
      "default_tmp_storage_engine = MEMORY'",
      {}));
  const std::string modest = "//modest" + url_.substr(url_.find('@'));
  auto opened = mysql::MySqlConnection::Open("mysql:" + modest, {});
  ASSERT_TRUE(sql_->Execute("SET GLOBAL init_connect = ''", {}));
  ASSERT_TRUE(opened) << ToString(opened.error());
  auto& connection = **opened;
  ASSERT_TRUE(connection.Begin());
  ASSERT_TRUE(connection.Execute("INSERT INTO t VALUES (1)", {}));
  ASSERT_TRUE(connection.Commit());
  ASSERT_TRUE(connection.Execute("INSERT INTO t VALUES (2)", {}));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM t"), "2") << "the last one is in no transaction";
  EXPECT_EQ(connection.Execute("SELECT id FROM t", {})->rows.size(), 2U);
  EXPECT_EQ(connection.Execute("SELECT NOW() > '2000-01-01'", {})->rows[0][0], "1");
  EXPECT_TRUE(connection.Execute("CREATE TEMPORARY TABLE proof (a text)", {}));
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlConnectionTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

TEST(MySqlNames, AreFoldedWhereTheServerFoldsThem) {
  auto server = MySqlServer::Start(MySqlFlavor::kMariaDb, {0, {"lower_case_table_names=1"}});
  const std::string url = server->CreateDatabase("Shop");
  auto connection = mysql::MySqlConnection::Open(url, {});
  ASSERT_TRUE(connection) << ToString(connection.error());
  EXPECT_TRUE((*connection)->folds_names());
  EXPECT_EQ((*connection)->database(), "shop");
  ASSERT_TRUE((*connection)->Execute("CREATE TABLE Users (Id int PRIMARY KEY)", {}));
  const auto catalog = mysql::ReadCatalog(**connection, {"Shop.*"}, {});
  ASSERT_TRUE(catalog) << ToString(catalog.error());
  EXPECT_EQ(catalog->tables.size(), 1U);
  EXPECT_NE(catalog->FindTable({"shop", "users"}), nullptr);
}

}  // namespace
}  // namespace interlock::testing
