// Users' expressions: what is accepted, rewritten byte for byte, or refused.
#include "engine/postgres/expression.h"

#include <gtest/gtest.h>

namespace interlock::postgres {
namespace {

const TableName kTable{"public", "users"};

std::map<std::string, std::string> Columns() {
  std::map<std::string, std::string> columns;
  for (const char* name : {"id", "paid", "name", "first_name", "Name", "we\"ird", "größe", "user",
                           "lower", "pos", "tags"}) {
    std::string quoted = "NEW.\"";
    for (const char* c = name; *c != '\0'; ++c) {
      if (*c == '"') quoted += '"';
      quoted += *c;
    }
    columns[name] = quoted + "\"";
  }
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
    {"name", "NEW.\"name\""},
    {"NAME", "NEW.\"name\""},
    {"\"name\"", "NEW.\"name\""},
    {"\"Name\"", "NEW.\"Name\""},
    {"\"we\"\"ird\"", "NEW.\"we\"\"ird\""},
    {"\"user\"", "NEW.\"user\""},
    {"id + paid", "NEW.\"id\" + NEW.\"paid\""},
    {"id+paid*id", "NEW.\"id\"+NEW.\"paid\"*NEW.\"id\""},
    {"split_part(name, ' ', 1)", "split_part(NEW.\"name\", ' ', 1)"},
    {"'name' || name || 'name'", "'name' || NEW.\"name\" || 'name'"},
    {"E'na\\'me' || name", "E'na\\'me' || NEW.\"name\""},
    {"$$name$$ || name", "$$name$$ || NEW.\"name\""},
    {"$q$ 'name $q$ || name", "$q$ 'name $q$ || NEW.\"name\""},
    {"name /* name */ || first_name", "NEW.\"name\" /* name */ || NEW.\"first_name\""},
    {"name /* a /* nested name */ b */", "NEW.\"name\" /* a /* nested name */ b */"},
    {"name -- the name", "NEW.\"name\" -- the name"},
    {"users.name", "NEW.\"name\""},
    {"users . name", "NEW.\"name\""},
    {"users/* x */./* y */name", "NEW.\"name\""},
    {"\"users\".\"name\"", "NEW.\"name\""},
    {"public.users.name", "NEW.\"name\""},
    {"name::varchar(20)", "NEW.\"name\"::varchar(20)"},
    {"CAST(name AS text)", "CAST(NEW.\"name\" AS text)"},
    {"CASE WHEN id > 1 THEN name ELSE first_name END",
     "CASE WHEN NEW.\"id\" > 1 THEN NEW.\"name\" ELSE NEW.\"first_name\" END"},
    {"CASE name WHEN 'a' THEN 1 END", "CASE NEW.\"name\" WHEN 'a' THEN 1 END"},
    {"lower(lower)", "lower(NEW.\"lower\")"},
    {"name(name)", "name(NEW.\"name\")"},
    {"coalesce(name, first_name, '')", "coalesce(NEW.\"name\", NEW.\"first_name\", '')"},
    {"größe", "NEW.\"größe\""},
    {"'ü' || größe || name", "'ü' || NEW.\"größe\" || NEW.\"name\""},
    {"U&\"n\\0061me\"", "NEW.\"name\""},
    {"U&'n\\0061me' || name", "U&'n\\0061me' || NEW.\"name\""},
    {"tags[1]", "NEW.\"tags\"[1]"},
    {"tags[id]", "NEW.\"tags\"[NEW.\"id\"]"},
    {"users.tags[1:2]", "NEW.\"tags\"[1:2]"},
    {"(pos).x", "(NEW.\"pos\").x"},
    {"ARRAY[id, paid]", "ARRAY[NEW.\"id\", NEW.\"paid\"]"},
    {"ROW(id, paid)", "ROW(NEW.\"id\", NEW.\"paid\")"},
    {"id IN (1, paid)", "NEW.\"id\" IN (1, NEW.\"paid\")"},
    {"id BETWEEN 1 AND paid", "NEW.\"id\" BETWEEN 1 AND NEW.\"paid\""},
    {"name LIKE 'name%'", "NEW.\"name\" LIKE 'name%'"},
    {"name COLLATE \"C\"", "NEW.\"name\" COLLATE \"C\""},
    {"extract(year FROM name::date)", "extract(year FROM NEW.\"name\"::date)"},
    {"position('a' IN name)", "position('a' IN NEW.\"name\")"},
    {"trim(both ' ' from name)", "trim(both ' ' from NEW.\"name\")"},
    {"make_interval(days => id)", "make_interval(days => NEW.\"id\")"},
    {"name IS NOT NULL AND NOT id = 1", "NEW.\"name\" IS NOT NULL AND NOT NEW.\"id\" = 1"},
    {"name IS DISTINCT FROM first_name", "NEW.\"name\" IS DISTINCT FROM NEW.\"first_name\""},
    {"greatest(id, paid)", "greatest(NEW.\"id\", NEW.\"paid\")"},
    {"now() AT TIME ZONE 'UTC'", "now() AT TIME ZONE 'UTC'"},
    {"current_date", "current_date"},
    {"NULL", "NULL"},
    {"(name)", "(NEW.\"name\")"},
    {" \n name \n ", " \n NEW.\"name\" \n "},
    {"name||E'\\n'||first_name", "NEW.\"name\"||E'\\n'||NEW.\"first_name\""},
};
INSTANTIATE_TEST_SUITE_P(Expression, Rewriting, ::testing::ValuesIn(kGolden));

struct Refused {
  const char* expression;
  const char* code;
};

class Refusing : public ::testing::TestWithParam<Refused> {};

TEST_P(Refusing, IsAFileError) {
  const auto result = QualifyColumns(GetParam().expression, kTable, Columns());
  ASSERT_FALSE(result) << *result;
  EXPECT_EQ(result.error().kind, ErrorKind::kConfig) << ToString(result.error());
  EXPECT_EQ(result.error().code, GetParam().code) << ToString(result.error());
}

const Refused kRefused[] = {
    {"", "IL-E50"},
    {"   ", "IL-E50"},
    {"-- nothing", "IL-E50"},
    {"name;", "IL-E50"},
    {"name; DROP TABLE users", "IL-E50"},
    {"name) ; DROP TABLE users; --", "IL-E50"},
    {"name, first_name", "IL-E50"},
    {"name) , (first_name", "IL-E50"},
    {"name) || (first_name", "IL-E50"},
    {"1) FROM users WHERE (true", "IL-E50"},
    {"1) UNION SELECT (2", "IL-E50"},
    {"1 UNION SELECT 2", "IL-E50"},
    {"name FROM users", "IL-E50"},
    {"name WHERE true", "IL-E50"},
    {"name INTO other", "IL-E50"},
    {"name ORDER BY 1", "IL-E50"},
    {"name LIMIT 1", "IL-E50"},
    {"name FOR UPDATE", "IL-E50"},
    {"DISTINCT name", "IL-E50"},
    {"name AS x", "IL-E50"},
    {"name x", "IL-E50"},
    {"name /* not closed", "IL-E50"},
    {"'not closed", "IL-E50"},
    {"\"not closed", "IL-E50"},
    {"$$ not closed", "IL-E50"},
    {"(name", "IL-E50"},
    {"name)", "IL-E50"},
    {"name || ", "IL-E50"},
    {"*", "IL-E50"},
    {"users.*", "IL-E52"},
    {"(users).name", "IL-E52"},
    {"users", "IL-E52"},
    {"to_json(users)", "IL-E52"},
    {"row_to_json(users.*)", "IL-E52"},
    {"NEW.name", "IL-E52"},
    {"OLD.name", "IL-E52"},
    {"other.name", "IL-E52"},
    {"other.users.name", "IL-E52"},
    {"a.public.users.name", "IL-E52"},
    {"nmae", "IL-E52"},
    {"email", "IL-E52"},
    {"ctid", "IL-E52"},
    {"tableoid", "IL-E52"},
    {"tg_op", "IL-E52"},
    {"(SELECT name)", "IL-E51"},
    {"EXISTS (SELECT 1)", "IL-E51"},
    {"id IN (SELECT 1)", "IL-E51"},
    {"ARRAY(SELECT 1)", "IL-E51"},
    {"count(*)", "IL-E51"},
    {"count(DISTINCT name)", "IL-E51"},
    {"string_agg(name, ',' ORDER BY id)", "IL-E51"},
    {"sum(id) FILTER (WHERE true)", "IL-E51"},
    {"sum(id) OVER ()", "IL-E51"},
    {"row_number() OVER (PARTITION BY id)", "IL-E51"},
    {"percentile_cont(0.5) WITHIN GROUP (ORDER BY id)", "IL-E51"},
    {"$1", "IL-E51"},
    {"name || $1", "IL-E51"},
    {"DEFAULT", "IL-E51"},
    {"GROUPING(name)", "IL-E51"},
    {"U&\"n!0061me\" UESCAPE '!'", "IL-E50"},
};

INSTANTIATE_TEST_SUITE_P(Expression, Refusing, ::testing::ValuesIn(kRefused));

TEST(Expression, NamesTheNearestColumn) {
  const auto result = QualifyColumns("nmae", kTable, Columns());
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().hint.find("name"), std::string::npos) << result.error().hint;
}

TEST(Expression, RefusesAZeroByte) {
  EXPECT_FALSE(QualifyColumns(std::string_view("name\0, id", 9), kTable, Columns()));
}

TEST(Expression, ListsColumnsOnceInOrder) {
  const auto columns = ColumnsOf("b || a || b || lower(c) || 'd'");
  ASSERT_TRUE(columns);
  EXPECT_EQ(*columns, (std::vector<std::string>{"b", "a", "c"}));
}

TEST(Expression, AClosingParenthesisIsNeverSwallowed) {
  EXPECT_EQ(Enclose("name"), "(name)");
  EXPECT_EQ(Enclose("name -- x"), "(name -- x\n)");
}

}  // namespace
}  // namespace interlock::postgres
