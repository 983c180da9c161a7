// The trigger itself: what is observed of it, who may write through it, quarantine, two specs.
#include "sync/fixture.h"

namespace interlock::testing {
namespace {

class Trigger : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    CreatePeople();
  }
  const SyncSpec names_ = NamesSpec();
};

SyncSpec NoteSpec() {
  return MakeSpec("0005-note/1", {"app", "people"}, {"note"}, {{"remark", "varchar(40)"}}, {"note"},
                  {{"note", "remark"}});
}

TEST_F(Trigger, IsObservedBeforeAndAfter) {
  EXPECT_EQ(Observe({}, {names_}), Observed::kAbsent);
  EXPECT_EQ(Observe({names_}, {}), Observed::kPresent);
  Sync({}, {names_});
  EXPECT_EQ(Observe({}, {names_}), Observed::kPresent);
  EXPECT_EQ(Observe({names_}, {}), Observed::kAbsent);
  EXPECT_EQ(Observe({names_}, {names_, NoteSpec()}), Observed::kAbsent);
  Sync({names_}, {});
  EXPECT_EQ(Observe({names_}, {}), Observed::kPresent);
  EXPECT_EQ(Rows(*owner_,
                 "SELECT count(*) FROM pg_class WHERE relnamespace = "
                 "'interlock'::regnamespace"),
            "0");
}

TEST_F(Trigger, ChangesByHandAreConflicting) {
  const std::vector<const char*> meddling = {
      "ALTER TABLE app.people DISABLE TRIGGER \"~interlock_sync\"",
      "ALTER TABLE app.people ENABLE TRIGGER \"~interlock_sync\"",
      "DROP TRIGGER \"~interlock_sync\" ON app.people",
      "CREATE OR REPLACE TRIGGER \"~interlock_sync\" BEFORE INSERT OR UPDATE OF name ON app.people "
      "FOR EACH ROW EXECUTE FUNCTION interlock.f()",
      "ALTER TABLE app.people RENAME COLUMN name TO full_name",
      "ALTER FUNCTION interlock.f() SECURITY DEFINER",
      "ALTER FUNCTION interlock.f() RESET ALL",
      "CREATE OR REPLACE FUNCTION interlock.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN "
      "NEW; END$$",
  };
  Sync({}, {names_});
  const std::string function = postgres::SyncFunctionName(names_.table);
  for (std::string sql : meddling) {
    if (const auto at = sql.find("interlock.f"); at != std::string::npos) {
      sql.replace(at, 11, function);
    }
    ASSERT_TRUE(owner_->Begin());
    Run(*owner_, sql);
    EXPECT_EQ(Observe({}, {names_}), Observed::kConflicting) << sql;
    EXPECT_EQ(Observe({names_}, {}), Observed::kConflicting) << sql;
    owner_->Rollback();
  }
  EXPECT_EQ(Observe({}, {names_}), Observed::kPresent);
}

TEST_F(Trigger, InstallingTwiceIsTheSame) {
  Sync({}, {names_});
  Sync({}, {names_});
  EXPECT_EQ(Observe({}, {names_}), Observed::kPresent);
}

// As a dump and its restore would: what the server shows of it makes the same one.
TEST_F(Trigger, SurvivesADump) {
  Sync({}, {names_});
  const std::string shown = Rows(*owner_,
                                 "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = "
                                 "'~interlock_sync'");
  const std::string comment = Rows(*owner_,
                                   "SELECT quote_literal(obj_description(oid, 'pg_trigger')) FROM "
                                   "pg_trigger WHERE tgname = '~interlock_sync'");
  Run(*owner_, "DROP TRIGGER \"~interlock_sync\" ON app.people");
  Run(*owner_, shown);
  Run(*owner_, "ALTER TABLE app.people ENABLE ALWAYS TRIGGER \"~interlock_sync\"");
  Run(*owner_, "COMMENT ON TRIGGER \"~interlock_sync\" ON app.people IS " + comment);
  EXPECT_EQ(Observe({}, {names_}), Observed::kPresent);
}

