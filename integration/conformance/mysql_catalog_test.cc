// The catalog of MySQL and MariaDB: what counts is in its text, nothing else, whatever is set.
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/servers.h"
#include "engine/mysql/catalog_reader.h"
#include "engine/mysql/quote.h"

namespace interlock::testing {
namespace {

const std::vector<std::string>& Schema() {
  static const std::vector<std::string> statements{
      R"sql(CREATE TABLE users (
        id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
        name varchar(50) COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT 'a\\b''c',
        `Mixed Case` enum('sad','it''s fine') DEFAULT 'sad',
        price decimal(10,2) DEFAULT 1.5,
        twice decimal(12,2) GENERATED ALWAYS AS (price * 2) STORED,
        at timestamp(6) NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
        e varchar(36) DEFAULT (uuid()), hidden int INVISIBLE, txt text, j json, b bit(5) DEFAULT b'101',
        CONSTRAINT `named check` CHECK (char_length(name) > 0),
        UNIQUE KEY users_name (name(10), price DESC), FULLTEXT KEY ft (txt)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)sql",
      "CREATE TABLE `Odd Order` (id int PRIMARY KEY, owner bigint unsigned, "
      "CONSTRAINT fk FOREIGN KEY (owner) REFERENCES users (id) ON DELETE CASCADE)",
      "CREATE TABLE ev (id int NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY "
      "RANGE "
      "(year(at)) (PARTITION p25 VALUES LESS THAN (2026), PARTITION p26 VALUES LESS THAN (2027))",
      "CREATE VIEW names AS SELECT u.name AS q FROM users u WHERE u.price > 3",
      "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW SET NEW.name = CONCAT(NEW.name, "
      "'é\\'')",
      "CREATE FUNCTION total(a int) RETURNS int READS SQL DATA RETURN (SELECT max(PRICE) FROM "
      "users)",
      "CREATE PROCEDURE nothing() SELECT 1",
      "CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY DO DELETE FROM users WHERE id = 0",
      "CREATE TEMPORARY TABLE gone (a int)",
  };
  return statements;
}

class MySqlCatalogTest : public ::testing::TestWithParam<ServerKind> {
 protected:
  void SetUp() override {
    static int number = 0;
    url_ = GetParam().create_database("catalog_" + std::to_string(++number));
    auto connection = mysql::MySqlConnection::Open(url_, {});
    ASSERT_TRUE(connection) << ToString(connection.error());
    sql_ = std::move(*connection);
  }
  void Sql(const std::string& statement) {
    const auto done = sql_->Execute(statement, {});
    ASSERT_TRUE(done) << statement << ": " << ToString(done.error());
  }
  void MakeSchema() {
    SqlLedger ledger([this] { return GetParam().connect(url_); }, "ann", SystemClock());
    ASSERT_TRUE(ledger.Prepare());
    for (const auto& statement : Schema()) Sql(statement);
  }
  Catalog Read(const std::vector<std::string>& owns = {},
               const std::vector<std::string>& ignore = {}) {
    const auto catalog = mysql::ReadCatalog(*sql_, owns, ignore);
    EXPECT_TRUE(catalog) << ToString(catalog.error());
    return catalog ? *catalog : Catalog{};
  }
  const OtherObject* Other(const Catalog& catalog, ObjectKind kind, const std::string& name) {
    for (const auto& other : catalog.others)
      if (other.ref.kind == kind && other.ref.table.name == name) return &other;
    return nullptr;
  }
  bool Names(const OtherObject* other, const std::string& column) {
    const ObjectRef ref{ObjectKind::kColumn, {sql_->database(), "users"}, column};
    return other != nullptr && std::find(other->depends_on.begin(), other->depends_on.end(), ref) !=
                                   other->depends_on.end();
  }

