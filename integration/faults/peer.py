#!/usr/bin/env python3
"""What Sqitch does after the same cuts: a table, from runs on a throwaway PostgreSQL.

    peer.py [--every N]        apt-get install sqitch libdbd-pg-perl; not part of ./test.sh

A project of four changes as its manual advises: scripts in a transaction, each with a verify script; the
index is built concurrently, which no transaction can hold.  Each run is cut at one statement; then its
best documented recovery: `sqitch deploy --verify` again, and where that fails `sqitch verify`'s finding,
a look, and `sqitch deploy --log-only --to CHANGE` for what is there already.  Here the script does the
looking; with Sqitch a person does.
"""

import argparse
import collections
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from postgres_client import Client
from postgres_server import PostgresServer
from postgres_wire import PostgresWire
from proxy import CUTS, KILLS, Fault, FaultProxy, Loop

BEFORE = """CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO users SELECT n, 'Ann ' || n FROM generate_series(1, 100) AS n;"""

# change: (deploy, verify, whether what it does is there, as SQL)
CHANGES = {
    "column": ("BEGIN;\nALTER TABLE users ADD COLUMN full_name text;\nCOMMIT;",
               "SELECT full_name FROM users WHERE false;",
               "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass"
               " AND attname = 'full_name' AND NOT attisdropped)"),
    "rows": ("BEGIN;\nUPDATE users SET full_name = name || ' *';\nCOMMIT;",
             "SELECT 1/(count(*) = 0)::int FROM users WHERE full_name IS NULL;",
             "SELECT NOT EXISTS (SELECT FROM users WHERE full_name IS NULL)"),
    "index": ("CREATE INDEX CONCURRENTLY users_full_name ON users (full_name);",
              "SELECT 1/count(*) FROM pg_index WHERE indexrelid = 'users_full_name'::regclass"
              " AND indisvalid;",
              "SELECT coalesce((SELECT indisvalid FROM pg_index WHERE indexrelid ="
              " to_regclass('users_full_name')), false)"),
    "counter": ("BEGIN;\nUPDATE users SET name = name || '+';\nCOMMIT;",
                "SELECT 1/(count(*) = 0)::int FROM users WHERE name NOT LIKE '%+';",
                "SELECT NOT EXISTS (SELECT FROM users WHERE name NOT LIKE '%+')"),
}


class Killing(FaultProxy):
    """Sqitch runs psql: both die, as with their host."""

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.drop()


class Sqitch:
    def __init__(self, server, work):
        self.server = server
        self.project = work / "project"
        self.home = work / "home"
        self.home.mkdir()
        self.loop = Loop()
        self.proxy = Killing(self.loop, server.address, PostgresWire)
        self.env = {**os.environ, "HOME": str(self.home), "SQITCH_FULLNAME": "A", "PGSSLMODE": "disable",
                    "PGGSSENCMODE": "disable", "SQITCH_EMAIL": "a@example.org"}
        self.project.mkdir()
        self.tool("init", "faults", "--engine", "pg")
        for name, (deploy, verify, _) in CHANGES.items():
            self.tool("add", name, "-n", name)
            (self.project / "deploy" / f"{name}.sql").write_text(deploy + "\n")
            (self.project / "verify" / f"{name}.sql").write_text("BEGIN;\n" + verify + "\nROLLBACK;\n")
        server.create("run", BEFORE)
        self.oid = server.keep("run", "before")

    def begin(self, port, *args):
        target = [f"db:pg://postgres@127.0.0.1:{port}/run"] if port else []
        return subprocess.Popen(["sqitch", *args, *target], cwd=self.project, env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True)

    def tool(self, *args, port=None):
        process = self.begin(port, *args)
        return process.communicate()[0], process.returncode

    def cut(self, fault):
        self.server.restore("run", "before", self.oid)
        self.proxy.arm([fault] if fault else [])
        process = self.begin(self.proxy.port, "deploy", "--verify")
        self.proxy.process = process
        self.loop.watch(process)
        self.loop.until(lambda: process.returncode is not None, 60)
        process.stdout.close()
        self.proxy.drop()
        return process.returncode

    def is_there(self, name):
        return self.sql(CHANGES[name][2]) == [("t",)]

    def deploy(self):
        return self.tool("deploy", "--verify", port=self.server.port)

    def sql(self, text):
        with Client(self.server.url("run")) as client:
            return client.sql(text)

    def recover(self):
        """How it went on, in words."""
        text, code = self.deploy()
        if code == 0:
            return "the same command finished it"
        out = ""
        if "App/Sqitch/Engine.pm" in text:   # cut between the registry's tables and its version
            out = "fails: `sqitch upgrade`"
            _, code = self.tool("upgrade", port=self.server.port)
            if code != 0:
                out = "fails, `sqitch upgrade` too: a person drops the registry, still empty"
                self.sql("DROP SCHEMA sqitch CASCADE")
            _, code = self.deploy()
            if code == 0:
                return out
        for _ in CHANGES:
            deployed, _ = self.tool("status", port=self.server.port)
            done = next((n for n, name in enumerate(CHANGES, 1)
                         if f"# Name:     {name}" in deployed), 0)
            following = list(CHANGES)[done:]
            if not following:
                break
            if self.is_there(following[0]):
                out = "fails: a person looks, --log-only"
                self.tool("deploy", "--log-only", "--to", following[0], port=self.server.port)
            elif following[0] == "index":
                out = "fails: a person drops the INVALID index"
                self.sql("DROP INDEX IF EXISTS users_full_name")
            _, code = self.deploy()
            if code == 0:
                return out
        return "not recovered by this script"

    def twice(self):
        return self.sql("SELECT count(*) FROM users WHERE name LIKE '%++%'") != [("0",)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every Nth statement")
    args = parser.parse_args()
    if shutil.which("sqitch") is None:
        parser.error("sqitch is not installed: apt-get install sqitch libdbd-pg-perl")
    work = pathlib.Path(tempfile.mkdtemp(prefix="interlock-peer."))
    server = PostgresServer(work / "server")
    try:
        sqitch = Sqitch(server, work)
        code = sqitch.cut(None)
        statements = len(sqitch.proxy.seen)
        if code != 0 or not all(sqitch.is_there(name) for name in CHANGES):
            raise SystemExit(f"sqitch fails without a fault: {code}")
        print(f"{statements} statements in an uncut run")
        ends = collections.Counter()
        for mode in KILLS + CUTS:
            for at in range(1, statements + 1, args.every):
                sqitch.cut(Fault(mode, at))
                how = sqitch.recover()
                ends[(mode, how + ("; ROWS CHANGED TWICE" if sqitch.twice() else ""))] += 1
        for (mode, how), times in sorted(ends.items()):
            print(f"{mode:<15}{times:>5}  {how}", flush=True)
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
