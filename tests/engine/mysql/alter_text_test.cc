#include "engine/mysql/alter_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr const char* kUnicode = " DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci";

/// A table of these elements, a line each.
TableText TableOfElements(const std::string& elements, const std::string& options = kUnicode) {
  const auto table =
      ReadTableText("CREATE TABLE `t` (\n" + elements + "\n) ENGINE=InnoDB" + options, "shop");
  EXPECT_TRUE(table) << ToString(table.error());
  return table ? *table : TableText{};
}

// --- CheckClauses

TEST(MySqlAlterTextTest, ClausesThatAreFine) {
  for (const char* clauses : {
           "ADD COLUMN a int",
           "add a int not null default 5 first, drop column if exists b, modify c bigint",
           "ADD a int NOT NULL DEFAULT 0 COMMENT 'ENGINE=x, ALGORITHM=COPY; (' AFTER `order by`",
           "ADD IF NOT EXISTS a int NULL, ADD (b int, c decimal(5,2) NOT NULL DEFAULT 1.5)",
           "ADD a int NOT NULL AUTO_INCREMENT, ADD PRIMARY KEY (a)",
           "ADD a SERIAL, ADD b int AS (c + 1) STORED NOT NULL",
           "ADD b int GENERATED ALWAYS AS (c + 1) VIRTUAL NOT NULL UNIQUE KEY",
           "ADD a int NULL UNIQUE KEY, ADD INDEX i (a, b), ADD FULLTEXT (c), ADD VECTOR INDEX (v)",
           "ADD CONSTRAINT c CHECK (a > 0), DROP CONSTRAINT d, ADD UNIQUE u (a)",
           "RENAME COLUMN a TO b, RENAME INDEX i TO j, RENAME KEY k TO l",
           "CHANGE engine lock int, DROP tablespace, MODIFY algorithm int, RENAME COLUMN wait TO x",
           "DROP PRIMARY KEY, ADD PRIMARY KEY (a), ALTER a SET DEFAULT 5, ALTER INDEX i INVISIBLE",
           "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, FORCE",
           "DEFAULT CHARACTER SET utf8mb4 COLLATE = utf8mb4_bin, ROW_FORMAT=COMPRESSED",
           "COMMENT 'ENGINE' KEY_BLOCK_SIZE 8 STATS_PERSISTENT = 1, ENCRYPTION='Y'",
           "`encrypted`=yes, PAGE_COMPRESSED=1",
           "ADD a int /*!80023 INVISIBLE */, ADD KEY k (a) /*!80000 INVISIBLE */ -- why not?",
           "DROP COLUMN g, ADD COLUMN g int AS (b + 1) VIRTUAL",
           "DROP KEY a, ADD a int, RENAME COLUMN b TO c, ADD b int",
           "PARTITION BY HASH (a) PARTITIONS 4",
           "MODIFY a bigint PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (5))",
           "DROP b REMOVE PARTITIONING",
       }) {
    const auto checked = CheckClauses(clauses);
    EXPECT_TRUE(checked) << clauses << "\n" << ToString(checked.error());
  }
}

struct RefusedCase {
  const char* clauses;
  const char* message;  ///< a part of it
};

