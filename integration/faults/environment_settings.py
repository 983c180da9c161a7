#!/usr/bin/env python3
"""The role's and the database's own settings are hostile or odd; the release comes out the same."""

import os

from environment_common import Lab, run_parts

# For every session of the database: interlock's and the applications'.
ODD_FOR_ALL = {
    "DateStyle": "'German, DMY'",
    "IntervalStyle": "'sql_standard'",
    "TimeZone": "'Pacific/Chatham'",
    "search_path": "'public, odd'",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "escape_string_warning": "off",
    "bytea_output": "'escape'",
    "extra_float_digits": "-15",
    "quote_all_identifiers": "on",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "xmloption": "'document'",
    "lc_messages": "'C'",
    "lc_monetary": "'C.UTF-8'",
    "lc_numeric": "'C.UTF-8'",
    "lc_time": "'C.UTF-8'",
    "check_function_bodies": "off",
    "plan_cache_mode": "'force_generic_plan'",
    "enable_seqscan": "off",
    "synchronous_commit": "off",
    "row_security": "off",
    "default_statistics_target": "1",
    "client_min_messages": "'debug5'",
    "client_encoding": "'LATIN1'",
}

# For the role that interlock uses alone.
HOSTILE = {
    "statement_timeout": "'2ms'",
    "lock_timeout": "'1ms'",
    "idle_in_transaction_session_timeout": "'50ms'",
    "idle_session_timeout": "'2s'",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "default_transaction_isolation": "'serializable'",
    "session_replication_role": "'replica'",
    "deadlock_timeout": "'10ms'",
    "temp_file_limit": "'0'",
    "work_mem": "'64kB'",
}

# Objects that shadow those of pg_catalog for whoever has this path.
SHADOWS = """
CREATE SCHEMA odd;
CREATE FUNCTION odd.split_part(text, text, integer) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ SELECT 'shadow'::text $$;
CREATE FUNCTION odd.strpos(text, text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 7 $$;
CREATE TABLE odd.users (LIKE public.users);
CREATE TABLE odd.pg_class (oid oid, relname text);
"""


class OddLab(Lab):
    role = None

    def env(self, bare=False):
        env = super().env(bare)
        if self.role and "RELEASE_DATABASE_URL" in env:
            env["RELEASE_DATABASE_URL"] = env["RELEASE_DATABASE_URL"].replace(
                "postgresql://postgres@", f"postgresql://{self.role}@")
        return env

    def hostile_role(self, name, settings):
        self.sql(f"CREATE ROLE {name} LOGIN SUPERUSER")
        for setting, value in settings.items():
            self.sql(f"ALTER ROLE {name} SET {setting} = {value}")
        self.role = name

    def odd_database(self, settings):
        for setting, value in settings.items():
            self.sql(f"ALTER DATABASE {self.database} SET {setting} = "
                     + (value.strip("'") if setting == "search_path" else value), "postgres")

    def plain(self):
        self.role = None
        self.sql(f"ALTER DATABASE {self.database} RESET ALL", "postgres")


def hostile_timeouts_of_the_role(shop: OddLab, checks):
    shop.uninterrupted()
    shop.new_database("hostile")
    shop.hostile_role("hostile", HOSTILE)
    shop.start_all()
    run = shop.deploy().wait()
    shop.is_whole(run)
    shop.traffic_was_right()
    shop.plain()


def odd_settings_of_the_database(shop, checks):
    """Every session has them, the applications' too: the trigger works in those."""
    shop.uninterrupted()
    shop.new_database("odd_database")
    shop.sql(SHADOWS)
    shop.odd_database(ODD_FOR_ALL)
    shop.start_all()
    run = shop.deploy().wait()
    shop.is_whole(run)
    shop.plain()
    shop.traffic_was_right()


def shadowed_names(shop, checks):
    """A path that puts other functions before pg_catalog's, for every session."""
    shop.uninterrupted()
    shop.new_database("shadowed")
    shop.sql(SHADOWS)
    shop.sql("DROP TABLE odd.users")
    shop.sql(f"ALTER DATABASE {shop.database} SET search_path = odd, pg_catalog, public",
             "postgres")
    shop.start_all()
    run = shop.deploy().wait()
    shop.is_whole(run)
    shop.plain()
    shop.traffic_was_right()


def same_text_for_every_session(shop, checks):
    """The catalog's text and its fingerprint, before and after a release, by a role with every
    setting odd, and by one with none."""
    shop.quiet()
    shop.new_database("same_text")
    shop.sql("CREATE TABLE odd_defaults (id integer PRIMARY KEY, at timestamptz NOT NULL"
             " DEFAULT '2026-01-02 03:04:05+00', span interval DEFAULT '1 day 02:03:04',"
             " amount float8 DEFAULT 0.1, bytes bytea DEFAULT '\\x00ff', path text DEFAULT"
             " E'a\\\\b''c', CHECK (at > '2020-01-01 00:00:00+00'::timestamptz))")
    shop.sql("CREATE VIEW odd_view AS SELECT u.id, o.at::date AS day FROM users u, odd_defaults o"
             " WHERE o.path <> E'x\\\\y'")
    plain = shop.schema()
    shop.hostile_role("odd_text", {**HOSTILE, **ODD_FOR_ALL, "search_path": "'public'"})
    got = shop.schema()
    checks.that("the text is the same", got == plain,
                "\n".join(sorted(set(got.splitlines()) ^ set(plain.splitlines()))))
    shop.expect(0, "deploy", "plans/names.toml", "--until", "expanded")
    shop.role = None
    shop.expect(0, "drift")
    shop.expect(0, "deploy", "plans/names.toml")
    shop.role = "odd_text"
    shop.expect(0, "drift")
    shop.ledger_verifies()
    shop.role = None
    shop.rows_are_right()


def another_locale(shop, checks):
    """A database with ICU and case-blind collations; the machine's language is another one."""
    before = {name: os.environ.get(name) for name in ("LC_ALL", "LANG", "TZ", "PGTZ", "PGDATESTYLE",
                                                      "PGOPTIONS", "PGCLIENTENCODING")}
    shop.uninterrupted()
    shop.database = "postgres"
    shop.sql("CREATE DATABASE other_locale TEMPLATE template0 LOCALE_PROVIDER icu"
             " ICU_LOCALE 'tr-TR' LOCALE 'C.UTF-8'")
    os.environ.update(LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8", TZ="Pacific/Chatham",
                      PGTZ="Asia/Kathmandu", PGDATESTYLE="German",
                      PGOPTIONS="-c standard_conforming_strings=off", PGCLIENTENCODING="LATIN1")
    try:
        shop.fill("other_locale")
        shop.start_all()
        run = shop.deploy().wait()
        shop.is_whole(run)
        shop.traffic_was_right()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


if __name__ == "__main__":
    run_parts(__doc__, [hostile_timeouts_of_the_role, odd_settings_of_the_database, shadowed_names,
                        same_text_for_every_session, another_locale], lab=OddLab)
