#include "sync/fixture.h"

namespace interlock::testing {

PostgresCluster& Cluster() {
  static const std::unique_ptr<PostgresCluster> cluster = PostgresCluster::Start();
  return *cluster;
}

SyncSpec MakeSpec(const std::string& id, const TableName& table,
                  const std::vector<std::string>& old_columns,
                  const std::vector<std::pair<std::string, std::string>>& new_columns_and_types,
                  const std::vector<std::string>& ups,
                  const std::map<std::string, std::string>& down) {
  SyncSpec spec;
  spec.id = id;
  spec.table = table;
  spec.old_columns = old_columns;
  for (size_t i = 0; i < new_columns_and_types.size(); ++i) {
    change::DerivedColumn derived;
    derived.column.name = new_columns_and_types[i].first;
    derived.column.type = new_columns_and_types[i].second;
    derived.up = ups[i];
    spec.new_columns.push_back(derived);
  }
  spec.down = down;
  return spec;
}

SyncSpec NamesSpec() {
  return MakeSpec("0002-names/1", {"app", "people"}, {"name"},
                  {{"first_name", "text"}, {"last_name", "text"}},
                  {"split_part(name, ' ', 1)", "split_part(name, ' ', 2)"},
                  {{"name", "first_name || ' ' || last_name"}});
}

void SyncTest::SetUp() {
  static int number = 0;
  url_ = Cluster().CreateDatabase("sync_" + std::to_string(++number));
  owner_ = Connect("postgres", "owner");
  Run(*owner_, "CREATE SCHEMA app; CREATE SCHEMA interlock");
}

std::unique_ptr<PgConnection> SyncTest::Connect(const std::string& user, const std::string& name) {
  const std::string url = Cluster().Url(url_.substr(url_.rfind('/') + 1), user);
  auto connection = PgConnection::Open(url, {name, false});
  if (!connection) {
    ADD_FAILURE() << ToString(connection.error());
    return nullptr;
  }
  return std::move(*connection);
}

void SyncTest::Run(PgConnection& connection, const std::string& sql) {
  const auto result = connection.Execute(sql, {});
  ASSERT_TRUE(result) << ToString(result.error()) << "\nin: " << sql;
}

std::string SyncTest::Try(PgConnection& connection, const std::string& sql) {
  const auto result = connection.Execute(sql, {});
  return result ? "" : result.error().message;
}

std::string SyncTest::Rows(PgConnection& connection, const std::string& query) {
  const auto result = connection.Execute(query, {});
  if (!result) return ToString(result.error());
  std::string out;
  for (const auto& row : result->rows) {
    if (!out.empty()) out += '\n';
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += '|';
      out += row[i].value_or("-");
    }
  }
  return out;
}

void SyncTest::Sync(const std::vector<SyncSpec>& before, const std::vector<SyncSpec>& after,
                    const std::string& first, const std::string& last) {
  const auto statements = postgres::SyncStatements(*owner_, before, after);
  ASSERT_TRUE(statements) << ToString(statements.error());
  ASSERT_TRUE(owner_->Begin());
  if (!first.empty()) Run(*owner_, first);
  for (const auto& statement : *statements) {
    const auto result = owner_->Execute(statement, {});
    if (!result) {
      owner_->Rollback();
      FAIL() << ToString(result.error()) << "\nin: " << statement;
    }
  }
  if (!last.empty()) Run(*owner_, last);
  const auto committed = owner_->Commit();
  ASSERT_TRUE(committed) << ToString(committed.error());
}

Observed SyncTest::Observe(const std::vector<SyncSpec>& before,
                           const std::vector<SyncSpec>& after) {
  const TableName& table = (after.empty() ? before : after).at(0).table;
  const auto observation = postgres::ObserveSync(*owner_, table, before, after);
  if (!observation) {
    ADD_FAILURE() << ToString(observation.error());
    return Observed::kUndecidable;
  }
  return observation->state;
}

OpenBulk SyncTest::Opener() const {
  return [url = url_] { return postgres::OpenBulkSession(url); };
}

Result<BackfillCounts> SyncTest::Backfill(const SyncSpec& spec, int workers, const BulkHooks& hooks,
                                          const Fence& fence) {
  BackfillSettings settings;
  settings.workers = workers;
  return RunBackfill(Opener(), spec, tag_, settings, fence, hooks, SystemClock());
}

Result<VerifyCounts> SyncTest::Verify(const SyncSpec& spec) {
  return RunVerify(Opener(), spec, tag_, {}, {}, SystemClock());
}

void SyncTest::CreatePeople() {
  Run(*owner_,
      "CREATE TABLE app.people (id int PRIMARY KEY, name text, note text);"
      "INSERT INTO app.people VALUES (1, 'Ann Lee'), (2, 'Mary Ann Smith'), (3, NULL), (4, 'Bo');"
      "ALTER TABLE app.people ADD first_name text, ADD last_name text");
}

}  // namespace interlock::testing
