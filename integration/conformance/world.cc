#include "conformance/world.h"

#include "conformance/round_trip.h"

namespace interlock::testing {
void ConformanceTest::SetUp() {
  static int number = 0;
  url_ = Server().CreateDatabase("conformance_" + std::to_string(++number));
  Database database;
  database.name = "main";
  database.url = url_;
  engine_ = std::make_unique<postgres::PgEngine>(database);
  sql_ = Connect();
  session_ = OpenSession();
}

void ConformanceTest::Sql(const std::string& sql) {
  const auto done = sql_->Execute(sql, {});
  ASSERT_TRUE(done) << sql << ": " << ToString(done.error());
}

std::string ConformanceTest::Value(const std::string& sql) {
  const auto rows = sql_->Execute(sql, {});
  EXPECT_TRUE(rows) << sql << ": " << ToString(rows.error());
  return !rows || rows->rows.empty() ? "" : rows->rows[0].at(0).value_or("");
}

std::unique_ptr<postgres::PgConnection> ConformanceTest::Connect(const std::string& name) const {
  auto connection = postgres::PgConnection::Open(url_, {name, false});
  EXPECT_TRUE(connection) << ToString(connection.error());
  if (!connection) return nullptr;
  // Pinned to nothing; an application has one.
  EXPECT_TRUE((*connection)->Execute("SET search_path = public", {}));
  return std::move(*connection);
}

std::unique_ptr<Session> ConformanceTest::OpenSession(bool holds_claims) {
  auto session = engine_->Connect(holds_claims);
  EXPECT_TRUE(session) << ToString(session.error());
  return session ? std::move(*session) : nullptr;
}

void ConformanceTest::Prepare() {
  auto ledger = engine_->OpenLedger("tester");
  ASSERT_TRUE(ledger) << ToString(ledger.error());
  const auto prepared = (*ledger)->Prepare();
  ASSERT_TRUE(prepared) << ToString(prepared.error());
}

Step ConformanceTest::MakeStep(Action action, bool transactional) const {
  Step step;
  step.id = "0001-test/expand/1-" + std::string(ActionName(action));
  step.migration = "0001-test";
  step.action = std::move(action);
  step.transactional = transactional;
  step.waits = !transactional;
  return step;
}

Observation ConformanceTest::Observe(Session& session, const Step& step) {
  const auto seen = session.Observe(step, sync_);
  EXPECT_TRUE(seen) << ToString(seen.error());
  return seen ? *seen : Observation{};
}

std::string ConformanceTest::Execute(Session& session, const Step& step, const Fence& fence) {
  const auto done =
      session.Execute(step, sync_, fence, {"r1", step.id, 1}, std::chrono::milliseconds(500));
  return done ? "" : ToString(done.error());
}

void ConformanceTest::RoundTrip(const Step& step, const Step& undo) {
  ExpectRoundTrip(
      step, undo, [&](const Step& one) { return Observe(one); },
      [&](const Step& one) { return Execute(one); });
}

}  // namespace interlock::testing
