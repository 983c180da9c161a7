"""The servers on which the shop of this folder runs: started, asked, and what took effect on them."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))
import ddl_log  # noqa: E402
import mysql_history  # noqa: E402
from mysql_client import Client, ServerError, quoted  # noqa: E402


def ask(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, **more)


class Lacking(Exception):
    """The server has nothing of that sort; says what."""


class Server:
    """One that its script `manage` starts in a folder, and ends."""

    def __init__(self, folder):
        self.folder = folder

    def command(self, name, *options):
        ask(self.manage, name, self.folder, *options, check=True)

    def kill(self):
        self.command("kill")

    def restart(self):
        """In order, or after it was killed."""
        self.command("restart")

    def stop(self):
        ask(self.manage, "stop", self.folder, "immediate")


class PostgreSql(Server):
    files = "."                        # where the sample shop has its schema and migrations
    database = "postgres"              # is there from the beginning
    project = 'owns = ["public.*"]\nothers = ["psql", "load"]'
    person = "psql"                    # what a session of a person calls itself
    ledger = "interlock.ledger"
    session_id = "SELECT pg_backend_pid();"
    now = "extract(epoch FROM clock_timestamp())"
    hold_users = "BEGIN; LOCK TABLE users IN ROW EXCLUSIVE MODE;"
    lock_timeout = "SET lock_timeout = '%ds'"
    integer = "integer"                # as the catalog's text calls it
    manage = SUPPORT / "pg_cluster.sh"

    def start(self, *options):
        subprocess.run([self.manage, "start", self.folder, *options], check=True,
                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def running(self):
        return (self.folder / "cluster").exists()

    def url(self, database):
        return ask(self.manage, "url", self.folder, database, check=True).stdout.strip()

    def release_url(self, url):
        """The log then also tells which statements outside a transaction came to their end."""
        options = urllib.parse.quote("-c log_duration=on")
        return f"{url}{'&' if '?' in url else '?'}options={options}"

    def sql(self, url, text):
        return ask("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", text, url)

    def create(self, database):
        """A new database; the one that was there from the beginning stays."""
        if database != self.database:
            done = self.sql(self.url(self.database), f'CREATE DATABASE "{database}"')
            if done.returncode != 0:
                raise RuntimeError(done.stderr)

    def drop(self, database):
        done = self.sql(self.url(self.database), f'DROP DATABASE "{database}" WITH (FORCE)')
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def session(self, url, name):
        return subprocess.Popen(["psql", "-X", "-q", "-At", url], text=True,
                                env=dict(os.environ, PGAPPNAME=name), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    @contextlib.contextmanager
    def pooler(self, url, mode):
        """A pgbouncer before it, as a url that goes through it."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="interlock-pooler."))
        server = urllib.parse.urlsplit(url)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (folder / "users.txt").write_text(f'"{server.username}" ""\n')
        (folder / "pooler.ini").write_text(
            f"[databases]\n* = host={server.hostname} port={server.port}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\n"
            f"auth_file = {folder}/users.txt\npool_mode = {mode}\nunix_socket_dir =\nlogfile =\n"
            "pidfile =\nignore_startup_parameters = extra_float_digits,options\n")
        command = ["pgbouncer", str(folder / "pooler.ini")]
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
            command = ["runuser", "-u", "postgres", "--", *command]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"postgresql://{server.username}@127.0.0.1:{port}{server.path}"
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)

    def schema(self, database):
        """In which the shop's tables lie."""
        return "public"

    def comparable(self, schema, database):
        """The schema's text, the same for two databases with the same schema."""
        return schema

    def columns(self, table):
        return ("SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE"
                f" attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped")

    # --- What took effect

    def log(self):
        return (self.folder / "server.log").read_bytes()

    def mark(self):
        """From now on it counts."""
        self.log_from = len(self.log())

    def logs(self, sql):
        """[(text, whether a transaction of it was committed)] of each server, in order."""
        text = self.log()[self.log_from:].decode(errors="replace")
        return [(text, lambda xid: sql(f"SELECT pg_xact_status('{xid}'::xid8)") == "committed")]

    @staticmethod
    def counted(logs):
        effects = {}
        for text, committed in logs:
            of_one = ddl_log.effects(text, lambda xids, of=committed: [x for x in xids if of(x)])
            for what, times in of_one.items():
                effects[what] = effects.get(what, 0) + times
        return effects

    def effects(self, sql):
        """{(step, statement): times} of the tagged DDL since the mark; `sql` asks the database."""
        return self.counted(self.logs(sql))

    logged = effects

    twice = staticmethod(ddl_log.twice)


