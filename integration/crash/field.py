"""A server with one table in it, a project with migrations that alter it, and interlock run against it."""

import atexit
import os
import pathlib
import shutil
import tempfile

from shop import Run
from shop_servers import SERVERS, Client  # also finds what is in support/
from alter_project import AlterProject


class Field:
    """A server with the one table, a project, and interlock run against it."""

    def __init__(self, args, checks, table, more=""):
        """`more`: what stands in the project beside the database's url."""
        self.args = args
        self.table = table
        self.checks = checks
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="interlock-crash."))
        self.server = SERVERS[args.server](self.work / "server")
        self.project = self.work / "project"
        self.runs_started = 0
        self.runs = []
        atexit.register(self.close)
        self.files = AlterProject(self.project, "${RELEASE_DATABASE_URL}", more)
        self.server.start()
        self.server.create("field")
        self.url = self.server.url("field")
        self.release_url = self.server.release_url(self.url)

    def env(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
        return env | {"RELEASE_DATABASE_URL": self.release_url, "NO_COLOR": "1"}

    def write(self, migration, release, clauses):
        self.files.migration(migration, self.table, clauses)
        self.files.plan(release, migration)

    def begin(self, *args):
        run = Run(self, args)
        self.runs.append(run)
        return run

    def expect(self, wanted, *args):
        run = self.begin(*args).wait()
        return self.checks.equal("exit of " + " ".join(args), wanted, run.exit, run.text)

    def rows(self, sql):
        with Client(self.url, "look") as client:
            return client.texts(sql)

    def halted(self, client):
        """Whether a swap has just now something on neither table."""
        return client.texts("SELECT 1 FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND"
                            " trigger_name LIKE '%~interlock|_%|_halt|__' ESCAPE '|' LIMIT 1")

    def left_over(self):
        """Helpers of a rebuild that are still there."""
        return self.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
                         " table_name LIKE '%~interlock|_%' ESCAPE '|' UNION ALL SELECT trigger_name FROM"
                         " information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name LIKE"
                         " '%~interlock|_%' ESCAPE '|'")

    def close(self):
        for run in self.runs:
            if run.running():
                run.kill()
        self.server.stop()
        if self.args.keep or self.checks.failed:
            print(f"kept: {self.work}", flush=True)
        else:
            shutil.rmtree(self.work, ignore_errors=True)
