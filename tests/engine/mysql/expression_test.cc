// Users' expressions: what is accepted, rewritten byte for byte, or refused.
#include "engine/mysql/expression.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

const TableName kTable{"shop", "users"};

std::map<std::string, std::string> Columns() {
  std::map<std::string, std::string> columns;
  for (const std::string name : {"id", "paid", "name", "first_name", "day", "größe", "user", "date",
                                 "1st", "2e", "0xyz", "3e5"})
    columns[name] = "NEW.`" + name + "`";
  columns["we`ird"] = "NEW.`we``ird`";
  columns["a\x01/*!"] = "NEW.`a\x01/*!`";
  return columns;
}

struct Golden {
  const char* expression;
  const char* rewritten;
};

class Rewriting : public ::testing::TestWithParam<Golden> {};

TEST_P(Rewriting, ReplacesReferencesOnly) {
  const auto result = QualifyColumns(GetParam().expression, kTable, Columns());
  ASSERT_TRUE(result) << ToString(result.error());
  EXPECT_EQ(*result, GetParam().rewritten);
}

const Golden kGolden[] = {
    {"name", "NEW.`name`"},
    {"NAME", "NEW.`name`"},
    {"`Name`", "NEW.`name`"},
    {"`we``ird`", "NEW.`we``ird`"},
    {"größe*2", "NEW.`größe`*2"},
    {"id + paid", "NEW.`id` + NEW.`paid`"},
    {"id--1", "NEW.`id`--1"},
    {"users.name", "NEW.`name`"},
    {"`users` . `name`", "NEW.`name`"},
    {"SUBSTRING_INDEX(name, ' ', 1)", "SUBSTRING_INDEX(NEW.`name`, ' ', 1)"},
    {"CONCAT('name', name, \"name\", `user`)", "CONCAT('name', NEW.`name`, \"name\", NEW.`user`)"},
    {"'it''s \\' name' LIKE name ESCAPE '|'", "'it''s \\' name' LIKE NEW.`name` ESCAPE '|'"},
    {"name /* name */", "NEW.`name` /* name */"},
    {"name -- name", "NEW.`name` -- name"},
    {"name # name", "NEW.`name` # name"},
    {"CAST(name AS CHAR(20) CHARACTER SET utf8mb4)",
     "CAST(NEW.`name` AS CHAR(20) CHARACTER SET utf8mb4)"},
    {"CONVERT(name USING latin1)", "CONVERT(NEW.`name` USING latin1)"},
    {"CONVERT(CONCAT(name, id), UNSIGNED INTEGER) + id",
     "CONVERT(CONCAT(NEW.`name`, NEW.`id`), UNSIGNED INTEGER) + NEW.`id`"},
    {"CONVERT((id), SIGNED)", "CONVERT((NEW.`id`), SIGNED)"},
    {"name COLLATE utf8mb4_bin", "NEW.`name` COLLATE utf8mb4_bin"},
    {"`date` + INTERVAL id DAY", "NEW.`date` + INTERVAL NEW.`id` DAY"},
    {"DATE_ADD(day, INTERVAL day DAY)", "DATE_ADD(NEW.`day`, INTERVAL NEW.`day` DAY)"},
    {"`date` + INTERVAL '1' DAY", "NEW.`date` + INTERVAL '1' DAY"},
    {"`date` + INTERVAL (day) DAY + day", "NEW.`date` + INTERVAL (NEW.`day`) DAY + NEW.`day`"},
    {"`date` + INTERVAL (id + day) DAY", "NEW.`date` + INTERVAL (NEW.`id` + NEW.`day`) DAY"},
    {"INTERVAL(day, id, 10) + day", "INTERVAL(NEW.`day`, NEW.`id`, 10) + NEW.`day`"},
    {"1st + 2e + 0xyz + users.1st", "NEW.`1st` + NEW.`2e` + NEW.`0xyz` + NEW.`1st`"},
    {"1 + 1.5e3 + 1e5 + 1e+5 + 0x1F + 0b01 + 2.e1", "1 + 1.5e3 + 1e5 + 1e+5 + 0x1F + 0b01 + 2.e1"},
    {"users.3e5 + 3e5", "NEW.`3e5` + 3e5"},
    {"0x1e+id + id", "0x1e+NEW.`id` + NEW.`id`"},
    {"DATE '2026-01-01' + INTERVAL 1 MONTH", "DATE '2026-01-01' + INTERVAL 1 MONTH"},
    {"day(`date`) + day", "day(NEW.`date`) + NEW.`day`"},
    {"EXTRACT(DAY FROM `date`)", "EXTRACT(DAY FROM NEW.`date`)"},
    {"TIMESTAMPDIFF(DAY, `date`, '2026-01-01')", "TIMESTAMPDIFF(DAY, NEW.`date`, '2026-01-01')"},
    {"b'101' | x'ff' | 0xff | _utf8mb4'name' | N'x'",
     "b'101' | x'ff' | 0xff | _utf8mb4'name' | N'x'"},
    {"CASE WHEN paid THEN 1 ELSE 0 END", "CASE WHEN NEW.`paid` THEN 1 ELSE 0 END"},
    {"TRIM(LEADING 'x' FROM name)", "TRIM(LEADING 'x' FROM NEW.`name`)"},
    {"IF(id IN (1, 2), name, NULL)", "IF(NEW.`id` IN (1, 2), NEW.`name`, NULL)"},
    {"JSON_UNQUOTE(name->'$.a')", "JSON_UNQUOTE(NEW.`name`->'$.a')"},
    {"1e3 + 1.5 + 2", "1e3 + 1.5 + 2"},
    {"CONCAT(name, '\x1b[2J', '/*! x */ /*M! y')",
     "CONCAT(NEW.`name`, '\x1b[2J', '/*! x */ /*M! y')"},
    {"CONCAT(`a\x01/*!`, name)", "CONCAT(NEW.`a\x01/*!`, NEW.`name`)"},
};
INSTANTIATE_TEST_SUITE_P(Golden, Rewriting, ::testing::ValuesIn(kGolden));

