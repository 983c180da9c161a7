"""The servers of the soak: what a random release is written in, what disturbs them, what they tell."""

import random
import re
import subprocess

import shop_servers  # the folder is known to whoever imports project before
import ddl_log
from mysql_client import Client, ServerError

# In MySQL's family: what somebody wanted to take back is not there.
GONE = re.compile(r"\((1051|1091|1360)\)")


class PostgreSql(shop_servers.PostgreSql):
    types = {"text": "text", "integer": "integer"}
    schema = "public."
    release_column = "release"
    patient = "SET lock_timeout = '10s'"
    impatient = "SET lock_timeout = '5s'"
    left_over = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE '~interlock%'"
    fill = "'a' || id || '-b1'"
    computed = "upper('abc') || '-b1'"
    cast = "{old}::text", "{0}::integer"
    split = "split_part({old}, '-', 1)", "split_part({old}, '-', 2)", "{0} || '-' || {1}"
    includes = ("", 'include = ["id"]\n')
    part = '{{ expression = "lower({column})", order = "desc" }}'
    wheres = ("", 'where = "id > 10"\n')
    own_kinds = ()
    # Of a write that failed: the server was away or the table locked; what only the old shape had is gone.
    away = re.compile(r"57P01|57P03|08006|connection to server|terminating|55P03")
    gone = re.compile(r"42703|23502")
    there = re.compile("23505")

    def kill(self):
        subprocess.run([self.manage, "kill", self.folder], check=True)

    def restart(self):
        subprocess.run([self.manage, "restart", self.folder], check=True, stdout=subprocess.DEVNULL)

    @staticmethod
    def table(name, rows):
        return (f"CREATE TABLE {name} (id bigint PRIMARY KEY, name text, note text, size integer);"
                f"INSERT INTO {name} SELECT i, 'a' || i || '-b' || i % 7, CASE WHEN i % 3 = 0 THEN NULL"
                f" ELSE 'a' || i || '-b0' END, i FROM generate_series(1, {rows}) i")

    @staticmethod
    def digest(table, columns):
        text = " || '|' || ".join(f"coalesce({name}::text, '~')" for name in columns)
        return (f"SELECT count(*) || ' ' || coalesce(md5(string_agg(md5({text}), '' ORDER BY id)), '')"
                f" FROM public.{table}")

    @staticmethod
    def write(project, statement):
        """psql's word for it when it fails, with the SQLSTATE; nothing when it is done."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-c",
             PostgreSql.patient, "-c", statement, project.url],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        return done.stderr or "psql failed" if done.returncode else ""

    @staticmethod
    def undo(project, statement):
        project.sql(f"{PostgreSql.impatient}; {statement}")

    def end_sessions(self, database, rng):
        """Those of the runners, or some of them."""
        some = "random() < 0.6" if rng.random() < 0.5 else "true"
        self.sql(self.url(database), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                 f" application_name LIKE 'interlock%' AND datname = current_database() AND {some}")

    @staticmethod
    def meddlings(table, number):
        """(statement, what takes it back)"""
        return [
            (f"ALTER TABLE {table} ADD COLUMN meddled_{number} integer",
             f"ALTER TABLE {table} DROP COLUMN IF EXISTS meddled_{number}"),
            (f"CREATE INDEX meddled_{number} ON {table} (id)", f"DROP INDEX IF EXISTS meddled_{number}"),
            (f"CREATE TABLE meddled_{number} (id integer)", f"DROP TABLE IF EXISTS meddled_{number}"),
            (f"ALTER TABLE {table} SET (fillfactor = 90)", f"ALTER TABLE {table} RESET (fillfactor)"),
        ]

    def prepare(self, database):
        pass

    def view(self, name, table):
        """(statement, what it touches, query of whether it is there, what takes it back)"""
        return (f"CREATE VIEW public.{name} AS SELECT id FROM public.{table}", f"view public.{name}",
                f"SELECT CASE WHEN to_regclass('public.{name}') IS NULL THEN 'absent' ELSE 'present' END",
                f"DROP VIEW public.{name}")

    def function(self, name):
        return (f"CREATE FUNCTION public.{name}() RETURNS integer LANGUAGE sql AS 'SELECT 7'",
                f"routine public.{name}()",
                f"SELECT CASE WHEN to_regproc('public.{name}') IS NULL THEN 'absent' ELSE 'present' END",
                f"DROP FUNCTION public.{name}()")

    def effects(self, sql):
        """Statistics may be taken again."""
        text = self.log()[self.log_from:].decode(errors="replace")
        counted = ddl_log.effects(text, lambda xids: sql(ddl_log.committed_query(xids)).split())
        return {(step, statement): times for (step, statement), times in counted.items()
                if not statement.startswith("ANALYZE")}


class MariaDb(shop_servers.MariaDb):
    """What it remembers of statements ends with the server: it is asked before."""

    types = {"text": "varchar(200)", "integer": "int"}
    schema = ""
    release_column = "`release`"
    patient = "SET lock_wait_timeout = 10, innodb_lock_wait_timeout = 10"
    impatient = "SET lock_wait_timeout = 5, innodb_lock_wait_timeout = 5"
    left_over = ("SELECT (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
                 " AND trigger_name LIKE '%~interlock%') + (SELECT COUNT(*) FROM information_schema.tables"
                 " WHERE table_schema = DATABASE() AND table_name LIKE '%~interlock%')")
    fill = "concat('a', id, '-b1')"
    computed = "concat(upper('abc'), '-b1')"
    cast = "cast({old} as char)", "cast({0} as signed)"
    split = ("substring_index({old}, '-', 1)", "substring_index({old}, '-', -1)",
             "concat({0}, '-', {1})")
    includes = ("",)
    part = '{{ column = "{column}", order = "desc" }}'
    wheres = ("",)
    own_kinds = ("alter_in_place", "alter_type", "alter_collation", "alter_drop")
    away = re.compile(r"closed the connection|Connection re(fused|set)|Broken pipe|timed out|\((1053|1205|"
                      r"1213|1317|1927|2013|3169)\)")
    gone = re.compile(r"\((1054|1364|1048)\)")
    there = re.compile(r"\(1062\)")

    def __init__(self, folder):
        super().__init__(folder)
        self.before_restart = {}

    def kill(self):
        self._remember()
        subprocess.run([self.manage, "kill", self.folder], check=True)

    def restart(self):
        if self.running_now():
            self._remember()
        subprocess.run([self.manage, "restart", self.folder], check=True, stdout=subprocess.DEVNULL)
        self.listen()

    def running_now(self):
        return self.sql(self.url(self.database), "DO 1").returncode == 0

    @staticmethod
    def table(name, rows):
        values = ", ".join(f"({i}, 'a{i}-b{i % 7}', {'NULL' if i % 3 == 0 else repr(f'a{i}-b0')}, {i})"
                           for i in range(1, rows + 1))
        return (f"CREATE TABLE {name} (id bigint PRIMARY KEY, name varchar(200), note varchar(200),"
                f" size int); INSERT INTO {name} VALUES {values}")

    @staticmethod
    def digest(table, columns):
        texts = ", ".join(f"COALESCE({name}, '~')" for name in columns)
        return ("SET SESSION group_concat_max_len = 67108864; SELECT COUNT(*), SHA2(GROUP_CONCAT("
                f"SHA2(CONCAT_WS('|', {texts}), 256) ORDER BY id SEPARATOR ''), 256) FROM {table}")

    def write(self, project, statement):
        return self.sql(project.url, f"{self.patient}; {statement}").stderr

    def undo(self, project, statement):
        done = self.sql(project.url, f"{self.impatient}; {statement}")
        if done.returncode and not GONE.search(done.stderr):
            raise RuntimeError(f"{statement}: {done.stderr}")

    def end_sessions(self, database, rng):
        some = 0.6 if rng.random() < 0.5 else 1
        with Client(self.url(self.database)) as client:
            for number, in client.texts("SELECT id FROM information_schema.processlist WHERE user = 'deploy'"
                                        f" AND db = '{database}'"):
                if random.random() < some:
                    try:
                        client.sql(f"KILL {number}")
                    except ServerError:
                        pass  # it has ended by itself

    @staticmethod
    def meddlings(table, number):
        name = f"meddled_{number}"
        return [
            (f"ALTER TABLE {table} ADD COLUMN {name} INT", f"ALTER TABLE {table} DROP COLUMN {name}"),
            (f"CREATE INDEX {name} ON {table} (id)", f"DROP INDEX {name} ON {table}"),
            (f"CREATE TABLE {name} (id INT)", f"DROP TABLE IF EXISTS {name}"),
            (f"CREATE TRIGGER {name} AFTER DELETE ON {table} FOR EACH ROW SET @meddled = 1",
             f"DROP TRIGGER IF EXISTS {name}"),
        ]

    def prepare(self, database):
        """For the steps of the user's own."""
        self.grant(database, "CREATE VIEW, CREATE ROUTINE, ALTER ROUTINE")

    def view(self, name, table):
        return (f"CREATE VIEW {name} AS SELECT id FROM {table}", f"view {name}",
                "SELECT IF(COUNT(*) = 0, 'absent', 'present') FROM information_schema.views WHERE"
                f" table_schema = DATABASE() AND table_name = '{name}'", f"DROP VIEW {name}")

    def function(self, name):
        return (f"CREATE FUNCTION {name}() RETURNS INT DETERMINISTIC RETURN 7", f"routine {name}",
                "SELECT IF(COUNT(*) = 0, 'absent', 'present') FROM information_schema.routines WHERE"
                f" routine_schema = DATABASE() AND routine_name = '{name}'", f"DROP FUNCTION {name}")

    def mark(self):
        super().mark()
        self.before_restart = {}

    def _remember(self):
        for what, times in super().effects(None).items():
            self.before_restart[what] = self.before_restart.get(what, 0) + times

    def effects(self, sql):
        counted = dict(self.before_restart)
        for what, times in super().effects(sql).items():
            counted[what] = counted.get(what, 0) + times
        return counted


class MySql(MariaDb):
    flavor = shop_servers.MySql.flavor
    everywhere = shop_servers.MySql.everywhere


SERVERS = {"postgresql": PostgreSql, "mariadb": MariaDb, "mysql": MySql}
