"""A throwaway PostgreSQL, 15 or newer, for the harness: databases, copies of them, what is in them, and
what took effect.  Another server's module offers the same class.
"""

import hashlib
import pathlib
import subprocess
import sys

import postgres_catalog
from postgres_client import Client
from postgres_wire import PostgresWire

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))
import ddl_log  # noqa: E402

CLUSTER = SUPPORT / "pg_cluster.sh"
# Nothing of the harness's own kind may disturb, and nothing need survive.
SETTINGS = ("autovacuum=off", "synchronous_commit=off", "checkpoint_timeout=1h", "max_wal_size=8GB",
            "wal_level=minimal", "max_wal_senders=0", "wal_keep_size=0", "log_lock_waits=off",
            "shared_buffers=64MB")
# For the runner's url: the log then also tells which statements outside a transaction ended.
RUNNER_OPTIONS = "sslmode=disable&gssencmode=disable&options=-c%20log_duration%3Don"


class PostgresServer:
    name = "postgresql"
    wire = PostgresWire
    dialect = "."          # folder of what is written in its SQL
    # Kinds and actions for servers that hide columns, and that know alter_table.
    never = {"show_columns", "hide_columns", "alter_table", "copy_rows", "compare_rows", "cut_over",
             "drop_replaced", "swap_back", "undo_alter"}

    def __init__(self, folder, start=True):
        """Without `start` the server of that folder must run already."""
        self.folder = pathlib.Path(folder)
        if start:
            settings = [part for setting in SETTINGS for part in ("-c", setting)]
            subprocess.run([CLUSTER, "start", self.folder, *settings], check=True,
                           stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.port = int((self.folder / "cluster").read_text().splitlines()[2])
        self.address = ("127.0.0.1", self.port)
        self._admin = None

    def stop(self):
        subprocess.run([CLUSTER, "stop", self.folder, "immediate"], capture_output=True)

    def url(self, database, port=None):
        """Directly, or through a proxy's port for a runner."""
        if port is None:
            return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        return f"postgresql://postgres@127.0.0.1:{port}/{database}?{RUNNER_OPTIONS}"

    def admin(self):
        if self._admin is None:
            self._admin = Client(self.url("postgres"))
        return self._admin

    def create(self, database, sql):
        self.drop(database)
        self.admin().sql(f'CREATE DATABASE "{database}"')
        with Client(self.url(database)) as client:
            client.sql(sql)

    def keep(self, database, template):
        """Something to copy from, later; returns what restore() needs besides."""
        (oid,), = self.admin().sql(f"SELECT oid FROM pg_database WHERE datname = '{database}'")
        self.end_sessions(database)
        self.admin().sql(f'CREATE DATABASE "{template}" TEMPLATE "{database}" STRATEGY file_copy')
        return oid

    def restore(self, database, template, oid):
        """The same database as then, not a clone: with its object id."""
        self.drop(database)
        self.admin().sql(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy'
                         f' OID {oid}')

    def end_sessions(self, database):
        while self.admin().sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                               f" WHERE datname = '{database}'"):
            pass

    def drop(self, database):
        self.admin().sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def contents(self, database):
        """The catalog, {object: text}, and {table: digest of all its rows} of what is not Interlock's."""
        with Client(self.url(database)) as client:
            catalog = postgres_catalog.read(client)
            tables = client.sql("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema',"
                                " 'interlock') ORDER BY 1")
            rows = {}
            for table, in tables:
                found = client.sql(f"SELECT t::text FROM {table} AS t"
                                   " ORDER BY t::text COLLATE \"C\"")
                text = "\n".join(row[0] for row in found)
                rows[table] = (f"{len(found)} rows,"
                               f" {hashlib.sha256(text.encode()).hexdigest()[:16]}")
            return catalog, rows

    def mark(self):
        """A moment in the server's log."""
        return (self.folder / "server.log").stat().st_size

    def effects(self, mark):
        """{(step, statement): times} of the tagged DDL that took effect since the mark."""
        with open(self.folder / "server.log", "rb") as log:
            log.seek(mark)
            text = log.read().decode(errors="replace")

        def committed(xids):
            return [row[0] for row in self.admin().sql(ddl_log.committed_query(xids))]
        return ddl_log.effects(text, committed)

    @staticmethod
    def twice(effects):
        return ddl_log.twice(effects)
