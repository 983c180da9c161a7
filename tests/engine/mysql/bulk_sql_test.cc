// The statements of a batch as text.
#include "engine/mysql/bulk_sql.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

class BulkSqlTest : public ::testing::Test {
 protected:
  BulkSqlTest() {
    key_.table = {"shop", "users"};
    key_.index = "`PRIMARY`";
    key_.columns.resize(2);
    key_.columns[0].name = "`a`";
    key_.columns[1].name = "`b`";
    key_.columns[1].descending = true;
    row_.row = "t";
    SyncValue value;
    value.column = "`w`";
    value.value = value.stored = "up";
    row_.up.push_back(value);
    row_.kept = {"`touched`"};
  }
  TableKey key_;
  RowSql row_;
};

TEST_F(BulkSqlTest, ABatchWritesOnlyWhatItHasLocked) {
  EXPECT_EQ(UpdateSql(key_, row_, "t.`a` > 1"),
            "UPDATE (SELECT t.`a`, t.`b` FROM `shop`.`users` AS t FORCE INDEX (`PRIMARY`) WHERE "
            "t.`a` > 1 AND " +
                row_.NeedsWrite() +
                " LIMIT 18446744073709551615 FOR UPDATE SKIP LOCKED) AS k STRAIGHT_JOIN "
                "`shop`.`users` AS t FORCE INDEX (`PRIMARY`) ON t.`a` = k.`a` AND t.`b` = k.`b` "
                "SET t.`w` = up, t.`touched` = t.`touched`");
  EXPECT_EQ(LockSql(key_, row_, "TRUE"),
            "SELECT COUNT(*) FROM `shop`.`users` AS t FORCE INDEX (`PRIMARY`) WHERE TRUE AND " +
                row_.NeedsWrite() + " FOR UPDATE SKIP LOCKED");
}

TEST_F(BulkSqlTest, CountsLockNothing) {
  EXPECT_EQ(CountSql(key_, row_, "TRUE"),
            "SELECT COUNT(*), COUNT(CASE WHEN " + row_.NeedsWrite() +
                " THEN 1 END) FROM `shop`.`users` AS t FORCE INDEX (`PRIMARY`) WHERE TRUE");
  EXPECT_EQ(CompareSql(key_, row_, "TRUE"),
            "SELECT COUNT(*), COUNT(CASE WHEN " + row_.Differs() +
                " THEN 1 END), COUNT(CASE WHEN " + row_.Lossy() +
                " THEN 1 END) FROM `shop`.`users` AS t FORCE INDEX (`PRIMARY`) WHERE TRUE");
  EXPECT_EQ(FirstKeysSql(key_, "TRUE", "x"),
            "SELECT CAST(t.`a` AS CHAR), CAST(t.`b` AS CHAR) FROM `shop`.`users` AS t FORCE INDEX "
            "(`PRIMARY`) WHERE TRUE AND x ORDER BY t.`a`, t.`b` DESC LIMIT 10");
}

TEST_F(BulkSqlTest, EachServerEndsABatchThatFallsSilent) {
  EXPECT_EQ(FlavorOf("mysql").before_batch, "SET SESSION wait_timeout = 30");
  EXPECT_EQ(FlavorOf("mysql").after_batch, "SET SESSION wait_timeout = 28800");
  EXPECT_EQ(FlavorOf("mariadb").before_batch, "");
  EXPECT_EQ(FlavorOf("mariadb").settings,
            "SET SESSION innodb_lock_wait_timeout = 1, idle_transaction_timeout = 30");
}

}  // namespace
}  // namespace interlock::mysql
