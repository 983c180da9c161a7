#include "engine/mysql/table_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/mysql/statement.h"
#include "engine/mysql/twins.h"

namespace interlock::mysql {
namespace {

using ::testing::ElementsAre;

TableText Read(const std::string& text) {
  const auto table = ReadTableText(text, "shop");
  EXPECT_TRUE(table) << ToString(table.error());
  return table ? *table : TableText{};
}

const TableText& Users() {
  static const TableText table = Read(
      "CREATE TABLE `users` (\n"
      "  `id` bigint unsigned NOT NULL AUTO_INCREMENT,\n"
      "  `name` varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a,)' "
      "COMMENT 'it''s NULL',\n"
      "  `mood` enum('x','NOT NULL') DEFAULT NULL /*!80023 INVISIBLE */,\n"
      "  `at` timestamp(6) NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),\n"
      "  `twice` int GENERATED ALWAYS AS ((`id` * 2)) VIRTUAL,\n"
      "  `boss` bigint unsigned DEFAULT NULL,\n"
      "  PRIMARY KEY (`id`),\n"
      "  UNIQUE KEY `key` (`name`(10),`mood` DESC) USING BTREE,\n"
      "  KEY `low` ((lower(`name`)),`id`) /*!80000 INVISIBLE */,\n"
      "  FULLTEXT KEY `text` (`name`) /*!50100 WITH PARSER `ngram` */ ,\n"
      "  CONSTRAINT `fk` FOREIGN KEY (`boss`) REFERENCES `users` (`id`) ON DELETE SET NULL,\n"
      "  CONSTRAINT `far` FOREIGN KEY (`boss`,`id`) REFERENCES `other`.`boss` (`boss`,`id`),\n"
      "  CONSTRAINT `set` CHECK ((`name` <> _utf8mb4'`name`'))\n"
      ") ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci");
  return table;
}

TEST(MySqlTableTextTest, Elements) {
  const auto& users = Users();
  EXPECT_TRUE(users.plain);
  EXPECT_EQ(users.columns.at("mood"),
            "`mood` enum('x','NOT NULL') DEFAULT NULL /*!80023 INVISIBLE */");
  EXPECT_EQ(users.keys.at("PRIMARY"), "PRIMARY KEY (`id`)");
  EXPECT_EQ(users.keys.size(), 4U);
  EXPECT_EQ(users.constraints.size(), 3U);
  EXPECT_EQ(users.charset, " DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci");
  EXPECT_THAT(ColumnsNeeded(users, "`twice`"), ElementsAre("id", "twice"));
  EXPECT_FALSE(Read("CREATE ALGORITHM=UNDEFINED VIEW `v` AS select 1").plain);
}

TEST(MySqlTableTextTest, OnlyWhatIsMeantChanges) {
  const auto& columns = Users().columns;
  EXPECT_EQ(WithNullability(columns.at("name"), true),
            "`name` varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL  DEFAULT 'a,)' "
            "COMMENT 'it''s NULL'");
  EXPECT_EQ(WithNullability(columns.at("mood"), false),
            "`mood` enum('x','NOT NULL') NOT NULL  /*!80023 INVISIBLE */");
  EXPECT_EQ(WithNullability(columns.at("at"), false),
            "`at` timestamp(6) NOT NULL  DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE "
            "CURRENT_TIMESTAMP(6)");
  EXPECT_EQ(WithNullability(columns.at("twice"), false),
            "`twice` int GENERATED ALWAYS AS ((`id` * 2)) VIRTUAL NOT NULL");
  EXPECT_EQ(WithDefault(columns.at("name"), "(uuid())"),
            "`name` varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT "
            "(uuid())  COMMENT 'it''s NULL'");
  EXPECT_EQ(WithDefault(columns.at("at"), "NULL"),
            "`at` timestamp(6) NULL DEFAULT NULL  ON UPDATE CURRENT_TIMESTAMP(6)");
  EXPECT_EQ(WithVisibility(columns.at("mood"), true),
            "`mood` enum('x','NOT NULL') DEFAULT NULL /*!80023  */");
  EXPECT_EQ(WithVisibility("`a` int(11) NOT NULL DEFAULT 1", false),
            "`a` int(11) INVISIBLE NOT NULL DEFAULT 1");
  EXPECT_EQ(WithoutIdentity(columns.at("id")), "`id` bigint unsigned NOT NULL ");
}

TEST(MySqlTableTextTest, ACollationOfTheTableIsNoneOfTheColumn) {
  const TableText table = Read(
      "CREATE TABLE `t` (`a` varchar(5) COLLATE utf8mb4_bin DEFAULT 'x', `b` varchar(5) COLLATE "
      "utf8mb4_unicode_ci, `c` varchar(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) ENGINE=InnoDB "
      "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin");
  EXPECT_EQ(ForModify(table, "a"), "`a` varchar(5)  DEFAULT 'x'");
  EXPECT_EQ(ForModify(table, "b"), table.columns.at("b"));
  EXPECT_EQ(ForModify(table, "c"), table.columns.at("c"));
  EXPECT_EQ(ForModify(table, "d"), "");
}

TEST(MySqlTableTextTest, KeysOverOtherColumns) {
  const std::map<std::string, std::string> columns{{"name", "first`name"}, {"id", "id2"}};
  const auto twin = [&](const std::string& source) {
    return KeyTwin(Users(), source, "twin", columns).value_or("");
  };
  EXPECT_EQ(twin("key"), "UNIQUE KEY `twin` (`first``name`(10),`mood` DESC) USING BTREE");
  EXPECT_EQ(twin("low"), "KEY `twin` ((lower(`first``name`)),`id2`) /*!80000 INVISIBLE */");
  EXPECT_EQ(twin("text"), "FULLTEXT KEY `twin` (`first``name`) /*!50100 WITH PARSER `ngram` */");
  EXPECT_EQ(twin("PRIMARY"), "UNIQUE KEY `twin` (`id2`)");
  EXPECT_EQ(twin("none"), "");
  EXPECT_THAT(KeyParts(Users().keys.at("key")), ElementsAre("LEFT(`name`, 10)", "`mood`"));
  EXPECT_THAT(KeyParts(Users().keys.at("low")), ElementsAre("(lower(`name`))", "`id`"));
}

TEST(MySqlTableTextTest, ConstraintsOverOtherColumns) {
  const std::map<std::string, std::string> columns{{"name", "first"}, {"boss", "lead"}};
  const auto key = ConstraintTwin(Users(), "fk", columns);
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->foreign_key);
  EXPECT_EQ(key->printed, "FOREIGN KEY (`lead`) REFERENCES `users` (`id`) ON DELETE SET NULL");
  EXPECT_EQ(key->sent, "FOREIGN KEY (`lead`) REFERENCES `shop`.`users` (`id`) ON DELETE SET NULL");
  const auto far = ConstraintTwin(Users(), "far", columns);
  ASSERT_TRUE(far);
  EXPECT_EQ(far->sent, "FOREIGN KEY (`lead`,`id`) REFERENCES `other`.`boss` (`boss`,`id`)");
  const auto check = ConstraintTwin(Users(), "set", columns);
  ASSERT_TRUE(check);
  EXPECT_FALSE(check->foreign_key);
  EXPECT_EQ(check->sent, "CHECK ((`first` <> _utf8mb4'`name`'))");
  EXPECT_FALSE(ConstraintTwin(Users(), "none", columns));
}

TEST(MySqlStatementTest, TheServerIsAskedForTheCheapestFirst) {
  EXPECT_THAT(Clauses(Manner::kInstant, Flavor::kMySql),
              ElementsAre(", ALGORITHM=INSTANT", ", ALGORITHM=INPLACE, LOCK=NONE"));
  EXPECT_THAT(Clauses(Manner::kInstant, Flavor::kMariaDb),
              ElementsAre(", ALGORITHM=INSTANT", ", ALGORITHM=NOCOPY, LOCK=NONE",
                          ", ALGORITHM=INPLACE, LOCK=NONE"));
  EXPECT_THAT(Clauses(Manner::kOnline, Flavor::kMariaDb),
              ElementsAre(", ALGORITHM=INPLACE, LOCK=NONE"));
  EXPECT_EQ(FirstForm({"DROP TABLE `t`", Manner::kPlain}, Flavor::kMySql), "DROP TABLE `t`");
  const auto refused = [](int number, Flavor flavor) {
    return RefusesManner({ErrorKind::kFailed, "", "", {"error " + std::to_string(number)}, ""},
                         flavor);
  };
  EXPECT_TRUE(refused(1845, Flavor::kMySql));
  EXPECT_TRUE(refused(1846, Flavor::kMariaDb));
  EXPECT_TRUE(refused(4092, Flavor::kMySql));
  EXPECT_FALSE(refused(4092, Flavor::kMariaDb));
  EXPECT_TRUE(refused(3507, Flavor::kMySql));
  EXPECT_FALSE(refused(3507, Flavor::kMariaDb));
  EXPECT_FALSE(refused(1062, Flavor::kMySql));
}

}  // namespace
}  // namespace interlock::mysql
