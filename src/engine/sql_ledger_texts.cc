#include "engine/sql_ledger_texts.h"

#include <fmt/format.h>

namespace interlock {
namespace {

// ---------------------------------------------------------------------------- PostgreSQL

constexpr std::string_view kPgRefuseBody =
    "BEGIN RAISE EXCEPTION 'interlock: % on %.% is refused, the ledger is append-only', "
    "TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME; END";

std::string PgTable(std::string_view name) {
  return fmt::format(
      "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
      "ON n.oid = c.relnamespace WHERE n.nspname = 'interlock' AND c.relname = '{}'",
      name);
}

LedgerPart PgTablePart(std::string_view name, std::string_view columns) {
  return {fmt::format("table interlock.{}", name),
          PgTable(name),
          {fmt::format("CREATE TABLE interlock.{} ({})", name, columns)}};
}

LedgerPart PgRefuse() {
  return {"function interlock.refuse_change",
          fmt::format("SELECT 1 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n "
                      "ON n.oid = p.pronamespace WHERE n.nspname = 'interlock' "
                      "AND p.proname = 'refuse_change' AND p.prosrc = $text${}$text$",
                      kPgRefuseBody),
          {fmt::format("CREATE OR REPLACE FUNCTION interlock.refuse_change() RETURNS trigger "
                       "LANGUAGE plpgsql SET search_path = '' AS $text${}$text$",
                       kPgRefuseBody)}};
}

/// `type` is what pg_trigger.tgtype shows of `events` and the level.
LedgerPart PgGuard(std::string_view table, std::string_view trigger, std::string_view events,
                   std::string_view level, int type) {
  return {fmt::format("trigger {} of interlock.{}", trigger, table),
          fmt::format("SELECT 1 FROM pg_catalog.pg_trigger t "
                      "JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid "
                      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                      "JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid AND p.pronamespace = n.oid "
                      "WHERE n.nspname = 'interlock' AND c.relname = '{}' AND t.tgname = '{}' "
                      "AND p.proname = 'refuse_change' AND t.tgenabled = 'A' AND t.tgqual IS NULL "
                      "AND t.tgtype = {}",
                      table, trigger, type),
          {fmt::format("DROP TRIGGER IF EXISTS {} ON interlock.{}", trigger, table),
           fmt::format("CREATE TRIGGER {} BEFORE {} ON interlock.{} FOR EACH {} "
                       "EXECUTE FUNCTION interlock.refuse_change()",
                       trigger, events, table, level),
           fmt::format("ALTER TABLE interlock.{} ENABLE ALWAYS TRIGGER {}", table, trigger)}};
}

constexpr int kPgRowUpdateDelete = 1 | 2 | 8 | 16;
constexpr int kPgRowDelete = 1 | 2 | 8;
constexpr int kPgTruncate = 2 | 32;

std::vector<LedgerPart> PgParts() {
  return {
      {"schema interlock",
       "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'interlock'",
       {"CREATE SCHEMA interlock"}},
      PgTablePart("meta", "key text PRIMARY KEY, value text NOT NULL"),
      PgTablePart("ledger",
                  "chain text NOT NULL, seq bigint NOT NULL CHECK (seq > 0), "
                  "format integer NOT NULL, prev_hash text NOT NULL, hash text NOT NULL, "
                  "at bigint NOT NULL, kind text NOT NULL, token bigint NOT NULL, "
                  "actor text NOT NULL, server_user text NOT NULL, release text NOT NULL, "
                  "step text NOT NULL, attempt integer NOT NULL, body bytea NOT NULL, "
                  "PRIMARY KEY (chain, seq), UNIQUE (chain, prev_hash)"),
      PgTablePart("ledger_heads",
                  "chain text PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL"),
      PgTablePart("texts", "digest text PRIMARY KEY, body bytea NOT NULL"),
      PgTablePart("claims",
                  "object text PRIMARY KEY, token bigint NOT NULL, release text NOT NULL, "
                  "actor text NOT NULL, host text NOT NULL, runner_pid integer NOT NULL, "
                  "session bigint NOT NULL, since bigint NOT NULL"),
      PgRefuse(),
      PgGuard("ledger", "append_only", "UPDATE OR DELETE", "ROW", kPgRowUpdateDelete),
      PgGuard("ledger", "no_truncate", "TRUNCATE", "STATEMENT", kPgTruncate),
      PgGuard("texts", "append_only", "UPDATE OR DELETE", "ROW", kPgRowUpdateDelete),
      PgGuard("texts", "no_truncate", "TRUNCATE", "STATEMENT", kPgTruncate),
      PgGuard("ledger_heads", "no_delete", "DELETE", "ROW", kPgRowDelete),
      PgGuard("ledger_heads", "no_truncate", "TRUNCATE", "STATEMENT", kPgTruncate),
      {"row schema_version of interlock.meta",
       "SELECT 1 FROM interlock.meta WHERE key = 'schema_version'",
       {fmt::format("INSERT INTO interlock.meta (key, value) VALUES ('schema_version', '{}')",
                    kLedgerSchemaVersion)}},
  };
}

LedgerSql PostgreSql() {
  LedgerSql sql;
  sql.dialect = "postgresql";
  sql.begin_write = {
      "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE; "
      "SELECT pg_catalog.set_config('lock_timeout', '10s', true), "
      "pg_catalog.set_config('idle_in_transaction_session_timeout', '30s', true), "
      "pg_catalog.set_config('synchronous_commit', "
      "CASE pg_catalog.current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
      "ELSE pg_catalog.current_setting('synchronous_commit') END, true)"};
  sql.exists = PgTable("meta");
  sql.version = "SELECT value FROM interlock.meta WHERE key = 'schema_version'";
  // "interloc" as a number.
  sql.prepare_lock = "SELECT pg_catalog.pg_advisory_xact_lock(7597137600480833379)";
  sql.parts = PgParts();
  sql.lock_claims =
      "SELECT object, token, release, actor, host, since FROM interlock.claims WHERE object IN "
      "(SELECT pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb)) "
      "ORDER BY object COLLATE \"C\" FOR SHARE";
  sql.lock_head = "SELECT seq FROM interlock.ledger_heads WHERE chain = $1 FOR UPDATE";
  sql.add_head =
      "INSERT INTO interlock.ledger_heads (chain, seq, hash) VALUES ($1, 0, $2) "
      "ON CONFLICT (chain) DO NOTHING";
  sql.move_head =
      "UPDATE interlock.ledger_heads SET seq = $2, hash = $3 WHERE chain = $1 AND seq = $4";
  sql.heads =
      "SELECT 'head', seq, hash, 0 FROM interlock.ledger_heads WHERE chain = $1 UNION ALL "
      "SELECT 'last', l.seq, l.hash, l.at FROM (SELECT seq, hash, at FROM interlock.ledger "
      "WHERE chain = $1 ORDER BY seq DESC LIMIT 1) l";
  sql.insert =
      "INSERT INTO interlock.ledger (chain, seq, format, prev_hash, hash, at, kind, token, actor, "
      "server_user, release, step, attempt, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
      "$10, $11, $12, $13, pg_catalog.decode($14, 'hex'))";
  sql.read =
      "SELECT chain, seq, format, prev_hash, hash, at, kind, token, actor, server_user, release, "
      "step, attempt, pg_catalog.encode(body, 'hex') FROM interlock.ledger "
      "WHERE chain = $1 AND seq > $2 ORDER BY seq";
  sql.hash_at = "SELECT hash FROM interlock.ledger WHERE chain = $1 AND seq = $2";
  sql.chains = "SELECT chain FROM interlock.ledger UNION SELECT chain FROM interlock.ledger_heads";
  sql.put_text =
      "INSERT INTO interlock.texts (digest, body) VALUES ($1, pg_catalog.decode($2, 'hex')) "
      "ON CONFLICT (digest) DO NOTHING";
  sql.get_text = "SELECT pg_catalog.encode(body, 'hex') FROM interlock.texts WHERE digest = $1";
  sql.server_user = "SELECT session_user";
  sql.grant =
      "to make the ledger: GRANT CREATE ON DATABASE … TO …; to write it: GRANT USAGE ON SCHEMA "
      "interlock, GRANT SELECT, INSERT ON interlock.ledger, interlock.texts, GRANT SELECT, INSERT, "
      "UPDATE ON interlock.ledger_heads, interlock.claims, GRANT SELECT ON interlock.meta; to read "
      "it: USAGE and SELECT alone";
  return sql;
}

// -------------------------------------------------------------------------------- SQLite

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
  std::string literal;
  for (const char c : create) literal += c == '\'' ? std::string("''") : std::string(1, c);
  return {"trigger " + name,
          fmt::format("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = '{}' "
                      "AND sql = '{}'",
                      name, literal),
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

/// BEGIN IMMEDIATE lets one writer in at a time, so nothing here locks rows.
LedgerSql Sqlite() {
  LedgerSql sql;
  sql.dialect = "sqlite";
  sql.exists = SqliteObject("meta");
  sql.version = "SELECT value FROM interlock_meta WHERE key = 'schema_version'";
  sql.parts = SqliteParts();
  sql.lock_claims =
      "SELECT object, token, release, actor, host, since FROM interlock_claims "
      "WHERE object IN (SELECT value FROM json_each($1)) ORDER BY object";
  sql.lock_head = "SELECT seq FROM interlock_ledger_heads WHERE chain = $1";
  sql.add_head =
      "INSERT INTO interlock_ledger_heads (chain, seq, hash) VALUES ($1, 0, $2) "
      "ON CONFLICT (chain) DO NOTHING";
  sql.move_head =
      "UPDATE interlock_ledger_heads SET seq = $2, hash = $3 WHERE chain = $1 AND seq = $4";
  sql.heads =
      "SELECT 'head', seq, hash, 0 FROM interlock_ledger_heads WHERE chain = $1 UNION ALL "
      "SELECT 'last', l.seq, l.hash, l.at FROM (SELECT seq, hash, at FROM interlock_ledger "
      "WHERE chain = $1 ORDER BY seq DESC LIMIT 1) l";
  sql.insert =
      "INSERT INTO interlock_ledger (chain, seq, format, prev_hash, hash, at, kind, token, actor, "
      "server_user, release, step, attempt, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
      "$10, $11, $12, $13, unhex($14))";
  sql.read =
      "SELECT chain, seq, format, prev_hash, hash, at, kind, token, actor, server_user, release, "
      "step, attempt, hex(body) FROM interlock_ledger WHERE chain = $1 AND seq > $2 ORDER BY seq";
  sql.hash_at = "SELECT hash FROM interlock_ledger WHERE chain = $1 AND seq = $2";
  sql.chains = "SELECT chain FROM interlock_ledger UNION SELECT chain FROM interlock_ledger_heads";
  sql.put_text =
      "INSERT INTO interlock_texts (digest, body) VALUES ($1, unhex($2)) "
      "ON CONFLICT (digest) DO NOTHING";
  sql.get_text = "SELECT hex(body) FROM interlock_texts WHERE digest = $1";
  sql.server_user = "SELECT os_user()";
  sql.grant = "the file and its folder must be writable for the user who runs interlock";
  return sql;
}

}  // namespace

const LedgerSql* FindLedgerSql(std::string_view dialect) {
  static const std::vector<LedgerSql> kAll{PostgreSql(), Sqlite()};
  for (const auto& sql : kAll)
    if (sql.dialect == dialect) return &sql;
  return nullptr;
}

}  // namespace interlock
