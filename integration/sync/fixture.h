// One server for all sync tests, a database of its own for each test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/backfill.h"
#include "engine/postgres/bulk_session.h"
#include "engine/postgres/connection.h"
#include "engine/postgres/sync_trigger.h"
#include "engine/verify.h"
#include "support/pg_cluster.h"

namespace interlock::testing {

using postgres::PgConnection;

/// A spec with one old column unless more are named.
SyncSpec MakeSpec(const std::string& id, const TableName& table,
                  const std::vector<std::string>& old_columns,
                  const std::vector<std::pair<std::string, std::string>>& new_columns_and_types,
                  const std::vector<std::string>& ups,
                  const std::map<std::string, std::string>& down);
/// name ↔ first_name, last_name on app.people.
SyncSpec NamesSpec();

class SyncTest : public ::testing::Test {
 protected:
  /// A new database with schemas app and interlock.
  void SetUp() override;

  std::unique_ptr<PgConnection> Connect(const std::string& user = "postgres",
                                        const std::string& name = "app");
  /// Runs each statement, expecting success.
  static void Run(PgConnection& connection, const std::string& sql);
  /// "" or the message of the error.
  static std::string Try(PgConnection& connection, const std::string& sql);
  /// Rows as "a|b|-", one a line, - for NULL.
  static std::string Rows(PgConnection& connection, const std::string& query);

  /// SyncStatements in one transaction, between `first` and `last`.
  void Sync(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after,
            const std::string& first = "", const std::string& last = "");
  Observed Observe(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after);
  OpenBulk Opener() const;
  Result<BackfillCounts> Backfill(const SyncSpec& spec, int workers = 2,
                                  const BulkHooks& hooks = {}, const Fence& fence = {});
  Result<VerifyCounts> Verify(const SyncSpec& spec);
  /// The names table with four rows from before.
  void CreatePeople();

  std::string url_;
  std::unique_ptr<PgConnection> owner_;
  StatementTag tag_{"r1", "0002-x/backfill/1-backfill", 7};
};

PostgresCluster& Cluster();

}  // namespace interlock::testing