const RefusedCase kRefusedCases[] = {
    {"", "has no clauses"},
    {" /* ADD a int */ ", "has no clauses"},
    {"ADD a int DEFAULT 'x", "not closed"},
    {"ADD a int /* x", "not closed"},
    {"ADD a int /*!80023 INVISIBLE", "not closed"},
    {"ADD `a int", "not closed"},
    {"ADD a int; DROP TABLE t", "more than one statement"},
    {"ADD a int;", "more than one statement"},
    {"ADD a decimal(5,2", "parentheses"},
    {"ADD a int), (ADD b int", "parentheses"},
    {"ADD a int /*!99999 ( */ , ENGINE=MyISAM /*!99999 ) */", "only some versions"},
    {"ADD a int,, DROP b", "is empty"},
    {"ADD a int,", "is empty"},
    {"ADD a int, ALGORITHM=COPY", "'ALGORITHM=COPY'"},
    {"algorithm = instant, ADD a int", "'algorithm = instant'"},
    {"ADD a int, LOCK NONE", "'LOCK NONE'"},
    {"WAIT 5 ADD a int", "interlock itself"},
    {"NOWAIT ADD a int", "interlock itself"},
    {"ADD a int, WITHOUT VALIDATION", "interlock itself"},
    {"WITH VALIDATION", "interlock itself"},
    {"ALTER TABLE t ADD a int", "clauses alone"},
    {"RENAME TO u", "keeps its name"},
    {"RENAME AS u", "keeps its name"},
    {"ADD a int, RENAME u", "'RENAME u'"},
    {"ENGINE=InnoDB", "engine"},
    {"COMMENT 'x' ENGINE MyISAM", "engine"},
    {"DEFAULT CHARSET utf8mb4 ENGINE=MyISAM", "engine"},
    {"/*!40000 ENGINE=MyISAM */", "engine"},
    {"ORDER BY a", "primary key"},
    {"AUTO_INCREMENT = 100", "next value"},
    {"UNION=(`a`,`b`)", "other tables"},
    {"INSERT_METHOD LAST", "other tables"},
    {"DATA DIRECTORY='/x'", "files"},
    {"INDEX DIRECTORY='/x'", "files"},
    {"TABLESPACE ts", "files"},
    {"COMMENT='x' TABLESPACE=ts", "files"},
    {"CONNECTION='mysql://x'", "another server"},
    {"DISCARD TABLESPACE", "files"},
    {"IMPORT TABLESPACE", "files"},
    {"DISABLE KEYS", "InnoDB"},
    {"ENABLE KEYS", "InnoDB"},
    {"ADD FOREIGN KEY (a) REFERENCES p (a)", "foreign keys"},
    {"ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (a)", "foreign keys"},
    {"ADD a int, ADD (b int, FOREIGN KEY (a) REFERENCES p (a))", "foreign keys"},
    {"DROP FOREIGN KEY f", "foreign keys"},
    {"ADD a int REFERENCES p (a)", "foreign keys"},
    {"ADD (a int NULL, b int REFERENCES p (a))", "foreign keys"},
    {"CHANGE a b int REFERENCES p (a)", "foreign keys"},
    {"DROP b, REMOVE PARTITIONING", "is empty"},
    {"ADD PARTITION (PARTITION p VALUES LESS THAN (5))", "partitions"},
    {"DROP PARTITION p", "partitions"},
    {"TRUNCATE PARTITION p", "partitions"},
    {"COALESCE PARTITION 2", "partitions"},
    {"REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (5))", "partitions"},
    {"EXCHANGE PARTITION p WITH TABLE u", "partitions"},
    {"CONVERT PARTITION p TO TABLE u", "partitions"},
    {"ADD SYSTEM VERSIONING", "history"},
    {"DROP SYSTEM VERSIONING", "history"},
    {"ADD PERIOD FOR SYSTEM_TIME (a, b)", "history"},
    {"DROP a, ADD COLUMN A int", "dropped and added again"},
    {"ADD (b int, `a` int), DROP COLUMN IF EXISTS a", "dropped and added again"},
};

TEST(MySqlAlterTextTest, ClausesThatAreNone) {
  for (const auto& item : kRefusedCases) {
    const auto checked = CheckClauses(item.clauses);
    ASSERT_FALSE(checked) << item.clauses;
    EXPECT_EQ(checked.error().kind, ErrorKind::kConfig) << item.clauses;
    EXPECT_EQ(checked.error().code, "IL-E70") << item.clauses;
    EXPECT_THAT(checked.error().message, HasSubstr(item.message)) << item.clauses;
    EXPECT_NE(checked.error().hint, "") << item.clauses;
  }
}

TEST(MySqlAlterTextTest, RequiredColumnsNeedADefault) {
  for (const char* clauses :
       {"ADD a int NOT NULL", "ADD COLUMN `a` int unsigned NOT NULL AFTER b",
        "ADD COLUMN IF NOT EXISTS a varchar(9) NOT NULL COMMENT 'DEFAULT 1'",
        "DROP b, ADD (c int, a text NOT NULL)", "ADD a int PRIMARY KEY", "ADD a int KEY",
        "ADD a int NOT NULL COLUMN_FORMAT DEFAULT", "ADD a int NOT NULL CHECK (a > DEFAULT(b))"}) {
    const auto checked = CheckClauses(clauses);
    ASSERT_FALSE(checked) << clauses;
    EXPECT_EQ(checked.error().code, "IL-E71") << clauses;
    EXPECT_THAT(checked.error().message, HasSubstr("column a is NOT NULL")) << clauses;
    EXPECT_THAT(checked.error().hint, HasSubstr("`fill`")) << clauses;
  }
}

