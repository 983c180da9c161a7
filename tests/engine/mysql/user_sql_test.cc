#include "engine/mysql/user_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Split(const std::string& script) {
  const auto statements = SplitStatements(script);
  if (!statements) return {ToString(statements.error())};
  return *statements;
}

TEST(MySqlUserSqlTest, TypesAreReadNotPasted) {
  for (const char* type :
       {"int", "int unsigned zerofill", "varchar(20)", "decimal(10, 2)", "enum('a', 'b'')')",
        "varchar(20) CHARACTER SET ascii COLLATE ascii_bin", "double precision", "json", "uuid",
        "character varying (7)", "geometry SRID 4326", "set('x')", "datetime(6)"}) {
    const auto plain = PlainType(type);
    EXPECT_TRUE(plain) << type;
    EXPECT_EQ(plain.value_or("").substr(0, 3), std::string(type).substr(0, 3));
  }
  EXPECT_EQ(PlainType("int /* wide */ unsigned").value_or(""), "int unsigned");
  for (const char* type :
       {"", "int; DROP TABLE users", "int, c int", "int DEFAULT 5", "int NOT NULL", "int) x (",
        "varchar(20", "varchar(a)", "varchar(1,,2)", "serial", "int -- ", "enum('a)", "int PRIMARY",
        "`int`", "int GENERATED ALWAYS AS (1)", "varchar(20) CHARACTER SET", "5"}) {
    const auto plain = PlainType(type);
    EXPECT_FALSE(plain && *plain != "int") << type << " " << plain.value_or("");
    EXPECT_TRUE(plain || plain.error().code == "IL-E33") << type;
  }
}

TEST(MySqlUserSqlTest, Literals) {
  for (const char* text : {"5", "-1.5", "+2", "'it''s'", "b'101'", "x'ff'", "NULL", "true", " 7 "})
    EXPECT_TRUE(IsLiteral(text)) << text;
  for (const char* text : {"1 + 1", "uuid()", "a", "- - 1", "'a' 'b' 'c'", "", "current_timestamp"})
    EXPECT_FALSE(IsLiteral(text)) << text;
  for (const char* text : {"CURRENT_TIMESTAMP", "current_timestamp(6)", "now()", "NOW(3)"})
    EXPECT_TRUE(IsCurrentTime(text)) << text;
  for (const char* text : {"now", "now() + 1", "current_date", "now(a)"})
    EXPECT_FALSE(IsCurrentTime(text)) << text;
}

TEST(MySqlUserSqlTest, StatementsAreSplitOutsideOfQuotesAndComments) {
  EXPECT_THAT(Split("SELECT ';' ; -- a; b\n SELECT \"x;\\\";\" /* ; */ , `a;b`;;\n# c;\n"),
              ElementsAre("SELECT ';'", "SELECT \"x;\\\";\" /* ; */ , `a;b`"));
  EXPECT_THAT(Split(""), ElementsAre());
  EXPECT_THAT(Split("SELECT 1"), ElementsAre("SELECT 1"));
  EXPECT_THAT(Split("SELECT CASE WHEN 1 THEN 2 END; SELECT IF(1, 2, 3); SELECT 4"),
              ElementsAre("SELECT CASE WHEN 1 THEN 2 END", "SELECT IF(1, 2, 3)", "SELECT 4"));
}

