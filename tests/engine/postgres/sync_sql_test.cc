// The row rule as SQL text: what the trigger's WHEN and its function say.
#include "engine/postgres/sync_sql.h"

#include <gtest/gtest.h>

namespace interlock::postgres {
namespace {

SyncSpec NameSpec() {
  SyncSpec spec;
  spec.id = "0002-x/1";
  spec.table = {"public", "users"};
  spec.old_columns = {"name"};
  change::DerivedColumn derived;
  derived.column.name = "title";
  derived.column.type = "text";
  derived.up = "lower(name)";
  spec.new_columns = {derived};
  spec.down = {{"name", "upper(title)"}};
  return spec;
}

const ColumnTypes kTypes = {{"name", {"character varying(9)", "character varying", true}},
                            {"title", {"text", "text", false}}};

TEST(SyncSql, WhenComparesTheNewSideBytewise) {
  EXPECT_EQ(*SyncWhen({NameSpec()}, kTypes),
            "pg_catalog.record_image_ne(ROW(NEW.\"title\"), ROW((lower(NEW.\"name\"))::text))");
}

TEST(SyncSql, BodyFollowsTheRule) {
  const auto body = SyncBody({NameSpec()}, kTypes, "sync_1_old_writes");
  ASSERT_TRUE(body);
  const std::string text = body->substr(body->find("BEGIN"));
  EXPECT_EQ(text, R"(BEGIN
  -- 0002-x/1
  IF pg_catalog.record_image_ne(ROW(NEW."title"), ROW((lower(NEW."name"))::text)) THEN
    IF TG_OP = 'INSERT' THEN
      IF NOT (NEW."title" IS NOT DISTINCT FROM NULL) THEN
        NEW."name" := (upper(NEW."title"))::character varying(9);
      ELSE
        NEW."title" := (lower(NEW."name"))::text;
      PERFORM pg_catalog.nextval(c.oid) FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'interlock' AND c.relname = 'sync_1_old_writes' AND c.relkind = 'S';
      END IF;
    ELSIF pg_catalog.record_image_ne(ROW(NEW."title"), ROW(OLD."title")) THEN
      NEW."name" := (upper(NEW."title"))::character varying(9);
    ELSIF pg_catalog.record_image_ne(ROW(NEW."name"), ROW(OLD."name")) THEN
      NEW."title" := (lower(NEW."name"))::text;
      PERFORM pg_catalog.nextval(c.oid) FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'interlock' AND c.relname = 'sync_1_old_writes' AND c.relkind = 'S';
    ELSIF pg_catalog.record_image_ne(ROW(NEW."name"), ROW((upper(NEW."title"))::character varying(9))) THEN
      NEW."title" := (lower(NEW."name"))::text;
    END IF;
  END IF;
  RETURN NEW;
END
)");
}

TEST(SyncSql, QuarantinedColumnsAreUsedUnderTheirRealNames) {
  SyncSpec spec = NameSpec();
  spec.renamed = {{"name", "~q1_name"}};
  const auto when = SyncWhen({spec}, kTypes);
  ASSERT_TRUE(when);
  EXPECT_NE(when->find("lower(NEW.\"~q1_name\")"), std::string::npos) << *when;
}

TEST(SyncSql, TheDigestMovesWithTheText) {
  SyncSpec other = NameSpec();
  other.new_columns[0].up = "lower( name)";
  EXPECT_NE(SyncBody({NameSpec()}, kTypes, "c")->substr(0, 80),
            SyncBody({other}, kTypes, "c")->substr(0, 80));
  EXPECT_EQ(*SyncBody({NameSpec()}, kTypes, "c"), *SyncBody({NameSpec()}, kTypes, "c"));
}

TEST(SyncSql, AnExpressionOverTheOtherSideOnly) {
  SyncSpec spec = NameSpec();
  spec.new_columns[0].up = "title || name";
  EXPECT_EQ(SyncWhen({spec}, kTypes).error().code, "IL-E52");
}

TEST(SyncSql, DollarQuotesFindAFreeTag) {
  EXPECT_EQ(DollarQuote("x"), "$interlock$x$interlock$");
  EXPECT_EQ(DollarQuote("$interlock$ $interlock1$"),
            "$interlock2$$interlock$ $interlock1$$interlock2$");
}

}  // namespace
}  // namespace interlock::postgres
