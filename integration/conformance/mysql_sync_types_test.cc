// Sync of every class of column on MySQL and MariaDB: what a query says a column should hold is
// what the trigger made it hold.
#include <gtest/gtest.h>

#include "conformance/servers.h"
#include "engine/mysql/column_types.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sync_sql.h"
#include "engine/mysql/sync_trigger.h"

namespace interlock::testing {
namespace {

class MySqlSyncTypesTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    const std::string url = GetParam().create_database("types_" + std::to_string(++number));
    auto connection = mysql::MySqlConnection::Open(url, {});
    ASSERT_TRUE(connection) << ToString(connection.error());
    sql_ = std::move(*connection);
    auto writer = mysql::MySqlConnection::Open(url, {});
    ASSERT_TRUE(writer);
    writer_ = std::move(*writer);
    Run(*writer_, "SET sql_mode = ''");
    table_ = {sql_->database(), "t"};
  }
  static void Run(SqlConnection& connection, const std::string& sql) {
    const auto done = connection.Execute(sql);
    ASSERT_TRUE(done) << sql << ": " << ToString(done.error());
  }
  void Sql(const std::string& sql) { Run(*sql_, sql); }
  void Write(const std::string& sql) { Run(*writer_, sql); }
  bool Maria() const { return GetParam().name == "mariadb"; }

  SyncSpec Spec(const std::string& type, const std::string& up, const std::string& down) {
    SyncSpec spec;
    spec.id = "0002/1";
    spec.table = table_;
    spec.old_columns = {"o"};
    change::DerivedColumn derived;
    derived.column.name = "n";
    derived.column.type = type;
    derived.up = up;
    spec.new_columns = {derived};
    if (!down.empty()) spec.down = {{"o", down}};
    return spec;
  }
  mysql::RowSql Terms(const SyncSpec& spec) {
    const auto types = mysql::ReadColumnTypes(*sql_, table_, {spec}, {});
    EXPECT_TRUE(types);
    const auto terms = mysql::MakeRowSql(spec, *types, "t");
    EXPECT_TRUE(terms) << ToString(terms.error());
    return terms.value_or(mysql::RowSql{});
  }
  std::string Count(const std::string& condition) {
    const auto rows = sql_->Execute(
        "SELECT COUNT(*) FROM " + mysql::Quote(table_) + " AS t WHERE " + condition, {});
    if (!rows) return ToString(rows.error());
    return rows->rows[0][0].value_or("-");
  }
  std::string Value(const std::string& expression) {
    const auto rows =
        sql_->Execute("SELECT " + expression + " FROM t ORDER BY id DESC LIMIT 1", {});
    if (!rows) return ToString(rows.error());
    return rows->rows.empty() ? "none" : rows->rows[0][0].value_or("-");
  }
  std::int64_t OldWrites() { return mysql::OldShapeWrites(*sql_, table_).value_or(-1); }
  void Install(const SyncSpec& spec) {
    const auto statements = mysql::SyncStatements(*sql_, {}, {spec});
    ASSERT_TRUE(statements) << ToString(statements.error());
    for (const auto& statement : *statements) Sql(statement);
    const auto seen = mysql::ObserveSync(*sql_, table_, {}, {spec});
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->state, Observed::kPresent) << seen->detail;
  }

  std::unique_ptr<mysql::MySqlConnection> sql_, writer_;
  TableName table_;
};

struct Case {
  std::string type;
  std::string up;
  std::string text;    ///< of the old column
  std::string stored;  ///< what n gives, by HEX for bytes
  std::string of = "n";
};

