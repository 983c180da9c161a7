// doctor on MySQL and MariaDB: what lacks is named with its mend, and the mends are enough.
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/doctor.h"
#include "conformance/servers.h"
#include "engine/mysql/catalog_reader.h"
#include "engine/mysql/census.h"
#include "engine/mysql/quote.h"

namespace interlock::testing {
namespace {

using cli::CheckLine;
using cli::Finding;

class MySqlDoctorTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    database_.name = "main";
    database_.url = GetParam().create_database("doctor_" + std::to_string(++number));
    sql_ = Open(database_.url);
  }
  void TearDown() override {
    Sql("SET GLOBAL log_bin_trust_function_creators = 1");
    Sql("DROP USER IF EXISTS deploy@'%'");
  }

  static std::unique_ptr<mysql::MySqlConnection> Open(const std::string& url) {
    auto connection = mysql::MySqlConnection::Open(url, {});
    EXPECT_TRUE(connection) << ToString(connection.error());
    return std::move(*connection);
  }
  void Sql(const std::string& statement) {
    const auto done = sql_->Execute(statement, {});
    EXPECT_TRUE(done) << statement << ": " << ToString(done.error());
  }
  std::vector<CheckLine> Check(const std::string& user = "root") const {
    std::string url = database_.url;
    url.replace(8, url.find('@') - 8, user);
    return cli::CheckMySql(*Open(url), database_);
  }
  static const CheckLine& Line(const std::vector<CheckLine>& lines, const std::string& what) {
    static const CheckLine none{Finding::kOk, "", "none", "", ""};
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const CheckLine& line) { return line.what == what; });
    return found == lines.end() ? none : *found;
  }
  static std::string Stops(const std::vector<CheckLine>& lines) {
    std::string out;
    for (const auto& line : lines)
      if (line.finding == Finding::kStop) out += line.what + ": " + line.shown + "\n";
    return out;
  }

  Database database_;
  std::unique_ptr<mysql::MySqlConnection> sql_;
};

TEST_P(MySqlDoctorTest, NothingStopsRoot) {
  const auto lines = Check();
  EXPECT_EQ(Stops(lines), "");
  EXPECT_NE(Line(lines, "version").shown.find(sql_->version().text), std::string::npos);
  EXPECT_EQ(Line(lines, "sql_mode").shown, "strict");
  EXPECT_EQ(Line(lines, "engines").finding, Finding::kOk);
  EXPECT_EQ(Line(lines, "PROCESS").finding, Finding::kOk);
  EXPECT_EQ(Line(lines, "durability").finding, Finding::kWarn) << "as these servers are set up";
  EXPECT_EQ(Line(lines, "performance_schema").finding,
            GetParam().name == "mariadb" ? Finding::kWarn : Finding::kOk);
  for (const auto& line : lines) {
    EXPECT_EQ(line.where, "database main");
    EXPECT_EQ(line.mend.empty(), line.finding == Finding::kOk) << line.what << ": " << line.mend;
    EXPECT_EQ(line.shown.find("cannot be asked"), std::string::npos) << line.what;
  }
}

TEST_P(MySqlDoctorTest, TheMendsAreAllThatAnAccountNeeds) {
  Sql("CREATE USER deploy@'%'");
  Sql("GRANT SELECT ON " + mysql::Quote(sql_->database()) + ".* TO deploy@'%'");
  Sql("CREATE FUNCTION total(a int) RETURNS int NO SQL RETURN a");
  Sql("SET GLOBAL log_bin_trust_function_creators = 0");
  const auto lacking = Check("deploy");
  EXPECT_NE(Stops(lacking).find("triggers: the binary log is on"), std::string::npos);
  EXPECT_NE(Stops(lacking).find("privileges: tables: lacks CREATE, ALTER, DROP, INDEX"),
            std::string::npos)
      << Stops(lacking);
  EXPECT_EQ(Line(lacking, "PROCESS").finding, Finding::kStop);
  const auto mend = [&](const std::vector<CheckLine>& lines) {
    for (const auto& line : lines) {
      if (line.mend.starts_with("GRANT ")) Sql(line.mend.substr(0, line.mend.find_first_of(":;")));
      if (line.mend.starts_with("SET ")) Sql(line.mend.substr(0, line.mend.find(',')));
    }
  };
  mend(lacking);
  const auto now = Check("deploy");
  EXPECT_EQ(Stops(now), "routines: may not see the definition of total\n");
  mend(now);
  const auto mended = Check("deploy");
  EXPECT_EQ(Stops(mended), "");
  for (const auto& line : mended)
    EXPECT_FALSE(line.mend.starts_with("GRANT")) << line.what << ": " << line.mend;
  std::string url = database_.url;
  url.replace(8, url.find('@') - 8, "deploy");
  auto deploy = Open(url);
  EXPECT_TRUE(mysql::ReadCatalog(*deploy, {}, {}));
  const auto sessions = mysql::ReadSessions(*deploy, "primary");
  ASSERT_TRUE(sessions) << ToString(sessions.error());
  EXPECT_TRUE(sessions->complete) << sessions->why_incomplete;
  EXPECT_TRUE(mysql::ReadReplicas(*deploy));
  SqlLedger ledger([&] { return GetParam().connect(url); }, "ann", SystemClock());
  const auto made = ledger.Prepare();
  EXPECT_TRUE(made) << ToString(made.error());
  EXPECT_EQ(ledger.MissingParts()->size(), 0U);
}

TEST_P(MySqlDoctorTest, WhatThisServerIsSetTo) {
  Sql("CREATE TABLE plain (a int PRIMARY KEY) ENGINE=MyISAM");
  Sql("SET GLOBAL sql_mode = ''");
  Sql("SET GLOBAL default_storage_engine = MyISAM");
  database_.backfill.workers = 1000;
  const auto lines = Check();
  EXPECT_EQ(Stops(lines), "");
  for (const char* what : {"engines", "sql_mode", "default_storage_engine", "connections"})
    EXPECT_EQ(Line(lines, what).finding, Finding::kWarn) << what;
  EXPECT_NE(Line(lines, "engines").shown.find("plain (MyISAM)"), std::string::npos);
  database_.ignore = {sql_->database() + ".plain"};
  EXPECT_EQ(Line(Check(), "engines").finding, Finding::kOk);
  Sql("SET GLOBAL default_storage_engine = InnoDB");
  Sql("SET GLOBAL sql_mode = DEFAULT");
}

TEST_P(MySqlDoctorTest, AReplicaIsNoPrimary) {
  Sql("SET GLOBAL read_only = 1");
  const std::string stops = Stops(Check());
  Sql("SET GLOBAL read_only = 0");
  EXPECT_NE(stops.find("role of the server: read_only is ON"), std::string::npos) << stops;
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlDoctorTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
