#include "planning/expression.h"

#include <gtest/gtest.h>

namespace interlock::planning {
namespace {

TEST(Expression, ConstantDefaults) {
  for (const char* text : {"'x'",
                           "''",
                           "0",
                           "-1",
                           "+2.5e-3",
                           "true",
                           "FALSE",
                           "null",
                           "NULL::text",
                           "now()",
                           "NOW()",
                           "current_timestamp",
                           "CURRENT_TIMESTAMP(3)",
                           "current_date",
                           "localtimestamp",
                           "'{}'::text[]",
                           "'{}'::jsonb",
                           "interval '1 day'",
                           "date '2020-01-01'",
                           "timestamp with time zone '2020-01-01'",
                           "timestamp(3) with time zone '2020-01-01'",
                           "cast('1' as numeric(10, 2))",
                           "('x'::character varying)::text",
                           "E'it\\'s'",
                           "$$x$$",
                           "$t$it's$t$",
                           "'a' /* comment */ -- more",
                           "'new'::public.\"State\"",
                           "b'01'",
                           "(-1)"})
    EXPECT_TRUE(IsConstantDefault(text)) << text;
}

TEST(Expression, VolatileDefaults) {
  for (const char* text :
       {"", "random()", "gen_random_uuid()", "nextval('s')", "nextval('s'::regclass)",
        "clock_timestamp()", "now() + interval '1 day'", "lower('X')", "'a' || 'b'", "now",
        "array[]::text[]", "my.now()", "'x' 'y' z", "(now()", "cast(random() as int)", "now(1)"})
    EXPECT_FALSE(IsConstantDefault(text)) << text;
}

TEST(Expression, NullLiterals) {
  for (const char* text : {"null", "NULL", "(null)", "null::text", "cast(null as integer)"})
    EXPECT_TRUE(IsNullLiteral(text)) << text;
  for (const char* text : {"", "'null'", "nullif(1, 1)", "0", "now()"})
    EXPECT_FALSE(IsNullLiteral(text)) << text;
}

TEST(Expression, NamesInIt) {
  EXPECT_TRUE(MayName("lower(name)", "name"));
  EXPECT_TRUE(MayName("NAME || 'x'", "name"));
  EXPECT_TRUE(MayName("\"Name\" || 'x'", "Name"));
  EXPECT_FALSE(MayName("\"Name\" || 'x'", "name"));
  EXPECT_FALSE(MayName("Name || 'x'", "Name"));  // folds to name
  EXPECT_FALSE(MayName("'name'", "name"));
  EXPECT_FALSE(MayName("name('x')", "name"));
  EXPECT_FALSE(MayName("paid > 0", "id"));
  EXPECT_FALSE(MayName("-- name\n1 /* name /* name */ name */", "name"));
  EXPECT_FALSE(MayName("$q$ name $q$", "name"));
  EXPECT_FALSE(MayName("E'\\' name'", "name"));
  EXPECT_TRUE(MayName("u.name", "name"));
  EXPECT_TRUE(MayName("größe + 1", "größe"));
  EXPECT_TRUE(MayName("\"a\"\"b\" > 0", "a\"b"));
}

TEST(Expression, UnclosedTextEnds) {
  for (const char* text : {"'", "\"", "/*", "/* /*", "$$", "$t$x", "E'\\", "-", "--", "1e", "$"})
    EXPECT_FALSE(MayName(text, "name")) << text;
}

}  // namespace
}  // namespace interlock::planning
