// What tests of MySQL's and MariaDB's steps stand on: a server of each kind, one database a test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "conformance/servers.h"
#include "engine/mysql/connection.h"
#include "model/step.h"

namespace interlock::testing {

class MySqlStepsTest : public ::testing::Test {
 protected:
  /// Makes the database and connects.
  void Open(const ServerKind& kind);

  /// Runs a statement on a plain connection; fails the test on an error.
  void Sql(const std::string& sql);
  /// The first value of the first row; "" for NULL or none.
  std::string Value(const std::string& sql);
  std::unique_ptr<mysql::MySqlConnection> Connect(const std::string& url = "");
  bool maria() const { return session_->version().flavor == mysql::Flavor::kMariaDb; }
  TableName Table(const std::string& name) const { return {session_->database(), name}; }

  Step MakeStep(Action action) const;
  Observation Observe(const Step& step);
  /// "present", or "present: detail" where that is not what was expected.
  std::string State(const Step& step) { return std::string(ToString(Observe(step).state)); }
  Result<void> Run(const Step& step, Duration lock_timeout = std::chrono::seconds(1));
  /// Executes with no fence; "" or the error's text.
  std::string Execute(const Step& step);
  std::string Mend(const Step& step);
  std::vector<std::string> Render(const Step& step);

  /// Absent → execute → present → undo → absent.
  void RoundTrip(const Step& step, const Step& undo);

  std::string url_;
  std::unique_ptr<mysql::MySqlConnection> sql_;      ///< the application's
  std::unique_ptr<mysql::MySqlConnection> session_;  ///< ours
  std::vector<std::string> sent_;                    ///< by Execute, last
  SyncContext sync_;
};

}  // namespace interlock::testing
