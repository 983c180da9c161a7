// The choice of a key, and its ranges as text.
#include "engine/mysql/table_key.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

UniqueIndex::Part Part(const std::string& column, const std::string& type) {
  UniqueIndex::Part part;
  part.column = column;
  part.data_type = type;
  part.column_type = type;
  return part;
}

TableKey Choose(const std::vector<UniqueIndex>& indexes) {
  return ChooseKey({"shop", "users"}, indexes);
}

std::string ConditionOf(const TableKey& key, const KeyRange& range) {
  const auto condition = key.Condition(range);
  return condition ? *condition : ToString(condition.error());
}

TEST(TableKeyTest, ThePrimaryKeyComesFirst) {
  const TableKey key = Choose({{"a", true, {Part("n", "int")}},
                               {"PRIMARY", true, {Part("s", "varchar"), Part("t", "char")}}});
  EXPECT_EQ(key.index, "`PRIMARY`");
  EXPECT_EQ(key.From(), "`shop`.`users` AS t FORCE INDEX (`PRIMARY`)");
  EXPECT_EQ(key.Columns(), "t.`s`, t.`t`");
}

TEST(TableKeyTest, FewColumnsAndNumbersAreBetter) {
  const UniqueIndex two{"two", true, {Part("a", "int"), Part("b", "int")}};
  const UniqueIndex text{"text", true, {Part("s", "varchar")}};
  const UniqueIndex number{"zero", true, {Part("n", "bigint")}};
  EXPECT_EQ(Choose({two, text, number}).index, "`zero`");
  EXPECT_EQ(Choose({two, text}).index, "`text`");
  EXPECT_EQ(Choose({two}).index, "`two`");
}

TEST(TableKeyTest, WhatDoesNotTellRowsApartIsNoKey) {
  UniqueIndex::Part nullable = Part("n", "int");
  nullable.nullable = true;
  UniqueIndex::Part prefix = Part("n", "varchar");
  prefix.prefix = true;
  UniqueIndex::Part generated = Part("n", "int");
  generated.generated = true;
  for (const auto& part : {nullable, prefix, generated, Part("", "int"), Part("g", "geometry")}) {
    EXPECT_TRUE(Choose({{"u", true, {part}}}).columns.empty());
    EXPECT_TRUE(Choose({{"u", true, {Part("a", "int"), part}}}).columns.empty());
  }
  EXPECT_TRUE(Choose({{"hidden", false, {Part("a", "int")}}}).columns.empty());
  EXPECT_TRUE(Choose({}).columns.empty());
}

TEST(TableKeyTest, RangesAreWrittenOut) {
  UniqueIndex::Part down = Part("b", "int");
  down.descending = true;
  const TableKey key = Choose({{"PRIMARY", true, {Part("a", "int"), down, Part("c", "int")}}});
  EXPECT_EQ(ConditionOf(key, {}), "TRUE");
  EXPECT_EQ(ConditionOf(key, {Key{"1", "-2", "3"}, std::nullopt}),
            "(t.`a` > 1 OR (t.`a` = 1 AND (t.`b` < -2 OR (t.`b` = -2 AND t.`c` > 3))))");
  EXPECT_EQ(ConditionOf(key, {std::nullopt, Key{"1", "2", "3"}}),
            "(t.`a` < 1 OR (t.`a` = 1 AND (t.`b` > 2 OR (t.`b` = 2 AND t.`c` <= 3))))");
  EXPECT_EQ(key.ShownCondition(),
            "(t.`a` > $1 OR (t.`a` = $1 AND (t.`b` < $2 OR (t.`b` = $2 AND t.`c` > $3)))) AND "
            "(t.`a` < $4 OR (t.`a` = $4 AND (t.`b` > $5 OR (t.`b` = $5 AND t.`c` <= $6))))");
  EXPECT_EQ(key.Order(), "t.`a`, t.`b` DESC, t.`c`");
}