// --- RenamesIn

TEST(MySqlAlterTextTest, Renames) {
  const TableText table = TableOfElements(
      "  `id` int NOT NULL,\n  `Name` int,\n  `b``c` int,\n  `if` int,\n  `é` int,\n  `1e` int");
  const auto in = [&](const char* clauses) { return RenamesIn(clauses, table); };
  EXPECT_THAT(in("ADD x int, CHANGE id no bigint, RENAME COLUMN name TO `Full ``name`"),
              UnorderedElementsAre(Pair("id", "no"), Pair("Name", "Full `name")));
  EXPECT_THAT(in("change column if exists NAME name2 int(5), CHANGE `if` `Else` int, "
                 "RENAME COLUMN `b``c` TO Bc, CHANGE 1e é2 int"),
              UnorderedElementsAre(Pair("Name", "name2"), Pair("if", "Else"), Pair("b`c", "Bc"),
                                   Pair("1e", "é2")));
  EXPECT_THAT(in("RENAME COLUMN id TO Name, RENAME COLUMN Name TO id"),
              UnorderedElementsAre(Pair("id", "Name"), Pair("Name", "id")));
  // Only the spelling counts.
  EXPECT_THAT(in("CHANGE ID id bigint, CHANGE name Name bigint, MODIFY Name bigint"), IsEmpty());
  EXPECT_THAT(in("CHANGE id ID bigint, MODIFY COLUMN NAME bigint"),
              UnorderedElementsAre(Pair("id", "ID"), Pair("Name", "NAME")));
  EXPECT_THAT(in("RENAME INDEX id TO x, RENAME COLUMN IF EXISTS gone TO x, ADD KEY change_id (id), "
                 "DROP id, ALTER id SET DEFAULT 1, COMMENT 'CHANGE id x int'"),
              IsEmpty());
}

// --- DroppedColumns

TEST(MySqlAlterTextTest, ColumnsThatAreGone) {
  const TableText before = TableOfElements(
      "  `a` int,\n  `b` int,\n  `c` int,\n  `g` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL");
  const auto gone = [&](const std::string& after,
                        const std::map<std::string, std::string>& renamed) {
    return DroppedColumns(before, TableOfElements(after), renamed);
  };
  EXPECT_THAT(gone("`b` int,\n `C` int", {}), ElementsAre("a", "g"));
  EXPECT_THAT(gone("`x` int,\n `b` int,\n `c` int,\n `g` int", {{"a", "x"}}), ElementsAre("g"));
  // b has taken a's name, and a new b its own.
  EXPECT_THAT(gone("`a` int,\n `c` int", {{"b", "a"}}), ElementsAre("a", "g"));
  EXPECT_THAT(gone("`a` int,\n `b` int,\n `c` int", {{"b", "a"}}), ElementsAre("a", "g"));
  EXPECT_THAT(gone("`b` int,\n `a` int,\n `c` int", {{"a", "b"}, {"b", "a"}}), ElementsAre("g"));
  // What a clause says of a rename counts only when it came about.
  EXPECT_THAT(gone("`a` int,\n `b` int,\n `c` int", {{"b", "x"}}), ElementsAre("g"));
}

// --- ClausesBack

struct BackCase {
  const char* before;
  const char* after;
  std::map<std::string, std::string> renamed;
  const char* back;
};

