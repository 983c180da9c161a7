"""What somebody can do who owns the ledger's tables: rows read, changed and written past the guards,
the database cloned or replaced by a copy."""

import subprocess

from chain import COLUMNS
import mysql_catalog
from mysql_catalog import quoted
from mysql_server import Kept, columns  # also finds what is in support/
from mysql_client import Client, ServerError

TABLES = ("ledger", "ledger_heads", "texts")


class Attacker:
    """Works on one database of a shop."""

    def __init__(self, shop, database):
        self.server = shop.server
        self.database = database
        self.sql = lambda text, in_database=database: shop.sql(text, in_database)

    def edit(self, chain, seq, column, change):
        """One value of an entry becomes what `change` makes of it; nothing else does."""
        entry = self.read(chain)[seq - 1]
        self.with_open_doors(f"UPDATE {self.table('ledger')} SET {self.name(column)} ="
                             f" {self.literal(change(entry[column]))}"
                             f" WHERE chain = '{chain}' AND seq = {seq}")

    def delete(self, where, table="ledger"):
        self.with_open_doors(f"DELETE FROM {self.table(table)} WHERE {where}")

    def renumber(self, chain, *pairs):
        self.with_open_doors(*(f"UPDATE {self.table('ledger')} SET seq = {new} WHERE chain ="
                               f" '{chain}' AND seq = {old}" for old, new in pairs))

    def write(self, chain, entries):
        """The chain becomes these entries, its head too."""
        statements = [f"DELETE FROM {self.table(table)} WHERE chain = '{chain}'"
                      for table in ("ledger", "ledger_heads")]
        names = ", ".join(self.name(name) for name in COLUMNS)
        for entry in entries:
            statements.append(f"INSERT INTO {self.table('ledger')} ({names}) VALUES ("
                              + ", ".join(self.literal(entry[name]) for name in COLUMNS) + ")")
        if entries:
            statements.append(f"INSERT INTO {self.table('ledger_heads')} VALUES ("
                              f"'{chain}', {entries[-1]['seq']}, '{entries[-1]['hash']}')")
        self.with_open_doors(*statements)

    def write_texts(self, texts):
        self.with_open_doors(
            f"DELETE FROM {self.table('texts')}",
            *(f"INSERT INTO {self.table('texts')} VALUES ({self.literal(text['digest'])},"
              f" {self.literal(text['body'])})" for text in texts))

    def lengthen_texts(self):
        self.with_open_doors(f"UPDATE {self.table('texts')} SET body = {self.longer_body}")

    def set_version(self, version):
        """Of the tables; no guard keeps anybody from it."""
        self.sql(f"UPDATE {self.table('meta')} SET value = '{version}'"
                 f" WHERE {self.name('key')} = 'schema_version'")

    def table(self, name):
        return self.prefix + name


