// Which expressions MySQL and MariaDB prove fit for a sync trigger, and which are refused with a
// reason.
#include <gtest/gtest.h>

#include "conformance/servers.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/prove.h"

namespace interlock::testing {
namespace {

class MySqlProveTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    const std::string url = GetParam().create_database("prove_" + std::to_string(++number));
    auto connection = mysql::MySqlConnection::Open(url, {});
    ASSERT_TRUE(connection) << ToString(connection.error());
    sql_ = std::move(*connection);
    Sql("CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, v varchar(40) NOT NULL, i int NOT "
        "NULL, "
        "d decimal(10,2), x double, at datetime(3), clock time, ts timestamp NULL, j longtext, g "
        "varchar(50) GENERATED ALWAYS AS (UPPER(v)) STORED, `~q1_old` int)");
  }
  void Sql(const std::string& sql) {
    const auto done = sql_->Execute(sql, {});
    ASSERT_TRUE(done) << sql << ": " << ToString(done.error());
  }
  SyncSpec Spec(const std::string& up, const std::string& type = "varchar(99)") {
    SyncSpec spec;
    spec.id = "0002/1";
    spec.table = {sql_->database(), "t"};
    spec.old_columns = {"v", "i", "d", "x", "at", "clock", "ts", "j"};
    change::DerivedColumn derived;
    derived.column.name = "n";
    derived.column.type = type;
    derived.up = up;
    spec.new_columns = {derived};
    return spec;
  }
  /// "" when proved, else code and message.
  std::string Prove(const SyncSpec& spec) {
    const auto proved = mysql::ProveExpressions(*sql_, spec);
    return proved ? "" : proved.error().code + " " + proved.error().message;
  }

  std::unique_ptr<mysql::MySqlConnection> sql_;
};

TEST_P(MySqlProveTest, WhatARowAloneDecidesIsProved) {
  for (const std::string up : {"UPPER(v)",
                               "CONCAT(v, ' ', i) -- said",
                               "SUBSTRING_INDEX(v, ' ', 1)",
                               "i DIV 3",
                               "d * 0.01",
                               "i / 1e2",
                               "x / 3E0",
                               "CASE WHEN i > 3 THEN v ELSE '' END",
                               "YEAR(at)",
                               "at + INTERVAL 1 DAY",
                               "WEEK(at, 3)",
                               "FORMAT(d, 2)",
                               "FORMAT(d, 2, 'de_DE')",
                               "ts IS NULL",
                               "IF(ts IS NOT NULL, 'a', 'b')",
                               "SHA2(v, 256)",
                               "JSON_EXTRACT(j, '$.a')",
                               "REGEXP_REPLACE(v, '[^0-9]', '')",
                               "STR_TO_DATE(v, '%Y-%m-%d')",
                               "EXTRACT(YEAR FROM at)",
                               "ADDTIME(clock, '1:0:0')",
                               "v COLLATE utf8mb4_bin",
                               "`v`",
                               "t.v"})
    EXPECT_EQ(Prove(Spec(up)), "") << up;
  for (const auto& [up, type] :
       std::vector<std::pair<std::string, std::string>>{{"ts", "timestamp"},
                                                        {"at", "datetime(6)"},
                                                        {"v", "date"},
                                                        {"v", "int unsigned"},
                                                        {"v", "enum('a','b')"},
                                                        {"clock", "time(3)"},
                                                        {"j", "json"},
                                                        {"i", "year"},
                                                        {"d", "float(7,2)"},
                                                        {"v", "set('a','b') CHARACTER SET latin1"},
                                                        {"v", "binary(8)"}})
    EXPECT_EQ(Prove(Spec(up, type)), "") << up << " to " << type;
}

TEST_P(MySqlProveTest, WhatDependsOnTheSessionIsRefusedByName) {
  for (const auto& [up, why] : std::vector<std::pair<std::string, std::string>>{
           {"UNIX_TIMESTAMP(at)", "time_zone"},
           {"FROM_UNIXTIME(i)", "time_zone"},
           {"CONVERT_TZ(at, '+00:00', '+02:00')", "time zone tables"},
           {"DATE(ts)", "time_zone"},
           {"CONCAT(ts)", "time_zone"},
           {"COALESCE(ts, at)", "time_zone"},
           {"DAYNAME(at)", "lc_time_names"},
           {"MONTHNAME(at)", "lc_time_names"},
           {"DATE_FORMAT(at, '%d. %M')", "lc_time_names"},
           {"DATE_FORMAT(at, v)", "lc_time_names"},
           {"WEEK(at)", "default_week_format"},
           {"week( DATE(at) )", "default_week_format"},
           {"EXTRACT(WEEK FROM at)", "default_week_format"},
           {"i / 3", "div_precision_increment"},
           {"d / (1 + 1)", "div_precision_increment"},
           {"AES_ENCRYPT(v, 'k')", "block_encryption_mode"},
           {"CAST(clock AS DATETIME)", "current date"},
           {"IF(clock < at, 1, 2)", "current date"}}) {
    const std::string said = Prove(Spec(up));
    EXPECT_TRUE(said.starts_with("IL-E53 0002/1, up of n: ")) << up << ": " << said;
    EXPECT_NE(said.find(why), std::string::npos) << up << ": " << said;
  }
  for (const auto& [up, type] :
       std::vector<std::pair<std::string, std::string>>{{"at", "timestamp"},
                                                        {"v", "timestamp"},
                                                        {"ts", "datetime"},
                                                        {"clock", "datetime"},
                                                        {"ts", "varchar(30)"}})
    EXPECT_TRUE(Prove(Spec(up, type)).starts_with("IL-E53")) << up << " to " << type;
}

