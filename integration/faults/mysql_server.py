"""A throwaway MariaDB or MySQL for the harness: what postgres_server.py has, for these."""

import hashlib
import pathlib
import subprocess

import judge
from mysql_wire import MySqlWire  # also finds what is in support/
import mysql_catalog
from mysql_client import Client, ServerError, quoted
import mysql_history

MANAGE = pathlib.Path(mysql_history.__file__).parent / "mysql_server.sh"
SETTINGS = (*mysql_history.SETTINGS, "innodb_buffer_pool_size=64M", "max_connections=60")
NO_SUCH_SESSION = 1094


class MariaDbServer:
    name = "mariadb"
    wire = MySqlWire
    dialect = "mysql"
    # Actions for servers that add a CHECK without looking at the rows, or a table without statistics.
    never = {"add_not_null_check", "analyze", "drop_constraint"}

    def __init__(self, folder, start=True):
        """Without `start` the server of that folder must run already."""
        self.folder = pathlib.Path(folder)
        if start:
            settings = [part for setting in SETTINGS for part in ("-c", setting)]
            subprocess.run([MANAGE, "start", self.name, self.folder, *settings], check=True,
                           stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.port = int((self.folder / "server").read_text().splitlines()[1])
        self.address = ("127.0.0.1", self.port)
        self._admin = None

    def stop(self):
        subprocess.run([MANAGE, "stop", self.folder, "immediate"], capture_output=True)

    def url(self, database, port=None):
        """Directly, or through a proxy's port for a runner."""
        return f"mysql://root@127.0.0.1:{port or self.port}/{database}"

    def admin(self):
        if self._admin is None:
            self._admin = Client(self.url("performance_schema"))
        return self._admin

    def create(self, database, sql):
        self.drop(database)
        self.admin().sql(f"CREATE DATABASE {quoted(database)}")
        with Client(self.url(database)) as client:
            # One at a time: of several, one that makes a trigger keeps its semicolon.
            for statement in filter(None, sql.split(";\n")):
                client.sql(statement)

    def keep(self, database, template):
        """Something to copy from, later; returns what restore() needs besides."""
        self.end_sessions(database)
        kept = Kept(f"kept_{template}")
        with Client(self.url(database)) as client:
            kept.take(client)
        return kept

    def restore(self, database, template, kept):
        """The same database as then."""
        self.drop(database)
        self.admin().sql(f"CREATE DATABASE {quoted(database)}")
        with Client(self.url(database)) as client:
            kept.give_back(client)
            other = judge.differences("catalog", kept.catalog, mysql_catalog.read(client))
            if other:
                raise RuntimeError(f"{database} is not what it was: " + "; ".join(other))

    def end_sessions(self, database):
        while sessions := self.admin().texts("SELECT id FROM information_schema.processlist"
                                             f" WHERE db = '{database}'"):
            for number, in sessions:
                try:
                    self.admin().sql(f"KILL {number}")
                except ServerError as error:
                    if error.number != NO_SUCH_SESSION:  # it may have ended by itself
                        raise

    def drop(self, database):
        self.end_sessions(database)
        self.admin().sql(f"DROP DATABASE IF EXISTS {quoted(database)}")

    def contents(self, database):
        """The catalog, {object: text}, and {table: digest of all its rows} of what is not Interlock's."""
        with Client(self.url(database)) as client:
            rows = {}
            for table in mysql_catalog.tables(client):
                if not table.startswith("interlock_"):
                    found = sorted(map(repr, client.sql(f"SELECT {columns(client, table)} FROM"
                                                        f" {quoted(table)}")))
                    digest = hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]
                    rows[table] = f"{len(found)} rows, {digest}"
            return mysql_catalog.read(client), rows

    def mark(self):
        """A moment in the server's history."""
        self.admin().sql(mysql_history.FORGET)

    def effects(self, _):
        """{(step, statement): times} of the tagged DDL that took effect since the mark."""
        return mysql_history.effects(self.admin().texts(mysql_history.ENDED))

    twice = staticmethod(mysql_history.twice)


class MySqlServer(MariaDbServer):
    name = "mysql"


def columns(client, table):
    """All that are stored, hidden ones too, as SQL."""
    names = client.texts("SELECT column_name FROM information_schema.columns WHERE table_schema ="
                         f" DATABASE() AND table_name = '{table}'"
                         " AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position")
    return ", ".join(quoted(name) for name, in names)


class Kept:
    """A database as it was: the statements that make it, and its rows in another database."""

    def __init__(self, database):
        self.database = database
        self.tables = []       # (name, statement, columns)
        self.views = []
        self.triggers = []
        self.catalog = {}

    def take(self, client):
        self.catalog = mysql_catalog.read(client)
        copy = quoted(self.database)
        client.sql(f"DROP DATABASE IF EXISTS {copy}; CREATE DATABASE {copy}")
        for name in mysql_catalog.tables(client):
            names = columns(client, name)
            (_, statement), = client.texts(f"SHOW CREATE TABLE {quoted(name)}")
            self.tables.append((quoted(name), statement, names))
            client.sql(f"CREATE TABLE {copy}.{quoted(name)} LIKE {quoted(name)};"
                       f" INSERT INTO {copy}.{quoted(name)} ({names})"
                       f" SELECT {names} FROM {quoted(name)}")
        self.views = [mysql_catalog.view(client, name)
                      for name in mysql_catalog.tables(client, "VIEW")]
        self.triggers = mysql_catalog.triggers(client)

    def give_back(self, client):
        statements = ["SET foreign_key_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"]
        for name, statement, names in self.tables:
            statements += [statement, f"INSERT INTO {name} ({names}) SELECT {names}"
                                      f" FROM {quoted(self.database)}.{name}"]
        client.sql("; ".join(statements + self.views))
        for _, settings, statement, _ in self.triggers:
            client.sql(f"SET {settings}")
            client.sql(statement)