const BackCase kBackCases[] = {
    // Columns come and go.
    {"`a` int,\n`b` int", "`a` int,\n`b` int", {}, ""},
    {"`a` int", "`a` int,\n`b``x` int", {}, "DROP COLUMN `b``x`"},
    {"`a` int,\n`b` varchar(5) DEFAULT 'x,)' COMMENT 'it''s',\n`c` int",
     "`a` int,\n`c` int",
     {},
     "ADD COLUMN `b` varchar(5) DEFAULT 'x,)' COMMENT 'it''s' AFTER `a`"},
    {"`a` int,\n`b` int,\n`c` int,\n`d` int",
     "`b` int",
     {},
     "ADD COLUMN `a` int FIRST, ADD COLUMN `c` int, ADD COLUMN `d` int"},
    // They change.
    {"`a` int NOT NULL,\n`b` int",
     "`a` bigint NOT NULL,\n`b` int",
     {},
     "MODIFY COLUMN `a` int NOT NULL"},
    {"`a` int DEFAULT NULL",
     "`a` int DEFAULT NULL COMMENT 'x'",
     {},
     "MODIFY COLUMN `a` int DEFAULT NULL"},
    {"`a` int", "`x y` bigint", {{"a", "x y"}}, "CHANGE COLUMN `x y` `a` int"},
    {"`a` int", "`A` int", {{"a", "A"}}, "CHANGE COLUMN `A` `a` int"},
    {"`a` int", "`A` int", {}, "CHANGE COLUMN `A` `a` int"},
    {"`a` int,\n`b` text",
     "`b` int,\n`a` text",
     {{"a", "b"}, {"b", "a"}},
     "CHANGE COLUMN `b` `a` int, CHANGE COLUMN `a` `b` text"},
    {"`a` int,\n`b` int",
     "`a` int",
     {{"b", "a"}},
     "ADD COLUMN `a` int FIRST, CHANGE COLUMN `a` `b` int"},
    // They move: as few as possible.
    {"`a` int,\n`b` int,\n`c` int,\n`d` int",
     "`d` int,\n`a` int,\n`b` int,\n`c` int",
     {},
     "MODIFY COLUMN `d` int AFTER `c`"},
    {"`a` int,\n`b` int,\n`c` int",
     "`b` int,\n`c` int,\n`a` int",
     {},
     "MODIFY COLUMN `a` int FIRST"},
    {"`a` int,\n`x` int,\n`b` int,\n`c` int,\n`y` int",
     "`c2` int,\n`a` int,\n`b` int,\n`z` int",
     {{"c", "c2"}},
     "DROP COLUMN `z`, ADD COLUMN `x` int AFTER `a`, CHANGE COLUMN `c2` `c` int AFTER `b`, "
     "ADD COLUMN `y` int"},
    // Keys.
    {"`id` int NOT NULL AUTO_INCREMENT,\n`b` int,\nPRIMARY KEY (`id`),\nUNIQUE KEY `u` (`b` DESC)",
     "`id` bigint NOT NULL,\n`b` int,\n`c` int,\nKEY `i` (`id`),\nUNIQUE KEY `u` (`b`)",
     {},
     "DROP KEY `i`, DROP KEY `u`, DROP COLUMN `c`, MODIFY COLUMN `id` int NOT NULL "
     "AUTO_INCREMENT, ADD PRIMARY KEY (`id`), ADD UNIQUE KEY `u` (`b` DESC)"},
    {"`a` int NOT NULL,\n`b` int NOT NULL,\nPRIMARY KEY (`a`)",
     "`a` int NOT NULL,\n`b` int NOT NULL,\nPRIMARY KEY (`a`,`b`)",
     {},
     "DROP PRIMARY KEY, ADD PRIMARY KEY (`a`)"},
    {"`a` int,\nKEY `i` (`a`) COMMENT 'x'",
     "`a` int,\nKEY `i` (`a`)",
     {},
     "DROP KEY `i`, ADD KEY `i` (`a`) COMMENT 'x'"},
    {"`a` int,\n`b` int,\nKEY `i` (`a`,`b`)",
     "`a` int,\nKEY `i` (`a`)",
     {},
     "DROP KEY `i`, ADD COLUMN `b` int, ADD KEY `i` (`a`,`b`)"},
    {"`a` int,\nKEY `i` (`a`)", "`a` int,\nKEY `j` (`a`)", {}, "RENAME INDEX `j` TO `i`"},
    {"`a` int,\nKEY `i` (`a`)",
     "`a` int,\nKEY `j` (`a` DESC)",
     {},
     "DROP KEY `j`, ADD KEY `i` (`a`)"},
    {"`a` int,\nKEY `i` (`a`),\nKEY `j` (`a`)",
     "`a` int,\nKEY `k` (`a`)",
     {},
     "RENAME INDEX `k` TO `i`, ADD KEY `j` (`a`)"},
    {"`a` int,\nKEY `i` (`a`)",
     "`a` int,\nKEY `i` (`a`) /*!80000 INVISIBLE */",
     {},
     "ALTER INDEX `i` VISIBLE"},
    {"`a` int,\nKEY `i` (`a`) /*!80000 INVISIBLE */",
     "`b` int,\nKEY `i` (`b`)",
     {{"a", "b"}},
     "ALTER INDEX `i` INVISIBLE, CHANGE COLUMN `b` `a` int"},
    {"`a` int,\nKEY `i` (`a`) IGNORED", "`a` int,\nKEY `i` (`a`)", {}, "ALTER INDEX `i` IGNORED"},
    {"`a` int,\nKEY `i` (`a`)",
     "`a` int,\nKEY `i` (`a`) IGNORED",
     {},
     "ALTER INDEX `i` NOT IGNORED"},
    {"`b` text,\nFULLTEXT KEY `f` (`b`) /*!50100 WITH PARSER `ngram` */ ",
     "`b` text",
     {},
     "ADD FULLTEXT KEY `f` (`b`) /*!50100 WITH PARSER `ngram` */"},
    // They follow names of columns, but for those over expressions.
    {"`a` int NOT NULL,\n`b` varchar(9),\nPRIMARY KEY (`a`),\nKEY `b` (`b`(3),`a`)",
     "`x` int NOT NULL,\n`y` varchar(9),\nPRIMARY KEY (`x`),\nKEY `b` (`y`(3),`x`)",
     {{"a", "x"}, {"b", "y"}},
     "CHANGE COLUMN `x` `a` int NOT NULL, CHANGE COLUMN `y` `b` varchar(9)"},
    {"`a` int,\n`c` int,\nKEY `f` ((lower(`a`))),\nKEY `g` ((lower(`c`)),`a`)",
     "`b` int,\n`c` int,\nKEY `f` ((lower(`b`))),\nKEY `g` ((lower(`c`)),`b`)",
     {{"a", "b"}},
     "DROP KEY `f`, CHANGE COLUMN `b` `a` int, ADD KEY `f` ((lower(`a`)))"},
    {"`a` int,\n`b` int,\nKEY `i` (`b`)",
     "`a` int,\nKEY `i` (`a`)",
     {{"b", "a"}},
     "DROP KEY `i`, ADD COLUMN `a` int FIRST, CHANGE COLUMN `a` `b` int, ADD KEY `i` (`b`)"},
    // Constraints.
    {"`a` int,\nCONSTRAINT `c` CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */",
     "`a` int,\nCONSTRAINT `c` CHECK ((`a` > 0)),\nCONSTRAINT `d` CHECK ((`a` < 9))",
     {},
     "DROP CONSTRAINT `c`, DROP CONSTRAINT `d`, ADD CONSTRAINT `c` CHECK ((`a` > 0)) NOT ENFORCED"},
    {"`a` int,\nCONSTRAINT `c` CHECK (`a` > 0)",
     "`b` int,\nCONSTRAINT `c` CHECK (`b` > 0)",
     {{"a", "b"}},
     "DROP CONSTRAINT `c`, CHANGE COLUMN `b` `a` int, ADD CONSTRAINT `c` CHECK (`a` > 0)"},
    {"`a` int,\n`p` int,\nCONSTRAINT `f` FOREIGN KEY (`p`) REFERENCES `t` (`a`),\n"
     "CONSTRAINT `g` FOREIGN KEY (`p`) REFERENCES `u` (`a`)",
     "`b` int,\n`p` int,\nCONSTRAINT `f` FOREIGN KEY (`p`) REFERENCES `t` (`b`)",
     {{"a", "b"}},
     "CHANGE COLUMN `b` `a` int, ADD CONSTRAINT `g` FOREIGN KEY (`p`) REFERENCES `shop`.`u` "
     "(`a`)"},
    // Generated columns are made anew where a column that they read has another name.
    {"`a` int,\n`g` int GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL,\n`z` int,\nKEY `g` (`g`)",
     "`b` int,\n`g` int GENERATED ALWAYS AS ((`b` + 1)) VIRTUAL,\n`z` int,\nKEY `g` (`g`)",
     {{"a", "b"}},
     "DROP KEY `g`, DROP COLUMN `g`, CHANGE COLUMN `b` `a` int, ADD COLUMN `g` int GENERATED "
     "ALWAYS AS ((`a` + 1)) VIRTUAL AFTER `a`, ADD KEY `g` (`g`)"},
    {"`a` int,\n`g` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL",
     "`a` int,\n`g` int",
     {},
     "DROP COLUMN `g`, ADD COLUMN `g` int GENERATED ALWAYS AS (`a` + 1) VIRTUAL"},
    {"`a` int,\n`g` int GENERATED ALWAYS AS (`a` + 1) STORED",
     "`a` int,\n`g` int",
     {},
     "MODIFY COLUMN `g` int GENERATED ALWAYS AS (`a` + 1) STORED"},
};