  std::string url_;
  std::unique_ptr<mysql::MySqlConnection> sql_;
};

TEST_P(MySqlCatalogTest, WhatIsThere) {
  MakeSchema();
  const Catalog catalog = Read();
  EXPECT_EQ(catalog.engine, GetParam().name);
  const std::string schema = sql_->database();
  ASSERT_EQ(catalog.tables.size(), 3U) << CanonicalText(catalog);
  const Table& users = catalog.tables.at({schema, "users"});
  EXPECT_EQ(users.PrimaryKey(), std::vector<std::string>{"id"});
  EXPECT_EQ(users.FindColumn("id")->identity, "auto_increment");
  EXPECT_EQ(users.FindColumn("name")->default_value, "'a\\\\b''c'");
  EXPECT_EQ(users.FindColumn("name")->collation, "utf8mb4_unicode_ci");
  EXPECT_EQ(users.FindColumn("hidden")->attributes, "invisible");
  EXPECT_TRUE(users.FindColumn("twice")->generated.starts_with("stored: ("));
  EXPECT_EQ(users.FindIndex("users_name")->columns, (std::vector<std::string>{"name", "price"}));
  ASSERT_EQ(users.triggers.size(), 1U);
  EXPECT_TRUE(users.triggers[0].before_row);
  EXPECT_NE(users.triggers[0].definition.find("'é\\''"), std::string::npos)
      << users.triggers[0].definition;
  EXPECT_EQ(catalog.tables.at({schema, "Odd Order"}).FindConstraint("fk")->references,
            (TableName{schema, "users"}));
  EXPECT_TRUE(catalog.tables.at({schema, "ev"}).partitioned);
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kView, "names"), "name"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kView, "names"), "price"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kRoutine, "total"), "price"));
  EXPECT_FALSE(Names(Other(catalog, ObjectKind::kRoutine, "nothing"), "price"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kOther, "tidy"), "id"));
  EXPECT_NE(Other(catalog, ObjectKind::kSchema, schema), nullptr);
  const std::string text = CanonicalText(catalog);
  EXPECT_EQ(text.find("interlock_"), std::string::npos);
  EXPECT_EQ(text.find("gone"), std::string::npos);
  const auto lines = ParseCanonicalText(text);
  ASSERT_TRUE(lines);
  EXPECT_EQ(*lines, CatalogLines(catalog));
}

TEST_P(MySqlCatalogTest, DataCommentsAndPartitionsAreNotInIt) {
  MakeSchema();
  const std::string before = CanonicalText(Read());
  Sql("INSERT INTO users (name) VALUES ('x'), ('y')");
  Sql("ANALYZE TABLE users");
  Sql("ALTER TABLE users COMMENT 'said', AUTO_INCREMENT = 77");
  Sql("ALTER TABLE ev ADD PARTITION (PARTITION p27 VALUES LESS THAN (2028))");
  EXPECT_EQ(CanonicalText(Read()), before);
}

TEST_P(MySqlCatalogTest, EveryChangeIsInIt) {
  MakeSchema();
  std::string before = CanonicalText(Read());
  for (const std::string change :
       {"ALTER TABLE users ALTER price SET DEFAULT 2", "ALTER TABLE users MODIFY txt mediumtext",
        "ALTER TABLE users MODIFY hidden int NULL", "ALTER TABLE users ADD KEY k (b)",
        "ALTER TABLE users MODIFY `Mixed Case` enum('sad','it''s fine','new') DEFAULT 'sad'",
        "ALTER TABLE users MODIFY at timestamp(6) NULL", "ALTER TABLE users DROP KEY users_name",
        "ALTER TABLE users MODIFY name varchar(50) COLLATE utf8mb4_bin NOT NULL",
        "ALTER TABLE users MODIFY j json NOT NULL",
        "ALTER TABLE users DROP CONSTRAINT `named check`",
        "ALTER TABLE `Odd Order` DROP FOREIGN KEY fk", "DROP TRIGGER touched", "DROP EVENT tidy",
        "CREATE OR REPLACE VIEW names AS SELECT name AS q FROM users", "DROP PROCEDURE nothing",
        "ALTER TABLE users DEFAULT COLLATE utf8mb4_bin", "ALTER TABLE users ROW_FORMAT=COMPRESSED",
        "ALTER TABLE ev REMOVE PARTITIONING", "DROP TABLE ev"}) {
    Sql(change);
    const std::string after = CanonicalText(Read());
    EXPECT_NE(after, before) << change;
    before = after;
  }
}