TEST_F(Trigger, CoversTwoMigrationsInOne) {
  Run(*owner_, "ALTER TABLE app.people ADD remark varchar(40)");
  SyncSpec note = NoteSpec();
  note.fills = {{"first_name", "'nobody'"}};
  Sync({}, {names_});
  Sync({names_}, {names_, note});
  EXPECT_EQ(Observe({names_}, {names_, note}), Observed::kPresent);
  EXPECT_EQ(Rows(*owner_, "SELECT count(*) FROM pg_trigger WHERE tgname = '~interlock_sync'"), "1");
  Run(*owner_, "INSERT INTO app.people (id, name, note) VALUES (9, 'A B', 'n')");
  Run(*owner_, "INSERT INTO app.people (id, remark) VALUES (10, 'r')");
  EXPECT_EQ(Rows(*owner_, "SELECT * FROM app.people WHERE id > 8 ORDER BY id"),
            "9|A B|n|A|B|n\n10|-|r|nobody|-|r");
  ASSERT_TRUE(Backfill(names_));
  Run(*owner_, "TRUNCATE interlock.checkpoints");
  ASSERT_TRUE(Backfill(note));
  EXPECT_EQ(Verify(names_)->differing, 0);
  EXPECT_EQ(Verify(note)->differing, 0);
  // The first one leaves; the second goes on.
  Sync({names_, note}, {note});
  Run(*owner_, "INSERT INTO app.people (id, name, note) VALUES (11, 'A B', 'n')");
  EXPECT_EQ(Rows(*owner_, "SELECT * FROM app.people WHERE id = 11"), "11|A B|n|nobody|-|n");
}

TEST_F(Trigger, ChecksAreForgottenWithTheirSpec) {
  Sync({}, {names_});
  ASSERT_TRUE(Backfill(names_));
  EXPECT_EQ(Rows(*owner_, "SELECT count(*) > 0 FROM interlock.checkpoints"), "t");
  EXPECT_EQ(postgres::ObserveBackfill(*owner_, tag_.step)->state, Observed::kPresent);
  Sync({names_}, {});
  EXPECT_EQ(Rows(*owner_, "SELECT count(*) FROM interlock.checkpoints"), "0");
  EXPECT_EQ(postgres::ObserveBackfill(*owner_, tag_.step)->state, Observed::kAbsent);
}

TEST_F(Trigger, RolesWithoutUsageOnInterlockWrite) {
  Run(*owner_,
      "DO $$BEGIN CREATE ROLE sync_writer LOGIN; EXCEPTION WHEN duplicate_object THEN END$$");
  Run(*owner_,
      "GRANT USAGE ON SCHEMA app TO sync_writer; REVOKE ALL ON SCHEMA interlock FROM PUBLIC;"
      "GRANT SELECT, UPDATE (name), INSERT (id, name) ON app.people TO sync_writer");
  Sync({}, {names_});
  const auto writer = Connect("sync_writer");
  EXPECT_EQ(Rows(*writer, "SELECT has_schema_privilege('interlock', 'USAGE')"), "f");
  Run(*writer, "INSERT INTO app.people (id, name) VALUES (9, 'A B')");
  Run(*writer, "UPDATE app.people SET name = 'C D' WHERE id = 9");
  EXPECT_EQ(Rows(*owner_, "SELECT * FROM app.people WHERE id = 9"), "9|C D|-|C|D");
  EXPECT_EQ(postgres::OldShapeWrites(*owner_, names_.table).value_or(-1), 2);
}

TEST_F(Trigger, AMissingCounterFailsNobody) {
  Sync({}, {names_});
  Run(*owner_, "DROP SEQUENCE " + postgres::CounterName(names_.table));
  Run(*owner_, "INSERT INTO app.people (id, name) VALUES (9, 'A B')");
  EXPECT_EQ(postgres::OldShapeWrites(*owner_, names_.table).value_or(-1), 0);
}

