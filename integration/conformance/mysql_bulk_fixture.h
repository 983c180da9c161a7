// A database with a table t to backfill, on MySQL or MariaDB.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "conformance/servers.h"
#include "engine/backfill.h"
#include "engine/mysql/bulk_session.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/sync_trigger.h"
#include "engine/verify.h"

namespace interlock::testing {

using mysql::MySqlConnection;

class MySqlBulkFixture : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    url_ = GetParam().create_database("bulk_" + std::to_string(++number));
    owner_ = Connect();
    SqlLedger ledger([this] { return GetParam().connect(url_); }, "ann", SystemClock());
    ASSERT_TRUE(ledger.Prepare());
    Run("CREATE TABLE digits (d INT PRIMARY KEY)");
    Run("INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
    Run("CREATE TABLE numbers (i INT PRIMARY KEY)");
    Run("INSERT INTO numbers SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d FROM digits a, "
        "digits b, digits c, digits e");
  }

  std::unique_ptr<MySqlConnection> Connect() const {
    auto connection = MySqlConnection::Open(url_, {"app", false});
    EXPECT_TRUE(connection) << ToString(connection.error());
    return connection ? std::move(*connection) : nullptr;
  }
  static std::string Try(MySqlConnection& connection, const std::string& sql) {
    const auto result = connection.Execute(sql, {});
    return result ? "" : ToString(result.error());
  }
  void Run(const std::string& sql) { ASSERT_EQ(Try(*owner_, sql), "") << sql; }
  /// Rows as "a|b|-", one a line.
  std::string Rows(const std::string& query) {
    const auto result = owner_->Execute(query, {});
    if (!result) return ToString(result.error());
    std::string out;
    for (const auto& row : result->rows) {
      if (!out.empty()) out += '\n';
      for (std::size_t i = 0; i < row.size(); ++i) out += (i > 0 ? "|" : "") + row[i].value_or("-");
    }
    return out;
  }

  SyncSpec Spec(const std::vector<std::string>& old_columns,
                const std::vector<std::array<std::string, 3>>& derived,
                const std::map<std::string, std::string>& down,
                const std::map<std::string, std::string>& fills = {}) {
    SyncSpec spec;
    spec.id = "0003-t/1";
    spec.table = {owner_->database(), "t"};
    spec.old_columns = old_columns;
    for (const auto& [name, type, up] : derived) {
      change::DerivedColumn column;
      column.column.name = name;
      column.column.type = type;
      column.up = up;
      spec.new_columns.push_back(column);
    }
    spec.down = down;
    spec.fills = fills;
    return spec;
  }
  void Sync(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after) {
    const auto statements = mysql::SyncStatements(*owner_, before, after);
    ASSERT_TRUE(statements) << ToString(statements.error());
    for (const auto& statement : *statements) Run(statement);
  }
  /// t (…, v, w) with `count` rows, w synced to upper(v); `values` over i.
  SyncSpec Table(const std::string& columns, const std::string& values, int count,
                 const std::string& options = "") {
    Run("DROP TABLE IF EXISTS t");
    Run("CREATE TABLE t (" + columns + ", v VARCHAR(40)) " + options);
    Run("INSERT INTO t SELECT " + values +
        ", CONCAT('v', i) FROM (SELECT n.i + 10000 * d AS i FROM "
        "numbers AS n, digits) AS n WHERE i <= " +
        std::to_string(count));
    Run("ALTER TABLE t ADD COLUMN w VARCHAR(40)");
    const SyncSpec spec = Spec({"v"}, {{"w", "varchar(40)", "UPPER(v)"}}, {{"v", "LOWER(w)"}});
    Sync({}, {spec});
    return spec;
  }
  std::string Unequal() {
    return Rows("SELECT COUNT(*) FROM t WHERE NOT BINARY w <=> BINARY UPPER(v)");
  }

  std::unique_ptr<BulkSession> Open(const SyncSpec& spec) {
    auto session = mysql::OpenBulkSession(url_);
    EXPECT_TRUE(session) << ToString(session.error());
    const auto opened = (*session)->Open(spec, tag_);
    EXPECT_TRUE(opened) << ToString(opened.error());
    const auto segments = (*session)->Segments();
    EXPECT_TRUE(segments) << ToString(segments.error());
    return std::move(*session);
  }
  OpenBulk Opener() const {
    return [url = url_] { return mysql::OpenBulkSession(url); };
  }
  Result<BackfillCounts> Backfill(const SyncSpec& spec, int workers = 2,
                                  const BulkHooks& hooks = {}, const Fence& fence = {}) {
    BackfillSettings settings;
    settings.workers = workers;
    return RunBackfill(Opener(), spec, tag_, settings, fence, hooks, SystemClock());
  }
  VerifyCounts Verify(const SyncSpec& spec) {
    const auto counts = RunVerify(Opener(), spec, tag_, {}, {}, SystemClock());
    EXPECT_TRUE(counts) << ToString(counts.error());
    return counts ? *counts : VerifyCounts{-1, -1, -1, {}, {}};
  }
  /// What this session's last statement read, however the server came by it.
  std::int64_t RowsRead() {
    const auto status = owner_->Execute("SHOW SESSION STATUS LIKE 'Handler_read%'", {});
    std::int64_t sum = 0;
    for (const auto& row : status->rows)
      if (row[0]->find("rnd_deleted") == std::string::npos) sum += std::stoll(*row[1]);
    return sum;
  }

  std::string url_;
  std::unique_ptr<MySqlConnection> owner_;
  StatementTag tag_{"r1", "0002-x/backfill/1-backfill", 7};
};

}  // namespace interlock::testing
