// A server that answers anything at all: what the MySQL dialect asks, a definition's text included,
// is read from the input.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mysql/grants.h"
#include "engine/mysql/mysql_session.h"
#include "engine/mysql/replica_lag.h"
#include "engine/mysql/row_work.h"
#include "engine/mysql/server_load.h"
#include "engine/mysql/table_text.h"
#include "fuzz/tape.h"

namespace interlock::fuzz {
namespace {

using mysql::MySqlConnection;
using mysql::NamedRow;

/// Values that lead further than noise does.
constexpr std::array<std::string_view, 48> kWords = {"1",
                                                     "0",
                                                     "2",
                                                     "-1",
                                                     "150",
                                                     "18446744073709551615",
                                                     "public",
                                                     "Users",
                                                     "id",
                                                     "name",
                                                     "first_name",
                                                     "interlock_q_1_name",
                                                     "PRIMARY",
                                                     "BASE TABLE",
                                                     "VIEW",
                                                     "InnoDB",
                                                     "BTREE",
                                                     "YES",
                                                     "NO",
                                                     "ON",
                                                     "OFF",
                                                     "A",
                                                     "D",
                                                     "int",
                                                     "varchar",
                                                     "varchar(20)",
                                                     "enum('a','b''c')",
                                                     "timestamp",
                                                     "utf8mb4",
                                                     "utf8mb4_bin",
                                                     "latin1_swedish_ci",
                                                     "BEFORE",
                                                     "AFTER",
                                                     "INSERT",
                                                     "UPDATE",
                                                     "DELETE",
                                                     "STRICT_ALL_TABLES",
                                                     "root@localhost",
                                                     "GRANT ALL PRIVILEGES ON *.* TO `a`@`%`",
                                                     "GRANT SELECT ON `pub%`.* TO `a`@`%`",
                                                     "absent",
                                                     "present",
                                                     "main",
                                                     "head",
                                                     "7b7d",
                                                     "2026-11-25 12:00:00.000000",
                                                     "1795342500000000",
                                                     "Waiting for table metadata lock"};

/// What servers show of a table, a trigger, a view, with every kind of element.
constexpr std::array<std::string_view, 6> kTexts = {
    R"sql(CREATE TABLE `Users: "old"
` (
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a\\b''c),' COMMENT 'a, b)',
  `a` int(11) DEFAULT -1,
  `twice` decimal(12,2) GENERATED ALWAYS AS (`a` * 2) STORED,
  `at` timestamp(6) NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  `j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`j`)),
  `inv` int(11) INVISIBLE DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_name` (`name`(10),`a` DESC) COMMENT 'x',
  FULLTEXT KEY `ft` (`j`),
  CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `other`.`t` (`a`) ON DELETE CASCADE,
  CONSTRAINT `named check` CHECK (char_length(`name`) > 0 and `unknown` = 1)
) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='hello'
 PARTITION BY RANGE (`id`)
(PARTITION `p25` VALUES LESS THAN (2026) ENGINE = InnoDB))sql",
    R"sql(CREATE TABLE `users` (
  `a` bigint NOT NULL,
  `e` enum('a','b') DEFAULT NULL,
  `b` varchar(9) DEFAULT (uuid()),
  `raw` varbinary(10) DEFAULT 0x00FF,
  `inv` int DEFAULT NULL /*!80023 INVISIBLE */,
  `p` point NOT NULL /*!80003 SRID 4326 */,
  PRIMARY KEY (`a`),
  KEY `k` ((lower(`b`))) /*!80000 INVISIBLE */,
  SPATIAL KEY `s` (`p`),
  CONSTRAINT `users_chk_1` CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
/*!50100 PARTITION BY HASH (`a`)
PARTITIONS 4 */)sql",
    "CREATE TABLE `t` (\n  `a` int NOT NULL,\n  PRIMARY KEY (`a`)\n) ENGINE=InnoDB",
    "CREATE DEFINER=`a`@`%` TRIGGER `interlock_1` BEFORE UPDATE ON `users` FOR EACH ROW BEGIN SET "
    "NEW.`a` = 1; END",
    "CREATE ALGORITHM=UNDEFINED DEFINER=`a`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1",
    "CREATE PROCEDURE `p`() SELECT 1"};

class Server : public MySqlConnection {
 public:
  Server(Tape& tape, std::string_view version)
      : tape_(tape), version_(mysql::ReadVersion(std::string(version))) {}

  std::string_view dialect() const override {
    return version_.flavor == mysql::Flavor::kMariaDb ? "mariadb" : "mysql";
  }
  Result<SqlRows> Execute(const std::string& sql, const std::vector<SqlValue>&) override {
    if (tape_.over()) return Fail(ErrorKind::kUnreachable, "IL-E03", "the connection was lost");
    if (sql.starts_with("SET ") && sql.find("SELECT") == std::string::npos) return SqlRows{};
    const unsigned decision = tape_.Next();
    if (decision >= 250) return Refuse(decision);
    SqlRows out;
    out.affected = decision % 3;
    for (unsigned i = 0; i < decision % 5; ++i) {
      out.rows.push_back(tape_.Row(kWords));
      if (sql == "SHOW GRANTS" && decision < 200)
        out.rows.back()[0] = "GRANT ALL PRIVILEGES ON *.* TO `a`@`%`";
      if (sql.find("SHOW CREATE ") != std::string::npos) PutText(sql, out.rows.back());
    }
    return out;
  }
  Result<SqlRows> Attempt(const std::string& sql) override { return Execute(sql, {}); }
  Result<std::vector<NamedRow>> Show(const std::string& sql) override {
    IL_ASSIGN(const SqlRows rows, Execute(sql, {}));
    std::vector<NamedRow> out;
    for (const auto& row : rows.rows) out.push_back(Named(row));
    return out;
  }
  NamedRow Named(const std::vector<SqlValue>& row) {
    static constexpr std::array<const char*, 11> kNames = {"trigger",
                                                           "sql_mode",
                                                           "sql original statement",
                                                           "character_set_client",
                                                           "replica_io_running",
                                                           "replica_sql_running",
                                                           "seconds_behind_source",
                                                           "slave_io_running",
                                                           "slave_sql_running",
                                                           "seconds_behind_master",
                                                           "collation_connection"};
    NamedRow out;
    const unsigned without = tape_.Next();
    for (std::size_t i = 0; i < kNames.size(); ++i)
      if (without != i) out[kNames[i]] = row[i];
    return out;
  }
  Result<void> Pin() override { return {}; }
  Result<void> Begin() override { return {}; }
  Result<void> Commit() override { return {}; }
  void Rollback() override {}
  const mysql::ServerVersion& version() const override { return version_; }
  const std::string& url() const override { return url_; }
  const std::string& program_name() const override { return name_; }
  const std::string& database() const override { return kSampleTable.schema; }
  const std::string& process_list() const override { return list_; }
  bool folds_names() const override { return false; }

 private:
  static Result<SqlRows> Refuse(unsigned decision) {
    static constexpr std::array<const char*, 6> kNumbers = {"1146", "1062", "1205",
                                                            "1846", "1796", "4025"};
    return Fail(ErrorKind::kFailed, "IL-E40", "refused", "",
                {std::string("error ") + kNumbers[decision - 250]});
  }

  /// The text stands at another place for each sort; some of it may be something else.
  void PutText(const std::string& sql, std::vector<SqlValue>& row) {
    const bool second = sql.find("SHOW CREATE TABLE") != std::string::npos ||
                        sql.find("SHOW CREATE VIEW") != std::string::npos;
    std::string text(kTexts[tape_.Next() % kTexts.size()]);
    const unsigned length = tape_.Next() % 16;
    if (length < 12) {
      const std::size_t at = (tape_.Next() * 256 + tape_.Next()) % text.size();
      text.replace(at, tape_.Next() % 32, tape_.Take(length));
    }
    row[second ? 1 : 2] = std::move(text);
  }

  Tape& tape_;
  mysql::ServerVersion version_;
  std::string url_ = "mysql://nobody@127.0.0.1:1/public";  // where nothing listens
  std::string name_ = "interlock";
  std::string list_ = "performance_schema.processlist";
};

std::unique_ptr<Server> Connect(Tape& tape) {
  return std::make_unique<Server>(tape,
                                  tape.Next() % 2 == 0 ? "9.7.4" : "10.11.19-MariaDB-0+deb12u1");
}

void Ask(Tape& tape, Session& session) {
  const ClaimRequest request{"table x", "r", "a", "h", 1};
  switch (tape.Next() % 10) {
    case 0:
      return Judge(session.Identity());
    case 1:
      return Judge(session.Sessions());
    case 2:
      return Judge(session.Blockers(kSampleTable));
    case 3:
      return Judge(session.AttachedReplicas());
    case 4:
      return Judge(session.OldShapeWrites(kSampleTable));
    case 5:
      return Judge(session.ProveExpressions(SampleSync()));
    case 6:
      return Judge(session.Beat({{"table x", 7}}));
    case 7:
      Judge(session.TryClaim(request));
      return Judge(session.Claims());
    case 8:
      return Judge(session.BreakClaim("table x"));
    default:
      Judge(session.Now());
      return Judge(session.HasRows(kSampleTable));
  }
}

void AskConnection(Tape& tape) {
  const auto server = Connect(tape);
  switch (tape.Next() % 4) {
    case 0:
      return Judge(mysql::MissingPrivileges(*server, {"SELECT", "TRIGGER", "PROCESS"}));
    case 1:
      return Judge(mysql::LoadPause(*server, {}));
    case 2:
      return Judge(mysql::ShowTable(*server, kSampleTable));
    default: {
      std::vector<NamedRow> channels;
      for (unsigned left = tape.Next() % 3; left > 0; --left)
        channels.push_back(server->Named(tape.Row(kWords)));
      mysql::ReadReplicaStatus("replica 1", channels);
    }
  }
}

void Move(mysql::RowWork& work) {
  BatchResult result;
  const KeyRange range{Key{"1"}, Key{"2"}};
  Judge(work.MoveRows(range, BatchMode::kSkipLocked, std::nullopt, &result));
  Judge(work.Compare(range));
  Judge(work.CatchUp({{"table x", 7}}));
  Judge(work.Finish({{"table x", 7}}));
}

void MoveRows(Tape& tape) {
  const auto server = Connect(tape);
  const mysql::TaggedSql send(*server, "/* interlock */ ");
  const auto work = tape.Next() % 2 == 0
                        ? mysql::WorkOnSync(send, SampleSync())
                        : mysql::WorkOnCopy(send, SampleAlteration(), std::chrono::seconds(1));
  Judge(work);
  if (work) Move(**work);
}

void CarryOut(Tape& tape, Session& session, const Step& step) {
  if (IsBulk(step.action)) return;
  const Fence fence{{"table x", 7}};
  const StatementTag tag{"r", step.id, 7};
  if (tape.Next() % 2 == 0) return Judge(session.Mend(step, Context(), fence, tag, Duration(1)));
  Judge(session.Execute(step, Context(), fence, tag, Duration(1)));
}

void AskSession(Tape& tape, char which) {
  NoTime clock;
  mysql::MySqlSession session(Connect(tape), {{"public.*"}, {"public.tmp_*"}, "primary"}, clock);
  if (which == 'c') return Judge(session.ReadCatalog());
  if (which == 's') return Ask(tape, session);
  if (which == 'a')
    return Judge(session.ForeseeAlter(kSampleTable, "MODIFY a BIGINT, ADD z INT DEFAULT 3"));
  const Step step = StepOf(tape.Next());
  if (which == 'o') return Judge(session.Observe(step, Context()));
  if (which == 'r') return Judge(session.Render(step, Context()));
  CarryOut(tape, session, step);
}

}  // namespace
}  // namespace interlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlock;
  using namespace interlock::fuzz;
  const Input input(data, size);
  Tape tape(input.text);
  if (input.which == 'l') ReadLedger(Connect(tape));
  if (input.which == 'n') AskConnection(tape);
  if (input.which == 'm') MoveRows(tape);
  if (std::string_view("csaore").find(input.which) != std::string_view::npos)
    AskSession(tape, input.which);
  return 0;
}