TEST_F(Trigger, SessionSettingsChangeNothing) {
  Run(*owner_, "ALTER TABLE app.people ADD day date");
  const SyncSpec spec = MakeSpec("0006-day/1", {"app", "people"}, {"note"}, {{"day", "date"}},
                                 {"CASE note WHEN 'first' THEN '2020-02-01'::date END"},
                                 {{"note", "CASE day WHEN '2020-02-01'::date THEN 'first' END"}});
  Sync({}, {spec});
  Run(*owner_,
      "CREATE FUNCTION app.lower(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'x'$$");
  const auto app = Connect();
  Run(*app,
      "SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Tokyo'; SET search_path = app;"
      "SET standard_conforming_strings = off; SET transform_null_equals = on");
  Run(*app, "INSERT INTO people (id, note) VALUES (9, 'first')");
  EXPECT_EQ(Rows(*owner_, "SELECT note, day FROM app.people WHERE id = 9"), "first|2020-02-01");
}

TEST_F(Trigger, QuarantineKeepsBothSidesAndHasAWayBack) {
  Sync({}, {names_});
  ASSERT_TRUE(Backfill(names_));
  SyncSpec quarantined = names_;
  quarantined.renamed = {{"name", "~q_name"}};
  EXPECT_EQ(Observe({names_}, {quarantined}), Observed::kAbsent);
  Sync({names_}, {quarantined}, "ALTER TABLE app.people RENAME COLUMN name TO \"~q_name\"");
  EXPECT_EQ(Observe({names_}, {quarantined}), Observed::kPresent);
  EXPECT_EQ(Observe({quarantined}, {names_}), Observed::kAbsent);
  Run(*owner_, "INSERT INTO app.people (id, first_name, last_name) VALUES (9, 'A', 'B')");
  Run(*owner_, "UPDATE app.people SET last_name = 'Roe' WHERE id = 1");
  EXPECT_EQ(Verify(quarantined)->differing, 0);
  Sync({quarantined}, {names_}, "ALTER TABLE app.people RENAME COLUMN \"~q_name\" TO name");
  EXPECT_EQ(Observe({quarantined}, {names_}), Observed::kPresent);
  EXPECT_EQ(Rows(*owner_, "SELECT name FROM app.people WHERE id IN (1, 9) ORDER BY id"),
            "Ann Roe\nA B");
  Sync({names_}, {quarantined}, "ALTER TABLE app.people RENAME COLUMN name TO \"~q_name\"");
  Sync({quarantined}, {}, "", "ALTER TABLE app.people DROP COLUMN \"~q_name\"");
  EXPECT_EQ(Observe({quarantined}, {}), Observed::kPresent);
}

TEST_F(Trigger, TakesShareRowExclusiveOnly) {
  const auto statements = postgres::SyncStatements(*owner_, {}, {names_});
  ASSERT_TRUE(statements);
  ASSERT_TRUE(owner_->Begin());
  for (const auto& statement : *statements) Run(*owner_, statement);
  EXPECT_EQ(Rows(*owner_,
                 "SELECT count(*) FROM pg_locks WHERE relation = 'app.people'::regclass "
                 "AND pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'"),
            "0");
  const auto reader = Connect();
  EXPECT_EQ(Rows(*reader, "SELECT count(*) FROM app.people"), "4");
  owner_->Rollback();
}

TEST_F(Trigger, ADisabledPartitionIsSeen) {
  Run(*owner_,
      "CREATE TABLE app.p (id int PRIMARY KEY, v text, w text) PARTITION BY RANGE (id);"
      "CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES FROM (0) TO (10)");
  const SyncSpec spec =
      MakeSpec("0007-p/1", {"app", "p"}, {"v"}, {{"w", "text"}}, {"v"}, {{"v", "w"}});
  Sync({}, {spec});
  EXPECT_EQ(Observe({}, {spec}), Observed::kPresent);
  Run(*owner_, "ALTER TABLE app.p1 DISABLE TRIGGER \"~interlock_sync\"");
  EXPECT_EQ(Observe({}, {spec}), Observed::kConflicting);
}

}  // namespace
}  // namespace interlock::testing