TEST_P(MySqlCatalogTest, WhatTheAccountMayNotSeeIsUndecidable) {
  MakeSchema();
  const std::string before = CanonicalText(Read());
  const std::string all = mysql::Quote(sql_->database()) + ".*";
  Sql("DROP USER IF EXISTS plain@'%'");
  Sql("CREATE USER plain@'%' IDENTIFIED BY 'p%&w'");
  const std::string url = "mysql://plain:p%25%26w" + url_.substr(url_.find('@'));
  std::string granted = "SELECT, SHOW VIEW, EVENT, EXECUTE";
  Sql("GRANT " + granted + " ON " + all + " TO plain@'%'");
  {
    auto plain = mysql::MySqlConnection::Open(url, {});
    ASSERT_TRUE(plain) << ToString(plain.error());
    const auto hidden = mysql::ReadCatalog(**plain, {}, {});
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().code, "IL-E22");
    EXPECT_EQ(hidden.error().kind, ErrorKind::kUndecidable);
    EXPECT_NE(ToString(hidden.error()).find("GRANT TRIGGER ON"), std::string::npos)
        << ToString(hidden.error());
  }
  Sql("GRANT TRIGGER ON " + all + " TO plain@'%'");
  Sql("DROP FUNCTION total");
  Sql("DROP PROCEDURE nothing");
  const std::string without = CanonicalText(Read());
  auto plain = mysql::MySqlConnection::Open(url, {});
  ASSERT_TRUE(plain);
  const auto seen = mysql::ReadCatalog(**plain, {}, {});
  ASSERT_TRUE(seen) << ToString(seen.error());
  EXPECT_EQ(CanonicalText(*seen), without);
  Sql("CREATE PROCEDURE somebodys() SELECT 1");
  const auto body = mysql::ReadCatalog(**plain, {}, {});
  EXPECT_FALSE(body && CanonicalText(*body) == without) << "hidden, not absent";
  Sql("DROP USER plain@'%'");
}

TEST_P(MySqlCatalogTest, OwnsAndIgnore) {
  MakeSchema();
  const std::string schema = sql_->database();
  const Catalog catalog = Read({schema + ".*"}, {schema + ".ev", schema + ".to*"});
  EXPECT_EQ(catalog.tables.size(), 2U);
  EXPECT_EQ(Other(catalog, ObjectKind::kRoutine, "total"), nullptr);
  EXPECT_NE(Other(catalog, ObjectKind::kRoutine, "nothing"), nullptr);
}

TEST_P(MySqlCatalogTest, BodiesCountInWhateverModeTheyWereWritten) {
  MakeSchema();
  Sql("CREATE TABLE log (id int PRIMARY KEY, `odd \"name` int, note text)");
  Sql("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'");
  Sql("CREATE TRIGGER quoted AFTER INSERT ON users FOR EACH ROW INSERT INTO \"log\" (\"id\", "
      "\"odd \"\"name\") VALUES (NEW.\"ID\", LOCATE('\\', NEW.`name`))");
  Sql("CREATE FUNCTION most() RETURNS int READS SQL DATA RETURN (SELECT max(\"price\") FROM "
      "\"users\")");
  Sql("CREATE EVENT ev2 ON SCHEDULE EVERY 1 DAY DO UPDATE \"users\" SET \"txt\" = '\\'");
  Sql("CREATE PROCEDURE built() BEGIN SET @s = 'UPDATE users SET b = 1'; PREPARE s FROM @s; END");
  Sql("SET sql_mode = 'STRICT_ALL_TABLES'");
  const Catalog catalog = Read();
  const auto& triggers = catalog.tables.at({sql_->database(), "users"}).triggers;
  ASSERT_EQ(triggers.size(), 2U);
  const auto names = [&](const std::string& table, const std::string& column) {
    const ObjectRef ref{ObjectKind::kColumn, {sql_->database(), table}, column};
    const auto& found = triggers[0].depends_on;
    return std::find(found.begin(), found.end(), ref) != found.end();
  };
  EXPECT_EQ(triggers[0].name, "quoted");
  EXPECT_TRUE(names("users", "id")) << triggers[0].definition;
  EXPECT_TRUE(names("users", "name"));
  EXPECT_FALSE(names("users", "price"));
  EXPECT_TRUE(names("log", "id"));
  EXPECT_TRUE(names("log", "odd \"name"));
  EXPECT_FALSE(names("log", "note"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kRoutine, "most"), "price"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kOther, "ev2"), "txt"));
  EXPECT_TRUE(Names(Other(catalog, ObjectKind::kRoutine, "built"), "b"));
}

