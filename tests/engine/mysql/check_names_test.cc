#include "engine/mysql/check_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

TEST(MySqlCheckNamesTest, OnlyNamesThatBeginAsTheServersOwnFollowARename) {
  EXPECT_TRUE(CheckFollowsRename("t_chk_1", "t"));
  EXPECT_TRUE(CheckFollowsRename("t_chk_positive", "t"));
  EXPECT_FALSE(CheckFollowsRename("positive", "t"));
  EXPECT_FALSE(CheckFollowsRename("other_chk_1", "t"));
  // A helper's name would not fit in front of it.
  EXPECT_TRUE(CheckFollowsRename("t_chk_" + std::string(24, 'x'), "t"));
  EXPECT_FALSE(CheckFollowsRename("t_chk_" + std::string(25, 'x'), "t"));
}

TEST(MySqlCheckNamesTest, ClausesNameTheChecksOfTheOtherTable) {
  const auto clauses = [](const std::string& text) { return ClausesForOther(text, "t", "s"); };
  EXPECT_EQ(clauses("DROP CHECK t_chk_1, DROP CONSTRAINT `t_chk_2`"),
            "DROP CHECK `s_chk_1`, DROP CONSTRAINT `s_chk_2`");
  EXPECT_EQ(clauses("ALTER CHECK T_CHK_1 NOT ENFORCED"), "ALTER CHECK `s_chk_1` NOT ENFORCED");
  EXPECT_EQ(clauses("ADD CONSTRAINT t_chk_9 CHECK (a > 0), ADD b int CONSTRAINT t_chk_b CHECK (b)"),
            "ADD CONSTRAINT `s_chk_9` CHECK (a > 0), ADD b int CONSTRAINT `s_chk_b` CHECK (b)");
}

TEST(MySqlCheckNamesTest, NamesOfOtherThingsStay) {
  for (const char* text :
       {"DROP CONSTRAINT positive", "ADD CONSTRAINT positive CHECK (t_chk_1 > 0)",
        "ADD CONSTRAINT t_chk_1 UNIQUE (a)", "DROP COLUMN t_chk_1", "ADD CHECK (a > 0)",
        "COMMENT 'DROP CHECK t_chk_1'", "ADD CONSTRAINT T_chk_1 CHECK (a > 0)",
        "ADD a int CHECK (a > 0), MODIFY b bigint"})
    EXPECT_EQ(ClausesForOther(text, "t", "s"), text);
}

TEST(MySqlCheckNamesTest, ATablesChecksAreNamedForTheOther) {
  auto table = ReadTableText(
      "CREATE TABLE `~new` (\n"
      "  `a` int DEFAULT NULL,\n"
      "  CONSTRAINT `positive` CHECK ((`a` > 0)),\n"
      "  CONSTRAINT `to_p` FOREIGN KEY (`a`) REFERENCES `p` (`a`),\n"
      "  CONSTRAINT `~new_chk_1` CHECK ((`a` < 9)) /*!80016 NOT ENFORCED */\n"
      ") ENGINE=InnoDB",
      "shop");
  ASSERT_TRUE(table);
  NameChecksFor(*table, "~new", "t");
  EXPECT_NE(table->table.FindConstraint("positive"), nullptr);
  EXPECT_NE(table->table.FindConstraint("to_p"), nullptr);
  ASSERT_NE(table->table.FindConstraint("t_chk_1"), nullptr);
  EXPECT_EQ(table->constraints.at("t_chk_1"),
            "CONSTRAINT `t_chk_1` CHECK ((`a` < 9)) NOT ENFORCED");
  EXPECT_FALSE(table->constraints.contains("~new_chk_1"));
}

}  // namespace
}  // namespace interlock::mysql