struct Wrong {
  const char* expression;
  const char* code;
};

class Refusing : public ::testing::TestWithParam<Wrong> {};

TEST_P(Refusing, SaysWhy) {
  const auto result = QualifyColumns(GetParam().expression, kTable, Columns());
  ASSERT_FALSE(result) << *result;
  EXPECT_EQ(result.error().code, GetParam().code) << ToString(result.error());
}

const Wrong kWrong[] = {
    {"", "IL-E50"},
    {"-- nothing", "IL-E50"},
    {"id; DROP TABLE users", "IL-E50"},
    {"id) VIRTUAL, x int AS (1", "IL-E50"},
    {"id, paid", "IL-E50"},
    {"(id", "IL-E50"},
    {"'open", "IL-E50"},
    {"`open", "IL-E50"},
    {"id /* open", "IL-E50"},
    {"id /*/", "IL-E50"},
    {"'\\'", "IL-E50"},
    {"'a\\'", "IL-E50"},
    {"'a''", "IL-E50"},
    {"`a``", "IL-E50"},
    {"id --\x01 '", "IL-E50"},
    {"id /*!50000 ) , (*/", "IL-E50"},
    {"(SELECT 1)", "IL-E51"},
    {"EXISTS (SELECT 1)", "IL-E51"},
    {"COUNT(id)", "IL-E51"},
    {"ROW_NUMBER() OVER (ORDER BY id)", "IL-E51"},
    {"@x", "IL-E51"},
    {"@@session.time_zone", "IL-E51"},
    {"?", "IL-E51"},
    {"DEFAULT(id)", "IL-E51"},
    {"nmae", "IL-E52"},
    {"other.name", "IL-E52"},
    {"shop.users.name", "IL-E52"},
    {"NEW.name", "IL-E52"},
};
INSTANTIATE_TEST_SUITE_P(Wrong, Refusing, ::testing::ValuesIn(kWrong));

TEST(Expression, NamesItsColumnsOnce) {
  EXPECT_EQ(*ColumnsOf("CONCAT(name, Name, `id`, users.paid)"),
            (std::vector<std::string>{"name", "id", "paid"}));
  EXPECT_EQ(QualifyColumns("nam", kTable, Columns()).error().hint, "meant name?");
  EXPECT_EQ(Enclose("id"), "(id)");
  EXPECT_EQ(Enclose("id -- x"), "(id -- x\n)");
}

}  // namespace
}  // namespace interlock::mysql
