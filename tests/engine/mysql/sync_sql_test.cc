// The row rule as SQL text: values, conditions and the triggers' bodies.
#include "engine/mysql/sync_sql.h"

#include <gtest/gtest.h>

#include "engine/mysql/sync_body.h"

namespace interlock::mysql {
namespace {

SyncSpec NameSpec() {
  SyncSpec spec;
  spec.id = "0002-x/1";
  spec.table = {"shop", "users"};
  spec.old_columns = {"name"};
  change::DerivedColumn derived;
  derived.column.name = "title";
  derived.column.type = "text";
  derived.up = "LOWER(name)";
  spec.new_columns = {derived};
  spec.down = {{"name", "UPPER(title)"}};
  return spec;
}

ColumnTypes Types() {
  return {{"name", ParseColumnType("varchar(9)", "utf8mb4", "utf8mb4_bin")},
          {"title", ParseColumnType("text", "utf8mb4", "utf8mb4_bin")},
          {"age", ParseColumnType("int", "", "")}};
}

RowSql Terms(const SyncSpec& spec, const ColumnTypes& types = Types()) {
  const auto sql = MakeRowSql(spec, types, "t");
  EXPECT_TRUE(sql) << ToString(sql.error());
  return sql.value_or(RowSql{});
}

TEST(MySqlSyncSql, ConditionsOverARow) {
  const RowSql sql = Terms(NameSpec());
  const std::string up =
      "(CAST(t.`title` AS BINARY) <=> CAST(CONVERT((LOWER(t.`name`)) USING utf8mb4) AS BINARY))";
  const std::string down =
      "(CAST(t.`name` AS BINARY) <=> CAST(LEFT(CONVERT((UPPER(t.`title`)) USING utf8mb4), 9) AS "
      "BINARY))";
  EXPECT_EQ(sql.UpSame(), up);
  EXPECT_EQ(sql.DownSame(), down);
  EXPECT_EQ(sql.Differs(), "((NOT " + up + " AND NOT " + down + "))");
  EXPECT_EQ(sql.NeedsWrite(),
            "(CASE WHEN (t.`title` IS NULL) THEN (CONVERT((LOWER(t.`name`)) USING utf8mb4) IS NOT "
            "NULL) ELSE NOT " +
                up + " AND NOT " + down + " END)");
  EXPECT_EQ(sql.Lossy(), "(" + up + " AND (NOT " + down + "))");
  EXPECT_EQ(sql.SetList(), "t.`title` = CONVERT((LOWER(t.`name`)) USING utf8mb4)");
}

TEST(MySqlSyncSql, CopiesAreNotCast) {
  SyncSpec spec = NameSpec();
  spec.new_columns[0].column.name = "title";
  spec.new_columns[0].up = "name";
  ColumnTypes types = Types();
  types["title"] = types["name"];
  EXPECT_EQ(Terms(spec, types).SetList(), "t.`title` = t.`name`");
  EXPECT_EQ(Terms(spec, types).up[0].cut, "");
}

TEST(MySqlSyncSql, FillsAndColumnsThatTheServerWouldTouch) {
  SyncSpec spec;
  spec.id = "0003/1";
  spec.table = {"shop", "users"};
  spec.fills = {{"title", "'none'"}};
  ColumnTypes types = Types();
  types["at"] = ParseColumnType("datetime", "", "");
  types["at"].on_update = true;
  const RowSql sql = Terms(spec, types);
  EXPECT_EQ(sql.NeedsWrite(),
            "(((t.`title` IS NULL AND CONVERT(('none') USING utf8mb4) IS NOT NULL)))");
  EXPECT_EQ(sql.SetList(), "t.`title` = CONVERT(('none') USING utf8mb4), t.`at` = t.`at`");
  spec.fills["name"] = "title";
  EXPECT_EQ(
      Terms(spec, types).SetList(),
      "t.`name` = CASE WHEN t.`name` IS NULL THEN LEFT(CONVERT((t.`title`) USING utf8mb4), 9) "
      "ELSE t.`name` END, t.`title` = CASE WHEN t.`title` IS NULL THEN CONVERT(('none') USING "
      "utf8mb4) ELSE t.`title` END, t.`at` = t.`at`");
}

TEST(MySqlSyncSql, ASpecOfBothKindsIsLeftToTheTrigger) {
  SyncSpec spec = NameSpec();
  spec.fills = {{"age", "7"}};
  EXPECT_EQ(Terms(spec).SetList(), "t.`title` = t.`title`");
}

TEST(MySqlSyncSql, InsertBody) {
  const auto body = SyncBody(NameSpec().table, {NameSpec()}, Types(), TriggerEvent::kInsert);
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, R"(BEGIN
  DECLARE interlock_up1_1 text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE interlock_down1_1 varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  -- 0002-x/1
  SET interlock_up1_1 = CONVERT((LOWER(NEW.`name`)) USING utf8mb4);
  IF NOT (CAST(NEW.`title` AS BINARY) <=> CAST(interlock_up1_1 AS BINARY)) THEN
    IF NOT (NEW.`title` IS NULL) THEN
      SET interlock_down1_1 = LEFT(CONVERT((UPPER(NEW.`title`)) USING utf8mb4), 9);
      SET NEW.`name` = interlock_down1_1;
    ELSE
      SET NEW.`title` = interlock_up1_1;
      BEGIN
        DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
        INSERT INTO `interlock_old_writes` (table_name, session, writes) VALUES ('users', CONNECTION_ID(), 1) ON DUPLICATE KEY UPDATE writes = writes + 1;
      END;
    END IF;
  END IF;
END)");
}

TEST(MySqlSyncSql, UpdateBody) {
  const auto body = SyncBody(NameSpec().table, {NameSpec()}, Types(), TriggerEvent::kUpdate);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->substr(body->find("    IF NOT")),
            R"(    IF NOT (CAST(NEW.`title` AS BINARY) <=> CAST(OLD.`title` AS BINARY)) THEN
      SET interlock_down1_1 = LEFT(CONVERT((UPPER(NEW.`title`)) USING utf8mb4), 9);
      SET NEW.`name` = interlock_down1_1;
    ELSEIF NOT (CAST(NEW.`name` AS BINARY) <=> CAST(OLD.`name` AS BINARY)) THEN
      SET NEW.`title` = interlock_up1_1;
      BEGIN
        DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
        INSERT INTO `interlock_old_writes` (table_name, session, writes) VALUES ('users', CONNECTION_ID(), 1) ON DUPLICATE KEY UPDATE writes = writes + 1;
      END;
    ELSE
      SET interlock_down1_1 = LEFT(CONVERT((UPPER(NEW.`title`)) USING utf8mb4), 9);
      IF NOT (CAST(NEW.`name` AS BINARY) <=> CAST(interlock_down1_1 AS BINARY)) THEN
        SET NEW.`title` = interlock_up1_1;
      END IF;
    END IF;
  END IF;
END)");
}

