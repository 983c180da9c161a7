// Tables are walked by keys of every type: exactly, in order, and by the index alone.
#include "conformance/mysql_bulk_fixture.h"
#include "engine/mysql/table_key.h"

namespace interlock::testing {
namespace {

class MySqlKeysTest : public MySqlBulkFixture {};

struct KeyCase {
  std::string columns;
  std::string values;  ///< over i
  std::string options;
};

std::vector<KeyCase> KeyCases(const std::string& server) {
  const std::string day = "TIMESTAMP('2020-01-01') + INTERVAL ";
  std::vector<KeyCase> cases{
      {"k INT PRIMARY KEY", "i - 1500", ""},
      {"k BIGINT UNSIGNED PRIMARY KEY", "18446744073709551615 - i", ""},
      {"k BIGINT PRIMARY KEY", "-9223372036854775808 + i", ""},
      {"k INT(8) UNSIGNED ZEROFILL PRIMARY KEY", "i", ""},
      {"k DECIMAL(30,10) PRIMARY KEY", "-12345678901234567890.0000000001 + i / 7", ""},
      {"k DOUBLE PRIMARY KEY", "i / 7e0 - 100", ""},
      {"k FLOAT PRIMARY KEY", "i / 7e0 - 100", ""},
      {"k BIT(40) PRIMARY KEY", "i * 1000003", ""},
      {"k VARCHAR(40) COLLATE utf8mb4_general_ci PRIMARY KEY", "CONCAT('é,\\\\''\"', i)", ""},
      {"k VARCHAR(40) COLLATE utf8mb4_bin PRIMARY KEY", "CONCAT(CHAR(33 + i % 90), i)", ""},
      {"k VARCHAR(40) CHARACTER SET latin1 PRIMARY KEY", "CONCAT('ü', i)", ""},
      {"k CHAR(12) CHARACTER SET cp932 PRIMARY KEY", "CONCAT(_cp932 X'8754', i)", ""},
      {"k CHAR(12) COLLATE utf8mb4_unicode_ci PRIMARY KEY", "i", ""},
      {"k VARCHAR(12) CHARACTER SET utf16 PRIMARY KEY", "i", ""},
      {"k BINARY(16) PRIMARY KEY", "UNHEX(LEFT(SHA2(i, 256), 32))", ""},
      {"k VARBINARY(40) PRIMARY KEY", "CONCAT(CHAR(i % 256), i)", ""},
      {"k DATE PRIMARY KEY", "DATE('1990-01-01') + INTERVAL i DAY", ""},
      {"k DATETIME(6) PRIMARY KEY", day + "i * 1.000001 SECOND", ""},
      {"k TIMESTAMP(3) NOT NULL DEFAULT '2020-01-01' PRIMARY KEY", day + "i * 0.007 SECOND", ""},
      {"k TIME(2) PRIMARY KEY", "SEC_TO_TIME(i - 1500.25)", ""},
      {"y YEAR, k INT, PRIMARY KEY (y, k)", "IF(i < 500, 0, 2000 + i % 20), i", ""},
      {"e ENUM('z','y','x','it''s, a'), k INT, PRIMARY KEY (e, k)", "1 + i % 4, i", ""},
      {"e SET('z','y','x'), k INT, PRIMARY KEY (e, k)", "i % 8, i", ""},
      {"k INT, e ENUM('z','y'), f FLOAT, PRIMARY KEY (k, e, f)", "i % 40, 1 + i % 2, i / 3", ""},
      {"a INT, b VARCHAR(20), c INT, PRIMARY KEY (a, b DESC, c)", "i % 7, CONCAT('b', i % 11), i",
       ""},
      {"a VARCHAR(20) COLLATE utf8mb4_bin, b VARCHAR(20) COLLATE utf8mb4_general_ci, c INT, "
       "PRIMARY "
       "KEY (a DESC, b, c DESC)",
       "CONCAT('a', i % 7), CONCAT('b', i % 11), i", ""},
      {"a DATETIME(6), b CHAR(5), c BIT(9), d BINARY(4), k TIME, PRIMARY KEY (a, b, c, d, k)",
       day + "i % 3 SECOND, i % 5, i % 7, i % 2, SEC_TO_TIME(i)", ""},
      {"k INT NOT NULL, x INT, UNIQUE KEY nullable (x), UNIQUE KEY good (k)", "i, NULL", ""},
      {"a VARCHAR(20) NOT NULL, k INT NOT NULL, UNIQUE KEY first (a), UNIQUE KEY second (k)",
       "CONCAT('a', i), 5000 - i", ""},
      {"k INT PRIMARY KEY", "i", "PARTITION BY HASH (k) PARTITIONS 3"},
      {"a INT, k INT, PRIMARY KEY (a, k)", "i % 30, i",
       "PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (9), PARTITION p1 VALUES LESS THAN "
       "MAXVALUE)"},
      {"`odd ``k` INT PRIMARY KEY", "i", ""},
  };
  if (server == "mariadb") {
    cases.push_back({"k UUID PRIMARY KEY", "UUID()", ""});
    cases.push_back({"k INET6 PRIMARY KEY", "CONCAT('fe80::', HEX(i))", ""});
  }
  return cases;
}

TEST_P(MySqlKeysTest, KeysOfEveryType) {
  constexpr int kRows = 3000;
  constexpr std::int64_t kStep = 250;
  for (const KeyCase& key : KeyCases(GetParam().name)) {
    SCOPED_TRACE(key.columns);
    tag_.step = key.columns + key.options;
    const SyncSpec spec = Table(key.columns, key.values, kRows, key.options);
    const auto table_key = mysql::ReadKey(*owner_, spec.table);
    ASSERT_TRUE(table_key) << ToString(table_key.error());
    const auto session = Open(spec);
    KeyRange range;
    std::int64_t seen = 0;
    for (int turn = 0;; ++turn) {
      ASSERT_LT(turn, 20);
      range.upto.reset();
      auto upto = session->Boundary(range, kStep);
      ASSERT_TRUE(upto) << ToString(upto.error());
      if (*upto) {
        EXPECT_EQ(mysql::ParseKey(mysql::FormatKey(**upto)), **upto);
      }
      range.upto = *upto;
      const auto condition = table_key->Condition(range);
      ASSERT_TRUE(condition) << ToString(condition.error());
      Run("FLUSH STATUS");
      const std::string count =
          Rows("SELECT COUNT(*) FROM " + table_key->From() + " WHERE " + *condition);
      const std::int64_t read = RowsRead();
      EXPECT_LT(read, kStep + 40) << *condition;
      const auto done =
          session->Batch(range, BatchMode::kRange, Segment{1, {}, *upto, !*upto, {}}, {});
      ASSERT_TRUE(done) << ToString(done.error()) << *condition;
      EXPECT_EQ(std::to_string(done->seen), count);
      EXPECT_EQ(done->changed, done->seen) << *condition;
      EXPECT_FALSE(done->skipped);
      if (*upto) {
        EXPECT_EQ(done->seen, kStep) << *condition;
      }
      seen += done->seen;
      const auto compared = session->Compare(range);
      ASSERT_TRUE(compared) << ToString(compared.error());
      EXPECT_EQ(compared->rows, done->seen);
      EXPECT_EQ(compared->differing, 0);
      if (!*upto) break;
      range.after = *upto;
    }
    EXPECT_EQ(seen, kRows);
    EXPECT_EQ(Unequal(), "0");
  }
}

TEST_P(MySqlKeysTest, TablesWithoutAKeyAreRefused) {
  for (const char* columns :
       {"k INT", "k INT UNIQUE", "k VARCHAR(40) NOT NULL, UNIQUE KEY u (k(10))",
        "k SET('a') NOT NULL, b BLOB NOT NULL, UNIQUE KEY u (k, b(5))"}) {
    Run("DROP TABLE IF EXISTS t");
    Run(std::string("CREATE TABLE t (") + columns + ")");
    const auto key = mysql::ReadKey(*owner_, {owner_->database(), "t"});
    ASSERT_FALSE(key) << columns;
    EXPECT_EQ(key.error().code, "IL-E60");
    EXPECT_EQ(key.error().kind, ErrorKind::kRefused);
  }
  Run("DROP TABLE t");
  Run("CREATE TABLE t (k INT PRIMARY KEY) ENGINE=MyISAM");
  EXPECT_EQ(mysql::ReadKey(*owner_, {owner_->database(), "t"}).error().code, "IL-E60");
  EXPECT_EQ(mysql::ReadKey(*owner_, {owner_->database(), "gone"}).error().code, "IL-E61");
}

TEST_P(MySqlKeysTest, AHiddenIndexIsNoKey) {
  const bool maria = GetParam().name == "mariadb";
  Run(std::string("CREATE TABLE t (a INT NOT NULL, b VARCHAR(9) NOT NULL, UNIQUE KEY c (b), UNIQUE "
                  "KEY u (a) ") +
      (maria ? "IGNORED" : "INVISIBLE") + ")");
  const auto key = mysql::ReadKey(*owner_, {owner_->database(), "t"});
  ASSERT_TRUE(key) << ToString(key.error());
  EXPECT_EQ(key->index, "`c`");
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlKeysTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
