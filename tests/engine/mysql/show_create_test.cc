// What both servers print of the same tables, as values.
#include "engine/mysql/show_create.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

constexpr const char* kMariaDb = R"sql(CREATE TABLE `users` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a\\b''c),' COMMENT 'a, b)',
  `Mixed ``Case` enum('sad','it''s fine') DEFAULT 'sad',
  `price` decimal(10,2) DEFAULT 1.50,
  `twice` decimal(12,2) GENERATED ALWAYS AS (`price` * 2) STORED,
  `at` timestamp(6) NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  `j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`j`)),
  `e` varchar(36) DEFAULT uuid(),
  `inv` int(11) INVISIBLE DEFAULT NULL,
  `neg` int(11) DEFAULT -1,
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_name` (`name`(10),`price` DESC) COMMENT 'x',
  FULLTEXT KEY `ft` (`j`),
  CONSTRAINT `fk` FOREIGN KEY (`neg`) REFERENCES `other`.`t` (`a`) ON DELETE CASCADE,
  CONSTRAINT `named check` CHECK (char_length(`name`) > 0 and `unknown` = 1)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='hello'
 PARTITION BY RANGE (`id`)
(PARTITION `p25` VALUES LESS THAN (2026) ENGINE = InnoDB,
 PARTITION `p26` VALUES LESS THAN (2027) ENGINE = InnoDB))sql";

constexpr const char* kMySql = R"sql(CREATE TABLE `users` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a\\b''c',
  `twice` decimal(12,2) GENERATED ALWAYS AS ((`price` * 2)) VIRTUAL,
  `price` decimal(10,2) DEFAULT '1.50',
  `at` timestamp(6) NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  `raw` varbinary(10) DEFAULT 0x00FF,
  `e` varchar(36) DEFAULT (uuid()),
  `inv` int DEFAULT NULL /*!80023 INVISIBLE */,
  `p` point DEFAULT NULL /*!80003 SRID 4326 */,
  PRIMARY KEY (`id`),
  KEY `low` ((lower(`name`))) /*!80000 INVISIBLE */,
  CONSTRAINT `c` CHECK ((char_length(`name`) > 0)) /*!80016 NOT ENFORCED */
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
/*!50100 PARTITION BY HASH (`id`)
PARTITIONS 4 */)sql";

const Column& ColumnOf(const Table& table, const std::string& name) {
  const Column* column = table.FindColumn(name);
  if (column == nullptr) ADD_FAILURE() << name;
  static const Column none;
  return column == nullptr ? none : *column;
}

TEST(ShowCreate, OfMariaDb) {
  const auto read = ParseCreateTable(kMariaDb, "shop");
  ASSERT_TRUE(read) << ToString(read.error());
  const Table& table = *read;
  EXPECT_EQ(table.name, (TableName{"shop", "users"}));
  ASSERT_EQ(table.columns.size(), 10U);
  EXPECT_EQ(ColumnOf(table, "id").type, "bigint(20) unsigned");
  EXPECT_EQ(ColumnOf(table, "id").identity, "auto_increment");
  EXPECT_FALSE(ColumnOf(table, "id").nullable);
  EXPECT_EQ(ColumnOf(table, "name").default_value, "'a\\\\b''c),'");
  EXPECT_EQ(ColumnOf(table, "name").collation, "utf8mb4_bin");
  EXPECT_EQ(ColumnOf(table, "name").attributes, "charset utf8mb4");
  EXPECT_EQ(ColumnOf(table, "Mixed `Case").type, "enum('sad','it''s fine')");
  EXPECT_EQ(ColumnOf(table, "price").default_value, "1.50");
  EXPECT_EQ(ColumnOf(table, "twice").generated, "stored: (`price` * 2)");
  EXPECT_TRUE(ColumnOf(table, "at").nullable);
  EXPECT_EQ(ColumnOf(table, "at").default_value, "current_timestamp(6)");
  EXPECT_EQ(ColumnOf(table, "at").attributes, "on update current_timestamp (6)");
  EXPECT_EQ(ColumnOf(table, "j").default_value, std::nullopt);
  EXPECT_EQ(ColumnOf(table, "j").attributes, "charset utf8mb4 check (json_valid(`j`))");
  EXPECT_EQ(ColumnOf(table, "e").default_value, "uuid()");
  EXPECT_EQ(ColumnOf(table, "inv").attributes, "invisible");
  EXPECT_EQ(ColumnOf(table, "inv").default_value, std::nullopt);
  EXPECT_EQ(ColumnOf(table, "neg").default_value, "-1");
  EXPECT_EQ(table.PrimaryKey(), std::vector<std::string>{"id"});
  ASSERT_EQ(table.indexes.size(), 3U);
  EXPECT_EQ(table.FindIndex("users_name")->definition,
            "UNIQUE KEY `users_name` (`name`(10),`price` DESC)");
  EXPECT_EQ(table.FindIndex("users_name")->columns, (std::vector<std::string>{"name", "price"}));
  EXPECT_TRUE(table.FindIndex("users_name")->unique);
  EXPECT_FALSE(table.FindIndex("ft")->unique);
  const Constraint* key = table.FindConstraint("fk");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->references, (TableName{"other", "t"}));
  EXPECT_EQ(key->referenced_columns, std::vector<std::string>{"a"});
  EXPECT_NE(key->definition.find("ON DELETE CASCADE"), std::string::npos);
  EXPECT_EQ(table.FindConstraint("named check")->columns, std::vector<std::string>{"name"});
  EXPECT_TRUE(table.partitioned);
  EXPECT_EQ(table.attributes,
            "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci PARTITION BY RANGE "
            "(`id`)");
}

