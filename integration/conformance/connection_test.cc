// The connection itself: settings pinned, errors as values, dead once it is lost.
#include "conformance/world.h"
#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/errors.h"

namespace interlock::testing {
namespace {

class ConnectionTest : public ConformanceTest {};

TEST_F(ConnectionTest, ValuesAndNulls) {
  const auto rows =
      sql_->Execute("SELECT $1::text, $2::int, $3::text", {"a'b\\", std::nullopt, ""});
  ASSERT_TRUE(rows) << ToString(rows.error());
  EXPECT_EQ(rows->rows[0][0], "a'b\\");
  EXPECT_EQ(rows->rows[0][1], std::nullopt);
  EXPECT_EQ(rows->rows[0][2], "");
  Sql("CREATE TABLE t (a int)");
  EXPECT_EQ(sql_->Execute("INSERT INTO t VALUES (1), (2)", {})->affected, 2);
}

TEST_F(ConnectionTest, ErrorsHaveKindsAndStates) {
  const auto wrong = sql_->Execute("SELECT nonsense", {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(postgres::SqlState(wrong.error()), "42703");
  EXPECT_EQ(wrong.error().message, "column \"nonsense\" does not exist");
}

TEST_F(ConnectionTest, FailedTransactionDoesNotCommit) {
  ASSERT_TRUE(sql_->Begin());
  EXPECT_FALSE(sql_->Execute("SELECT nonsense", {}));
  const auto commit = sql_->Commit();
  ASSERT_FALSE(commit);
  EXPECT_EQ(commit.error().code, "IL-E42");
  ASSERT_TRUE(sql_->Begin());
  ASSERT_TRUE(sql_->Execute("SAVEPOINT s", {}));
  EXPECT_FALSE(sql_->Execute("SELECT nonsense", {}));
  ASSERT_TRUE(sql_->Execute("ROLLBACK TO s", {}));
  EXPECT_TRUE(sql_->Commit());
}

TEST_F(ConnectionTest, LostMeansInDoubtThenUnreachable) {
  auto victim = Connect("victim");
  Sql("SELECT pg_terminate_backend(" + std::to_string(victim->backend_pid()) + ", 5000)");
  const auto first = victim->Execute("SELECT 1", {});
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::kInDoubt) << ToString(first.error());
  EXPECT_EQ(victim->Execute("SELECT 1", {}).error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ(victim->Begin().error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ(victim->Commit().error().kind, ErrorKind::kUnreachable);
  victim->Rollback();
  auto second = Connect("victim");
  Sql("SELECT pg_terminate_backend(" + std::to_string(second->backend_pid()) + ", 5000)");
  ASSERT_TRUE(second->Begin());
  EXPECT_EQ(second->Execute("SELECT 1", {}).error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ(second->Begin().error().kind, ErrorKind::kUnreachable);
}

TEST_F(ConnectionTest, BeginTravelsWithTheFirstStatement) {
  Sql("CREATE TABLE t (a int)");
  const auto begin = [&](const char* first, const std::vector<SqlValue>& values) {
    EXPECT_TRUE(sql_->Begin());
    return sql_->Execute(first, values);
  };
  ASSERT_TRUE(begin("INSERT INTO t VALUES (1)", {}));
  ASSERT_TRUE(sql_->Execute("INSERT INTO t VALUES ($1::int)", {"2"}));
  sql_->Rollback();
  ASSERT_TRUE(begin("INSERT INTO t VALUES ($1::int)", {"3"}));
  sql_->Rollback();
  EXPECT_EQ(Value("SELECT count(*) FROM t"), "0");
  ASSERT_TRUE(begin("INSERT INTO t VALUES (4)", {}));
  ASSERT_TRUE(sql_->Commit());
  EXPECT_EQ(Value("SELECT sum(a) FROM t"), "4");
  ASSERT_TRUE(sql_->Begin());
  EXPECT_TRUE(sql_->Commit());
}

TEST_F(ConnectionTest, NothingLastsAfterAFirstStatementThatFailed) {
  Sql("CREATE TABLE t (a int)");
  for (const std::string wrong : {"INSERT INTO t VALUES (1", "INSERT INTO t VALUES (1/0)"}) {
    ASSERT_TRUE(sql_->Begin());
    ASSERT_FALSE(sql_->Execute(wrong, {}));
    EXPECT_FALSE(sql_->Execute("INSERT INTO t VALUES (1)", {}));
    EXPECT_EQ(sql_->Commit().error().code, "IL-E42");
    EXPECT_EQ(Value("SELECT count(*) FROM t"), "0");
    ASSERT_TRUE(sql_->Begin());
    EXPECT_FALSE(sql_->Execute(wrong, {}));
    sql_->Rollback();
    ASSERT_TRUE(sql_->Begin());
    EXPECT_FALSE(sql_->Execute("INSERT INTO t VALUES ($1::int)", {"one"}));
    EXPECT_FALSE(sql_->Execute("INSERT INTO t VALUES (1)", {}));
    sql_->Rollback();
    EXPECT_EQ(Value("SELECT count(*) FROM t"), "0");
  }
}

TEST_F(ConnectionTest, ATagStandsAtTheBeginning) {
  auto other = Connect("other");
  ASSERT_TRUE(other->Begin());
  ASSERT_TRUE(other->Execute("/* interlock */ SELECT 1", {}));
  EXPECT_EQ(Value("SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction' AND"
                  " datname = current_database()"),
            "/* interlock */ SELECT 1");
}

TEST_F(ConnectionTest, WhatTheServerKeptMayBeLost) {
  Sql("CREATE TABLE t (a int)");
  auto mine = Connect("mine");
  const auto reading = [&] { return postgres::ReadCatalog(*mine, {}, {}); };
  ASSERT_TRUE(reading());
  const auto kept = mine->Execute("SELECT name FROM pg_prepared_statements", {});
  ASSERT_EQ(kept->rows.size(), 1U);
  ASSERT_TRUE(reading());
  ASSERT_TRUE(mine->Execute("DEALLOCATE ALL", {}));
  const auto after = reading();
  ASSERT_TRUE(after) << ToString(after.error());
  EXPECT_EQ(after->tables.size(), 1U);
  // Another client of a pooler was here before.
  auto shared = Connect("shared");
  ASSERT_TRUE(shared->Execute("PREPARE " + *kept->rows[0][0] + " AS SELECT 1", {}));
  const auto found = postgres::ReadCatalog(*shared, {}, {});
  ASSERT_TRUE(found) << ToString(found.error());
  EXPECT_EQ(CanonicalText(*found), CanonicalText(*after));
}

TEST_F(ConnectionTest, PasswordsAreNeverShown) {
  for (const char* url : {"postgresql://ann:s3cret@127.0.0.1:1/shop", "host=127.0.0.1 s3cret",
                          "postgresql://ann:s3cret@127.0.0.1:x y/shop"}) {
    const auto connection = postgres::PgConnection::Open(url, {});
    ASSERT_FALSE(connection);
    EXPECT_EQ(ToString(connection.error()).find("s3cret"), std::string::npos)
        << ToString(connection.error());
  }
  const auto connection =
      postgres::PgConnection::Open("postgresql://ann:s3cret@127.0.0.1:1/shop", {});
  EXPECT_EQ(connection.error().kind, ErrorKind::kUnreachable);
  EXPECT_NE(connection.error().message.find("127.0.0.1 port 1, database shop, user ann"),
            std::string::npos)
      << connection.error().message;
}

TEST_F(ConnectionTest, SeveralHosts) {
  std::string url = url_;
  url.replace(url.find("127.0.0.1"), 9, "127.0.0.1:1,127.0.0.1");
  EXPECT_TRUE(postgres::PgConnection::Open(url + "?target_session_attrs=read-write", {}));
}

TEST_F(ConnectionTest, SessionSettingsAreOverruled) {
  const std::string database = Value("SELECT current_database()");
  Sql("ALTER DATABASE " + database + " SET default_transaction_read_only = on");
  Sql("ALTER DATABASE " + database + " SET lock_timeout = '1ms'");
  Sql("ALTER DATABASE " + database + " SET synchronous_commit = off");
  auto connection = Connect();
  EXPECT_TRUE(connection->Execute("CREATE TABLE made (a int)", {}));
  const auto shown = connection->Execute(
      "SELECT current_setting('lock_timeout'), current_setting('synchronous_commit')", {});
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->rows[0][0], "0");
  EXPECT_EQ(shown->rows[0][1], "on");
}

}  // namespace
}  // namespace interlock::testing