TEST_P(MySqlCatalogTest, PrivilegesMayComeFromARole) {
  MakeSchema();
  Sql("DROP FUNCTION total");  // the bodies of others take more
  Sql("DROP PROCEDURE nothing");
  const std::string before = CanonicalText(Read());
  const std::string all = mysql::Quote(sql_->database()) + ".*";
  const bool maria = GetParam().name == "mariadb";
  Sql("DROP USER IF EXISTS actor@'%'");
  Sql("DROP ROLE IF EXISTS reader");
  Sql("CREATE USER actor@'%'");
  Sql("CREATE ROLE reader");
  Sql("GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON " + all + " TO reader");
  Sql("GRANT reader TO actor@'%'");
  Sql("GRANT SELECT ON " + all + " TO actor@'%'");
  std::string url = url_;
  url.replace(8, url.find('@') - 8, "actor");
  const auto read = [&]() -> std::string {
    auto actor = mysql::MySqlConnection::Open(url, {});
    EXPECT_TRUE(actor) << ToString(actor.error());
    const auto catalog = mysql::ReadCatalog(**actor, {}, {});
    return catalog ? CanonicalText(*catalog) : ToString(catalog.error());
  };
  EXPECT_NE(read().find("lacks SHOW VIEW, TRIGGER"), std::string::npos) << read();
  Sql(std::string("SET DEFAULT ROLE reader ") + (maria ? "FOR" : "TO") + " actor@'%'");
  EXPECT_EQ(read(), before);
  Sql("DROP USER actor@'%'");
  Sql("DROP ROLE reader");
}

TEST_P(MySqlCatalogTest, PrivilegesMayBeRevokedInPart) {
  if (GetParam().name != "mysql") GTEST_SKIP() << "MariaDB has no partial revokes";
  MakeSchema();
  Sql("SET sql_log_bin = 0");  // a replica of a later test may not do as this server does
  Sql("DROP USER IF EXISTS most@'%'");
  Sql("SET GLOBAL partial_revokes = ON");
  Sql("CREATE USER most@'%'");
  Sql("GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON *.* TO most@'%'");
  Sql("REVOKE TRIGGER ON " + mysql::Quote(sql_->database()) + ".* FROM most@'%'");
  std::string url = url_;
  url.replace(8, url.find('@') - 8, "most");
  {
    auto most = mysql::MySqlConnection::Open(url, {});
    ASSERT_TRUE(most) << ToString(most.error());
    const auto catalog = mysql::ReadCatalog(**most, {}, {});
    ASSERT_FALSE(catalog);
    EXPECT_NE(ToString(catalog.error()).find("lacks TRIGGER"), std::string::npos)
        << ToString(catalog.error());
  }
  Sql("DROP USER most@'%'");
  Sql("SET GLOBAL partial_revokes = OFF");
}

TEST_P(MySqlCatalogTest, VersionedTables) {
  if (GetParam().name != "mariadb") GTEST_SKIP() << "MySQL has none";
  Sql("CREATE TABLE sv (a int, `start` timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE, e "
      "timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (`start`, e)) "
      "WITH SYSTEM VERSIONING");
  const Catalog catalog = Read();
  const Table& table = catalog.tables.at({sql_->database(), "sv"});
  EXPECT_EQ(table.FindColumn("start")->generated, "stored: 'row start'");
  EXPECT_EQ(table.FindColumn("e")->generated, "stored: 'row end'");
}

INSTANTIATE_TEST_SUITE_P(Servers, MySqlCatalogTest, ::testing::ValuesIn(MySqlServers()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace interlock::testing
