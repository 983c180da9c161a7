// What every conformance test stands on: one throwaway server a run, one database a test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "conformance/servers.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/pg_engine.h"

namespace interlock::testing {

class ConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override;

  /// Runs statements on a plain connection; fails the test on an error.
  void Sql(const std::string& sql);
  /// The first value of the first row; "" for NULL or none.
  std::string Value(const std::string& sql);
  std::unique_ptr<postgres::PgConnection> Connect(const std::string& name = "a test") const;
  std::unique_ptr<Session> OpenSession(bool holds_claims = false);
  /// The ledger's tables, for claims and checkpoints.
  void Prepare();

  Step MakeStep(Action action, bool transactional = true) const;
  Observation Observe(const Step& step) { return Observe(*session_, step); }
  Observation Observe(Session& session, const Step& step);
  /// Executes with no fence; "" or the error's text.
  std::string Execute(const Step& step) { return Execute(*session_, step); }
  std::string Execute(Session& session, const Step& step, const Fence& fence = {});

  /// Absent → execute → present → undo → absent.
  void RoundTrip(const Step& step, const Step& undo);

  std::string url_;
  std::unique_ptr<postgres::PgEngine> engine_;
  std::unique_ptr<postgres::PgConnection> sql_;
  std::unique_ptr<Session> session_;
  SyncContext sync_;
};

}  // namespace interlock::testing
