#include <fmt/format.h>

#include "engine/sql_ledger_texts.h"

namespace interlock {
namespace {

std::string TableThere(std::string_view name) {
  return fmt::format(
      "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() "
      "AND table_name = 'interlock_{}'",
      name);
}

LedgerPart InnoTable(std::string_view name, std::string_view columns, std::string_view collation) {
  return {fmt::format("table interlock_{}", name),
          TableThere(name),
          {fmt::format("CREATE TABLE IF NOT EXISTS interlock_{} ({}) ENGINE=InnoDB "
                       "ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {}",
                       name, columns, collation)}};
}

/// REPLACE and LOAD DATA REPLACE fire it, too; TRUNCATE and DROP fire none: see `grant`.
LedgerPart SignalGuard(std::string_view table, std::string_view event) {
  const std::string name = fmt::format("interlock_{}_no_{}", table, event);
  const std::string body = fmt::format(
      "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'interlock: {} on interlock_{} is refused, the "
      "ledger is append-only'",
      event, table);
  return {"trigger " + name,
          fmt::format("SELECT 1 FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
                      "AND event_object_table = 'interlock_{}' AND trigger_name = '{}' "
                      "AND action_timing = 'BEFORE' AND event_manipulation = '{}' "
                      "AND BINARY action_statement = BINARY {}",
                      table, name, event, LedgerLiteral(body)),
          {"DROP TRIGGER IF EXISTS " + name,
           fmt::format("CREATE TRIGGER {} BEFORE {} ON interlock_{} FOR EACH ROW {}", name, event,
                       table, body)},
          "SHOW CREATE TRIGGER " + name};
}

std::vector<LedgerPart> InnoParts(std::string_view collation) {
  constexpr std::string_view kHash = "CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL";
  const auto columns = [&](std::string_view text) {
    return fmt::format(fmt::runtime(text), fmt::arg("hash", kHash));
  };
  return {
      InnoTable("meta", "`key` VARCHAR(100) PRIMARY KEY, value TEXT NOT NULL", collation),
      InnoTable("ledger",
                columns("chain VARCHAR(255) NOT NULL, seq BIGINT NOT NULL CHECK (seq > 0), "
                        "format INT NOT NULL, prev_hash {hash}, hash {hash}, at BIGINT NOT NULL, "
                        "kind VARCHAR(100) NOT NULL, token BIGINT NOT NULL, actor TEXT NOT NULL, "
                        "server_user TEXT NOT NULL, `release` TEXT NOT NULL, step TEXT NOT NULL, "
                        "attempt INT NOT NULL, body LONGBLOB NOT NULL, PRIMARY KEY (chain, seq), "
                        "UNIQUE KEY no_fork (chain, prev_hash)"),
                collation),
      InnoTable("ledger_heads",
                columns("chain VARCHAR(255) PRIMARY KEY, seq BIGINT NOT NULL, hash {hash}"),
                collation),
      InnoTable("texts",
                "digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, "
                "body LONGBLOB NOT NULL",
                collation),
      InnoTable("claims",
                "object VARCHAR(700) PRIMARY KEY, token BIGINT NOT NULL, `release` TEXT NOT NULL, "
                "actor TEXT NOT NULL, host TEXT NOT NULL, runner_pid BIGINT NOT NULL, "
                "session BIGINT NOT NULL, since BIGINT NOT NULL",
                collation),
      SignalGuard("ledger", "UPDATE"),
      SignalGuard("ledger", "DELETE"),
      SignalGuard("texts", "UPDATE"),
      SignalGuard("texts", "DELETE"),
      SignalGuard("ledger_heads", "DELETE"),
      {"row schema_version of interlock_meta",
       "SELECT 1 FROM interlock_meta WHERE `key` = 'schema_version'",
       {fmt::format("INSERT INTO interlock_meta (`key`, value) VALUES ('schema_version', '{}')",
                    kLedgerSchemaVersion)}},
  };
}

/// Of 64 characters at most, and server-wide.
constexpr std::string_view kPrepareLock =
    "CONCAT('interlock_prepare_', LEFT(SHA2(DATABASE(), 256), 40))";

}  // namespace

/// Each part commits by itself there; the version's row comes last, so a ledger that is half made
/// is none.
LedgerSql MySqlLedgerSql(std::string_view dialect) {
  const bool maria = dialect == "mariadb";
  // Compares bytewise and pads nothing: 'a' is not 'a '.
  const std::string_view collation = maria ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
  LedgerSql sql = CommonLedgerSql(dialect, "interlock_");
  sql.exists = TableThere("meta");
  sql.hidden = "SELECT 1 FROM interlock_meta LIMIT 0";
  sql.version = "SELECT value FROM interlock_meta WHERE `key` = 'schema_version'";
  sql.prepare_lock = fmt::format("SELECT GET_LOCK({}, 10)", kPrepareLock);
  sql.prepare_unlock = fmt::format("SELECT RELEASE_LOCK({})", kPrepareLock);
  sql.parts = InnoParts(collation);
  // Rows are locked in the order in which the array's elements are read.
  sql.lock_claims = fmt::format(
      "SELECT c.object, c.token, c.`release`, c.actor, c.host, c.since FROM "
      "JSON_TABLE($1, '$[*]' COLUMNS (object VARCHAR(700) CHARACTER SET utf8mb4 COLLATE {} "
      "PATH '$')) AS wanted STRAIGHT_JOIN interlock_claims c FORCE INDEX (PRIMARY) "
      "ON c.object = wanted.object {}",
      collation, maria ? "LOCK IN SHARE MODE" : "FOR SHARE OF c");
  sql.lock_head = "SELECT seq FROM interlock_ledger_heads WHERE chain = $1 FOR UPDATE";
  sql.add_head =
      "INSERT INTO interlock_ledger_heads (chain, seq, hash) VALUES ($1, 0, $2) "
      "ON DUPLICATE KEY UPDATE chain = chain";
  sql.move_head =
      "UPDATE interlock_ledger_heads SET seq = CAST($2 AS SIGNED), hash = $3 "
      "WHERE chain = $1 AND seq = CAST($4 AS SIGNED)";
  sql.insert =
      "INSERT INTO interlock_ledger (chain, seq, format, prev_hash, hash, at, kind, token, actor, "
      "server_user, `release`, step, attempt, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
      "$10, $11, $12, $13, UNHEX($14))";
  sql.read =
      "SELECT chain, seq, format, prev_hash, hash, at, kind, token, actor, server_user, `release`, "
      "step, attempt, HEX(body) FROM interlock_ledger WHERE chain = $1 "
      "AND seq > CAST($2 AS SIGNED) ORDER BY seq";
  sql.hash_at = "SELECT hash FROM interlock_ledger WHERE chain = $1 AND seq = CAST($2 AS SIGNED)";
  // Anything but IGNORE would fire the guard, or fail, where the text is there already.
  sql.put_text = "INSERT IGNORE INTO interlock_texts (digest, body) VALUES ($1, UNHEX($2))";
  sql.get_text = "SELECT HEX(body) FROM interlock_texts WHERE digest = $1";
  sql.server_user = "SELECT USER()";
  sql.grant =
      "to make the ledger: GRANT CREATE, TRIGGER on the database; to write it: GRANT SELECT, "
      "INSERT ON interlock_ledger, interlock_texts, GRANT SELECT, INSERT, UPDATE ON "
      "interlock_ledger_heads, interlock_claims, GRANT SELECT ON interlock_meta; to read it: "
      "SELECT alone. Without DROP on them, nobody truncates them";
  return sql;
}

}  // namespace interlock
