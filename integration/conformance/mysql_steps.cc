#include "conformance/mysql_steps.h"

#include "conformance/round_trip.h"
#include "engine/mysql/execute.h"
#include "engine/mysql/observe.h"
#include "engine/mysql/render.h"

namespace interlock::testing {

void MySqlStepsTest::Open(const ServerKind& kind) {
  static int number = 0;
  url_ = kind.create_database("steps_" + std::to_string(++number));
  sql_ = Connect();
  session_ = Connect();
  ASSERT_TRUE(sql_ && session_);
}

std::unique_ptr<mysql::MySqlConnection> MySqlStepsTest::Connect(const std::string& url) {
  auto connection = mysql::MySqlConnection::Open(url.empty() ? url_ : url, {"a test", false});
  EXPECT_TRUE(connection) << ToString(connection.error());
  return connection ? std::move(*connection) : nullptr;
}

void MySqlStepsTest::Sql(const std::string& sql) {
  const auto done = sql_->Execute(sql, {});
  ASSERT_TRUE(done) << sql << ": " << ToString(done.error());
}

std::string MySqlStepsTest::Value(const std::string& sql) {
  const auto rows = sql_->Execute(sql, {});
  EXPECT_TRUE(rows) << sql << ": " << ToString(rows.error());
  return !rows || rows->rows.empty() ? "" : rows->rows[0].at(0).value_or("");
}

Step MySqlStepsTest::MakeStep(Action action) const {
  Step step;
  step.action = std::move(action);
  step.id = "0001-test/expand/1-" + std::string(ActionName(step.action));
  step.transactional = false;
  return step;
}

Observation MySqlStepsTest::Observe(const Step& step) {
  const auto seen = mysql::ObserveStep(*session_, step, sync_);
  EXPECT_TRUE(seen) << step.id << ": " << ToString(seen.error());
  return seen ? *seen : Observation{};
}

Result<void> MySqlStepsTest::Run(const Step& step, Duration lock_timeout) {
  sent_.clear();
  return mysql::ExecuteStep(*session_, step, sync_, {}, {"r1", step.id, 1}, lock_timeout, &sent_);
}

std::string MySqlStepsTest::Execute(const Step& step) {
  const auto done = Run(step);
  return done ? "" : ToString(done.error());
}

std::string MySqlStepsTest::Mend(const Step& step) {
  const auto done = mysql::MendStep(*session_, step, sync_, {}, {"r1", step.id, 1},
                                    std::chrono::milliseconds(500));
  return done ? "" : ToString(done.error());
}

std::vector<std::string> MySqlStepsTest::Render(const Step& step) {
  const auto rendered = mysql::RenderStep(*session_, step, sync_);
  EXPECT_TRUE(rendered) << ToString(rendered.error());
  return rendered ? *rendered : std::vector<std::string>{};
}

void MySqlStepsTest::RoundTrip(const Step& step, const Step& undo) {
  ExpectRoundTrip(
      step, undo, [&](const Step& one) { return Observe(one); },
      [&](const Step& one) { return Execute(one); });
}

}  // namespace interlock::testing
