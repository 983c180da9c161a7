// A database with a table t on MySQL or MariaDB, and accounts on its server.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "conformance/servers.h"
#include "engine/mysql/connection.h"
#include "engine/mysql/quote.h"

namespace interlock::testing {

class MySqlCensusFixture : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    url_ = GetParam().create_database("census_" + std::to_string(++number));
    sql_ = Open("interlock");
    Sql("CREATE TABLE t (a int PRIMARY KEY, b int) ENGINE=InnoDB");
    Sql("INSERT INTO t VALUES (1, 1), (2, 2)");
  }

  MySqlServer& Server() const {
    return MySql(GetParam().name == "mariadb" ? MySqlFlavor::kMariaDb : MySqlFlavor::kMySql);
  }
  std::unique_ptr<mysql::MySqlConnection> Open(const std::string& name,
                                               const std::string& user = "") const {
    std::string url = url_;
    if (!user.empty()) url.replace(8, url.find('@') - 8, user);
    mysql::ConnectOptions options;
    options.program_name = name;
    auto connection = mysql::MySqlConnection::Open(url, options);
    EXPECT_TRUE(connection) << ToString(connection.error());
    return std::move(*connection);
  }
  static std::string Value(SqlConnection& connection, const std::string& sql) {
    const auto rows = connection.Execute(sql, {});
    EXPECT_TRUE(rows) << sql << ": " << ToString(rows.error());
    return rows && !rows->rows.empty() ? rows->rows[0].at(0).value_or("NULL") : "";
  }
  void Sql(const std::string& statement) const {
    const auto done = sql_->Execute(statement, {});
    ASSERT_TRUE(done) << statement << ": " << ToString(done.error());
  }
  static std::int64_t IdOf(SqlConnection& connection) {
    return std::stoll(Value(connection, "SELECT CONNECTION_ID()"));
  }
  void MakeUser(const std::string& user) const {
    Sql("DROP USER IF EXISTS " + user + "@'%'");
    Sql("CREATE USER " + user + "@'%'");
    Sql("GRANT SELECT ON " + mysql::Quote(sql_->database()) + ".* TO " + user + "@'%'");
  }
  bool HasAttributes() const { return Value(*sql_, "SELECT @@performance_schema") == "1"; }
  TableName Table() const { return {sql_->database(), "t"}; }

  std::string url_;
  std::unique_ptr<mysql::MySqlConnection> sql_;
};

}  // namespace interlock::testing
