#include "engine/sqlite/sqlite_connection.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "ledger/sqlite_fixture.h"

namespace interlock::sqlite {
namespace {

class SqliteConnectionTest : public ledger_test::SqliteLedgerTest {
 protected:
  std::unique_ptr<SqliteConnection> Open() {
    EXPECT_TRUE(SqliteConnection::CreateFile(path_));
    auto connection = SqliteConnection::Open(path_);
    EXPECT_TRUE(connection) << ToString(connection.error());
    return std::move(*connection);
  }
};

TEST_F(SqliteConnectionTest, TheFileIsItsOwnersAndDurable) {
  auto connection = Open();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(connection->Execute("PRAGMA journal_mode")->rows[0][0], "wal");
  EXPECT_EQ(connection->Execute("PRAGMA synchronous")->rows[0][0], "2");
  EXPECT_TRUE(SqliteConnection::CreateFile(path_));
  EXPECT_EQ(connection->dialect(), "sqlite");
}

TEST_F(SqliteConnectionTest, ValuesComeBack) {
  auto connection = Open();
  ASSERT_TRUE(connection->Execute("CREATE TABLE t (a, b, c)"));
  const std::string bytes("x\0'\"$1", 6);
  const auto inserted =
      connection->Execute("INSERT INTO t VALUES ($2, $1, $2)", {bytes, std::nullopt});
  ASSERT_TRUE(inserted) << ToString(inserted.error());
  EXPECT_EQ(inserted->affected, 1);
  const auto read = connection->Execute("SELECT a, b, c FROM t");
  ASSERT_EQ(read->rows.size(), 1u);
  EXPECT_EQ(read->affected, 0);
  EXPECT_EQ(read->rows[0], (std::vector<SqlValue>{std::nullopt, bytes, std::nullopt}));
  const auto unhexed =
      connection->Execute("SELECT hex(unhex('00fFA0')), unhex('0'), typeof(unhex(''))");
  EXPECT_EQ(unhexed->rows[0], (std::vector<SqlValue>{"00FFA0", std::nullopt, "blob"}));
}

TEST_F(SqliteConnectionTest, ExactlyOneStatementWithAllItsValues) {
  auto connection = Open();
  for (const char* sql : {"SELECT 1; SELECT 2", "", "-- nothing"})
    EXPECT_EQ(connection->Execute(sql).error().kind, ErrorKind::kInternal) << sql;
  EXPECT_EQ(connection->Execute("SELECT $1").error().kind, ErrorKind::kInternal);
  EXPECT_EQ(connection->Execute("SELECT 1", {"x"}).error().kind, ErrorKind::kInternal);
  EXPECT_TRUE(connection->Execute("SELECT 1;\n"));
}

TEST_F(SqliteConnectionTest, ATransactionThatIsNotCommittedLeavesNothing) {
  auto connection = Open();
  ASSERT_TRUE(connection->Execute("CREATE TABLE t (a)"));
  {
    auto transaction = SqlTransaction::Begin(*connection);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection->Execute("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(connection->Execute("SELECT count(*) FROM t")->rows[0][0], "0");
  ASSERT_TRUE(connection->Begin());
  ASSERT_TRUE(connection->Execute("INSERT INTO t VALUES (1)"));
  ASSERT_TRUE(connection->Commit());
  connection->Rollback();
  EXPECT_EQ(connection->Execute("SELECT count(*) FROM t")->rows[0][0], "1");
}

TEST_F(SqliteConnectionTest, ErrorsSayWhatToDo) {
  auto connection = Open();
  ASSERT_TRUE(connection->Execute("CREATE TABLE t (a PRIMARY KEY, b)"));
  ASSERT_TRUE(connection->Execute("INSERT INTO t VALUES (1, 2)"));
  const auto twice = connection->Execute("INSERT INTO t VALUES (1, 3)");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::kFailed);
  EXPECT_EQ(twice.error().details[0], "sqlite 1555");
  EXPECT_NE(twice.error().message.find(path_), std::string::npos);

  const auto pages = connection->Execute("PRAGMA page_count")->rows[0][0].value();
  ASSERT_TRUE(connection->Execute("PRAGMA max_page_count = " + pages));
  const auto full = connection->Execute("INSERT INTO t VALUES (2, zeroblob(100000))");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::kTransient);
  EXPECT_EQ(full.error().code, "IL-Q03");

  ASSERT_TRUE(connection->Execute("PRAGMA query_only = ON"));
  const auto refused = connection->Execute("INSERT INTO t VALUES (3, 3)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRefused);
  EXPECT_EQ(refused.error().code, "IL-Q05");
}

TEST_F(SqliteConnectionTest, FilesThatCannotBeALedger) {
  EXPECT_EQ(SqliteConnection::Open(path_).error().code, "IL-L15");
  const auto nowhere = SqliteConnection::CreateFile(folder_ + "/missing/ledger.db");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, ErrorKind::kConfig);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/missing"));
  std::ofstream(path_) << "this is a letter to my grandmother, it is long enough to be one";
  const auto letter = SqliteConnection::Open(path_);
  ASSERT_FALSE(letter);
  EXPECT_EQ(letter.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(SqliteConnection::Open(folder_).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(OpenSqliteLedger("", "ann", clock_).error().kind, ErrorKind::kConfig);
}

TEST_F(SqliteConnectionTest, AFolderThatMayNotBeWritten) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  ASSERT_EQ(chmod(folder_.c_str(), 0500), 0);
  EXPECT_EQ(SqliteConnection::CreateFile(path_).error().kind, ErrorKind::kRefused);
  ASSERT_EQ(chmod(folder_.c_str(), 0700), 0);
}

}  // namespace
}  // namespace interlock::sqlite