TEST(ShowCreate, OfMySql) {
  const auto read = ParseCreateTable(kMySql, "shop");
  ASSERT_TRUE(read) << ToString(read.error());
  const Table& table = *read;
  EXPECT_EQ(ColumnOf(table, "id").type, "bigint unsigned");
  EXPECT_EQ(ColumnOf(table, "twice").generated, "virtual: ((`price` * 2))");
  EXPECT_EQ(ColumnOf(table, "raw").default_value, "0x00FF");
  EXPECT_EQ(ColumnOf(table, "e").default_value, "(uuid())");
  EXPECT_EQ(ColumnOf(table, "inv").attributes, "invisible");
  EXPECT_EQ(ColumnOf(table, "p").attributes, "srid 4326");
  EXPECT_EQ(table.FindIndex("low")->definition, "KEY `low` ((lower(`name`))) INVISIBLE");
  EXPECT_EQ(table.FindIndex("low")->columns, std::vector<std::string>{"name"});
  EXPECT_EQ(table.FindConstraint("c")->definition,
            "CHECK ((char_length(`name`) > 0)) NOT ENFORCED");
  EXPECT_TRUE(table.attributes.ends_with("PARTITION BY HASH (`id`) PARTITIONS 4"))
      << table.attributes;
}

TEST(ShowCreate, KeepsNoPassword) {
  const auto read = ParseCreateTable(
      "CREATE TABLE `t` (\n  `a` int DEFAULT NULL\n) ENGINE=FEDERATED "
      "CONNECTION='mysql://u:secret@h/d/t'",
      "shop");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->attributes, "ENGINE=FEDERATED");
}

TEST(ShowCreate, AnythingElseIsAnErrorAndNoCrash) {
  for (const std::string whole : {kMariaDb, kMySql})
    for (std::size_t length = 0; length < whole.size(); length += 3) {
      const auto cut = ParseCreateTable(std::string_view(whole).substr(0, length), "shop");
      if (!cut) {
        EXPECT_EQ(cut.error().code, "IL-E25");
      }
    }
  for (const char* wrong : {"", "x", "CREATE VIEW `v` AS select 1", "CREATE TABLE `t` (",
                            "CREATE "
                            "TABLE `t` (`a` int COLLATE",
                            "CREATE TABLE `t` (`a` int,,)"})
    EXPECT_FALSE(ParseCreateTable(wrong, "shop")) << wrong;
}

TEST(ShowCreate, RowsOfVersionedTables) {
  const auto table = ParseCreateTable(
      "CREATE TABLE `sv` (\n  `a` int(11) DEFAULT NULL,\n"
      "  `start` timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE,\n"
      "  `end` timestamp(6) GENERATED ALWAYS AS ROW END,\n"
      "  PERIOD FOR SYSTEM_TIME (`start`, `end`)\n) ENGINE=InnoDB WITH SYSTEM VERSIONING",
      "shop");
  ASSERT_TRUE(table) << ToString(table.error());
  EXPECT_EQ(ColumnOf(*table, "start").generated, "stored: 'row start'");
  EXPECT_EQ(ColumnOf(*table, "start").attributes, "invisible");
  EXPECT_EQ(ColumnOf(*table, "end").generated, "stored: 'row end'");
  EXPECT_NE(table->attributes.find("WITH SYSTEM VERSIONING"), std::string::npos);
}

TEST(ShowCreate, PasswordsOfOptionsAreLeftOut) {
  const auto table = ParseCreateTable(
      "CREATE TABLE `c` (\n  `a` int(11) DEFAULT NULL\n) ENGINE=CONNECT DEFAULT CHARSET=utf8mb4 "
      "CONNECTION='mysql://u:s3cret@h/db' `table_type`=MYSQL `encrypted`=yes "
      "`option_list`='user=u,password=s3cret' `REMOTE_PASSWORD`=\"s3cret\" `Compressed`=1",
      "shop");
  ASSERT_TRUE(table) << ToString(table.error());
  EXPECT_EQ(table->attributes.find("s3cret"), std::string::npos) << table->attributes;
  EXPECT_NE(table->attributes.find("`table_type`=MYSQL"), std::string::npos) << table->attributes;
  EXPECT_NE(table->attributes.find("`encrypted`=yes"), std::string::npos) << table->attributes;
  EXPECT_NE(table->attributes.find("`Compressed`=1"), std::string::npos) << table->attributes;
}

}  // namespace
}  // namespace interlock::mysql