std::vector<Case> Cases(bool maria) {
  std::vector<Case> cases{
      {"varchar(5) CHARACTER SET latin1", "o", "äbcdefg", "äbcde"},
      {"varchar(5) COLLATE utf8mb4_unicode_ci", "CONCAT(o, ' ')", "ab ", "61622020", "HEX(n)"},
      {"char(5) CHARACTER SET utf16", "o", " ab   cd", " ab"},
      {"char(3)", "o", "a  ", "a"},
      {"tinytext", "o", "x ", "x "},
      {"longtext CHARACTER SET utf8mb3", "UPPER(o)", "straße", "STRAßE"},
      {"binary(4)", "o", "ab", "61620000", "HEX(n)"},
      {"varbinary(3)", "o", "abcdef", "616263", "HEX(n)"},
      {"blob", "UNHEX(o)", "00ff", "00FF", "HEX(n)"},
      {"enum('Sad','it''s','b') COLLATE utf8mb4_unicode_ci", "o", "SAD ", "Sad"},
      {"enum('é','b') CHARACTER SET latin1", "o", "É", "é"},
      {"set('x','Yy','z') COLLATE utf8mb4_unicode_ci", "o", "z,yY,Z", "Yy,z"},
      {"json", "o", "{\"b\": 1.0, \"a\": [1, 2]}",
       maria ? "{\"b\": 1.0, \"a\": [1, 2]}" : "{\"a\": [1, 2], \"b\": 1.0}", "CAST(n AS CHAR)"},
      {"tinyint(1)", "o LIKE 'a%'", "abc", "1"},
      {"int", "o", "1.7", "2"},
      {"smallint unsigned zerofill", "o", "7", "00007"},
      {"bigint unsigned", "o", "18446744073709551615", "18446744073709551615"},
      {"bigint", "o", "-9223372036854775808", "-9223372036854775808"},
      {"bit(8)", "o", "5", "5", "n + 0"},
      {"year", "o", "70", "1970"},
      {"year", "o", "2024", "2024"},
      {"decimal(6,2)", "o", "-12.345", "-12.35"},
      {"decimal(6,2) unsigned", "o", "0.005", "0.01"},
      {"float", "o", "0.1", "0.1"},
      {"float", "o", "16777217", "16777216", "CAST(n AS DECIMAL(20))"},
      {"float(7,3)", "o", "1.23456", "1.235"},
      {"double", "o", "0.1", "0.1"},
      {"double(10,2)", "o", "1.554", "1.55"},
      {"date", "o", "2020-02-03", "2020-02-03"},
      {"datetime(3)", "o", "2020-02-03 04:05:06.7894", "2020-02-03 04:05:06.789"},
      {"datetime", "o", "2020-02-03 04:05:06", "2020-02-03 04:05:06"},
      {"time(1)", "o", "-10:11:12.1", "-10:11:12.1"},
      {"point", "ST_GeomFromText(o)", "POINT(1 2)", "POINT(1 2)", "ST_AsText(n)"},
  };
  if (maria) {
    cases.push_back({"uuid", "o", "123E4567-E89B-12D3-A456-426614174000",
                     "123e4567-e89b-12d3-a456-426614174000"});
    cases.push_back({"inet6", "o", "::0001", "::1"});
  } else {
    cases.push_back({"vector(2)", "TO_VECTOR(o)", "[1,2]", "0000803F00000040", "HEX(n)"});
  }
  return cases;
}

TEST_P(MySqlSyncTypesTest, QueryAndTriggerAgreeOnWhatAColumnHolds) {
  for (const auto& c : Cases(Maria())) {
    SCOPED_TRACE(c.type + " from " + c.text);
    Sql("DROP TABLE IF EXISTS t");
    Sql("CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, o varchar(60) CHARACTER SET utf8mb4 "
        "COLLATE utf8mb4_unicode_ci, n " +
        c.type + ", x int) DEFAULT CHARSET utf8mb4");
    Sql("INSERT INTO t (o) VALUES (" + mysql::Literal(c.text) + "), (NULL)");
    const SyncSpec spec = Spec(c.type, c.up, "");
    Install(spec);
    const mysql::RowSql terms = Terms(spec);
    EXPECT_EQ(Count(terms.NeedsWrite()), "1");
    Sql("UPDATE " + mysql::Quote(table_) + " AS t SET " + terms.SetList() + " WHERE " +
        terms.NeedsWrite());
    EXPECT_EQ(Count(terms.NeedsWrite()), "0");
    EXPECT_EQ(Count("NOT " + terms.UpSame()), "0") << "after the backfill";
    Write("INSERT INTO t (o) VALUES (" + mysql::Literal(c.text) + ")");
    EXPECT_EQ(Value(c.of), c.stored);
    EXPECT_EQ(Count("NOT " + terms.UpSame()), "0") << "after an insert";
    const std::int64_t before = OldWrites();
    Write("UPDATE t SET x = 1");
    EXPECT_EQ(OldWrites(), before) << "nothing to do in a row that agrees";
    Write("UPDATE t SET o = NULL");
    EXPECT_EQ(Value("n"), "-");
    EXPECT_EQ(Count("NOT " + terms.UpSame()), "0");
    Sql("DELETE FROM interlock_old_writes");
  }
}

