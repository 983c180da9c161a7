// What a table becomes by PARTITION BY is foreseen without trying it: it must be what the server
// shows afterwards, and the clauses of the way back must lead to what was there.
#include "conformance/mysql_bulk_fixture.h"
#include "engine/mysql/alter_step.h"

namespace interlock::testing {
namespace {

class MySqlPartitionsTest : public MySqlBulkFixture {
 protected:
  std::string Definition() {
    const auto shown = mysql::ShowTable(*owner_, {owner_->database(), "t"});
    EXPECT_TRUE(shown && *shown);
    return shown && *shown ? DefinitionOf((*shown)->table) : "";
  }
};

constexpr const char* kWays[] = {
    "",
    "PARTITION BY HASH (ID) PARTITIONS 4",
    "partition by linear hash (`id` + 1) partitions 2",
    "PARTITION BY HASH (id)",
    "PARTITION BY HASH (id) (PARTITION a, PARTITION `b c`)",
    "PARTITION BY KEY () PARTITIONS 3",
    "PARTITION BY KEY (`id`, Value, `a b`)",
    "PARTITION BY LINEAR KEY ALGORITHM = 1 (id, `date`) PARTITIONS 2",
    "PARTITION BY KEY ALGORITHM=2 (id) PARTITIONS 2",
    "PARTITION BY RANGE ((id)) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN "
    "MAXVALUE)",
    "PARTITION BY RANGE (year(`date`)*100 + MONTH(date)) PARTITIONS 1 (PARTITION p0 VALUES LESS "
    "THAN MAXVALUE COMMENT = 'PARTITION BY, (; of all''s')",
    "PARTITION BY RANGE (EXTRACT(YEAR FROM date)) (PARTITION p0 VALUES LESS THAN MAXVALUE)",
    "PARTITION BY RANGE (DAY(date)) (PARTITION p0 VALUES LESS THAN MAXVALUE)",
    "PARTITION BY RANGE (unix_timestamp(ts)) (PARTITION p0 VALUES LESS THAN (UNIX_TIMESTAMP("
    "'2020-01-01 00:00:00')), PARTITION p1 VALUES LESS THAN MAXVALUE)",
    "PARTITION BY RANGE COLUMNS (date, id) (PARTITION p0 VALUES LESS THAN ('2020-01-01', 5), "
    "PARTITION p1 VALUES LESS THAN (MAXVALUE, MAXVALUE))",
    "PARTITION BY LIST (MOD(id, 2)) (PARTITION p0 VALUES IN (0), PARTITION p1 VALUES IN (1))",
    "PARTITION BY LIST (id DIV 8000 - ABS(id) % 1) (PARTITION p0 VALUES IN (0, 1, NULL))",
    "PARTITION BY LIST COLUMNS (`value`) (PARTITION p0 VALUES IN ('x'))",
    "PARTITION BY RANGE (id) SUBPARTITION BY HASH (to_days(date)) SUBPARTITIONS 2 "
    "(PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)",
    "PARTITION BY RANGE (id) SUBPARTITION BY KEY (value) "
    "(PARTITION p0 VALUES LESS THAN MAXVALUE (SUBPARTITION s0, SUBPARTITION s1))",
    "PARTITION BY LIST (id DIV 8000) SUBPARTITION BY LINEAR KEY ALGORITHM = 1 (`a b`, `date`) "
    "SUBPARTITIONS 3 (PARTITION p0 VALUES IN (0))",
};

TEST_P(MySqlPartitionsTest, WhatIsForeseenIsWhatTheServerShows) {
  Run("CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT, date DATE NOT NULL, ts TIMESTAMP NOT NULL "
      "DEFAULT '2020-01-01', `value` CHAR(9) NOT NULL, `a b` INT NOT NULL, v INT, half INT AS (v / "
      "2) VIRTUAL, PRIMARY KEY (id, date, ts, `value`, `a b`), KEY by_v (v)) COMMENT 'none'");
  Run("INSERT INTO t (date, `value`, `a b`, v) SELECT '2020-01-01', 'x', 1, i FROM numbers WHERE i "
      "<= 20");
  for (const std::string way : kWays) {
    const std::string was = Definition();
    const std::string clauses =
        way.empty() ? "ADD w INT"
                    : (was.find("w: int") == std::string::npos ? "ADD w INT " : "DROP w ") + way;
    const auto foreseen = mysql::ForeseeAlter(*owner_, {"", "t"}, clauses);
    ASSERT_TRUE(foreseen) << clauses << "\n" << ToString(foreseen.error());
    EXPECT_EQ(foreseen->way == AlterWay::kRebuild, !way.empty()) << clauses;
    EXPECT_EQ(foreseen->hindrances, std::vector<std::string>()) << clauses;
    Run("ALTER TABLE t " + clauses);
    EXPECT_EQ(Definition(), foreseen->alteration.after) << clauses;
    Run("ALTER TABLE t " + foreseen->alteration.clauses_back);
    EXPECT_EQ(Definition(), was) << clauses << "\n" << foreseen->alteration.clauses_back;
    Run("ALTER TABLE t " + clauses);
  }
  const auto removed = mysql::ForeseeAlter(*owner_, {"", "t"}, "remove partitioning");
  ASSERT_TRUE(removed) << ToString(removed.error());
  const std::string was = Definition();
  Run("ALTER TABLE t REMOVE PARTITIONING");
  EXPECT_EQ(Definition(), removed->alteration.after);
  Run("ALTER TABLE t " + removed->alteration.clauses_back);
  EXPECT_EQ(Definition(), was);
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlPartitionsTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace interlock::testing