TEST(MySqlAlterTextTest, TheWayBack) {
  for (const auto& item : kBackCases)
    EXPECT_EQ(ClausesBack(TableOfElements(item.before), TableOfElements(item.after), item.renamed),
              item.back)
        << item.before << "\n→\n"
        << item.after;
}

TEST(MySqlAlterTextTest, TheWayBackOfCharsets) {
  const std::string texts =
      "`a` varchar(5) NOT NULL,\n`b` varchar(5) CHARACTER SET ascii COLLATE ascii_bin,\n`n` int";
  const std::string swedish = " DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci";
  // Printed alike, it means another charset.
  EXPECT_EQ(ClausesBack(TableOfElements(texts), TableOfElements(texts, swedish), {}),
            "MODIFY COLUMN `a` varchar(5) NOT NULL, DEFAULT CHARSET=utf8mb4 "
            "COLLATE=utf8mb4_unicode_ci");
  EXPECT_EQ(ClausesBack(TableOfElements(texts, " DEFAULT CHARSET=latin1"),
                        TableOfElements(texts, swedish), {}),
            "MODIFY COLUMN `a` varchar(5) NOT NULL, DEFAULT CHARSET=latin1");
  // What the server prints since it is no charset's first collation is not the column's own.
  const TableText plain = TableOfElements("`a` varchar(5) COLLATE utf8mb4_unicode_ci,\n`n` int");
  EXPECT_EQ(ClausesBack(plain,
                        TableOfElements("`a` varchar(9) COLLATE utf8mb4_unicode_ci,\n"
                                        "`n` int"),
                        {}),
            "MODIFY COLUMN `a` varchar(5) ");
  EXPECT_EQ(ClausesBack(plain, TableOfElements("`n` int"), {}), "ADD COLUMN `a` varchar(5)  FIRST");
  // Where MySQL tells both apart, it is.
  const TableText own =
      TableOfElements("`a` varchar(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci,\n`n` int");
  EXPECT_EQ(ClausesBack(own, plain, {}), "MODIFY COLUMN " + own.columns.at("a"));
  EXPECT_EQ(ClausesBack(plain, own, {}), "MODIFY COLUMN `a` varchar(5) ");
}

