#include "engine/mysql/full_text.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

TEST(MySqlFullTextTest, ClausesGetPlainKeys) {
  struct Case {
    const char* clauses;
    const char* plain;
  };
  for (const auto& [clauses, plain] : {
           Case{"MODIFY a int", "MODIFY a int"},
           Case{"ADD FULLTEXT (a)", "ADD KEY (`a`(1))"},
           Case{"add fulltext index f (a, `b``c`) , drop key g",
                "add KEY f (`a`(1), `b``c`(1)), drop key g"},
           Case{"ADD (x int, FULLTEXT KEY IF NOT EXISTS `f g` (x) COMMENT 'FULLTEXT (y)'), FORCE",
                "ADD (x int, KEY IF NOT EXISTS `f g` (`x`(1)) COMMENT 'FULLTEXT (y)'), FORCE"},
           Case{"ADD FULLTEXT f (a(10)) WITH PARSER ngram COMMENT 'x', ADD FULLTEXT KEY g (b)",
                "ADD KEY f (`a`(1)) COMMENT 'x', ADD KEY g (`b`(1))"},
       }) {
    std::vector<AddedFullText> added;
    EXPECT_EQ(ClausesWithoutFullText(clauses, &added), plain);
  }
}

TEST(MySqlFullTextTest, WhatIsShownGetsThemBack) {
  std::vector<AddedFullText> added;
  ClausesWithoutFullText(
      "ADD FULLTEXT KEY two (body) WITH PARSER `ngram` COMMENT 'x', ADD FULLTEXT (title, body), "
      "DROP "
      "KEY gone, ADD FULLTEXT KEY gone (title)",
      &added);
  ASSERT_EQ(added.size(), 3U);
  const std::string shown =
      "CREATE TEMPORARY TABLE `t` (\n  `body` text,\n  `title` varchar(40),\n  KEY `words` "
      "(`body`(1)),\n  KEY `two` (`body`(1)) COMMENT 'x',\n  KEY `title` "
      "(`title`(1),`body`(1)),\n  KEY `plain` (`title`),\n  KEY `gone` (`title`(1))\n) "
      "ENGINE=InnoDB";
  const auto table = ReadTableText(shown, "shop");
  ASSERT_TRUE(table) << ToString(table.error());
  EXPECT_EQ(WithFullTexts(shown, *table,
                          {{"words", "FULLTEXT KEY `words` (`body`) COMMENT 'old'"},
                           {"plain", "KEY `plain` (`title`)"},
                           {"gone", "FULLTEXT KEY `gone` (`body`) COMMENT 'old'"}},
                          added),
            "CREATE TEMPORARY TABLE `t` (\n  `body` text,\n  `title` varchar(40),\n  FULLTEXT KEY "
            "`words` (`body`) COMMENT 'old',\n  FULLTEXT KEY `two` (`body`) COMMENT 'x' /*!50100 "
            "WITH PARSER `ngram` */ ,\n  FULLTEXT KEY `title` (`title`,`body`),\n  KEY `plain` "
            "(`title`),\n  FULLTEXT KEY `gone` (`title`)\n) ENGINE=InnoDB");
}

}  // namespace
}  // namespace interlock::mysql