TEST(MySqlSyncSql, QuarantinedColumnsAreUsedUnderTheirRealNames) {
  SyncSpec spec = NameSpec();
  spec.renamed = {{"name", "~q1_name"}};
  EXPECT_NE(Terms(spec).UpSame().find("LOWER(t.`~q1_name`)"), std::string::npos);
}

TEST(MySqlSyncSql, ErrorsOfTheSpec) {
  SyncSpec spec = NameSpec();
  spec.new_columns[0].up = "CONCAT(title, name)";
  EXPECT_EQ(MakeRowSql(spec, Types(), "t").error().code, "IL-E52");
  spec = NameSpec();
  spec.down = {{"gone", "title"}};
  EXPECT_EQ(MakeRowSql(spec, Types(), "t").error().code, "IL-E55");
}

TEST(MySqlSyncSql, AFillMayBeForAColumnToCome) {
  SyncSpec spec;
  spec.fills = {{"to_come", "1"}};
  const auto sql = MakeRowSql(spec, Types(), "t");
  ASSERT_TRUE(sql) << ToString(sql.error());
  EXPECT_EQ(sql->SetList(), "t.`to_come` = (1)");
}

TEST(MySqlSyncSql, ValuesAsAColumnKeepsThem) {
  const auto value = [](const char* type, const char* charset = "", const char* collation = "") {
    return MakeValueSql("(x)", ParseColumnType(type, charset, collation));
  };
  EXPECT_EQ(value("char(3)", "latin1", "latin1_bin").stored,
            "CONVERT(TRIM(TRAILING ' ' FROM LEFT(CONVERT((x) USING utf8mb4), 3)) USING latin1)");
  EXPECT_EQ(value("varchar(3)").cut, "(CHAR_LENGTH(CONVERT((x) USING utf8mb4)) > 3) IS TRUE");
  EXPECT_EQ(value("binary(3)").value, "CAST(LEFT(CAST((x) AS BINARY), 3) AS BINARY(3))");
  EXPECT_EQ(value("varbinary(3)").cut, "(LENGTH(CAST((x) AS BINARY)) > 3) IS TRUE");
  EXPECT_EQ(value("int").stored, "CAST((x) AS DECIMAL(20,0))");
  EXPECT_EQ(value("float(7,3)").stored, "CAST(ROUND(CAST((x) AS DOUBLE), 3) AS FLOAT)");
  EXPECT_EQ(value("datetime(3)").stored, "CAST((x) AS DATETIME(3))");
  EXPECT_EQ(value("geometry").stored, "(x)");
  EXPECT_EQ(value("set('a','b')").stored,
            "IF(CONVERT((x) USING utf8mb4) IS NULL, NULL, CONCAT_WS(',', IF(FIND_IN_SET('a', "
            "CONVERT((x) USING utf8mb4)), 'a', NULL), IF(FIND_IN_SET('b', CONVERT((x) USING "
            "utf8mb4)), 'b', NULL)))");
}

}  // namespace
}  // namespace interlock::mysql
