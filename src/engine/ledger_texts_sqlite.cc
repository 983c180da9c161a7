#include <fmt/format.h>

#include "engine/sql_ledger_texts.h"

namespace interlock {
namespace {

std::string SqliteObject(std::string_view name) {
  return fmt::format("SELECT 1 FROM sqlite_master WHERE name = 'interlock_{}'", name);
}

LedgerPart SqliteTablePart(std::string_view name, std::string_view columns) {
  return {fmt::format("table interlock_{}", name),
          SqliteObject(name),
          {fmt::format("CREATE TABLE interlock_{} ({}) STRICT", name, columns)}};
}

/// The text that CREATE TRIGGER leaves in sqlite_master is compared, so a weakened one is seen.
LedgerPart SqliteGuard(std::string_view table, std::string_view event, std::string_view when = "") {
  const std::string name = fmt::format("interlock_{}_no_{}", table, event);
  const std::string create = fmt::format(
      "CREATE TRIGGER {0} BEFORE {1} ON interlock_{2}{3} BEGIN SELECT RAISE(ABORT, "
      "'interlock: {1} on interlock_{2} is refused, the ledger is append-only'); END",
      name, event, table, when);
  return {"trigger " + name,
          fmt::format("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = '{}' "
                      "AND sql = {}",
                      name, LedgerLiteral(create)),
          {"DROP TRIGGER IF EXISTS " + name, create}};
}

std::vector<LedgerPart> SqliteParts() {
  // REPLACE deletes the old row without firing its DELETE trigger; so refuse the insert itself.
  constexpr std::string_view kTaken =
      " WHEN EXISTS (SELECT 1 FROM interlock_ledger WHERE chain = NEW.chain "
      "AND (seq = NEW.seq OR prev_hash = NEW.prev_hash))";
  constexpr std::string_view kTextTaken =
      " WHEN EXISTS (SELECT 1 FROM interlock_texts WHERE digest = NEW.digest "
      "AND body <> NEW.body)";
  return {
      SqliteTablePart("meta", "key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL"),
      SqliteTablePart("ledger",
                      "chain TEXT NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), "
                      "format INTEGER NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL, "
                      "at INTEGER NOT NULL, kind TEXT NOT NULL, token INTEGER NOT NULL, "
                      "actor TEXT NOT NULL, server_user TEXT NOT NULL, release TEXT NOT NULL, "
                      "step TEXT NOT NULL, attempt INTEGER NOT NULL, body BLOB NOT NULL, "
                      "PRIMARY KEY (chain, seq), UNIQUE (chain, prev_hash)"),
      SqliteTablePart("ledger_heads",
                      "chain TEXT PRIMARY KEY NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL"),
      SqliteTablePart("texts", "digest TEXT PRIMARY KEY NOT NULL, body BLOB NOT NULL"),
      SqliteTablePart("claims",
                      "object TEXT PRIMARY KEY NOT NULL, token INTEGER NOT NULL, "
                      "release TEXT NOT NULL, actor TEXT NOT NULL, host TEXT NOT NULL, "
                      "runner_pid INTEGER NOT NULL, session INTEGER NOT NULL, "
                      "since INTEGER NOT NULL"),
      SqliteGuard("ledger", "UPDATE"),
      SqliteGuard("ledger", "DELETE"),
      SqliteGuard("ledger", "INSERT", kTaken),
      SqliteGuard("texts", "UPDATE"),
      SqliteGuard("texts", "DELETE"),
      SqliteGuard("texts", "INSERT", kTextTaken),
      SqliteGuard("ledger_heads", "DELETE"),
      {"row schema_version of interlock_meta",
       "SELECT 1 FROM interlock_meta WHERE key = 'schema_version'",
       {fmt::format("INSERT INTO interlock_meta (key, value) VALUES ('schema_version', '{}')",
                    kLedgerSchemaVersion)}},
  };
}

}  // namespace

/// BEGIN IMMEDIATE lets one writer in at a time, so nothing here locks rows.
LedgerSql SqliteLedgerSql() {
  LedgerSql sql = CommonLedgerSql("sqlite", "interlock_");
  sql.exists = SqliteObject("meta");
  sql.version = "SELECT value FROM interlock_meta WHERE key = 'schema_version'";
  sql.parts = SqliteParts();
  sql.lock_claims =
      "SELECT object, token, release, actor, host, since FROM interlock_claims "
      "WHERE object IN (SELECT value FROM json_each($1)) ORDER BY object";
  sql.lock_head = "SELECT seq FROM interlock_ledger_heads WHERE chain = $1";
  sql.insert =
      "INSERT INTO interlock_ledger (chain, seq, format, prev_hash, hash, at, kind, token, actor, "
      "server_user, release, step, attempt, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
      "$10, $11, $12, $13, unhex($14))";
  sql.read =
      "SELECT chain, seq, format, prev_hash, hash, at, kind, token, actor, server_user, release, "
      "step, attempt, hex(body) FROM interlock_ledger WHERE chain = $1 AND seq > $2 ORDER BY seq";
  sql.put_text =
      "INSERT INTO interlock_texts (digest, body) VALUES ($1, unhex($2)) "
      "ON CONFLICT (digest) DO NOTHING";
  sql.get_text = "SELECT hex(body) FROM interlock_texts WHERE digest = $1";
  sql.server_user = "SELECT os_user()";
  sql.grant = "the file and its folder must be writable for the user who runs interlock";
  return sql;
}

}  // namespace interlock
