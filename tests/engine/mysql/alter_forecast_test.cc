// What MariaDB 10.11 and MySQL 9.7 did when each ALTER was tried with ALGORITHM and LOCK stated.
#include <gtest/gtest.h>

#include "engine/mysql/alter_text.h"

namespace interlock::mysql {
namespace {

constexpr AlterWay kInstantly = AlterWay::kInstant;
constexpr AlterWay kOnline = AlterWay::kInPlace;
constexpr AlterWay kByRebuild = AlterWay::kRebuild;

TableText ForecastTable(const std::string& elements, const std::string& options) {
  const auto table =
      ReadTableText("CREATE TABLE `t` (\n" + elements + "\n) ENGINE=InnoDB DEFAULT " +
                        (options.empty() ? "CHARSET=utf8mb4" : options),
                    "shop");
  EXPECT_TRUE(table) << ToString(table.error());
  return table ? *table : TableText{};
}

struct ForecastCase {
  const char* before;
  const char* after;
  AlterWay maria;
  AlterWay mysql;
  const char* why;  ///< "" where both are instant, or the reason is not the same for both
  std::map<std::string, std::string> renamed{};
  const char* before_options = "";
  const char* after_options = "";
};

void ExpectForecasts(const std::vector<ForecastCase>& cases) {
  for (const auto& item : cases) {
    const TableText before = ForecastTable(item.before, item.before_options);
    const TableText after = ForecastTable(item.after, item.after_options);
    for (const Flavor flavor : {Flavor::kMariaDb, Flavor::kMySql}) {
      const bool maria = flavor == Flavor::kMariaDb;
      const std::string where = std::string(maria ? "MariaDB: " : "MySQL: ") + item.before +
                                "\n→\n" + item.after + " " + item.after_options;
      const Forecast forecast = ForecastAlter(flavor, before, after, item.renamed);
      EXPECT_EQ(static_cast<int>(forecast.way), static_cast<int>(maria ? item.maria : item.mysql))
          << where << "\n"
          << forecast.why;
      EXPECT_EQ(forecast.why.empty(), forecast.way == kInstantly) << where;
      if (forecast.way != kInstantly && *item.why != '\0') {
        EXPECT_EQ(forecast.why, item.why) << where;
      }
    }
  }
}

TEST(MySqlAlterForecastTest, Columns) {
  ExpectForecasts({
      {"`a` int", "`a` int", kInstantly, kInstantly, ""},
      {"`a` int", "`a` int,\n`b` int NOT NULL DEFAULT 5", kInstantly, kInstantly, ""},
      {"`a` int", "`b` datetime DEFAULT CURRENT_TIMESTAMP,\n`a` int", kInstantly, kInstantly, ""},
      {"`a` int", "`a` int,\n`b` char(36) DEFAULT (uuid())", kByRebuild, kByRebuild,
       "new column b has an expression as its default"},
      {"`a` int", "`a` int,\n`b` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL", kInstantly, kInstantly,
       ""},
      {"`a` int", "`a` int,\n`b` int GENERATED ALWAYS AS (`a` + 1) STORED", kByRebuild, kByRebuild,
       "new column b gets another value in each row"},
      {"`a` int", "`a` int,\n`b` int NOT NULL AUTO_INCREMENT,\nKEY `b` (`b`)", kByRebuild,
       kByRebuild, "new column b gets another value in each row"},
      {"`a` int,\n`b` int", "`a` int", kInstantly, kInstantly, ""},
      {"`a` int,\n`b` int,\nKEY `i` (`b`)", "`a` int", kOnline, kOnline,
       "column b goes with its index"},
      {"`a` int,\n`b` int,\nKEY `i` (`b`)",
       "`a` int,\n`c` int,\nKEY `i` (`c`)",
       kInstantly,
       kInstantly,
       "",
       {{"b", "c"}}},
      {"`a` int,\n`p` int,\nCONSTRAINT `f` FOREIGN KEY (`p`) REFERENCES `t` (`a`)",
       "`b` int,\n`p` int,\nCONSTRAINT `f` FOREIGN KEY (`p`) REFERENCES `t` (`b`)",
       kInstantly,
       kOnline,
       "name of a, which is referenced",
       {{"a", "b"}}},
      {"`a` int DEFAULT 1", "`a` int DEFAULT 2 COMMENT 'x'", kInstantly, kInstantly, ""},
      {"`a` int", "`a` int /*!80023 INVISIBLE */", kInstantly, kInstantly, ""},
      {"`a` datetime", "`a` datetime DEFAULT current_timestamp() ON UPDATE current_timestamp()",
       kInstantly, kInstantly, ""},
      {"`a` int NOT NULL", "`a` int", kOnline, kOnline, "a becomes NULL"},
      {"`a` int", "`a` int NOT NULL", kOnline, kOnline, "a becomes NOT NULL"},
      {"`a` int,\n`g` int GENERATED ALWAYS AS (`a` + 1) STORED",
       "`a` int NOT NULL,\n`g` int GENERATED ALWAYS AS (`a` + 1) STORED", kByRebuild, kOnline, ""},
      {"`a` int,\n`b` int", "`b` int,\n`a` int", kInstantly, kOnline, "order of the columns"},
      {"`a` int,\n`g` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL",
       "`a` int,\n`g` int GENERATED ALWAYS AS (`a` + 2) VIRTUAL", kInstantly, kByRebuild,
       "expression of g"},
      {"`a` int,\n`g` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL",
       "`b` int,\n`g` int GENERATED ALWAYS AS (`b` + 1) VIRTUAL",
       kInstantly,
       kInstantly,
       "",
       {{"a", "b"}}},
      {"`a` int NOT NULL AUTO_INCREMENT,\nPRIMARY KEY (`a`)",
       "`a` int NOT NULL,\nPRIMARY KEY (`a`)", kInstantly, kByRebuild, "AUTO_INCREMENT of a"},
      {"`j` longtext", "`j` longtext CHECK (json_valid(`j`))", kByRebuild, kByRebuild,
       "attributes of j: default → check (json_valid(`j`))"},
      {"`j` longtext CHECK (json_valid(`j`))", "`j` longtext", kInstantly, kByRebuild,
       "attributes of j: check (json_valid(`j`)) → default"},
      {"`j` longtext CHECK (json_valid(`j`))",
       "`k` longtext CHECK (json_valid(`k`))",
       kInstantly,
       kInstantly,
       "",
       {{"j", "k"}}},
  });
}

TEST(MySqlAlterForecastTest, Types) {
  ExpectForecasts({
      {"`id` int", "`id` bigint", kByRebuild, kByRebuild, "type of id: int → bigint"},
      {"`a` int", "`a` int unsigned", kByRebuild, kByRebuild, "type of a: int → int unsigned"},
      {"`a` int(11)", "`a` int(5)", kInstantly, kInstantly, ""},
      {"`a` decimal(5,2)", "`a` decimal(6,2)", kByRebuild, kByRebuild,
       "type of a: decimal(5,2) → decimal(6,2)"},
      {"`a` char(5)", "`a` char(6)", kByRebuild, kByRebuild, "type of a: char(5) → char(6)"},
      {"`a` datetime", "`a` datetime(3)", kByRebuild, kByRebuild,
       "type of a: datetime → datetime(3)"},
      {"`a` varchar(20)", "`a` text", kByRebuild, kByRebuild, "type of a: varchar(20) → text"},
      // Bytes count: 4 a character.
      {"`a` varchar(20)", "`a` varchar(63)", kInstantly, kOnline,
       "type of a: varchar(20) → varchar(63)"},
      {"`a` varchar(20)", "`a` varchar(64)", kInstantly, kByRebuild,
       "type of a: varchar(20) → varchar(64)"},
      {"`a` varchar(32)", "`a` varchar(64)", kByRebuild, kByRebuild,
       "type of a: varchar(32) → varchar(64)"},
      {"`a` varchar(100)", "`a` varchar(200)", kInstantly, kOnline,
       "type of a: varchar(100) → varchar(200)"},
      {"`a` varchar(20)", "`a` varchar(10)", kByRebuild, kByRebuild,
       "type of a: varchar(20) → varchar(10)"},
      {"`a` varchar(50) CHARACTER SET latin1", "`a` varchar(255) CHARACTER SET latin1", kInstantly,
       kOnline, "type of a: varchar(50) → varchar(255)"},
      {"`a` varchar(130) COLLATE latin1_bin", "`a` varchar(256) COLLATE latin1_bin", kByRebuild,
       kByRebuild, "type of a: varchar(130) → varchar(256)"},
      {"`a` varbinary(200)", "`a` varbinary(255)", kInstantly, kOnline,
       "type of a: varbinary(200) → varbinary(255)"},
      {"`e` enum('a','b')", "`e` enum('a','b','c')", kInstantly, kInstantly, ""},
      {"`e` enum('a','b')", "`e` enum('a','c','b')", kByRebuild, kByRebuild,
       "type of e: enum('a','b') → enum('a','c','b')"},
      {"`e` enum('a','b')", "`e` enum('a')", kByRebuild, kByRebuild,
       "type of e: enum('a','b') → enum('a')"},
      {"`s` set('1','2','3','4','5','6','7')", "`s` set('1','2','3','4','5','6','7','8')",
       kInstantly, kInstantly, ""},
      {"`s` set('1','2','3','4','5','6','7','8')", "`s` set('1','2','3','4','5','6','7','8','9')",
       kByRebuild, kByRebuild, ""},
  });
}

/// Though the server would: it does not keep all that is written meanwhile.
TEST(MySqlAlterForecastTest, TheCollationOfAKeysColumnIsNeverChangedInPlaceByMariaDb) {
  const auto never = [](Flavor flavor, const std::string& before, const std::string& after) {
    return ForecastAlter(flavor, ForecastTable(before, ""), ForecastTable(after, ""), {})
        .never_in_place;
  };
  const std::string key = ",\nKEY `i` (`a`)";
  const std::string binary = "`a` varchar(20) COLLATE utf8mb4_bin";
  EXPECT_TRUE(never(Flavor::kMariaDb, "`a` varchar(20)" + key, binary + key));
  EXPECT_TRUE(never(Flavor::kMariaDb, "`a` varchar(20) CHARACTER SET utf8mb3" + key,
                    "`a` varchar(20)" + key));
  EXPECT_FALSE(never(Flavor::kMySql, "`a` varchar(20)" + key, binary + key));
  EXPECT_FALSE(never(Flavor::kMariaDb, "`a` varchar(20)", binary));
  EXPECT_FALSE(never(Flavor::kMariaDb, "`a` varchar(20)" + key, "`a` varchar(30)" + key));
}

TEST(MySqlAlterForecastTest, Charsets) {
  ExpectForecasts({
      {"`a` varchar(20)", "`a` varchar(20) COLLATE utf8mb4_bin", kInstantly, kOnline,
       "collation of a: default → utf8mb4_bin"},
      {"`a` varchar(20),\nKEY `i` (`a`)", "`a` varchar(20) COLLATE utf8mb4_bin,\nKEY `i` (`a`)",
       kByRebuild, kByRebuild, "collation of a: default → utf8mb4_bin"},
      {"`e` enum('a')", "`e` enum('a') COLLATE utf8mb4_bin", kByRebuild, kOnline,
       "collation of e: default → utf8mb4_bin"},
      {"`a` varchar(20) CHARACTER SET utf8mb3", "`a` varchar(20)", kInstantly, kOnline,
       "charset of a: utf8mb3 → utf8mb4"},
      {"`a` varchar(20) COLLATE utf8mb3_bin,\nKEY `i` (`a`)",
       "`a` varchar(20) COLLATE utf8mb4_bin,\nKEY `i` (`a`)", kInstantly, kByRebuild,
       "charset of a: utf8mb3 → utf8mb4"},
      {"`a` varchar(20) COLLATE utf8mb3_bin,\nKEY `i` (`a`)",
       "`a` varchar(20) COLLATE utf8mb4_general_ci,\nKEY `i` (`a`)", kByRebuild, kByRebuild,
       "charset of a: utf8mb3 → utf8mb4"},
      {"`a` varchar(70) CHARACTER SET utf8mb3", "`a` varchar(70)", kByRebuild, kByRebuild,
       "charset of a: utf8mb3 → utf8mb4"},
      {"`a` varchar(20) CHARACTER SET latin1", "`a` varchar(20)", kByRebuild, kByRebuild,
       "charset of a: latin1 → utf8mb4"},
      // Printed alike under another default.
      {"`a` varchar(20),\n`n` int",
       "`a` varchar(20),\n`n` int",
       kByRebuild,
       kByRebuild,
       "charset of a: utf8mb4 → latin1",
       {},
       "",
       "CHARSET=latin1"},
      {"`a` varchar(20),\n`n` int",
       "`a` varchar(20) CHARACTER SET utf8mb4,\n`n` int",
       kInstantly,
       kOnline,
       "the table's default charset",
       {},
       "",
       "CHARSET=latin1"},
      {"`n` int",
       "`n` int",
       kInstantly,
       kOnline,
       "the table's default charset",
       {},
       "",
       "CHARSET=latin1"},
  });
}

TEST(MySqlAlterForecastTest, KeysAndConstraints) {
  ExpectForecasts({
      {"`a` int", "`a` int,\nUNIQUE KEY `u` (`a`)", kOnline, kOnline, "new index u"},
      {"`a` text", "`a` text,\nFULLTEXT KEY `f` (`a`)", kByRebuild, kByRebuild, "new index f"},
      {"`a` int", "`a` int,\nKEY `f` ((`a` + 1))", kByRebuild, kByRebuild, "new index f"},
      {"`a` int,\nKEY `i` (`a`)", "`a` int", kOnline, kOnline, "index i goes"},
      {"`a` int,\nKEY `i` (`a`)", "`a` int,\nKEY `i` (`a` DESC)", kOnline, kOnline,
       "changed index i"},
      {"`a` int,\nKEY `i` (`a`)", "`a` int,\nKEY `j` (`a`)", kInstantly, kOnline,
       "name of index i"},
      {"`a` int NOT NULL,\n`b` int NOT NULL,\nPRIMARY KEY (`a`)",
       "`a` int NOT NULL,\n`b` int NOT NULL,\nPRIMARY KEY (`a`,`b`)", kOnline, kOnline,
       "primary key"},
      {"`a` int NOT NULL,\nPRIMARY KEY (`a`)",
       "`b` int NOT NULL,\nPRIMARY KEY (`b`)",
       kInstantly,
       kInstantly,
       "",
       {{"a", "b"}}},
      {"`a` int NOT NULL,\nPRIMARY KEY (`a`)", "`a` int NOT NULL", kOnline, kByRebuild,
       "index PRIMARY goes"},
      {"`a` int", "`a` int,\nCONSTRAINT `c` CHECK (`a` > 0)", kByRebuild, kByRebuild, "CHECK c"},
      {"`a` int,\nCONSTRAINT `c` CHECK (`a` > 0)", "`a` int", kInstantly, kInstantly, ""},
      {"`a` int,\nCONSTRAINT `c` CHECK (`a` > 0)",
       "`b` int,\nCONSTRAINT `c` CHECK (`b` > 0)",
       kInstantly,
       kByRebuild,
       "CHECK c",
       {{"a", "b"}}},
      {"`a` int", "`a` int,\nCONSTRAINT `c` CHECK (`a` > 0) NOT ENFORCED", kInstantly, kInstantly,
       ""},
      {"`a` int", "`a` int,\nCONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`a`)", kByRebuild,
       kByRebuild, "foreign key f"},
      {"`a` int,\nCONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`a`)", "`a` int", kInstantly,
       kOnline, "foreign key f goes"},
  });
}

TEST(MySqlAlterForecastTest, Options) {
  const auto option = [](const char* options, AlterWay maria, AlterWay mysql, const char* why) {
    ExpectForecasts({{"`a` int", "`a` int", maria, mysql, why, {}, "", options}});
    ExpectForecasts({{"`a` int", "`a` int", maria, mysql, why, {}, options, ""}});
  };
  option("CHARSET=utf8mb4 STATS_PERSISTENT=1", kInstantly, kOnline, "STATS_PERSISTENT");
  option("CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC", kOnline, kOnline, "ROW_FORMAT");
  option("CHARSET=utf8mb4 `PAGE_COMPRESSED`='1'", kOnline, kOnline, "PAGE_COMPRESSED");
  option("CHARSET=utf8mb4 NEVER_HEARD_OF=1", kByRebuild, kByRebuild, "NEVER_HEARD_OF");
}

TEST(MySqlAlterForecastTest, WhatTheTableForbids) {
  ExpectForecasts({
      {"`a` text,\nFULLTEXT KEY `f` (`a`)", "`a` text,\n`b` int,\nFULLTEXT KEY `f` (`a`)",
       kByRebuild, kByRebuild, "new column b; index f forbids that in place"},
      {"`a` text,\n`b` int,\nFULLTEXT KEY `f` (`a`)",
       "`a` text,\n`b` int NOT NULL,\nFULLTEXT KEY `f` (`a`)", kByRebuild, kByRebuild,
       "b becomes NOT NULL; index f forbids that in place"},
      {"`a` text,\n`b` int,\nFULLTEXT KEY `f` (`a`)", "`b` int", kOnline, kOnline,
       "column a goes with its index"},
      {"`a` text,\n`b` int,\nFULLTEXT KEY `f` (`a`)",
       "`a` text,\n`c` int,\nFULLTEXT KEY `f` (`a`)",
       kInstantly,
       kInstantly,
       "",
       {{"b", "c"}}},
      {"`a` int",
       "`a` int,\n`b` int",
       kOnline,
       kOnline,
       "new column b; rows are COMPRESSED",
       {},
       "CHARSET=utf8mb4 ROW_FORMAT=COMPRESSED",
       "CHARSET=utf8mb4 ROW_FORMAT=COMPRESSED"},
      // MariaDB and virtual columns.
      {"`a` int,\n`g` int GENERATED ALWAYS AS (`a`) VIRTUAL",
       "`b` int,\n`a` int,\n`g` int GENERATED ALWAYS AS (`a`) VIRTUAL", kByRebuild, kInstantly,
       "new column b stands before a virtual one"},
      {"`a` int,\n`g` int GENERATED ALWAYS AS (`a`) VIRTUAL",
       "`a` int,\n`g` int GENERATED ALWAYS AS (`a`) VIRTUAL,\n`b` int", kInstantly, kInstantly, ""},
      {"`a` int,\n`g` int GENERATED ALWAYS AS (`a`) VIRTUAL,\nKEY `g` (`g`)",
       "`a` int,\n`g` int GENERATED ALWAYS AS (`a`) VIRTUAL,\n`b` int,\nKEY `g` (`g`)", kByRebuild,
       kInstantly, "new column b; the index over virtual g forbids that in place"},
      {"`a` int", "`a` int NOT NULL,\n`g` int GENERATED ALWAYS AS (`a`) VIRTUAL", kByRebuild,
       kByRebuild, "virtual g comes together with a becomes NOT NULL"},
  });
}

TEST(MySqlAlterForecastTest, TheCostliestDecides) {
  ExpectForecasts({
      {"`a` int,\n`b` int,\n`c` int", "`a` int NOT NULL,\n`b` bigint,\n`c` bigint,\n`d` int",
       kByRebuild, kByRebuild, "type of b: int → bigint"},
      {"`a` int DEFAULT 1,\n`b` int", "`a` int DEFAULT 2,\n`b` int,\n`c` int,\nKEY `i` (`a`)",
       kOnline, kOnline, "new index i"},
  });
}

}  // namespace
}  // namespace interlock::mysql
