// The catalog: what counts is in its text, nothing else, whatever the session's settings.
#include <algorithm>

#include "conformance/world.h"

namespace interlock::testing {
namespace {

constexpr const char* kSchema = R"sql(
CREATE SCHEMA "Odd Schema";
CREATE TYPE mood AS ENUM ('sad', 'it''s fine');
CREATE DOMAIN positive AS int DEFAULT 1 CHECK (VALUE > 0);
CREATE TYPE pair AS (a int, b text);
CREATE SEQUENCE numbers START 5 INCREMENT 2;
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL DEFAULT 'a\b',
  "Mixed Case" mood,
  price numeric(10, 2) DEFAULT 1.5,
  twice numeric GENERATED ALWAYS AS (price * 2) STORED,
  at timestamptz DEFAULT '2026-01-01 00:00+00',
  span interval DEFAULT '1 day 2 hours',
  raw bytea DEFAULT '\x00ff',
  n int DEFAULT nextval('numbers'),
  CONSTRAINT "named check" CHECK (length(name) > 0)
);
CREATE INDEX users_lower ON users (lower(name) DESC) INCLUDE (price) WHERE at > '2026-01-01';
CREATE TABLE "Odd Schema"."Order" (
  id int PRIMARY KEY, owner bigint REFERENCES users (id) ON DELETE CASCADE DEFERRABLE,
  p positive, x double precision DEFAULT 0.1);
ALTER TABLE "Odd Schema"."Order" ADD CONSTRAINT late CHECK (x > 0) NOT VALID;
CREATE VIEW names AS SELECT name FROM users WHERE price > 3;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.name := NEW.name; RETURN NEW; END $$;
CREATE FUNCTION total(int) RETURNS numeric LANGUAGE sql AS 'SELECT sum(price) FROM users';
CREATE FUNCTION total(text) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0';
CREATE AGGREGATE add_up(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE STATISTICS users_stats ON name, price FROM users;
CREATE PUBLICATION feed FOR TABLE users (id, name) WHERE (id > 5);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON users FOR SELECT TO public USING (id > 0);
CREATE RULE quiet AS ON DELETE TO "Odd Schema"."Order" WHERE old.id = 0 DO INSTEAD NOTHING;
CREATE TABLE events (id int, at date NOT NULL, note text) PARTITION BY RANGE (at);
CREATE INDEX events_at ON events (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX only_here ON events_2026 (note);
CREATE TEMP TABLE gone (a int);
)sql";

class CatalogTest : public ConformanceTest {
 protected:
  Catalog Read() {
    const auto catalog = session_->ReadCatalog();
    EXPECT_TRUE(catalog) << ToString(catalog.error());
    return catalog ? *catalog : Catalog{};
  }
  const OtherObject* Other(const Catalog& catalog, ObjectKind kind, const std::string& name) {
    for (const auto& other : catalog.others)
      if (other.ref.kind == kind && other.ref.table.name == name) return &other;
    return nullptr;
  }
  static bool Names(const OtherObject* other, const TableName& table, const std::string& column) {
    const ObjectRef ref{ObjectKind::kColumn, table, column};
    return other != nullptr && std::find(other->depends_on.begin(), other->depends_on.end(), ref) !=
                                   other->depends_on.end();
  }
};

TEST_F(CatalogTest, WhatIsThere) {
  Sql(kSchema);
  Prepare();
  const Catalog catalog = Read();
  EXPECT_EQ(catalog.default_schema, "public");
  ASSERT_EQ(catalog.tables.size(), 4U) << CanonicalText(catalog);
  const Table& users = catalog.tables.at({"public", "users"});
  EXPECT_EQ(users.PrimaryKey(), std::vector<std::string>{"id"});
  EXPECT_EQ(users.FindColumn("id")->identity, "always");
  EXPECT_EQ(users.FindColumn("name")->collation, "\"C\"");
  EXPECT_EQ(users.FindColumn("Mixed Case")->type, "public.mood");
  EXPECT_EQ(users.FindColumn("price")->type, "numeric(10,2)");
  EXPECT_EQ(users.FindColumn("twice")->generated, "stored: (price * (2)::numeric)");
  EXPECT_EQ(users.FindColumn("twice")->default_value, std::nullopt);
  const Index* index = users.FindIndex("users_lower");
  ASSERT_NE(index, nullptr);
  for (const char* column : {"name", "price", "at"})
    EXPECT_NE(std::find(index->columns.begin(), index->columns.end(), column), index->columns.end())
        << column;
  EXPECT_EQ(users.FindIndex("users_pkey")->constraint, "users_pkey");
  ASSERT_EQ(users.triggers.size(), 1U);
  EXPECT_TRUE(users.triggers[0].before_row);
  EXPECT_EQ(users.policies.size(), 1U);
  EXPECT_NE(users.attributes.find("row security"), std::string::npos);
  const Table& order = catalog.tables.at({"Odd Schema", "Order"});
  const Constraint* key = order.FindConstraint("Order_owner_fkey");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->references, (TableName{"public", "users"}));
  EXPECT_EQ(key->referenced_columns, std::vector<std::string>{"id"});
  EXPECT_NE(key->definition.find("DEFERRABLE"), std::string::npos);
  EXPECT_FALSE(order.FindConstraint("late")->validated);
  EXPECT_EQ(order.FindConstraint("late")->definition.find("NOT VALID"), std::string::npos);
  EXPECT_TRUE(catalog.tables.at({"public", "events"}).partitioned);
  EXPECT_EQ(catalog.tables.count({"public", "events_2025"}), 0U) << "matches its parent";
  EXPECT_EQ(catalog.tables.at({"public", "events_2026"}).parent, (TableName{"public", "events"}));

  const TableName name{"public", "users"};
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kView, "names"), name, "name"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kView, "names"), name, "price"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kRoutine, "touch()"), name, "name"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kRoutine, "total(integer)"), name, "price"));
  EXPECT_FALSE(Names(Other(catalog, ObjectKind::kRoutine, "total(text)"), name, "price"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kStatistics, "users_stats"), name, "price"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kPublication, "feed"), name, "name"));
  for (const auto& [kind, other] :
       std::vector<std::pair<ObjectKind, std::string>>{{ObjectKind::kView, "counted"},
                                                       {ObjectKind::kType, "mood"},
                                                       {ObjectKind::kType, "positive"},
                                                       {ObjectKind::kType, "pair"},
                                                       {ObjectKind::kSequence, "numbers"},
                                                       {ObjectKind::kRoutine, "add_up(integer)"},
                                                       {ObjectKind::kOther, "Order rule quiet"},
                                                       {ObjectKind::kSchema, "Odd Schema"}})
    EXPECT_NE(Other(catalog, kind, other), nullptr) << other;
  EXPECT_EQ(Other(catalog, ObjectKind::kSequence, "users_id_seq"), nullptr);
  const std::string text = CanonicalText(catalog);
  EXPECT_EQ(text.find("interlock."), std::string::npos);
  EXPECT_EQ(text.find("gone"), std::string::npos);
  const auto lines = ParseCanonicalText(text);
  ASSERT_TRUE(lines);
  EXPECT_EQ(*lines, CatalogLines(catalog));
}

