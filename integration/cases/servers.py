"""The servers that cases run on: started, asked, stopped."""

import pathlib
import subprocess

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"


def ask(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


class PostgreSql:
    cases = "."
    separator = "|"
    true = "t"

    def __init__(self, folder):
        self.folder = folder
        self.manage = SUPPORT / "pg_cluster.sh"

    def start(self):
        subprocess.run([self.manage, "start", self.folder], check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        ask(self.manage, "stop", self.folder, "immediate")

    def url(self, database):
        return ask(self.manage, "url", self.folder, database, check=True).stdout.strip()

    def psql(self, database, *args):
        return ask("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", *args, self.url(database),
                   stdin=subprocess.DEVNULL)

    def create(self, database):
        self.psql("postgres", "-c", f'CREATE DATABASE "{database}"')

    def script(self, database, file):
        return self.psql(database, "-f", str(file))

    def ours(self, database):
        """What of the database is Interlock's own."""
        return self.psql(database, "-c", "SELECT to_regnamespace('interlock')").stdout.strip()

    def traffic(self, database, file):
        """A command that runs the script again and again, in four sessions."""
        return ["pgbench", "-n", "-c", "4", "-T", "600", "-M", "prepared", "-f", str(file),
                self.url(database)]


class MariaDb:
    cases = "mysql"
    separator = "\t"
    true = "1"
    flavor = "mariadb"

    def __init__(self, folder):
        self.folder = folder
        self.manage = SUPPORT / "mysql_server.sh"

    def start(self):
        subprocess.run([self.manage, "start", self.flavor, self.folder], check=True,
                       stdout=subprocess.DEVNULL)
        self.port = (self.folder / "server").read_text().splitlines()[1]

    def stop(self):
        ask(self.manage, "stop", self.folder, "immediate")

    def url(self, database):
        return f"mysql://root@127.0.0.1:{self.port}/{database}"

    def client(self, database):
        return ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", self.port, "-u", "root", "-N",
                "-B", database]

    def create(self, database):
        ask(*self.client("mysql"), "-e", f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4")

    def script(self, database, file):
        with open(file, "rb") as script:
            return ask(*self.client(database), stdin=script)

    def ours(self, database):
        return ask(*self.client(database), "-e", "SHOW TABLES LIKE 'interlock\\_%'").stdout.strip()

    def traffic(self, database, file):
        # A client that meets an error ends, and with it what feeds it.
        one = f'while cat "$0"; do :; done | {" ".join(self.client(database))} 2>&1'
        return ["bash", "-c", f"for i in 1 2 3 4; do ({one}) & done; wait -n", str(file)]


class MySql(MariaDb):
    flavor = "mysql"


SERVERS = {"postgresql": PostgreSql, "mariadb": MariaDb, "mysql": MySql}