TEST(MySqlUserSqlTest, BodiesStayWhole) {
  const std::vector<std::string> bodies{
      "CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW BEGIN SET NEW.a = 1; IF NEW.b THEN SET "
      "NEW.c "
      "= CASE WHEN 1 THEN IF(1, 2, 3) END; END IF; END",
      "CREATE DEFINER=`root`@`%` PROCEDURE p(IN a INT, OUT b INT) BEGIN DECLARE done INT; CASE a "
      "WHEN 1 THEN SET b = 2; ELSE SET b = 3; END CASE; WHILE a > 0 DO SET a = a - 1; END WHILE; "
      "l: LOOP LEAVE l; END LOOP; REPEAT SET a = 1; UNTIL a END REPEAT; DROP TABLE IF EXISTS x; "
      "SELECT 1 FROM u WHERE (a = 1) FOR UPDATE; END",
      "CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW IF (NEW.a) THEN SET NEW.b = 1; ELSE SET "
      "NEW.b = REPEAT('x', 2); END IF",
      "CREATE TRIGGER t2 BEFORE INSERT ON u FOR EACH ROW FOLLOWS t IF EXISTS (SELECT 1) THEN SET "
      "NEW.b = 1; END IF",
      "CREATE OR REPLACE FUNCTION f() RETURNS int DETERMINISTIC BEGIN RETURN 1; END",
      "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END",
      "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END",
      "CREATE FUNCTION g(a int) RETURNS int RETURN a + 1",
      "CREATE PROCEDURE q() IF 1 THEN SELECT 1; END IF",
  };
  for (const auto& body : bodies)
    EXPECT_THAT(Split("SELECT 1; " + body + ";\nSELECT 2"),
                ElementsAre("SELECT 1", body, "SELECT 2"));
}

TEST(MySqlUserSqlTest, WhatEndsTheStepsTransactionOrSessionIsRefused) {
  for (const char* script :
       {"SELECT 1; COMMIT", "BEGIN; SELECT 1", "START TRANSACTION", "rollback", "SAVEPOINT a",
        "RELEASE SAVEPOINT a", "XA START 'x'", "SET autocommit = 0", "SET @a = 1, autocommit = 1",
        "LOCK TABLES t WRITE", "unlock tables", "USE other", "SET ROLE admin",
        "SET TRANSACTION READ ONLY", "DELIMITER //\nSELECT 1//", "source x.sql", "SELECT 'open",
        "SELECT 1 /* open", "SELECT `open"}) {
    const auto statements = SplitStatements(script);
    ASSERT_FALSE(statements) << script;
    EXPECT_EQ(statements.error().code, "IL-E34") << script;
    EXPECT_EQ(statements.error().kind, ErrorKind::kConfig);
    EXPECT_NE(statements.error().hint, "") << script;
  }
  EXPECT_TRUE(SplitStatements("SET SESSION sql_mode = ''; CREATE TABLE begin_ (a int)"));
}

TEST(MySqlUserSqlTest, WhatCommitsByItself) {
  for (const char* statement :
       {"SELECT 1", "insert into a values (1)", "UPDATE a SET b = 1", "DELETE FROM a",
        "REPLACE a VALUES (1)", "WITH x AS (SELECT 1) SELECT * FROM x", "SET @a = 1", "DO 1",
        "(SELECT 1)", "/* c */ UPDATE a SET b = 1"})
    EXPECT_TRUE(KeepsTransaction(statement)) << statement;
  for (const char* statement :
       {"ALTER TABLE a ADD b int", "CREATE TABLE a (b int)", "DROP TABLE a", "TRUNCATE a",
        "RENAME TABLE a TO b", "GRANT SELECT ON a TO b", "ANALYZE TABLE a", "CALL p()",
        "SET PASSWORD = 'x'", "FLUSH TABLES", "CREATE TEMPORARY TABLE a (b int)", "unheard of"})
    EXPECT_FALSE(KeepsTransaction(statement)) << statement;
}

TEST(MySqlUserSqlTest, Queries) {
  for (const char* statement :
       {"SELECT 'absent'", "(SELECT 1)", "WITH a AS (SELECT 1) SELECT * FROM a", "SHOW TABLES"})
    EXPECT_TRUE(IsQuery(statement)) << statement;
  for (const char* statement :
       {"DELETE FROM a", "SELECT 1 INTO OUTFILE 'x'", "WITH a AS (SELECT 1) DELETE FROM b",
        "SELECT a FROM b FOR UPDATE", "CREATE TABLE a (b int)", "CALL p()", ""})
    EXPECT_FALSE(IsQuery(statement)) << statement;
}

}  // namespace
}  // namespace interlock::mysql