TEST(MySqlAlterTextTest, TheWayBackOfOptions) {
  const auto back = [](const std::string& before, const std::string& after) {
    return ClausesBack(TableOfElements("`a` int", kUnicode + before),
                       TableOfElements("`a` int", kUnicode + after), {});
  };
  EXPECT_EQ(back(" ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8", " ROW_FORMAT=DYNAMIC"),
            "KEY_BLOCK_SIZE=8, ROW_FORMAT=COMPRESSED");
  EXPECT_EQ(back("", " ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 STATS_PERSISTENT=1"),
            "KEY_BLOCK_SIZE=0, ROW_FORMAT=DEFAULT, STATS_PERSISTENT=DEFAULT");
  EXPECT_EQ(back("", " COMPRESSION='zlib' /*!80016 ENCRYPTION='Y' */"),
            "COMPRESSION='', ENCRYPTION='N'");
  EXPECT_EQ(back(" `PAGE_COMPRESSED`='1'", " `encrypted`=yes"),
            "`PAGE_COMPRESSED`='1', `encrypted`=DEFAULT");
  EXPECT_EQ(back(" AUTO_INCREMENT=5 COMMENT='a=b'", " AUTO_INCREMENT=9"), "");
  EXPECT_EQ(back("\n/*!50100 PARTITION BY HASH (`a`)\nPARTITIONS 4 */",
                 "\n/*!50100 PARTITION BY HASH (`a`)\nPARTITIONS 4 */"),
            "");
}

}  // namespace
}  // namespace interlock::mysql