TEST(TableKeyTest, ValuesAreWrittenExactly) {
  UniqueIndex::Part text = Part("k", "varchar");
  text.charset = "latin1";
  text.collation = "latin1_german2_ci";
  UniqueIndex::Part moment = Part("k", "timestamp");
  moment.fraction = 6;
  UniqueIndex::Part member = Part("k", "enum");
  member.column_type = "enum('a','it''s','c,d')";
  const auto after = [](const UniqueIndex::Part& part, const std::string& value) {
    return ConditionOf(Choose({{"PRIMARY", true, {part}}}), {Key{value}, std::nullopt});
  };
  EXPECT_EQ(after(Part("k", "bigint"), "18446744073709551615"), "t.`k` > 18446744073709551615");
  EXPECT_EQ(after(Part("k", "double"), "0.1"), "t.`k` > 0.1e0");
  EXPECT_EQ(after(Part("k", "float"), "1e-30"), "t.`k` > 1e-30");
  EXPECT_EQ(after(Part("k", "date"), "2020-01-31"), "t.`k` > CAST('2020-01-31' AS DATE)");
  EXPECT_EQ(after(moment, "2020-01-31 01:02:03.000004"),
            "t.`k` > CAST('2020-01-31 01:02:03.000004' AS DATETIME(6))");
  EXPECT_EQ(after(Part("k", "inet6"), "fe80::1"), "t.`k` > CAST('fe80::1' AS INET6)");
  EXPECT_EQ(after(text, "E927"), "t.`k` > _latin1 X'E927' COLLATE latin1_german2_ci");
  EXPECT_EQ(after(Part("k", "varbinary"), ""), "t.`k` > X''");
  EXPECT_EQ(after(member, "1"), "t.`k` IN (2, 3)");
  EXPECT_EQ(after(member, "3"), "FALSE");
  const TableKey key = Choose({{"PRIMARY", true, {member}}});
  EXPECT_EQ(ConditionOf(key, {std::nullopt, Key{"1"}}), "t.`k` IN (0, 1)");
}

TEST(TableKeyTest, KeysThatDoNotFitAreRefused) {
  UniqueIndex::Part text = Part("k", "char");
  text.charset = "utf8mb4";
  struct Case {
    UniqueIndex::Part part;
    Key key;
  };
  for (const auto& [part, bad] : std::vector<Case>{{Part("k", "int"), {"1 OR 1"}},
                                                   {Part("k", "int"), {""}},
                                                   {Part("k", "int"), {"1", "2"}},
                                                   {Part("k", "int"), {}},
                                                   {Part("k", "double"), {"nan"}},
                                                   {Part("k", "date"), {"' OR '"}},
                                                   {text, {"a'"}},
                                                   {Part("k", "binary"), {"xx"}},
                                                   {Part("k", "set"), {"-1"}}}) {
    const auto condition =
        Choose({{"PRIMARY", true, {part}}}).Condition(KeyRange{bad, std::nullopt});
    ASSERT_FALSE(condition) << *condition;
    EXPECT_EQ(condition.error().code, "IL-E57");
    EXPECT_EQ(condition.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(TableKeyTest, AnotherOrderIsAnotherShape) {
  UniqueIndex::Part text = Part("k", "varchar");
  text.charset = "utf8mb4";
  text.collation = "utf8mb4_bin";
  UniqueIndex::Part other = text;
  other.collation = "utf8mb4_general_ci";
  UniqueIndex::Part down = text;
  down.descending = true;
  const auto shape = [](const UniqueIndex::Part& part) {
    return Choose({{"PRIMARY", true, {part}}}).Shape();
  };
  EXPECT_EQ(shape(text), "`k` text utf8mb4_bin");
  EXPECT_NE(shape(text), shape(other));
  EXPECT_NE(shape(text), shape(down));
  EXPECT_NE(shape(Part("k", "int")), shape(Part("j", "int")));
}

TEST(TableKeyTest, KeysAreFormattedReversibly) {
  for (const Key& key : std::vector<Key>{{""}, {"", ""}, {"1", "2020-01-01 00:00:00", "ABCD"}})
    EXPECT_EQ(ParseKey(FormatKey(key)), key);
}

}  // namespace
}  // namespace interlock::mysql
