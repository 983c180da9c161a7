#include <fmt/format.h>

#include "engine/sql_ledger_texts.h"

namespace interlock {
namespace {

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

}  // namespace

LedgerSql PostgresLedgerSql() {
  LedgerSql sql = CommonLedgerSql("postgresql", "interlock.");
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
  sql.insert =
      "INSERT INTO interlock.ledger (chain, seq, format, prev_hash, hash, at, kind, token, actor, "
      "server_user, release, step, attempt, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
      "$10, $11, $12, $13, pg_catalog.decode($14, 'hex'))";
  sql.read =
      "SELECT chain, seq, format, prev_hash, hash, at, kind, token, actor, server_user, release, "
      "step, attempt, pg_catalog.encode(body, 'hex') FROM interlock.ledger "
      "WHERE chain = $1 AND seq > $2 ORDER BY seq";
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

}  // namespace interlock