class MariaDb(Server):
    """Releases come from an account of their own, which may do what the documentation says."""

    flavor = "mariadb"
    files = "mysql"
    database = "mysql"
    project = 'others = ["mariadb", "mysql"]'
    person = "mariadb"
    ledger = "interlock_ledger"
    session_id = "SELECT CONNECTION_ID();"
    now = "UNIX_TIMESTAMP(NOW(6))"
    hold_users = "BEGIN; SELECT COUNT(*) FROM (SELECT 1 FROM users LIMIT 1) AS some;"
    lock_timeout = "SET lock_wait_timeout = %d"
    integer = "int(11)"
    manage = SUPPORT / "mysql_server.sh"
    client = SUPPORT / "mysql_client.py"
    everywhere = ("PROCESS", "CONNECTION ADMIN", "REPLICATION MASTER ADMIN", "SLAVE MONITOR")
    in_database = ("SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, LOCK TABLES,"
                   " TRIGGER, CREATE TEMPORARY TABLES, SHOW VIEW, EVENT, EXECUTE")

    def start(self, *options):
        settings = [part for setting in mysql_history.SETTINGS for part in ("-c", setting)]
        subprocess.run([self.manage, "start", self.flavor, self.folder, *settings, *options],
                       check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        account = "deploy@'%'"
        self.admin(f"CREATE USER {account}; GRANT {', '.join(self.everywhere)} ON *.* TO {account};"
                   f" GRANT SELECT ON performance_schema.* TO {account}")
        self.listen()

    def listen(self):
        """Of the applications' statements none is remembered: they are too many.  Once a start."""
        self.admin("UPDATE performance_schema.setup_actors SET history = 'NO';"
                   " INSERT INTO performance_schema.setup_actors"
                   " VALUES ('%', 'deploy', '%', 'YES', 'YES')")

    def running(self):
        return (self.folder / "server").exists()

    def url(self, database):
        port = (self.folder / "server").read_text().splitlines()[1]
        return f"mysql://root@127.0.0.1:{port}/{urllib.parse.quote(database, safe='')}"

    def release_url(self, url):
        return url.replace("//root@", "//deploy@")

    def sql(self, url, text):
        """The rows of the last statement."""
        try:
            with Client(url, self.person) as client:
                rows = client.texts(text)
        except (ServerError, OSError) as error:
            return subprocess.CompletedProcess(text, 1, "", f"{error}\n")
        lines = ["|".join(value or "" for value in row) + "\n" for row in rows]
        return subprocess.CompletedProcess(text, 0, "".join(lines), "")

    def admin(self, text):
        done = self.sql(self.url(self.database), text)
        if done.returncode != 0:
            raise RuntimeError(f"{text}: {done.stderr}")
        return done.stdout.strip()

    def create(self, database):
        """An empty one, even if an earlier part of the same run had another of that name."""
        self.drop(database)
        self.admin(f"CREATE DATABASE {quoted(database)}")
        self.grant(database, self.in_database)

    def grant(self, database, privileges):
        """To the account that releases."""
        pattern = re.sub(r"([\\%_])", r"\\\1", database)  # as it is read there
        self.admin(f"GRANT {privileges} ON {quoted(pattern)}.* TO deploy@'%'")

    def drop(self, database):
        self.admin(f"DROP DATABASE IF EXISTS {quoted(database)}")

    def session(self, url, name):
        return subprocess.Popen([sys.executable, self.client, url, name], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def pooler(self, *_):
        raise Lacking("pgbouncer stands before a PostgreSQL alone")

    def schema(self, database):
        return database

    def comparable(self, schema, database):
        return re.sub(rf"\b{re.escape(database)}\b", "shop", schema)

    def columns(self, table):
        return ("SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM"
                " information_schema.columns WHERE table_schema = DATABASE() AND table_name ="
                f" '{table}'")

    # --- What took effect

    def mark(self):
        self.admin(mysql_history.FORGET)
        with Client(self.url(self.database)) as client:
            self.log_from = mysql_history.end_of_log(client)

    def effects(self, _):
        with Client(self.url(self.database)) as client:
            return mysql_history.effects(client.texts(mysql_history.ENDED))

    def logged(self, _):
        """The same by what outlives the server."""
        with Client(self.url(self.database)) as client:
            return mysql_history.logged(client, self.log_from)

    twice = staticmethod(mysql_history.twice)


class MySql(MariaDb):
    flavor = "mysql"
    integer = "int"
    everywhere = ("PROCESS", "CONNECTION_ADMIN", "REPLICATION SLAVE", "REPLICATION CLIENT")


SERVERS = {"postgresql": PostgreSql, "mariadb": MariaDb, "mysql": MySql}
