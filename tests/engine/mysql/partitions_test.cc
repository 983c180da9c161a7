#include "engine/mysql/partitions.h"

#include <gtest/gtest.h>

#include "engine/mysql/show_create.h"

namespace interlock::mysql {
namespace {

TEST(MySqlPartitionsTest, ClausesAreSplitWhereThePartitionsBegin) {
  const auto parts = [](std::string_view clauses) {
    const auto split = SplitPartitions(clauses);
    return split.alter + " | " + split.partitions;
  };
  EXPECT_EQ(parts("ADD a int"), "ADD a int | ");
  EXPECT_EQ(parts("partition by hash (a)  partitions 4"), " | partition by hash (a) partitions 4");
  EXPECT_EQ(parts("MODIFY a bigint\nPARTITION BY KEY ()"), "MODIFY a bigint | PARTITION BY KEY ()");
  EXPECT_EQ(parts("ADD a int, DROP b REMOVE PARTITIONING"),
            "ADD a int, DROP b | REMOVE PARTITIONING");
  EXPECT_EQ(parts("ADD a int /*!50100 PARTITION BY HASH (a) */"),
            "ADD a int | PARTITION BY HASH (a)");
  EXPECT_EQ(parts("ADD a int COMMENT 'PARTITION BY HASH (a)'"),
            "ADD a int COMMENT 'PARTITION BY HASH (a)' | ");
  EXPECT_EQ(parts("ADD a bigint AS (sum(b) OVER (PARTITION BY c))"),
            "ADD a bigint AS (sum(b) OVER (PARTITION BY c)) | ");
  EXPECT_EQ(parts("ADD `PARTITION` int"), "ADD `PARTITION` int | ");
}

TEST(MySqlPartitionsTest, ACopyIsAskedForBeforeThePartitions) {
  EXPECT_EQ(WithCopy("ADD a int, DROP b"), "ADD a int, DROP b, ALGORITHM=COPY");
  EXPECT_EQ(WithCopy("ADD a int PARTITION BY KEY ()"),
            "ADD a int, ALGORITHM=COPY PARTITION BY KEY ()");
  EXPECT_EQ(WithCopy("REMOVE PARTITIONING"), "ALGORITHM=COPY REMOVE PARTITIONING");
}

TEST(MySqlPartitionsTest, WhatATableShows) {
  constexpr std::string_view kMySql =
      "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB\n"
      "/*!50100 PARTITION BY RANGE (`id`)\n(PARTITION p0 VALUES LESS THAN (10) ENGINE = InnoDB,\n"
      " PARTITION p1 VALUES LESS THAN MAXVALUE ENGINE = InnoDB) */";
  EXPECT_EQ(PartitionsOf(kMySql),
            "PARTITION BY RANGE (`id`) (PARTITION p0 VALUES LESS THAN (10) ENGINE = InnoDB, "
            "PARTITION p1 VALUES LESS THAN MAXVALUE ENGINE = InnoDB)");
  EXPECT_EQ(PartitionsOf("CREATE TABLE `t` (\n  `id` int\n) ENGINE=InnoDB"), "");
  const std::string attributes = ParseCreateTable(kMySql, "d")->attributes;
  EXPECT_EQ(WithoutPartitions(attributes), "ENGINE=InnoDB");
  EXPECT_EQ(PartitionsOf(attributes), "PARTITION BY RANGE (`id`)");
}

struct KeyCase {
  std::string keys;
  std::string partitions;
  std::vector<std::string> in_the_way;
};

TEST(MySqlPartitionsTest, KeysThatNoPartitionedTableCanHave) {
  const std::string lacks_at =
      "unique key \"PRIMARY\" lacks at, by which rows are partitioned: no server could keep it";
  const KeyCase cases[] = {
      {"PRIMARY KEY (`id`)", "", {}},
      {"PRIMARY KEY (`id`)", "HASH (`id`)\nPARTITIONS 4", {}},
      {"PRIMARY KEY (`id`)", "HASH ((`ID` + 1))", {}},
      {"PRIMARY KEY (`id`)", "KEY ()", {}},
      {"PRIMARY KEY (`id`)", "RANGE (year(`at`))", {lacks_at}},
      {"PRIMARY KEY (`id`)", "RANGE  COLUMNS(at)", {lacks_at}},
      {"PRIMARY KEY (`id`)", "KEY ALGORITHM = 1 (`id`,at)", {lacks_at}},
      {"PRIMARY KEY (`id`)", "RANGE (`id`)\nSUBPARTITION BY LINEAR KEY (at)", {lacks_at}},
      {"PRIMARY KEY (`at`,`id`)", "RANGE (`id`)\nSUBPARTITION BY HASH (month(`at`))", {}},
      {"PRIMARY KEY (`id`),\n  UNIQUE KEY `one` (`at`)",
       "HASH (`id`)",
       {"unique key one lacks id, by which rows are partitioned: no server could keep it"}},
      {"PRIMARY KEY (`id`),\n  KEY `some` (`at`)", "HASH (`id`)", {}},
      {"PRIMARY KEY (`id`),\n  FULLTEXT KEY `words` (`note`)",
       "HASH (`id`)",
       {"index words: no partitioned table can have one"}},
      {"PRIMARY KEY (`id`),\n  FULLTEXT KEY `words` (`note`)", "", {}},
  };
  for (const auto& item : cases) {
    const auto table = ParseCreateTable(
        "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `at` date NOT NULL,\n  `note` text,\n  " +
            item.keys + "\n) ENGINE=InnoDB" +
            (item.partitions.empty() ? "" : "\n PARTITION BY " + item.partitions),
        "d");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(PartitionsInTheWay(*table, Flavor::kMySql), item.in_the_way)
        << item.keys << " " << item.partitions;
  }
}

TEST(MySqlPartitionsTest, MariaDbKeepsFullTextInPartitions) {
  const auto table = ParseCreateTable(
      "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `note` text,\n  PRIMARY KEY (`id`),\n"
      "  FULLTEXT KEY `words` (`note`)\n) ENGINE=InnoDB\n PARTITION BY HASH (`id`)",
      "d");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(PartitionsInTheWay(*table, Flavor::kMariaDb), std::vector<std::string>());
}

}  // namespace
}  // namespace interlock::mysql