class PostgreSqlAttacker(Attacker):
    prefix = "interlock."
    clone_goes_on = 0                  # the exit of a deploy to a clone of another name
    longer_body = "body || 'x'::bytea"
    refused = [("postgres", statement) for statement in (
        "UPDATE interlock.ledger SET actor = 'nobody'", "DELETE FROM interlock.ledger",
        "TRUNCATE interlock.ledger", "DELETE FROM interlock.ledger_heads",
        "UPDATE interlock.texts SET body = ''",
        "SET session_replication_role = replica; DELETE FROM interlock.ledger")]
    kept = None

    def name(self, column):
        return f'"{column}"'

    def literal(self, value):
        if isinstance(value, bytes):
            return f"decode('{value.hex()}', 'hex')"
        return "'" + str(value).replace("'", "''") + "'"

    def try_to(self, _, statement):
        try:
            self.sql(statement)
        except RuntimeError:
            pass

    def everything(self):
        """The database as pg_dump prints it, whatever interlock may think of it."""
        done = subprocess.run(["pg_dump", self.server.url(self.database)], capture_output=True,
                              text=True, check=True)
        return [line for line in done.stdout.splitlines()
                if not line.startswith(("--", "\\restrict", "\\unrestrict"))]

    def keep(self):
        """Remembers the tables as they are now."""
        self.kept = {table: self.sql(f"SELECT coalesce(json_agg(t)::text, '[]') FROM "
                                     f"interlock.{table} t") for table in TABLES}

    def put_back(self):
        """The tables as they were kept."""
        statements = []
        for table, rows in self.kept.items():
            quoted = rows.replace("'", "''")
            statements += [f"DELETE FROM interlock.{table}",
                           f"INSERT INTO interlock.{table} SELECT * FROM json_populate_recordset("
                           f"NULL::interlock.{table}, '{quoted}')"]
        self.with_open_doors("SET LOCAL standard_conforming_strings = on", *statements)

    def with_open_doors(self, *statements):
        off = "".join(f"ALTER TABLE interlock.{table} DISABLE TRIGGER ALL;" for table in TABLES)
        on = ("ALTER TABLE interlock.ledger ENABLE ALWAYS TRIGGER append_only;"
              "ALTER TABLE interlock.ledger ENABLE ALWAYS TRIGGER no_truncate;"
              "ALTER TABLE interlock.texts ENABLE ALWAYS TRIGGER append_only;"
              "ALTER TABLE interlock.texts ENABLE ALWAYS TRIGGER no_truncate;"
              "ALTER TABLE interlock.ledger_heads ENABLE ALWAYS TRIGGER no_delete;"
              "ALTER TABLE interlock.ledger_heads ENABLE ALWAYS TRIGGER no_truncate;")
        # Whoever breaks in among a runner's transactions must not be the one that it notices: a
        # deadlock is seen by this session first, which then tries again.
        lock = "SET deadlock_timeout = '10ms';" + "".join(
            f"LOCK TABLE interlock.{table} IN ACCESS EXCLUSIVE MODE;" for table in TABLES[1::-1])
        text = "BEGIN;" + lock + off + ";".join(statements) + ";" + on + "COMMIT"
        for _ in range(20):
            try:
                return self.sql(text)
            except RuntimeError as error:
                if "deadlock" not in str(error):
                    raise
        raise RuntimeError("a deadlock twenty times over")

    def read(self, chain):
        fields = ", ".join("encode(body, 'hex')" if name == "body" else name for name in COLUMNS)
        rows = self.sql(f"SELECT concat_ws(E'\\x1f', {fields}) || E'\\x1e' FROM interlock.ledger"
                        f" WHERE chain = '{chain}' ORDER BY seq")
        entries = []
        for row in rows.split("\x1e"):
            values = row.strip("\n").split("\x1f")
            if len(values) != len(COLUMNS):
                continue
            entry = dict(zip(COLUMNS, values))
            entry["body"] = bytes.fromhex(entry["body"])
            entries.append(entry)
        return entries

    def texts(self):
        rows = self.sql("SELECT digest, encode(body, 'hex') FROM interlock.texts")
        return [{"digest": digest, "body": bytes.fromhex(body)}
                for digest, body in (row.split("|") for row in rows.splitlines())]

    def clone(self, copy):
        self.sql(f"CREATE DATABASE {copy} TEMPLATE {self.database}", "postgres")

    def replace_by(self, copy):
        self.sql(f"DROP DATABASE {self.database} WITH (FORCE)", "postgres")
        self.sql(f"ALTER DATABASE {copy} RENAME TO {self.database}", "postgres")


