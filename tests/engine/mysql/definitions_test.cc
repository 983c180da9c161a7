#include "engine/mysql/definitions.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

std::string Column(Flavor flavor, const ColumnSpec& column, ColumnPlace place) {
  const auto text = ColumnDefinition(flavor, column, place);
  return text ? *text : text.error().code;
}

ColumnSpec Spec(const std::string& type, const std::optional<std::string>& value = {}) {
  return {"a`b", type, true, value, "", false};
}

TEST(MySqlDefinitionsTest, Columns) {
  EXPECT_EQ(Column(Flavor::kMySql, Spec("int unsigned", "5"), ColumnPlace::kAdded),
            "`a``b` int unsigned NULL DEFAULT 5 INVISIBLE");
  EXPECT_EQ(Column(Flavor::kMySql, Spec("text", "'x'"), ColumnPlace::kNewTable),
            "`a``b` text NULL DEFAULT ('x')");
  EXPECT_EQ(Column(Flavor::kMariaDb, Spec("text", "'x'"), ColumnPlace::kNewTable),
            "`a``b` text NULL DEFAULT 'x'");
  EXPECT_EQ(Column(Flavor::kMySql, Spec("datetime", "now()"), ColumnPlace::kNewTable),
            "`a``b` datetime NULL DEFAULT now()");
  EXPECT_EQ(Column(Flavor::kMySql, Spec("char(36)", "uuid() -- new"), ColumnPlace::kNewTable),
            "`a``b` char(36) NULL DEFAULT (uuid() -- new\n)");
  EXPECT_EQ(Column(Flavor::kMySql, Spec("char(9)", "'a--b' /* said */"), ColumnPlace::kNewTable),
            "`a``b` char(9) NULL DEFAULT 'a--b'");
  ColumnSpec id{"id", "bigint", true, {}, "", true};
  EXPECT_EQ(Column(Flavor::kMySql, id, ColumnPlace::kNewTable),
            "`id` bigint NOT NULL AUTO_INCREMENT");
  ColumnSpec name{"name", "varchar(9)", false, {}, "utf8mb4_bin", false};
  EXPECT_EQ(Column(Flavor::kMySql, name, ColumnPlace::kShape),
            "`name` varchar(9) COLLATE utf8mb4_bin NULL");
  name.collation = "x y";
  EXPECT_EQ(Column(Flavor::kMySql, name, ColumnPlace::kShape), "IL-E33");
  EXPECT_EQ(Column(Flavor::kMySql, Spec("int", "1; DROP"), ColumnPlace::kAdded), "IL-E50");
}

TEST(MySqlDefinitionsTest, Keys) {
  change::CreateIndex index;
  index.table = {"shop", "users"};
  index.name = "i";
  index.parts = {{"a", "", "desc", ""}, {"b", "", "asc", ""}};
  index.unique = true;
  const auto text = [&](Flavor flavor) {
    const auto key = KeyText(flavor, index);
    return key ? *key : key.error().code + ": " + key.error().message;
  };
  EXPECT_EQ(text(Flavor::kMariaDb), "UNIQUE KEY `i` (`a` DESC, `b`)");
  index.unique = false;
  index.method = "fulltext";
  EXPECT_EQ(text(Flavor::kMySql), "FULLTEXT KEY `i` (`a` DESC, `b`)");
  index.method = "btree";
  index.parts = {{"", "lower(a)", "", ""}};
  EXPECT_EQ(text(Flavor::kMySql), "KEY `i` ((lower(a)))");
  EXPECT_EQ(text(Flavor::kMariaDb), "IL-E45: index i: MariaDB has no indexes over expressions");
  index.parts = {{"a", "", "", ""}};
  index.method = "gin";
  EXPECT_EQ(text(Flavor::kMySql), "IL-E45: index i: MySQL has no index method gin");
  index.method = "";
  index.where = "a > 1";
  EXPECT_EQ(text(Flavor::kMySql), "IL-E45: index i: MySQL has no indexes over part of the rows");
  index.where = "";
  index.include = {"b"};
  EXPECT_EQ(text(Flavor::kMySql), "IL-E45: index i: MySQL has no INCLUDE");
}

TEST(MySqlDefinitionsTest, KeysThatAreBuiltWhileWritesWait) {
  for (const char* key : {"KEY `i` (`a`(10) DESC, `b`)", "UNIQUE KEY `(` (`((`)"})
    EXPECT_TRUE(CheckBuiltOnline("i", key)) << key;
  for (const char* key : {"KEY `i` ((lower(`a`)))", "UNIQUE KEY `i` (`a`(10), (`b` + 1) DESC)",
                          "FULLTEXT KEY `i` (`a`)", "SPATIAL KEY `i` (`a`)"}) {
    const auto refused = CheckBuiltOnline("i", key);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().code, "IL-E45");
  }
}

}  // namespace
}  // namespace interlock::mysql
