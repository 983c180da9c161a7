// Runs the table of the row rule on a real server.
#include "sync/fixture.h"
#include "sync/rule_cases.h"

namespace interlock::testing {
namespace {

class RowRule : public SyncTest, public ::testing::WithParamInterface<RuleCase> {
 protected:
  // All cases share a database; each makes its schemas anew.
  void SetUp() override {
    static const std::string url = Cluster().CreateDatabase("row_rule");
    url_ = url;
    owner_ = Connect("postgres", "owner");
    Run(*owner_,
        "DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA IF EXISTS \"My \"\"Schema\" CASCADE;"
        "DROP SCHEMA IF EXISTS interlock CASCADE; CREATE SCHEMA app; CREATE SCHEMA interlock");
  }
};

TEST_P(RowRule, Holds) {
  const RuleCase& rule = GetParam();
  const Shape& shape = ShapeNamed(rule.shape);
  Run(*owner_, shape.create);
  Sync({}, {shape.spec});
  ASSERT_EQ(Observe({}, {shape.spec}), Observed::kPresent);
  const auto app = Connect();
  const std::string error = Try(*app, rule.write);
  if (rule.after_write != nullptr) {
    ASSERT_EQ(error, "");
    EXPECT_EQ(Rows(*owner_, shape.query), rule.after_write) << "after the write";
  } else {
    ASSERT_NE(error, "");
  }
  const auto sightings = postgres::OldShapeWrites(*owner_, shape.spec.table);
  ASSERT_TRUE(sightings);
  EXPECT_EQ(*sightings, rule.sightings);
  const auto counts = Backfill(shape.spec, 1);
  ASSERT_TRUE(counts) << ToString(counts.error());
  EXPECT_EQ(Rows(*owner_, shape.query), rule.after_backfill) << "after the backfill";
  EXPECT_EQ(postgres::OldShapeWrites(*owner_, shape.spec.table).value_or(-1), rule.sightings)
      << "a backfill is no sighting";
  const auto verified = Verify(shape.spec);
  ASSERT_TRUE(verified) << ToString(verified.error());
  EXPECT_EQ(verified->differing, 0);
  EXPECT_EQ(verified->lossy, rule.lossy);
  // Doing it all again changes nothing.
  Run(*owner_, "TRUNCATE interlock.checkpoints");
  const auto again = Backfill(shape.spec, 1);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->rows_changed, 0);
}

INSTANTIATE_TEST_SUITE_P(Cases, RowRule, ::testing::ValuesIn(RuleCases()),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace interlock::testing
