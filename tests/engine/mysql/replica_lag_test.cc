#include "engine/mysql/replica_lag.h"

#include <gtest/gtest.h>

namespace interlock::mysql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

NamedRow MySqlRow(const std::string& io, const std::string& sql, const SqlValue& behind) {
  return {{"replica_io_running", io}, {"replica_sql_running", sql},
          {"last_errno", "1"},        {"last_io_errno", "0"},
          {"last_sql_errno", "0"},    {"seconds_behind_source", behind},
          {"channel_name", ""}};
}

NamedRow MariaDbRow(const std::string& io, const std::string& sql, const SqlValue& behind,
                    const std::string& name = "") {
  return {{"connection_name", name}, {"slave_io_running", io},          {"slave_sql_running", sql},
          {"last_io_errno", "0"},    {"seconds_behind_master", behind}, {"last_sql_errno", "0"}};
}

std::string Shown(const ReplicaState& state) {
  return state.lag ? std::to_string(state.lag->count() / 1'000'000) + " s" : state.why_unknown;
}

std::string Shown(const std::vector<NamedRow>& channels) {
  const auto state = ReadReplicaStatus("replica 1", channels);
  EXPECT_EQ(state.name, "replica 1");
  EXPECT_TRUE(state.reachable);
  EXPECT_EQ(state.lag.has_value(), state.why_unknown.empty());
  return Shown(state);
}

TEST(ReplicaStatus, OfEitherServer) {
  EXPECT_EQ(Shown({MySqlRow("Yes", "Yes", "0")}), "0 s");
  EXPECT_EQ(Shown({MySqlRow("Yes", "Yes", "75")}), "75 s");
  EXPECT_EQ(Shown({MariaDbRow("Yes", "Yes", "75")}), "75 s");
  EXPECT_EQ(Shown({MariaDbRow("Yes", "Yes", "-1")}), "0 s") << "clocks differ";
}

TEST(ReplicaStatus, WhatDoesNotRunHasNoLag) {
  EXPECT_EQ(Shown(std::vector<NamedRow>{}), "it follows no server");
  EXPECT_EQ(Shown({MySqlRow("Yes", "No", std::nullopt)}), "its SQL thread is stopped");
  EXPECT_EQ(Shown({MariaDbRow("Yes", "No", std::nullopt)}), "its SQL thread is stopped");
  EXPECT_EQ(Shown({MySqlRow("No", "Yes", "0")}), "its IO thread is stopped");
  EXPECT_EQ(Shown({MySqlRow("Connecting", "Yes", "0")}), "its IO thread is connecting");
  EXPECT_EQ(Shown({MariaDbRow("Preparing", "Yes", "3")}), "its IO thread is preparing");
  EXPECT_EQ(Shown({MySqlRow("Yes", "Yes", std::nullopt)}), "it tells none");
  EXPECT_EQ(Shown({MySqlRow("Yes", "Yes", "soon")}), "it tells none");
  EXPECT_EQ(Shown({NamedRow{}}), "its SQL thread is unknown");
}

TEST(ReplicaStatus, AnErrorIsItsNumberAlone) {
  auto row = MySqlRow("Yes", "No", std::nullopt);
  row["last_sql_errno"] = "1062";
  row["last_sql_error"] = "Duplicate entry 'ann@example.com' for key 'email'";
  EXPECT_EQ(Shown({row}), "its SQL thread is stopped (error 1062)");
  row = MariaDbRow("Connecting", "Yes", "0");
  row["last_io_errno"] = "2003";
  EXPECT_EQ(Shown({row}), "its IO thread is connecting (error 2003)");
}

TEST(ReplicaStatus, TheWorstChannelCounts) {
  EXPECT_EQ(Shown({MariaDbRow("Yes", "Yes", "4", "a"), MariaDbRow("Yes", "Yes", "9", "b"),
                   MariaDbRow("Yes", "Yes", "0", "c")}),
            "9 s");
  EXPECT_EQ(Shown({MariaDbRow("Yes", "Yes", "900", "a"), MariaDbRow("No", "Yes", "0", "b")}),
            "its IO thread of channel b is stopped");
  auto row = MySqlRow("Yes", "Yes", std::nullopt);
  row["channel_name"] = "east";
  EXPECT_EQ(Shown({MySqlRow("Yes", "Yes", "0"), row}), "it tells none of channel east");
}

ReplicaState Behind(const std::string& name, std::optional<Duration> lag,
                    const std::string& why = "") {
  return {name, true, lag, "", why};
}

TEST(ReplicaPause, OnlyAboveTheLimit) {
  EXPECT_EQ(ReplicaPause({}, seconds(5)), std::nullopt);
  EXPECT_EQ(ReplicaPause({Behind("replica 1", seconds(5))}, seconds(5)), std::nullopt);
  EXPECT_EQ(ReplicaPause({Behind("replica 1", seconds(6)), Behind("replica 2", seconds(75)),
                          Behind("replica 3", seconds(7))},
                         seconds(5)),
            "replica 2 is 1 min 15 s behind");
  EXPECT_EQ(ReplicaPause({Behind("replica 1", seconds(1))}, milliseconds(300)),
            "replica 1 is 1 s behind");
}

TEST(ReplicaPause, WhatIsUnknownComesFirst) {
  EXPECT_EQ(ReplicaPause({Behind("replica 1", seconds(60)),
                          Behind("replica 2", std::nullopt, "its SQL thread is stopped")},
                         seconds(5)),
            "the lag of replica 2 cannot be read: its SQL thread is stopped; mend that, or set "
            "max_replica_lag = \"0s\"");
}

}  // namespace
}  // namespace interlock::mysql