class MySqlAttacker(Attacker):
    """Of MariaDB, too.  No trigger sees a TRUNCATE: an account without DROP is kept from it."""

    prefix = "interlock_"
    clone_goes_on = 8
    longer_body = "CONCAT(body, 'x')"
    refused = [("root", statement) for statement in (
        "UPDATE interlock_ledger SET actor = 'nobody'",
        "UPDATE IGNORE interlock_ledger SET actor = 'nobody'",
        "DELETE FROM interlock_ledger", "DELETE IGNORE FROM interlock_ledger",
        "SET sql_mode = ''; REPLACE INTO interlock_ledger (chain, seq) VALUES ('main', 5)",
        "SET sql_mode = ''; INSERT INTO interlock_ledger (chain, seq) VALUES ('main', 5)"
        " ON DUPLICATE KEY UPDATE actor = 'nobody'",
        "DELETE l, h FROM interlock_ledger l JOIN interlock_ledger_heads h USING (chain)",
        "DELETE FROM interlock_ledger_heads", "UPDATE interlock_texts SET body = ''",
        "SET sql_log_bin = 0, foreign_key_checks = 0; DELETE FROM interlock_ledger",
    )] + [("writer", statement) for statement in (
        "TRUNCATE interlock_ledger", "TRUNCATE interlock_ledger_heads",
        "DROP TABLE interlock_texts", "DROP TRIGGER interlock_ledger_no_DELETE",
        "ALTER TABLE interlock_ledger DROP COLUMN actor")]
    # What writes the ledger, and no more: docs/operations-mysql.md.
    writer = {"ledger": "SELECT, INSERT", "texts": "SELECT, INSERT", "meta": "SELECT",
              "ledger_heads": "SELECT, INSERT, UPDATE", "claims": "SELECT, INSERT, UPDATE"}

    def __init__(self, shop, database):
        super().__init__(shop, database)
        self.kept = None

    def client(self):
        return Client(self.server.url(self.database))

    def name(self, column):
        return quoted(column)

    def literal(self, value):
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"

    def try_to(self, account, statement):
        grants = [f"GRANT {rights} ON interlock_{table} TO writer@'%'"
                  for table, rights in self.writer.items()]
        self.sql("; ".join(["CREATE USER IF NOT EXISTS writer@'%'", *grants]))
        try:
            with Client(self.server.url(self.database).replace("root@", f"{account}@")) as client:
                client.sql(statement)
        except ServerError:
            pass

    def everything(self):
        with self.client() as client:
            rows = [(table, sorted(map(repr, client.sql(f"SELECT {columns(client, table)} FROM"
                                                        f" {quoted(table)}"))))
                    for table in mysql_catalog.tables(client)]
            return mysql_catalog.read(client), rows

    def rows(self, table, where="true"):
        """Each with its values by column."""
        with self.client() as client:
            names = [name for name, in client.texts(
                "SELECT column_name FROM information_schema.columns WHERE table_schema ="
                f" DATABASE() AND table_name = 'interlock_{table}' ORDER BY ordinal_position")]
            return [{name: value if name == "body" else value.decode()
                     for name, value in zip(names, row)}
                    for row in client.sql(f"SELECT * FROM interlock_{table} WHERE {where}")]

    def texts(self):
        return self.rows("texts")

    def read(self, chain):
        return self.rows("ledger", f"chain = '{chain}' ORDER BY seq")

    def keep(self):
        """Remembers the tables as they are now."""
        self.kept = {table: self.rows(table) for table in TABLES}

    def put_back(self):
        """The tables as they were kept."""
        statements = []
        for table, rows in self.kept.items():
            statements.append(f"DELETE FROM interlock_{table}")
            statements += [f"INSERT INTO interlock_{table} VALUES ("
                           + ", ".join(map(self.literal, row.values())) + ")" for row in rows]
        self.with_open_doors(*statements)

    def with_open_doors(self, *statements):
        with self.client() as client:
            guards = [(settings, statement, name) for name, settings, statement, _
                      in mysql_catalog.triggers(client) if name.startswith("interlock_")]
            client.sql("LOCK TABLES " + ", ".join(f"interlock_{table} WRITE" for table in TABLES))
            for _, _, name in guards:
                client.sql(f"DROP TRIGGER {name}")
            for statement in statements:
                client.sql(statement)
            for settings, statement, _ in guards:
                client.sql(f"SET {settings}")
                client.sql(statement)

    def clone(self, copy):
        self.load(self.database, copy)

    def replace_by(self, copy):
        self.sql(f"DROP DATABASE {self.database}", copy)
        self.load(copy, self.database)
        self.sql(f"DROP DATABASE {copy}")

    def load(self, source, into):
        """As a dump that is loaded into a new database would."""
        kept = Kept(f"kept_{source}")
        with Client(self.server.url(source)) as client:
            kept.take(client)
        self.server.create(into)
        with Client(self.server.url(into)) as client:
            kept.give_back(client)
            client.sql(f"DROP DATABASE {kept.database}")


ATTACKERS = {"postgresql": PostgreSqlAttacker, "mariadb": MySqlAttacker, "mysql": MySqlAttacker}
