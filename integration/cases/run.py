#!/usr/bin/env python3
"""Releases a folder each: before.sql, migrations, what must hold at each stage.

    run.py [--interlock PROGRAM] [--server postgresql|mariadb|mysql] [--only CASE]

In a case's folder, here for PostgreSQL, under mysql/ for MariaDB and MySQL:
  before.sql       the database before, with rows
  NNNN-*.toml      migrations, released together in this order
  traffic.sql      optional: a script of pgbench, or of the mariadb client, run by four clients from
                   before the expand to the checks
  expanded.sql     optional: what both versions may do, and what must hold, once expanded
  rolled_back.sql  optional: what must hold after a rollback from there
  after.sql        what must hold once contracted
  held.txt         instead of that: exit code of the last `deploy`, then texts its answer must have
  refused.txt      instead of all of these: the same of the first `deploy`, which changes nothing
                   if it ends with 4

Each row that one of these SQL files returns is a claim: its last column must be true, the rest says
what it is about.  Besides, in every case: `plan` leaves the database alone, a rollback brings the
catalog back byte by byte, a second deploy finishes it, no drift, and the ledger verifies.
"""

import argparse
import atexit
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from servers import SERVERS

HERE = pathlib.Path(__file__).resolve().parent

PROJECT = """format = 1

[project]
name = "cases"
migrations = ["migrations"]

[databases.main]
url = "${CASE_DATABASE_URL}"
ignore = ["interlock_case.*"]
"""

PLAN = """[release]
id = "%(id)s"
migrations = [%(migrations)s]

[contract]
soak = "0s"
"""


class Project:
    """A project folder over a database of that name, and the program that runs in it."""

    def __init__(self, name, server, work, interlock):
        self.server = server
        self.database = name
        self.interlock = interlock
        self.failures = []
        self.project = work / name
        (self.project / "migrations").mkdir(parents=True)
        (self.project / "plans").mkdir()
        (self.project / "interlock.toml").write_text(PROJECT)
        self.env = {**os.environ, "CASE_DATABASE_URL": server.url(self.database), "NO_COLOR": "1"}
        self.env.pop("INTERLOCK_ENV", None)

    def plan(self, migrations):
        """Two releases of the same migrations."""
        names = ", ".join(f'"{migration}"' for migration in migrations)
        for release in ("first", "second"):
            text = PLAN % {"id": release, "migrations": names}
            (self.project / "plans" / f"{release}.toml").write_text(text)

    def fail(self, what, detail=""):
        self.failures.append(what + "".join(f"\n      {line}" for line in detail.splitlines()[-30:]))

    def run(self, *args):
        return subprocess.run([self.interlock, *args], cwd=self.project, env=self.env,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=120)

    def expect(self, wanted, *args):
        done = self.run(*args)
        if done.returncode != wanted:
            self.fail(f"`interlock {' '.join(args)}` ended with {done.returncode}, not {wanted}",
                      done.stdout + done.stderr)
        return done.stdout + done.stderr


class Case(Project):
    def __init__(self, folder, server, work, interlock):
        super().__init__(folder.name, server, work, interlock)
        self.folder = folder
        migrations = sorted(folder.glob("*.toml"))
        for migration in migrations:
            shutil.copy2(migration, self.project / "migrations")
        self.plan([migration.stem for migration in migrations])

    def claims(self, name):
        script = self.folder / name
        if not script.exists():
            return
        done = self.server.script(self.database, script)
        if done.returncode != 0:
            self.fail(f"{name}: {done.stderr.strip()}")
        rows = [row for row in done.stdout.splitlines() if row]
        for row in rows:
            if row.split(self.server.separator)[-1] != self.server.true:
                self.fail(f"{name}: {row}")
        if not rows:
            self.fail(f"{name} claims nothing")

    def catalog(self):
        return self.expect(0, "schema")

    def traffic(self):
        script = self.folder / "traffic.sql"
        if not script.exists():
            return None
        return subprocess.Popen(self.server.traffic(self.database, script), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, start_new_session=True)

    def stop(self, traffic):
        """Its clients must have met no error up to now."""
        if traffic is None:
            return
        ended_early = traffic.poll() is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(traffic.pid, signal.SIGTERM)
        text = traffic.communicate()[0]
        if ended_early:
            self.fail("the traffic ended early", text)
        elif "ERROR" in text:
            self.fail("the traffic met an error", text)

    def says(self, name, *args):
        """Runs a command that ends as the file says; its exit code."""
        code, *texts = (self.folder / name).read_text().splitlines()
        answer = self.expect(int(code), *args)
        for text in texts:
            if text not in answer:
                self.fail(f"`interlock {' '.join(args)}` does not say: {text}", answer)
        return int(code)

    def refused(self):
        before = self.catalog()
        if self.says("refused.txt", "deploy", "first") == 4 and self.catalog() != before:
            self.fail("deploy was refused and changed the catalog")

    def released(self):
        before = self.catalog()
        self.expect(0, "plan", "first")
        if self.server.ours(self.database):
            self.fail("plan wrote to the database")
        traffic = self.traffic()
        self.expect(0, "deploy", "first", "--until", "expanded")
        self.stop(traffic)
        self.claims("expanded.sql")
        self.expect(0, "rollback", "first", "--reason", "case")
        if self.catalog() != before:
            self.fail("the catalog after a rollback is not that of before",
                      diff(before, self.catalog()))
        self.claims("rolled_back.sql")
        traffic = self.traffic()
        self.expect(0, "deploy", "second", "--until", "expanded")
        self.stop(traffic)
        if (self.folder / "held.txt").exists():
            self.says("held.txt", "deploy", "second", "--wait", "1m")
            return
        self.expect(0, "deploy", "second", "--wait", "1m")
        self.claims("after.sql")
        self.expect(0, "drift")
        state = json.loads(self.run("status", "second", "--json").stdout)
        if "finished" not in json.dumps(state):
            self.fail("the release is not finished", json.dumps(state, indent=1))

    def go(self):
        self.server.create(self.database)
        made = self.server.script(self.database, self.folder / "before.sql")
        if made.returncode != 0:
            self.fail(f"before.sql: {made.stderr.strip()}")
        elif (self.folder / "refused.txt").exists():
            self.refused()
        else:
            self.released()
            self.expect(0, "ledger", "verify")
        return self.failures


def diff(before, after):
    import difflib
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))


def started(kind):
    """(a folder for projects, a server); both are gone when the program ends."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="interlock-cases."))
    server = kind(work / "server")

    def end():
        server.stop()
        shutil.rmtree(work, ignore_errors=True)

    atexit.register(end)
    server.start()
    return work, server


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interlock", default=os.environ.get("INTERLOCK_BIN"), required=False)
    parser.add_argument("--server", choices=sorted(SERVERS), default="postgresql")
    parser.add_argument("--only", help="one case, by its folder's name")
    args = parser.parse_args()
    if not args.interlock:
        parser.error("say --interlock PROGRAM, or set INTERLOCK_BIN")
    interlock = str(pathlib.Path(args.interlock).resolve())
    kind = SERVERS[args.server]
    folders = sorted(path.parent for path in (HERE / kind.cases).glob("*/before.sql"))
    if args.only:
        folders = [folder for folder in folders if folder.name == args.only]
    if not folders:
        parser.error("there is no such case")
    work, server = started(kind)
    failed = 0
    for folder in folders:
        failures = Case(folder, server, work, interlock).go()
        print(f"{'FAILED' if failures else 'ok'}: {folder.name}", flush=True)
        for failure in failures:
            print(f"    {failure}", flush=True)
        failed += bool(failures)
    print(f"{len(folders) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