TEST_P(MySqlSyncTypesTest, CopiesOfEveryClassInBothDirections) {
  struct Copy {
    std::string type, first, second;
  };
  std::vector<Copy> copies{
      {"varchar(9) CHARACTER SET cp932", "'bob'", "'Bob '"},
      {"char(9) COLLATE utf8mb4_unicode_ci", "'ä'", "'a'"},
      {"text", "'x'", "'x '"},
      {"binary(3)", "'a'", "'b'"},
      {"longblob", "x'00ff'", "x'00'"},
      {"enum('a','A') COLLATE utf8mb4_bin", "'a'", "'A'"},
      {"set('x','y')", "'x,y'", "''"},
      {"json", "'{\"a\": 1}'", "'{\"a\": 1.0}'"},
      {"bigint unsigned", "18446744073709551615", "0"},
      {"bit(3)", "b'101'", "b'1'"},
      {"year", "1970", "2070"},
      {"decimal(65,30)", "0.000000000000000000000000000001", "1"},
      {"float", "0.1", "0.10000001"},
      {"double", "0.1", "0.10000000000000002"},
      {"date", "'2020-01-01'", "'0000-00-00'"},
      {"datetime(6)", "'2020-01-01 00:00:00.000001'", "'2020-01-01'"},
      {"timestamp(6) NULL", "'2020-01-01 00:00:00.000001'", "'2020-01-01'"},
      {"time(6)", "'-838:59:59'", "'00:00:00.000001'"},
      {"geometry", "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(2 1)')"}};
  if (!Maria()) copies.push_back({"vector(2)", "TO_VECTOR('[1,2]')", "TO_VECTOR('[1,3]')"});
  for (const auto& c : copies) {
    SCOPED_TRACE(c.type);
    Sql("DROP TABLE IF EXISTS t");
    Sql("CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, o " + c.type + ", n " + c.type +
        ") DEFAULT CHARSET utf8mb4");
    const SyncSpec spec = Spec(c.type, "o", "n");
    Install(spec);
    const mysql::RowSql terms = Terms(spec);
    const std::string same = "(HEX(n) <=> HEX(o)) AND " + terms.UpSame();
    for (const std::string zone : {"'+00:00'", "'+09:30'"}) {
      Write("SET time_zone = " + zone);
      Write("DELETE FROM t");
      Write("INSERT INTO t (o) VALUES (" + c.first + ")");
      EXPECT_EQ(Count(same + " AND n IS NOT NULL"), "1") << "old inserted";
      Write("UPDATE t SET o = " + c.second);
      EXPECT_EQ(Count(same), "1") << "old updated";
      Write("UPDATE t SET n = " + c.first);
      EXPECT_EQ(Count(same), "1") << "new updated";
      Write("UPDATE t SET n = NULL");
      EXPECT_EQ(Count(same + " AND o IS NULL"), "1") << "new set to NULL";
      Write("INSERT INTO t (n) VALUES (" + c.second + ")");
      EXPECT_EQ(Count(same), "2") << "new inserted";
      EXPECT_EQ(Count(terms.Differs()), "0");
      EXPECT_EQ(Count(terms.Lossy()), "0");
    }
  }
}

TEST_P(MySqlSyncTypesTest, WhatAColumnCannotHoldRaisesUnderAnySqlMode) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"int", "12abc"},
      {"int unsigned", "-1"},
      {"bigint unsigned", "-1"},
      {"tinyint", "300"},
      {"decimal(4,2)", "100"},
      {"date", "2020-02-31"},
      {"datetime", "later"},
      {"time", "soon"},
      {"enum('a','b')", "c"},
      {"set('a','b')", "a,c"},
      {"double", "x"},
      {"json", "{"},
      {"varchar(9) CHARACTER SET latin1", "日"}};
  for (const auto& [type, text] : refused) {
    SCOPED_TRACE(type);
    if (Maria() && type == "json") continue;  // its check sees the row: it raises as any CHECK does
    Sql("DROP TABLE IF EXISTS t");
    Sql("CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, o varchar(60), n " + type +
        ") DEFAULT CHARSET utf8mb4");
    Install(Spec(type, "o", ""));
    EXPECT_FALSE(writer_->Execute("INSERT INTO t (o) VALUES (" + mysql::Literal(text) + ")", {}));
    EXPECT_EQ(Count("TRUE"), "0");
  }
}

TEST_P(MySqlSyncTypesTest, MomentsInTheHourThatAZoneHasTwice) {
  // Rules of Central Europe, as the server's own time zone tables would have them.
  Sql("DELETE FROM mysql.time_zone_name WHERE Name = 'Test/Twice'");
  Sql("INSERT INTO mysql.time_zone (Use_leap_seconds) VALUES ('N')");
  Sql("SET @zone = LAST_INSERT_ID()");
  Sql("INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('Test/Twice', @zone)");
  Sql("INSERT INTO mysql.time_zone_transition_type (Time_zone_id, Transition_type_id, `Offset`, "
      "Is_DST, Abbreviation) VALUES (@zone, 0, 7200, 1, 'S'), (@zone, 1, 3600, 0, 'W')");
  Sql("INSERT INTO mysql.time_zone_transition (Time_zone_id, Transition_time, Transition_type_id) "
      "VALUES (@zone, 0, 0), (@zone, 1729990800, 1)");
  Sql("CREATE TABLE t (id int PRIMARY KEY, o timestamp NULL, n timestamp NULL)");
  const SyncSpec spec = Spec("timestamp NULL", "o", "n");
  Install(spec);
  Sql("INSERT INTO t (id, o) VALUES (1, '2024-10-27 00:30:00'), (2, '2024-10-27 01:30:00')");
  Write("SET time_zone = 'Test/Twice'");
  Write("UPDATE t AS a JOIN t AS b ON b.id = 2 SET a.id = 3 WHERE a.id = 1");
  const mysql::RowSql terms = Terms(spec);
  EXPECT_EQ(Count("NOT " + terms.UpSame()), "0");
  Sql("UPDATE t SET o = '2024-10-27 01:30:00' WHERE id = 3");
  EXPECT_EQ(Count("UNIX_TIMESTAMP(n) = 1729992600"), "2");
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlSyncTypesTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