TEST_F(CatalogTest, IndependentOfSettings) {
  Sql(kSchema);
  const std::string before = CanonicalText(Read());
  const std::string database = Value("SELECT current_database()");
  for (const char* setting :
       {"search_path = 'Odd Schema', public", "TimeZone = 'Asia/Tokyo'", "DateStyle = 'SQL, DMY'",
        "IntervalStyle = 'iso_8601'", "bytea_output = 'escape'", "quote_all_identifiers = on",
        "extra_float_digits = -5", "standard_conforming_strings = off",
        "default_transaction_isolation = 'serializable'", "row_security = off"})
    Sql("ALTER ROLE postgres IN DATABASE " + database + " SET " + setting);
  session_ = OpenSession();
  Catalog after = Read();
  EXPECT_EQ(after.default_schema, "Odd Schema");
  EXPECT_EQ(after.Resolve({"", "users"}), (TableName{"public", "users"})) << "as the server does";
  EXPECT_EQ(CanonicalText(after), before);
  Sql("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN");
  Database settings = engine_->database();
  settings.url.replace(settings.url.find("postgres@"), 9, "stranger@");
  auto stranger = postgres::PgEngine(settings).Connect(false);
  ASSERT_TRUE(stranger) << ToString(stranger.error());
  const auto seen = (*stranger)->ReadCatalog();
  ASSERT_TRUE(seen) << ToString(seen.error());
  EXPECT_EQ(CanonicalText(*seen), before) << "a role without privileges sees the same schema";
  stranger->reset();
  Sql("DROP ROLE stranger");
}

