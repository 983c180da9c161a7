// What the server accepts as a sync expression, and what it refuses with which words.
#include "engine/postgres/prove.h"

#include "sync/fixture.h"

namespace interlock::testing {
namespace {

class Proving : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    Run(*owner_,
        "CREATE TABLE app.t (id int PRIMARY KEY, v text, n int, at timestamptz, loc timestamp);"
        "CREATE FUNCTION app.fine(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT $1$$;"
        "CREATE FUNCTION app.stable(text) RETURNS text STABLE LANGUAGE plpgsql AS $$BEGIN RETURN "
        "$1; END$$");
  }

  Result<void> Prove(const std::string& type, const std::string& up, const std::string& down = "w",
                     const std::string& old_column = "v") {
    return postgres::ProveExpressions(*owner_, MakeSpec("0003-t/1", {"app", "t"}, {old_column},
                                                        {{"w", type}}, {up}, {{old_column, down}}));
  }
  Result<void> ProveFill(const std::string& column, const std::string& fill) {
    SyncSpec spec;
    spec.id = "0004-f/1";
    spec.table = {"app", "t"};
    spec.fills = {{column, fill}};
    return postgres::ProveExpressions(*owner_, spec);
  }
};

TEST_F(Proving, AcceptsWhatIsImmutable) {
  for (const auto& [type, up] :
       std::vector<std::pair<std::string, std::string>>{{"text", "upper(v)"},
                                                        {"varchar(5)", "v || 'x' -- why not"},
                                                        {"text", "fine(v)"},
                                                        {"text", "app.fine(t.v)"},
                                                        {"text", "NULL"},
                                                        {"jsonb", "v::jsonb"}}) {
    const auto proved = Prove(type, up, "w::text");
    EXPECT_TRUE(proved) << up << ": " << ToString(proved.error());
  }
  EXPECT_EQ(Rows(*owner_, "SELECT count(*) FROM pg_class WHERE relname LIKE 'interlock_proof%'"),
            "0");
}

TEST_F(Proving, RefusesARoleThatAPolicyHidesRowsFrom) {
  Run(*owner_,
      "DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN; GRANT ALL ON SCHEMA app TO plain;"
      "ALTER TABLE app.t OWNER TO plain; INSERT INTO app.t (id, v) VALUES (1, 'a'), (2, 'b');"
      "ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY one ON app.t USING (id = 1)");
  const auto plain = Connect("plain");
  const SyncSpec spec =
      MakeSpec("0003-t/1", {"app", "t"}, {"v"}, {{"w", "text"}}, {"v"}, {{"v", "w"}});
  EXPECT_TRUE(postgres::ProveExpressions(*plain, spec));  // policies pass an owner by
  Run(*owner_, "ALTER TABLE app.t FORCE ROW LEVEL SECURITY");
  const auto proved = postgres::ProveExpressions(*plain, spec);
  ASSERT_FALSE(proved);
  EXPECT_EQ(proved.error().code, "IL-E65");
  EXPECT_EQ(proved.error().kind, ErrorKind::kRefused);
  // And nothing of ours ever takes a part of the rows for all of them.
  EXPECT_NE(Try(*plain, "SELECT count(*) FROM app.t").find("row-level security"),
            std::string::npos);
  EXPECT_TRUE(postgres::ProveExpressions(*owner_, spec));
  Run(*owner_, "DROP TABLE app.t; REVOKE ALL ON SCHEMA app FROM plain; DROP ROLE plain");
}

TEST_F(Proving, RefusesWhatIsNot) {
  struct RefusedCase {
    const char* type;
    const char* up;
    const char* code;
    const char* says;
  };
  for (const RefusedCase& refused : std::vector<RefusedCase>{
           {"text", "v || now()", "IL-E53", "immutable"},
           {"text", "stable(v)", "IL-E53", "immutable"},
           {"text", "v || current_user", "IL-E53", "immutable"},
           {"text", "random()::text", "IL-E53", "immutable"},
           {"timestamptz", "v::timestamptz", "IL-E53", "immutable"},
           {"text", "max(v)", "IL-E53", "aggregate"},
           {"text", "nope(v)", "IL-E53", "nope"},
           {"text", "v + 1", "IL-E53", "operator"},
           {"text", "generate_series(1, 2)::text", "IL-E53", "set-returning"},
           {"nope", "v", "IL-E53", "nope"},
           {"text", "n::text", "IL-E52", "n"},
           {"text", "w", "IL-E52", "w"},
           {"text", "(SELECT v)", "IL-E51", "subquery"},
           {"text", "v; DROP TABLE app.t", "IL-E50", "statements"},
           {"text", "CASE WHEN v IS NULL THEN (1 / length(coalesce(v, '')))::text END", "IL-E54",
            "division"},
       }) {
    const auto proved = Prove(refused.type, refused.up);
    ASSERT_FALSE(proved) << refused.up;
    EXPECT_EQ(proved.error().kind, ErrorKind::kConfig) << ToString(proved.error());
    EXPECT_EQ(proved.error().code, refused.code) << ToString(proved.error());
    EXPECT_NE(proved.error().message.find(refused.says), std::string::npos)
        << proved.error().message;
    EXPECT_NE(proved.error().message.find("0003-t/1, up of w"), std::string::npos)
        << proved.error().message;
  }
}

TEST_F(Proving, SessionDependentTimeIsRefused) {
  EXPECT_FALSE(Prove("timestamptz", "loc", "w::timestamp", "loc"));
  EXPECT_TRUE(Prove("timestamptz", "loc AT TIME ZONE 'UTC'", "w AT TIME ZONE 'UTC'", "loc"));
}

TEST_F(Proving, TheWayBackIsProvedToo) {
  const auto proved = Prove("text", "v", "v");
  ASSERT_FALSE(proved);
  EXPECT_NE(proved.error().message.find("down of v"), std::string::npos) << proved.error().message;
  EXPECT_FALSE(Prove("text", "v", "now()::text"));
}

TEST_F(Proving, FillsMayBeVolatile) {
  for (const char* fill : {"'x'", "now()", "gen_random_uuid()", "upper(v)", "t.v", "n + 1"}) {
    const auto proved = ProveFill("planned", fill);
    EXPECT_TRUE(proved) << fill << ": " << ToString(proved.error());
  }
  for (const char* fill : {"max(n)", "nmo", "generate_series(1, 2)", "row_number() OVER ()", "1 1",
                           "(SELECT 1)", "t", "$1"}) {
    EXPECT_FALSE(ProveFill("planned", fill)) << fill;
  }
  EXPECT_FALSE(ProveFill("n", "'x'::jsonb"));
}

TEST_F(Proving, AMissingColumnIsNamed) {
  const auto proved = Prove("text", "gone", "w", "gone");
  ASSERT_FALSE(proved);
  EXPECT_EQ(proved.error().code, "IL-E55");
}

}  // namespace
}  // namespace interlock::testing
