#include "sync/rule_cases.h"

#include <map>
#include <stdexcept>

#include "sync/fixture.h"

namespace interlock::testing {
namespace {

// The two rows from before, untouched and backfilled.  The second does not survive the round trip.
#define OLD1 "1|Ann Lee|-|-"
#define OLD2 "2|Mary Ann Smith|-|-"
#define NEW1 "1|Ann Lee|Ann|Lee"
#define NEW2 "2|Mary Ann Smith|Mary|Ann"
#define OLD_ROWS OLD1 "\n" OLD2
#define NEW_ROWS NEW1 "\n" NEW2

constexpr const char* kPeopleQuery =
    "SELECT id, name, first_name, last_name FROM app.people ORDER BY id";

std::string People(const std::string& name_column, const std::string& more = "") {
  return "CREATE TABLE app.people (id int PRIMARY KEY, name text " + name_column +
         ", note text);"
         "INSERT INTO app.people VALUES (1, 'Ann Lee'), (2, 'Mary Ann Smith');"
         "ALTER TABLE app.people ADD first_name text, ADD last_name text;" +
         more;
}

/// One old and one new column, v and w, on app.t; one row from before.
Shape Single(const char* create, const std::string& type, const std::string& up,
             const std::string& down,
             const char* query = "SELECT id, v, w FROM app.t ORDER BY id") {
  return {create, MakeSpec("0003-t/1", {"app", "t"}, {"v"}, {{"w", type}}, {up}, {{"v", down}}),
          query};
}

std::map<std::string, Shape> MakeShapes() {
  static const std::string people = People("");
  static const std::string defaulted = People("NOT NULL DEFAULT ''");
  static const std::string upper = People(
      "",
      "CREATE FUNCTION app.shout() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name := "
      "upper(NEW.name); RETURN NEW; END$$;"
      "CREATE TRIGGER a_shout BEFORE INSERT OR UPDATE OF note ON app.people FOR EACH ROW EXECUTE "
      "FUNCTION app.shout()");
  static const std::string parted =
      "CREATE TABLE app.people (id int PRIMARY KEY, name text, note text) PARTITION BY RANGE (id);"
      "CREATE TABLE app.people_1 PARTITION OF app.people FOR VALUES FROM (0) TO (100);"
      "CREATE TABLE app.people_2 PARTITION OF app.people FOR VALUES FROM (100) TO (200);"
      "INSERT INTO app.people VALUES (1, 'Ann Lee'), (2, 'Mary Ann Smith');"
      "ALTER TABLE app.people ADD first_name text, ADD last_name text";
  std::map<std::string, Shape> shapes;
  shapes["people"] = {people.c_str(), NamesSpec(), kPeopleQuery};
  shapes["default"] = {defaulted.c_str(), NamesSpec(), kPeopleQuery};
  shapes["trigger"] = {upper.c_str(), NamesSpec(), kPeopleQuery};
  shapes["parted"] = {parted.c_str(), NamesSpec(), kPeopleQuery};
  shapes["case"] = Single(
      "CREATE COLLATION app.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
      "CREATE TABLE app.t (id int PRIMARY KEY, v text COLLATE app.ci);"
      "INSERT INTO app.t VALUES (1, 'bob'); ALTER TABLE app.t ADD w text COLLATE app.ci",
      "text", "v", "w");
  shapes["json"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v json); INSERT INTO app.t VALUES (1, '{\"a\": 1}');"
      "ALTER TABLE app.t ADD w json",
      "json", "v", "w");
  shapes["jsonb"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v json); INSERT INTO app.t VALUES (1, '{\"a\":1}');"
      "ALTER TABLE app.t ADD w jsonb",
      "jsonb", "v::jsonb", "w::json");
  shapes["numeric"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v numeric); INSERT INTO app.t VALUES (1, 1.0), (2, "
      "1.005); ALTER TABLE app.t ADD w numeric(10,2)",
      "numeric(10,2)", "v", "w");
  shapes["varchar"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'abc');"
      "ALTER TABLE app.t ADD w varchar(5)",
      "varchar(5)", "v", "w");
  shapes["one_way_cut"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'abc'), (2, "
      "'abcdefgh'); ALTER TABLE app.t ADD w varchar(5)",
      "varchar(5)", "upper(v)", "CASE WHEN w IS NULL THEN NULL ELSE lower(w) || 'fgh' END");
  shapes["char"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'ab');"
      "ALTER TABLE app.t ADD w char(4)",
      "char(4)", "v", "w", "SELECT id, v, w || '.' FROM app.t ORDER BY id");
  shapes["int"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, '7'), (2, "
      "'07'); ALTER TABLE app.t ADD w int",
      "int", "v::int", "w::text");
  shapes["array"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'a,b');"
      "ALTER TABLE app.t ADD w text[]",
      "text[]", "string_to_array(v, ',')", "array_to_string(w, ',')");
  shapes["enum"] = Single(
      "CREATE TYPE app.mood AS ENUM ('sad', 'ok'); CREATE TABLE app.t (id int PRIMARY KEY, v int);"
      "INSERT INTO app.t VALUES (1, 0); ALTER TABLE app.t ADD w app.mood",
      "mood", "CASE v WHEN 0 THEN 'sad'::mood WHEN 1 THEN 'ok' END",
      "CASE w WHEN 'sad' THEN 0 WHEN 'ok' THEN 1 END");
  shapes["composite"] = Single(
      "CREATE TYPE app.pair AS (a int, b text); CREATE TABLE app.t (id int PRIMARY KEY, v text);"
      "INSERT INTO app.t VALUES (1, 'x'), (2, NULL); ALTER TABLE app.t ADD w app.pair",
      "pair", "ROW(length(v), v)::pair", "(w).b");
  shapes["bytea"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'ff00');"
      "ALTER TABLE app.t ADD w bytea",
      "bytea", "decode(v, 'hex')", "encode(w, 'hex')");
  shapes["float"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v float8); INSERT INTO app.t VALUES (1, 0.1);"
      "ALTER TABLE app.t ADD w float8",
      "double precision", "-v", "-w");
  shapes["time"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v bigint); INSERT INTO app.t VALUES (1, 0);"
      "ALTER TABLE app.t ADD w timestamptz",
      "timestamptz", "to_timestamp(v)", "extract(epoch FROM w)::bigint");
  shapes["null"] = Single(
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, NULL);"
      "ALTER TABLE app.t ADD w text",
      "text", "coalesce(v, 'none')", "nullif(w, 'none')");
  shapes["domain"] = Single(
      "CREATE DOMAIN app.short AS text CHECK (length(VALUE) < 5);"
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'abc');"
      "ALTER TABLE app.t ADD w app.short",
      "short", "v", "w");
  shapes["function"] = Single(
      "CREATE FUNCTION app.norm(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'n:' || "
      "$1$$; CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'a');"
      "ALTER TABLE app.t ADD w text",
      "text", "norm(v)", "substr(w, 3)");
  shapes["one_way"] = {
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, 'a');"
      "ALTER TABLE app.t ADD w text",
      MakeSpec("0003-t/1", {"app", "t"}, {"v"}, {{"w", "text"}}, {"upper(v)"}, {}),
      "SELECT id, v, w FROM app.t ORDER BY id"};
  shapes["merge"] = {
      "CREATE TABLE app.t (id int PRIMARY KEY, a text, b text); INSERT INTO app.t VALUES (1, 'x', "
      "'y'); ALTER TABLE app.t ADD w text",
      MakeSpec("0003-t/1", {"app", "t"}, {"a", "b"}, {{"w", "text"}}, {"a || ':' || b"},
               {{"a", "split_part(w, ':', 1)"}, {"b", "split_part(w, ':', 2)"}}),
      "SELECT id, a, b, w FROM app.t ORDER BY id"};
  shapes["names"] = {
      "CREATE SCHEMA \"My \"\"Schema\"; CREATE TABLE \"My \"\"Schema\".\"The Table's\" (\"Key\" "
      "int "
      "PRIMARY KEY, \"select\" text); INSERT INTO \"My \"\"Schema\".\"The Table's\" VALUES (1, "
      "'a');"
      "ALTER TABLE \"My \"\"Schema\".\"The Table's\" ADD "
      "\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"\"\" text",
      MakeSpec("0003-it's \"odd\"/1", {"My \"Schema", "The Table's"}, {"select"},
               {{"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"", "text"}},
               {"\"The Table's\".\"select\" || '$interlock$' -- to the end"},
               {{"select",
                 "replace(\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
                 "nnn\"\"\", '$interlock$', '')"}}),
      "SELECT * FROM \"My \"\"Schema\".\"The Table's\" ORDER BY 1"};
  SyncSpec fill;
  fill.id = "0004-fill/1";
  fill.table = {"app", "t"};
  fill.fills = {{"c", "'f'"}};
  shapes["fill"] = {
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES (1, "
      "'a'); ALTER TABLE app.t ADD c varchar(5)",
      fill, "SELECT id, v, c FROM app.t ORDER BY id"};
  fill.fills = {{"c", "lower(v)"}, {"d", "length(t.v) + 1"}};
  shapes["fill_row"] = {
      "CREATE TABLE app.t (id int PRIMARY KEY, v text); INSERT INTO app.t VALUES "
      "(1, 'A'), (2, NULL); ALTER TABLE app.t ADD c text, ADD d int",
      fill, "SELECT id, v, c, d FROM app.t ORDER BY id"};
  SyncSpec quarantined = NamesSpec();
  quarantined.renamed = {{"name", "~name"}};
  shapes["quarantine"] = {
      "CREATE TABLE app.people (id int PRIMARY KEY, \"~name\" text, first_name text, last_name "
      "text);"
      "INSERT INTO app.people VALUES (1, 'Ann Lee', 'Ann', 'Lee')",
      quarantined, "SELECT id, \"~name\", first_name, last_name FROM app.people ORDER BY id"};
  shapes["no_key"] = {
      "CREATE TABLE app.t (id int, v text); INSERT INTO app.t SELECT i, 'a' || i FROM "
      "generate_series(1, 500) AS i; ALTER TABLE app.t ADD w text",
      MakeSpec("0003-t/1", {"app", "t"}, {"v"}, {{"w", "text"}}, {"upper(v)"}, {{"v", "lower(w)"}}),
      "SELECT count(*), count(w), min(w) FROM app.t"};
  return shapes;
}

}  // namespace

const Shape& ShapeNamed(const std::string& name) {
  static const std::map<std::string, Shape> shapes = MakeShapes();
  return shapes.at(name);
}

const std::vector<RuleCase>& RuleCases() {
  static const std::vector<RuleCase> cases = {
      // The old version writes.
      {"Nobody", "people", "SELECT 1", OLD_ROWS, NEW_ROWS, 1, 0},
      {"OldInsert", "people", "INSERT INTO app.people (id, name) VALUES (3, 'Bo Ek')",
       OLD_ROWS "\n3|Bo Ek|Bo|Ek", NEW_ROWS "\n3|Bo Ek|Bo|Ek", 1, 1},
      {"OldInsertNull", "people", "INSERT INTO app.people (id) VALUES (3)", OLD_ROWS "\n3|-|-|-",
       NEW_ROWS "\n3|-|-|-", 1, 0},
      {"OldInsertMany", "people",
       "INSERT INTO app.people (id, name) VALUES (3, 'Bo Ek'), (4, 'X Y')",
       OLD_ROWS "\n3|Bo Ek|Bo|Ek\n4|X Y|X|Y", NEW_ROWS "\n3|Bo Ek|Bo|Ek\n4|X Y|X|Y", 1, 2},
      {"OldInsertLossy", "people", "INSERT INTO app.people (id, name) VALUES (3, 'Bo')",
       OLD_ROWS "\n3|Bo|Bo|", NEW_ROWS "\n3|Bo|Bo|", 2, 1},
      {"OldInsertSelect", "people",
       "INSERT INTO app.people (id, name) SELECT id + 10, name FROM app.people WHERE id = 1",
       OLD_ROWS "\n11|Ann Lee|Ann|Lee", NEW_ROWS "\n11|Ann Lee|Ann|Lee", 1, 1},
      {"OldUpdate", "people", "UPDATE app.people SET name = 'Ann Roe' WHERE id = 1",
       "1|Ann Roe|Ann|Roe\n" OLD2, "1|Ann Roe|Ann|Roe\n" NEW2, 1, 1},
      {"OldUpdateTwice", "people",
       "UPDATE app.people SET name = 'A B' WHERE id = 1; UPDATE app.people SET name = 'C D' WHERE "
       "id = 1",
       "1|C D|C|D\n" OLD2, "1|C D|C|D\n" NEW2, 1, 2},
      {"OldUpdateToNull", "people",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET name = NULL WHERE id = 1",
       "1|-|-|-\n" NEW2, "1|-|-|-\n" NEW2, 1, 1},
      {"OldUpdateSameValue", "people", "UPDATE app.people SET name = name", NEW_ROWS, NEW_ROWS, 1,
       0},
      {"OldUpdateOfAnotherColumnHeals", "people", "UPDATE app.people SET note = 'x' WHERE id = 2",
       OLD1 "\n" NEW2, NEW_ROWS, 1, 0},
      {"OldUpdateFrom", "people",
       "UPDATE app.people AS p SET name = s.n FROM (VALUES (1, 'A B')) AS s (i, n) WHERE p.id = "
       "s.i",
       "1|A B|A|B\n" OLD2, "1|A B|A|B\n" NEW2, 1, 1},
      {"OldUpsertInserts", "people",
       "INSERT INTO app.people (id, name) VALUES (3, 'A B') ON CONFLICT (id) DO UPDATE SET name = "
       "EXCLUDED.name",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 1},
      {"OldUpsertUpdates", "people",
       "INSERT INTO app.people (id, name) VALUES (1, 'A B') ON CONFLICT (id) DO UPDATE SET name = "
       "EXCLUDED.name",
       "1|A B|A|B\n" OLD2, "1|A B|A|B\n" NEW2, 1, 2},
      {"OldUpsertDoesNothing", "people",
       "INSERT INTO app.people (id, name) VALUES (1, 'A B') ON CONFLICT DO NOTHING", OLD_ROWS,
       NEW_ROWS, 1, 1},
      {"OldMerge", "people",
       "MERGE INTO app.people AS p USING (VALUES (1, 'A B'), (3, 'C D')) AS s (i, n) ON p.id = s.i "
       "WHEN MATCHED THEN UPDATE SET name = s.n WHEN NOT MATCHED THEN INSERT (id, name) VALUES "
       "(s.i, s.n)",
       "1|A B|A|B\n" OLD2 "\n3|C D|C|D", "1|A B|A|B\n" NEW2 "\n3|C D|C|D", 1, 2},
      {"OldCopy", "people",
       "COPY app.people (id, name) FROM PROGRAM 'printf \"3\\tA B\\n4\\t\\\\\\\\N\\n\"'",
       OLD_ROWS "\n3|A B|A|B\n4|-|-|-", NEW_ROWS "\n3|A B|A|B\n4|-|-|-", 1, 1},
      {"OldReplicaRoleInsert", "people",
       "SET session_replication_role = replica; INSERT INTO app.people (id, name) VALUES (3, 'A "
       "B')",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 1},
      {"OldReplicaRoleUpdate", "people",
       "SET session_replication_role = replica; UPDATE app.people SET name = 'A B' WHERE id = 1",
       "1|A B|A|B\n" OLD2, "1|A B|A|B\n" NEW2, 1, 1},
      {"OldRolledBack", "people",
       "BEGIN; SAVEPOINT s; UPDATE app.people SET name = 'A B'; ROLLBACK TO s; COMMIT", OLD_ROWS,
       NEW_ROWS, 1, 2},
      {"OldWritesThenNewWrites", "people",
       "UPDATE app.people SET name = 'A B' WHERE id = 1; UPDATE app.people SET last_name = 'C' "
       "WHERE "
       "id = 1",
       "1|A C|A|C\n" OLD2, "1|A C|A|C\n" NEW2, 1, 1},
      {"OldChangesTheKey", "people", "UPDATE app.people SET id = 9 WHERE id = 1",
       OLD2 "\n9|Ann Lee|Ann|Lee", NEW2 "\n9|Ann Lee|Ann|Lee", 1, 0},
      {"OldDeletes", "people", "DELETE FROM app.people WHERE id = 1", OLD2, NEW2, 1, 0},
      // The new version writes.
      {"NewInsert", "people",
       "INSERT INTO app.people (id, first_name, last_name) VALUES (3, 'Bo', 'Ek')",
       OLD_ROWS "\n3|Bo Ek|Bo|Ek", NEW_ROWS "\n3|Bo Ek|Bo|Ek", 1, 0},
      {"NewInsertHalf", "people", "INSERT INTO app.people (id, first_name) VALUES (3, 'Bo')",
       OLD_ROWS "\n3|-|Bo|-", NEW_ROWS "\n3|-|Bo|-", 1, 0},
      {"NewInsertNothing", "people", "INSERT INTO app.people (id, note) VALUES (3, 'n')",
       OLD_ROWS "\n3|-|-|-", NEW_ROWS "\n3|-|-|-", 1, 0},
      {"NewInsertAmbiguous", "people",
       "INSERT INTO app.people (id, first_name, last_name) VALUES (3, 'Mary Ann', 'Smith')",
       OLD_ROWS "\n3|Mary Ann Smith|Mary Ann|Smith", NEW_ROWS "\n3|Mary Ann Smith|Mary Ann|Smith",
       1, 0},
      {"NewAmbiguousSurvivesOtherUpdates", "people",
       "INSERT INTO app.people (id, first_name, last_name) VALUES (3, 'Mary Ann', 'Smith'); UPDATE "
       "app.people SET note = 'x' WHERE id = 3",
       OLD_ROWS "\n3|Mary Ann Smith|Mary Ann|Smith", NEW_ROWS "\n3|Mary Ann Smith|Mary Ann|Smith",
       1, 0},
      {"NewUpdate", "people",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET last_name = 'Roe' WHERE id = 1",
       "1|Ann Roe|Ann|Roe\n" NEW2, "1|Ann Roe|Ann|Roe\n" NEW2, 1, 0},
      {"NewCorrectsALossyRow", "people",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET first_name = 'Mary Ann', last_name "
       "= 'Smith' WHERE id = 2",
       NEW1 "\n2|Mary Ann Smith|Mary Ann|Smith", NEW1 "\n2|Mary Ann Smith|Mary Ann|Smith", 0, 0},
      {"NewUpdateToNull", "people",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET first_name = NULL, last_name = "
       "NULL "
       "WHERE id = 1",
       "1|-|-|-\n" NEW2, "1|-|-|-\n" NEW2, 1, 0},
      {"NewUpdateSameValue", "people",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET first_name = first_name", NEW_ROWS,
       NEW_ROWS, 1, 0},
      {"NewUpsertUpdates", "people",
       "UPDATE app.people SET note = 'x'; INSERT INTO app.people (id, first_name, last_name) "
       "VALUES "
       "(1, 'A', 'B') ON CONFLICT (id) DO UPDATE SET first_name = EXCLUDED.first_name, last_name = "
       "EXCLUDED.last_name",
       "1|A B|A|B\n" NEW2, "1|A B|A|B\n" NEW2, 1, 0},
      {"NewCopy", "people",
       "COPY app.people (id, first_name, last_name) FROM PROGRAM 'printf \"3\\tA\\tB\\n\"'",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 0},
      {"NewReplicaRole", "people",
       "SET session_replication_role = replica; INSERT INTO app.people (id, first_name, last_name) "
       "VALUES (3, 'A', 'B')",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 0},
      // Both at once.
      {"BothInsertAgreeing", "people",
       "INSERT INTO app.people (id, name, first_name, last_name) VALUES (3, 'A B', 'A', 'B')",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 0},
      {"BothInsertDisagreeing", "people",
       "INSERT INTO app.people (id, name, first_name, last_name) VALUES (3, 'X Y', 'A', 'B')",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 0},
      {"BothUpdateDisagreeing", "people",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET name = 'X Y', first_name = 'A' "
       "WHERE "
       "id = 1",
       "1|A Lee|A|Lee\n" NEW2, "1|A Lee|A|Lee\n" NEW2, 1, 0},
      {"BothShapesInOneInsert", "people",
       "INSERT INTO app.people (id, name, first_name, last_name) VALUES (3, 'A B', NULL, NULL), "
       "(4, "
       "NULL, 'C', 'D')",
       OLD_ROWS "\n3|A B|A|B\n4|C D|C|D", NEW_ROWS "\n3|A B|A|B\n4|C D|C|D", 1, 1},
      // The old column has a default.
      {"DefaultNewInsert", "default",
       "INSERT INTO app.people (id, first_name, last_name) VALUES (3, 'A', 'B')",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 0},
      {"DefaultOldInsert", "default", "INSERT INTO app.people (id, name) VALUES (3, 'A B')",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 1},
      {"DefaultNobodyGivesIt", "default", "INSERT INTO app.people (id) VALUES (3)",
       OLD_ROWS "\n3|||", NEW_ROWS "\n3|||", 2, 1},
      {"DefaultNotNullRefusesTheNewVersionsNull", "default",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET last_name = NULL WHERE id = 1",
       nullptr, NEW_ROWS, 1, 0},
      // A user's trigger changes the old column before ours.
      {"TriggerOldInsert", "trigger", "INSERT INTO app.people (id, name) VALUES (3, 'a b')",
       OLD_ROWS "\n3|A B|A|B", NEW_ROWS "\n3|A B|A|B", 1, 1},
      {"TriggerUpdateOfAnotherColumn", "trigger",
       "UPDATE app.people SET first_name = 'Ann', last_name = 'Lee' WHERE id = 1; UPDATE "
       "app.people "
       "SET note = 'x' WHERE id = 1",
       "1|ANN LEE|ANN|LEE\n" OLD2, "1|ANN LEE|ANN|LEE\n" NEW2, 1, 1},
      // Partitions.
      {"PartitionOldInsert", "parted", "INSERT INTO app.people (id, name) VALUES (150, 'A B')",
       OLD_ROWS "\n150|A B|A|B", NEW_ROWS "\n150|A B|A|B", 1, 1},
      {"PartitionDirectInsert", "parted", "INSERT INTO app.people_2 (id, name) VALUES (150, 'A B')",
       OLD_ROWS "\n150|A B|A|B", NEW_ROWS "\n150|A B|A|B", 1, 1},
      {"PartitionMoveOfAnOldRow", "parted", "UPDATE app.people SET id = 101 WHERE id = 1",
       OLD2 "\n101|Ann Lee|Ann|Lee", NEW2 "\n101|Ann Lee|Ann|Lee", 1, 0},
      {"PartitionMoveWithOldWrite", "parted",
       "UPDATE app.people SET id = 101, name = 'A B' WHERE id = 1", OLD2 "\n101|A B|A|B",
       NEW2 "\n101|A B|A|B", 1, 1},
      {"PartitionMoveWithNewWrite", "parted",
       "UPDATE app.people SET note = 'x'; UPDATE app.people SET id = 101, first_name = 'Mary Ann' "
       "WHERE id = 1",
       NEW2 "\n101|Mary Ann Lee|Mary Ann|Lee", NEW2 "\n101|Mary Ann Lee|Mary Ann|Lee", 1, 0},
      {"PartitionMoveOfAnAmbiguousRow", "parted",
       "INSERT INTO app.people (id, first_name, last_name) VALUES (3, 'Mary Ann', 'Smith'); UPDATE "
       "app.people SET id = 103 WHERE id = 3",
       OLD_ROWS "\n103|Mary Ann Smith|Mary Ann|Smith",
       NEW_ROWS "\n103|Mary Ann Smith|Mary Ann|Smith", 1, 0},
      {"PartitionAddedLater", "parted",
       "CREATE TABLE app.people_3 PARTITION OF app.people FOR VALUES FROM (200) TO (300); INSERT "
       "INTO app.people (id, name) VALUES (200, 'A B')",
       OLD_ROWS "\n200|A B|A|B", NEW_ROWS "\n200|A B|A|B", 1, 1},
      // Bytewise.
      {"CaseOldCorrection", "case", "UPDATE app.t SET w = v; UPDATE app.t SET v = 'Bob'",
       "1|Bob|Bob", "1|Bob|Bob", 0, 1},
      {"CaseNewCorrection", "case", "UPDATE app.t SET w = v; UPDATE app.t SET w = 'BOB'",
       "1|BOB|BOB", "1|BOB|BOB"},
      {"JsonNobody", "json", "SELECT 1", "1|{\"a\": 1}|-", "1|{\"a\": 1}|{\"a\": 1}"},
      {"JsonOldSpacing", "json", "UPDATE app.t SET w = v; UPDATE app.t SET v = '{\"a\":1}'",
       "1|{\"a\":1}|{\"a\":1}", "1|{\"a\":1}|{\"a\":1}", 0, 1},
      {"JsonNewSpacing", "json", "UPDATE app.t SET w = v; UPDATE app.t SET w = '{\"a\":1}'",
       "1|{\"a\":1}|{\"a\":1}", "1|{\"a\":1}|{\"a\":1}"},
      {"JsonNull", "json", "UPDATE app.t SET v = 'null'", "1|null|null", "1|null|null", 0, 1},
      {"JsonbLossy", "jsonb", "INSERT INTO app.t (id, v) VALUES (2, '{\"a\": 1}')",
       "1|{\"a\":1}|-\n2|{\"a\": 1}|{\"a\": 1}", "1|{\"a\":1}|{\"a\": 1}\n2|{\"a\": 1}|{\"a\": 1}",
       1, 1},
      {"NumericScale", "numeric", "INSERT INTO app.t (id, v) VALUES (3, 2.50), (4, 2.5)",
       "1|1.0|-\n2|1.005|-\n3|2.50|2.50\n4|2.5|2.50",
       "1|1.0|1.00\n2|1.005|1.01\n3|2.50|2.50\n4|2.5|2.50", 3, 2},
      {"NumericNewWrites", "numeric", "INSERT INTO app.t (id, w) VALUES (3, 2.5)",
       "1|1.0|-\n2|1.005|-\n3|2.50|2.50", "1|1.0|1.00\n2|1.005|1.01\n3|2.50|2.50", 2, 0},
      // Too long for the new side: the old version is not broken, verify counts the row.
      {"VarcharTooLong", "varchar", "INSERT INTO app.t (id, v) VALUES (2, 'abcdefgh')",
       "1|abc|-\n2|abcdefgh|abcde", "1|abc|abc\n2|abcdefgh|abcde", 1, 1},
      {"VarcharTrailingBlanks", "varchar", "INSERT INTO app.t (id, v) VALUES (2, 'abcde  ')",
       "1|abc|-\n2|abcde  |abcde", "1|abc|abc\n2|abcde  |abcde", 1, 1},
      {"VarcharNewTooLong", "varchar", "INSERT INTO app.t (id, w) VALUES (2, 'abcdefgh')", nullptr,
       "1|abc|abc"},
      {"CutThatTheWayBackHides", "one_way_cut", "SELECT 1", "1|abc|-\n2|abcdefgh|-",
       "1|abc|ABC\n2|abcdefgh|ABCDE", 2, 0},
      {"CharIsPadded", "char", "INSERT INTO app.t (id, w) VALUES (2, 'xy')", "1|ab|-\n2|xy|xy.",
       "1|ab|ab.\n2|xy|xy."},
      {"CharTooLong", "char", "INSERT INTO app.t (id, v) VALUES (2, 'abcdef')",
       "1|ab|-\n2|abcdef|abcd.", "1|ab|ab.\n2|abcdef|abcd.", 1, 1},
      {"IntOldWrites", "int", "UPDATE app.t SET v = '8' WHERE id = 1", "1|8|8\n2|07|-",
       "1|8|8\n2|07|7", 1, 1},
      {"IntThatDoesNotParse", "int", "UPDATE app.t SET v = 'x' WHERE id = 1", nullptr,
       "1|7|7\n2|07|7", 1, 0},
      {"ArrayOldWrites", "array", "INSERT INTO app.t (id, v) VALUES (2, 'c,d')",
       "1|a,b|-\n2|c,d|{c,d}", "1|a,b|{a,b}\n2|c,d|{c,d}", 0, 1},
      {"ArrayNewWrites", "array", "INSERT INTO app.t (id, w) VALUES (2, '{c,d}')",
       "1|a,b|-\n2|c,d|{c,d}", "1|a,b|{a,b}\n2|c,d|{c,d}"},
      {"EnumOldWrites", "enum", "UPDATE app.t SET v = 1", "1|1|ok", "1|1|ok", 0, 1},
      {"EnumNewWrites", "enum", "INSERT INTO app.t (id, w) VALUES (2, 'ok')", "1|0|-\n2|1|ok",
       "1|0|sad\n2|1|ok"},
      {"CompositeOldWrites", "composite", "INSERT INTO app.t (id, v) VALUES (3, 'abc')",
       "1|x|-\n2|-|-\n3|abc|(3,abc)", "1|x|(1,x)\n2|-|(,)\n3|abc|(3,abc)", 0, 1},
      {"CompositeOfNulls", "composite", "INSERT INTO app.t (id, w) VALUES (3, ROW(NULL, NULL))",
       "1|x|-\n2|-|-\n3|-|(,)", "1|x|(1,x)\n2|-|(,)\n3|-|(,)"},
      {"ByteaNewWrites", "bytea", "INSERT INTO app.t (id, w) VALUES (2, '\\x00')",
       "1|ff00|-\n2|00|\\x00", "1|ff00|\\xff00\n2|00|\\x00"},
      {"FloatNegativeZero", "float", "INSERT INTO app.t (id, v) VALUES (2, 0)", "1|0.1|-\n2|0|-0",
       "1|0.1|-0.1\n2|0|-0", 0, 1},
      {"TimeInAnotherZone", "time",
       "SET TimeZone = 'Asia/Tokyo'; INSERT INTO app.t (id, w) VALUES (2, '1970-01-01 09:00:01')",
       "1|0|-\n2|1|1970-01-01 00:00:01+00",
       "1|0|1970-01-01 00:00:00+00\n2|1|1970-01-01 00:00:01+00"},
      // NULL on one side means a value on the other.
      {"NullRowFromBefore", "null", "SELECT 1", "1|-|-", "1|-|none"},
      {"NullOldInsert", "null", "INSERT INTO app.t (id) VALUES (2)", "1|-|-\n2|-|none",
       "1|-|none\n2|-|none", 0, 1},
      {"NullNewInsert", "null", "INSERT INTO app.t (id, w) VALUES (2, 'none'), (3, 'x')",
       "1|-|-\n2|-|none\n3|x|x", "1|-|none\n2|-|none\n3|x|x"},
      {"DomainRefuses", "domain", "INSERT INTO app.t (id, v) VALUES (2, 'abcdefgh')", nullptr,
       "1|abc|abc"},
      {"FunctionOfTheTablesSchema", "function",
       "SET search_path = pg_temp; INSERT INTO app.t (id, v) VALUES (2, 'b')", "1|a|-\n2|b|n:b",
       "1|a|n:a\n2|b|n:b", 0, 1},
      {"OneWayOldWrites", "one_way", "INSERT INTO app.t (id, v) VALUES (2, 'b')", "1|a|-\n2|b|B",
       "1|a|A\n2|b|B", 0, 1},
      {"OneWayNewWrites", "one_way",
       "INSERT INTO app.t (id, v, w) VALUES (2, 'b', 'other'); UPDATE app.t SET id = 3 WHERE id = "
       "2",
       "1|a|-\n3|b|other", "1|a|A\n3|b|other"},
      {"MergeOldWritesHalf", "merge", "UPDATE app.t SET b = 'z'", "1|x|z|x:z", "1|x|z|x:z", 0, 1},
      {"MergeNewWrites", "merge", "UPDATE app.t SET w = 'p:q'", "1|p|q|p:q", "1|p|q|p:q"},
      {"OddNames", "names",
       "INSERT INTO \"My \"\"Schema\".\"The Table's\" (\"Key\", \"select\") VALUES (2, 'b')",
       "1|a|-\n2|b|b$interlock$", "1|a|a$interlock$\n2|b|b$interlock$", 0, 1},
      // Fills.
      {"FillNobody", "fill", "SELECT 1", "1|a|-", "1|a|f"},
      {"FillOldInsert", "fill", "INSERT INTO app.t (id, v) VALUES (2, 'b')", "1|a|-\n2|b|f",
       "1|a|f\n2|b|f"},
      {"FillNewInsert", "fill", "INSERT INTO app.t (id, c) VALUES (2, 'mine')", "1|a|-\n2|-|mine",
       "1|a|f\n2|-|mine"},
      {"FillUpdateToNull", "fill", "UPDATE app.t SET c = 'x'; UPDATE app.t SET c = NULL", "1|a|f",
       "1|a|f"},
      {"FillFromTheRow", "fill_row", "INSERT INTO app.t (id, v) VALUES (3, 'BC')",
       "1|A|-|-\n2|-|-|-\n3|BC|bc|3", "1|A|a|2\n2|-|-|-\n3|BC|bc|3"},
      {"FillKeepsWhatIsThere", "fill_row", "INSERT INTO app.t (id, v, c) VALUES (3, 'BC', 'x')",
       "1|A|-|-\n2|-|-|-\n3|BC|x|3", "1|A|a|2\n2|-|-|-\n3|BC|x|3"},
      // Quarantine: the old column lives on under another name.
      {"QuarantineNewWrites", "quarantine",
       "UPDATE app.people SET last_name = 'Roe'; INSERT INTO app.people (id, first_name, "
       "last_name) "
       "VALUES (2, 'A', 'B')",
       "1|Ann Roe|Ann|Roe\n2|A B|A|B", "1|Ann Roe|Ann|Roe\n2|A B|A|B"},
      {"NoKeyWalksBlocks", "no_key", "UPDATE app.t SET v = 'b' WHERE id < 10", "500|9|B",
       "500|500|A10", 0, 9},
  };
  return cases;
}

}  // namespace interlock::testing
