// Every action, on ordinary names and on odd ones: absent, executed, present, undone, absent.
#include "conformance/world.h"

namespace interlock::testing {
namespace {

struct Names {
  std::string label;
  std::string schema;
  std::string table;
  std::string column;
  std::string other;
};

std::string Q(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

class ActionsTest : public ConformanceTest, public ::testing::WithParamInterface<Names> {
 protected:
  void SetUp() override {
    ConformanceTest::SetUp();
    const auto& names = GetParam();
    table_ = {names.schema, names.table};
    column_ = names.column;
    other_ = names.other;
    if (names.schema != "public") Sql("CREATE SCHEMA " + Q(names.schema));
    full_ = Q(names.schema) + "." + Q(names.table);
    Sql("CREATE TABLE " + full_ + " (id bigint PRIMARY KEY, " + Q(column_) + " text)");
    Sql("INSERT INTO " + full_ + " SELECT g, 'x' || g FROM generate_series(1, 50) g");
  }

  ColumnSpec Spec(const std::string& type) const {
    ColumnSpec spec;
    spec.name = other_;
    spec.type = type;
    return spec;
  }

  TableName table_;
  std::string column_;
  std::string other_;
  std::string full_;
};

TEST_P(ActionsTest, CreateTable) {
  change::CreateTable create;
  create.table = {table_.schema, other_};
  create.columns = {{"id", "bigint", false, {}, "", true},
                    {column_, "varchar(20)", true, "'it''s' || E'\\\\'", "C", false},
                    {"parent", "bigint", true, {}, "", false}};
  create.primary_key = {"id"};
  create.checks = {{"a check", "length(" + Q(column_) + ") > 0 -- said so"}};
  create.uniques = {{"", {column_, "parent"}}};
  create.references = {{"up", {"parent"}, table_, {"id"}, "set null"}};
  RoundTrip(MakeStep(action::CreateTable{create}), MakeStep(action::DropTable{create.table}));
}

TEST_P(ActionsTest, AddColumns) {
  auto second = Spec("numeric(10, 2)[]");
  second.name = column_.substr(0, 60) + " 2";
  second.default_value = "'{1.5}'";
  auto first = Spec("character varying(7)");
  first.nullable = false;
  first.default_value = "'a--b'";
  first.collation = "C";
  const std::vector<ColumnSpec> columns{first, second};
  RoundTrip(MakeStep(action::AddColumns{table_, columns}),
            MakeStep(action::DropColumns{table_, columns}));
}

TEST_P(ActionsTest, Default) {
  RoundTrip(MakeStep(action::SetDefault{table_, column_, "lower('ABC') || now()::text"}),
            MakeStep(action::SetDefault{table_, column_, std::nullopt}));
}

TEST_P(ActionsTest, NotNullByCheck) {
  const auto add = MakeStep(action::AddNotNullCheck{table_, column_, other_});
  const auto validate = MakeStep(action::ValidateConstraint{table_, other_});
  EXPECT_EQ(Observe(validate).state, Observed::kConflicting);
  EXPECT_EQ(Observe(add).state, Observed::kAbsent);
  EXPECT_EQ(Execute(add), "");
  EXPECT_EQ(Observe(add).state, Observed::kPresent) << Observe(add).detail;
  EXPECT_EQ(Observe(validate).state, Observed::kAbsent);
  EXPECT_EQ(Execute(validate), "");
  EXPECT_EQ(Observe(validate).state, Observed::kPresent);
  EXPECT_EQ(Observe(add).state, Observed::kPresent);
  RoundTrip(MakeStep(action::SetNotNull{table_, column_}),
            MakeStep(action::DropNotNull{table_, column_}));
  const auto drop = MakeStep(action::DropConstraint{table_, other_});
  EXPECT_EQ(Observe(drop).state, Observed::kAbsent);
  EXPECT_EQ(Execute(drop), "");
  EXPECT_EQ(Observe(drop).state, Observed::kPresent);
}

TEST_P(ActionsTest, Index) {
  change::CreateIndex create;
  create.table = table_;
  create.name = other_;
  create.parts = {{"", "lower(" + Q(column_) + ")", "desc", ""},
                  {column_, "", "", "text_pattern_ops"}};
  create.include = {"id"};
  create.where = Q(column_) + " <> 'x''y'";
  create.unique = true;
  for (const bool concurrently : {true, false})
    RoundTrip(MakeStep(action::CreateIndex{create, concurrently}, !concurrently),
              MakeStep(action::DropIndex{table_, other_}, !concurrently));
  create.method = "hash";
  create.parts = {{column_, "", "", ""}};
  create.include.clear();
  create.unique = false;
  RoundTrip(MakeStep(action::CreateIndex{create, true}, false),
            MakeStep(action::DropIndex{table_, other_}, false));
}

TEST_P(ActionsTest, Twins) {
  Sql("ALTER TABLE " + full_ + " ADD COLUMN " + Q(other_) +
      " text, ADD COLUMN ref bigint,"
      " ADD COLUMN ref2 bigint");
  Sql("CREATE UNIQUE INDEX source ON " + full_ + " USING btree (" + Q(column_) +
      " COLLATE \"C\" text_pattern_ops DESC NULLS LAST, (" + Q(column_) +
      " || 'id'), id)"
      " INCLUDE (" +
      Q(column_) + ") WITH (fillfactor = 70) WHERE " + Q(column_) + " > 'a'");
  Sql("ALTER TABLE " + full_ + " ADD CONSTRAINT checked CHECK (" + Q(column_) +
      " <> 'id' AND id > 0)");
  Sql("ALTER TABLE " + full_ + " ADD CONSTRAINT keyed FOREIGN KEY (ref) REFERENCES " + full_ +
      " (id) ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED");
  RoundTrip(MakeStep(action::CopyIndex{table_, "source", "twin of it", {{column_, other_}}}, false),
            MakeStep(action::DropIndex{table_, "twin of it"}, false));
  RoundTrip(MakeStep(action::CopyConstraint{table_, "checked", "twin c", {{column_, other_}}}),
            MakeStep(action::DropConstraint{table_, "twin c"}));
  RoundTrip(MakeStep(action::CopyConstraint{table_, "keyed", "twin k", {{"ref", "ref2"}}}),
            MakeStep(action::DropConstraint{table_, "twin k"}));
}

TEST_P(ActionsTest, Analyze) {
  const auto step = MakeStep(action::Analyze{table_});
  EXPECT_EQ(Observe(step).state, Observed::kAbsent);
  EXPECT_EQ(Execute(step), "");
  EXPECT_EQ(Observe(step).state, Observed::kPresent) << Observe(step).detail;
}

TEST_P(ActionsTest, SyncAndQuarantine) {
  Prepare();
  Sql("ALTER TABLE " + full_ + " ADD COLUMN " + Q(other_) + " text");
  SyncSpec spec;
  spec.id = "0001-test/1";
  spec.table = table_;
  spec.old_columns = {column_};
  spec.new_columns = {{{other_, "text", true, {}, "", false}, "upper(" + Q(column_) + ")"}};
  spec.down = {{column_, "lower(" + Q(other_) + ")"}};
  const auto install = MakeStep(action::InstallSync{spec});
  const auto remove = MakeStep(action::RemoveSync{spec});
  sync_ = {{}, {spec}};
  EXPECT_EQ(Observe(install).state, Observed::kAbsent) << Observe(install).detail;
  EXPECT_EQ(Execute(install), "");
  EXPECT_EQ(Observe(install).state, Observed::kPresent) << Observe(install).detail;
  Sql("UPDATE " + full_ + " SET " + Q(column_) + " = 'abc' WHERE id = 1");
  EXPECT_EQ(Value("SELECT " + Q(other_) + " FROM " + full_ + " WHERE id = 1"), "ABC");

  SyncSpec hidden = spec;
  hidden.renamed = {{column_, "zz " + column_.substr(0, 55)}};
  sync_ = {{spec}, {hidden}};
  const auto quarantine = MakeStep(action::Quarantine{spec, hidden.renamed});
  EXPECT_EQ(Observe(quarantine).state, Observed::kAbsent) << Observe(quarantine).detail;
  const std::vector<Step> drops{quarantine, MakeStep(action::DropQuarantined{hidden})};
  const auto rehearse = [&] {
    const auto done = session_->Rehearse(drops, {sync_, {{hidden}, {}}}, {}, {"r1", "rehearsal", 1},
                                         std::chrono::milliseconds(500));
    return done ? "" : ToString(done.error());
  };
  EXPECT_EQ(rehearse(), "");
  EXPECT_EQ(Observe(quarantine).state, Observed::kAbsent) << "a rehearsal changes nothing";
  Sql("CREATE VIEW in_the_way AS SELECT " + Q(column_) + " FROM " + full_);
  EXPECT_NE(rehearse().find("in_the_way"), std::string::npos) << rehearse();
  EXPECT_EQ(Observe(quarantine).state, Observed::kAbsent) << "a rehearsal changes nothing";
  Sql("DROP VIEW in_the_way");
  EXPECT_EQ(Execute(quarantine), "");
  EXPECT_EQ(Observe(quarantine).state, Observed::kPresent) << Observe(quarantine).detail;
  sync_ = {{hidden}, {spec}};
  const auto restore = MakeStep(action::Restore{hidden});
  EXPECT_EQ(Observe(restore).state, Observed::kAbsent) << Observe(restore).detail;
  EXPECT_EQ(Execute(restore), "");
  EXPECT_EQ(Observe(restore).state, Observed::kPresent) << Observe(restore).detail;
  sync_ = {{spec}, {hidden}};
  EXPECT_EQ(Execute(quarantine), "");
  Sql("UPDATE " + full_ + " SET " + Q(other_) + " = 'NEW' WHERE id = 2");
  EXPECT_EQ(Value("SELECT " + Q(hidden.renamed[column_]) + " FROM " + full_ + " WHERE id = 2"),
            "new");
  sync_ = {{hidden}, {}};
  const auto drop = MakeStep(action::DropQuarantined{hidden});
  EXPECT_EQ(Observe(drop).state, Observed::kAbsent) << Observe(drop).detail;
  EXPECT_EQ(Execute(drop), "");
  EXPECT_EQ(Observe(drop).state, Observed::kPresent) << Observe(drop).detail;
  EXPECT_EQ(Observe(remove).state, Observed::kPresent);
}

TEST_P(ActionsTest, HasRows) {
  const auto has = [&](const TableName& table) {
    const auto answer = session_->HasRows(table);
    EXPECT_TRUE(answer) << ToString(answer.error());
    return answer && *answer;
  };
  EXPECT_TRUE(has(table_));
  Sql("DELETE FROM " + full_);
  EXPECT_FALSE(has(table_));
  EXPECT_FALSE(has({table_.schema, "is not there"}));
}

TEST_P(ActionsTest, RunSql) {
  change::SqlStep sql;
  sql.name = "a view";
  sql.sql = "-- two statements;\nCREATE VIEW " + Q(table_.schema) +
            ".v AS SELECT ';' AS a; COMMENT ON VIEW " + Q(table_.schema) + ".v IS 'a;b'";
  sql.observe =
      "SELECT CASE WHEN EXISTS (SELECT FROM pg_views WHERE viewname = 'v' AND"
      " schemaname <> 'pg_catalog') THEN 'present' ELSE 'absent' END";
  const auto step = MakeStep(action::RunSql{sql});
  EXPECT_EQ(Observe(step).state, Observed::kAbsent) << Observe(step).detail;
  EXPECT_EQ(Execute(step), "");
  EXPECT_EQ(Observe(step).state, Observed::kPresent);
  sql.sql = "VACUUM " + full_ + "; ANALYZE " + full_;
  EXPECT_EQ(Execute(MakeStep(action::RunSql{sql}, false)), "");
  sql.sql = "SELECT 1; COMMIT";
  EXPECT_NE(Execute(MakeStep(action::RunSql{sql})).find("IL-E34"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Names, ActionsTest,
                         ::testing::Values(Names{"plain", "public", "users", "name", "first_name"},
                                           Names{"reserved", "select", "table", "user", "order"},
                                           Names{"mixed", "My Schema", "Order", "Na\"me",
                                                 "Ünï \\ co'dé"},
                                           Names{"long", "public", std::string(63, 't'),
                                                 std::string(63, 'c'), std::string(62, 'c') + "d"}),
                         [](const auto& info) { return info.param.label; });

}  // namespace
}  // namespace interlock::testing