TEST_F(CatalogTest, DataAndStatisticsAreNotInIt) {
  Sql(kSchema);
  const std::string before = CanonicalText(Read());
  Sql("INSERT INTO users (name) VALUES ('x'); SELECT nextval('numbers'); ANALYZE;"
      "COMMENT ON TABLE users IS 'said'; GRANT SELECT ON users TO public;"
      "CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO "
      "('2028-01-01')");
  EXPECT_EQ(CanonicalText(Read()), before);
  Sql("ALTER TABLE users ALTER n TYPE bigint");
  EXPECT_NE(CanonicalText(Read()), before);
}

TEST_F(CatalogTest, OwnsAndIgnore) {
  Sql(kSchema);
  Database database = engine_->database();
  database.owns = {"public.*"};
  database.ignore = {"public.event*", "public.total*"};
  auto session = postgres::PgEngine(database).Connect(false);
  ASSERT_TRUE(session);
  const auto catalog = (*session)->ReadCatalog();
  ASSERT_TRUE(catalog);
  EXPECT_EQ(catalog->tables.size(), 1U);
  EXPECT_EQ(Other(*catalog, ObjectKind::kSchema, "Odd Schema"), nullptr);
  EXPECT_NE(Other(*catalog, ObjectKind::kSchema, "public"), nullptr);
  EXPECT_EQ(Other(*catalog, ObjectKind::kRoutine, "total(text)"), nullptr);
  EXPECT_NE(Other(*catalog, ObjectKind::kPublication, "feed"), nullptr);
}

TEST_F(CatalogTest, ThousandsOfTables) {
  Sql("DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY,"
      " a text DEFAULT ''x'', b numeric CHECK (b > 0))', i);"
      " IF i % 200 = 0 THEN COMMIT; END IF; END LOOP; END $$");
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Read().tables.size(), 2000U);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

TEST_F(CatalogTest, IdentityAndSessions) {
  const auto identity = session_->Identity();
  ASSERT_TRUE(identity) << ToString(identity.error());
  EXPECT_EQ(identity->timeline, "1");
  EXPECT_GE(identity->major, 12);
  EXPECT_FALSE(identity->in_recovery);
  auto web = Connect("web/1.0");
  const auto list = session_->Sessions();
  ASSERT_TRUE(list) << ToString(list.error());
  EXPECT_TRUE(list->complete) << list->why_incomplete;
  EXPECT_TRUE(std::any_of(list->sessions.begin(), list->sessions.end(),
                          [](const DbSession& s) { return s.name == "web/1.0"; }));
  EXPECT_TRUE(std::none_of(list->sessions.begin(), list->sessions.end(),
                           [](const DbSession& s) { return s.name.rfind("interlock", 0) == 0; }));
}

}  // namespace
}  // namespace interlock::testing