TEST_P(MySqlProveTest, WhatTheServerRefusesIsRefused) {
  for (const std::string up :
       {"NOW()", "CURRENT_DATE", "RAND()", "UUID()", "USER()", "DATABASE()", "CONNECTION_ID()",
        "LAST_INSERT_ID()", "SLEEP(0)", "GET_LOCK('a', 1)", "LOAD_FILE('/etc/hosts')", "VERSION()",
        "no_such_function(v)"})
    EXPECT_TRUE(Prove(Spec(up)).starts_with("IL-E53")) << up;
  EXPECT_TRUE(Prove(Spec("nothing")).starts_with("IL-E52 0002/1, up of n"));
  EXPECT_TRUE(Prove(Spec("(SELECT 1)")).starts_with("IL-E51 0002/1, up of n"));
  EXPECT_TRUE(Prove(Spec("v v")).starts_with("IL-E53"));
  EXPECT_TRUE(Prove(Spec("CAST(COALESCE(v, '{') AS JSON)")).starts_with("IL-E5"))
      << "raises on NULL, or is unknown";
  SyncSpec generated = Spec("g");
  generated.old_columns = {"g"};
  EXPECT_NE(Prove(generated).find("generated"), std::string::npos);
  SyncSpec counted = Spec("id");
  counted.old_columns = {"id"};
  EXPECT_NE(Prove(counted).find("AUTO_INCREMENT"), std::string::npos);
  SyncSpec gone = Spec("gone");
  gone.old_columns = {"gone"};
  EXPECT_TRUE(Prove(gone).starts_with("IL-E55"));
}

TEST_P(MySqlProveTest, WaysBackAndQuarantinedNames) {
  SyncSpec spec = Spec("old + 1", "int");
  spec.old_columns = {"old"};
  spec.renamed = {{"old", "~q1_old"}};
  spec.down = {{"old", "n - 1"}};
  EXPECT_EQ(Prove(spec), "");
  spec.down = {{"old", "old"}};
  EXPECT_TRUE(Prove(spec).starts_with("IL-E52 0002/1, down of old")) << Prove(spec);
  spec.down = {{"old", "n / 2"}};
  EXPECT_TRUE(Prove(spec).starts_with("IL-E53 0002/1, down of old")) << Prove(spec);
}

TEST_P(MySqlProveTest, FillsNeedOnlyBeExpressionsOverTheRow) {
  SyncSpec spec;
  spec.id = "0003/1";
  spec.table = {sql_->database(), "t"};
  for (const std::string fill : {"NOW()", "DAYNAME(at)", "CONCAT(v, g)", "i / 3"}) {
    spec.fills = {{"j", fill}};
    EXPECT_EQ(Prove(spec), "") << fill;
  }
  spec.fills = {{"j", "nothing"}};
  EXPECT_TRUE(Prove(spec).starts_with("IL-E53 0003/1, fill of j")) << Prove(spec);
  spec.fills = {{"j", "MAX(v)"}};
  EXPECT_TRUE(Prove(spec).starts_with("IL-E51")) << Prove(spec);
  spec.fills = {{"j", "id"}};
  EXPECT_NE(Prove(spec).find("AUTO_INCREMENT"), std::string::npos) << Prove(spec);
}

TEST_P(MySqlProveTest, TablesThatATriggerWouldHarmAreRefused) {
  Sql("ALTER TABLE t ADD code varchar(50) DEFAULT (CONCAT(v, '#')), ADD u varchar(40) DEFAULT "
      "(UPPER('u'))");
  const bool wrong = GetParam().name == "mysql";
  EXPECT_EQ(Prove(Spec("v")).substr(0, 6), wrong ? "IL-E68" : "");
  Sql("CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW BEGIN END");
  EXPECT_EQ(Prove(Spec("v")), "") << "the table has lived with it";
  Sql("INSERT INTO t (v, i) VALUES ('a', 1)");
  const auto code = sql_->Execute("SELECT code FROM t", {});
  ASSERT_TRUE(code);
  EXPECT_EQ(code->rows[0][0], wrong ? "#" : "a#") << "what the refusal is for";
  Sql("CREATE TABLE parent (id int PRIMARY KEY)");
  Sql("ALTER TABLE t ADD p int, ADD FOREIGN KEY (p) REFERENCES parent (id) ON DELETE SET NULL");
  SyncSpec spec = Spec("p", "bigint");
  spec.old_columns = {"p"};
  EXPECT_EQ(Prove(spec).substr(0, 6), "IL-E69");
  EXPECT_EQ(Prove(Spec("v")), "");
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlProveTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
