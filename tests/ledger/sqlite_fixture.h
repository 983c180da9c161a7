// A ledger in a SQLite file of a temporary folder, with a clock that is set by hand.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "engine/sql_ledger.h"
#include "engine/sqlite/sqlite_connection.h"
#include "ledger/chain.h"

namespace interlock::ledger_test {

class SetClock : public Clock {
 public:
  Timestamp Now() override { return now; }
  Duration Elapsed() override { return Duration(now); }
  void Sleep(Duration duration) override { now += duration.count(); }
  Timestamp now = 1'795'342'500'000'000;
};

class SqliteLedgerTest : public testing::Test {
 protected:
  SqliteLedgerTest() {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "interlock-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/ledger.db";
  }
  ~SqliteLedgerTest() override { std::filesystem::remove_all(folder_); }

  /// Without waiting for the disk: no test here cuts the power.
  SqlConnector Connector() const {
    return [path = path_]() -> Result<std::unique_ptr<SqlConnection>> {
      IL_ASSIGN(auto connection, sqlite::SqliteConnection::Open(path));
      IL_RETURN_IF_ERROR(connection->Execute("PRAGMA synchronous = OFF"));
      return connection;
    };
  }
  std::unique_ptr<SqlLedger> OpenPrepared() {
    EXPECT_TRUE(sqlite::SqliteConnection::CreateFile(path_));
    auto ledger = std::make_unique<SqlLedger>(Connector(), "ann", clock_);
    const auto prepared = ledger->Prepare();
    EXPECT_TRUE(prepared) << ToString(prepared.error());
    return ledger;
  }
  /// Straight to the file, as someone with a SQL prompt.
  Result<SqlRows> Sql(const std::string& sql) const {
    IL_ASSIGN(auto connection, sqlite::SqliteConnection::Open(path_));
    return connection->Execute(sql);
  }
  void Claim(const std::string& object, std::uint64_t token) const {
    const auto done = Sql(
        "INSERT INTO interlock_claims VALUES ('" + object + "', " + std::to_string(token) +
        ", 'r2', 'bob', 'host-2', 4411, 17, " +
        "1795342500000000) ON CONFLICT (object) DO UPDATE SET token = " + std::to_string(token));
    EXPECT_TRUE(done) << ToString(done.error());
  }
  static EntryDraft Draft(const std::string& step) {
    return {EntryKind::kStepIntent, "r1", step, 1, "{}"};
  }

  std::string folder_;
  std::string path_;
  SetClock clock_;
};

}  // namespace interlock::ledger_test
