"""A throwaway shop under live traffic, and interlock run against it.

Every script of this folder makes one Shop (or several), checks what it came to check with
`Checks`, and leaves nothing running.  The programs are found through INTERLOCK_BIN and SHOP_BIN,
or --interlock and --shop.
"""

import argparse
import atexit
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from shop_servers import SERVERS, Lacking

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
SHOP = HERE.parent / "shop"
CLUSTER = HERE.parent / "support" / "pg_cluster.sh"
MIGRATION = "0001-split-name"
RELEASE = "names"

# What every later look at the shop needs; small times, so that a release takes seconds.
PROJECT = """format = 1

[project]
name = "shop"
migrations = ["migrations"]

[databases.main]
url = "${RELEASE_DATABASE_URL}"
%(server)s
lock_timeout = "500ms"

[databases.main.backfill]
workers = 2
batch_time = "%(batch_time)s"

[apps.web]
databases = ["main"]
census.sessions = "web/{version}"
census.window = "%(window)s"
census.admission = "1s"

[apps.web.deploy]
driver = "command"
list = ["deploy/list", "web"]
start = ["deploy/start", "{instance}", "{version}"]
stop = ["deploy/stop", "{instance}"]
healthy = ["deploy/healthy", "{instance}", "{version}"]
timeout = "5s"
"""

PLAN = """[release]
id = "%(id)s"
summary = "Names become two fields"
migrations = ["0001-split-name"]

[[rollout]]
app = "web"
from = "v1"
to = "v2"
batches = [1, "100%%"]
bake = "500ms"

[contract]
soak = "%(soak)s"
"""


class Checks:
    """Counts what holds and what does not; its last line says so."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, what, holds, detail=""):
        if holds:
            self.passed += 1
            print(f"ok: {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED: {what}", flush=True)
            for line in str(detail).strip().splitlines()[-40:]:
                print(f"    {line}", flush=True)
        return holds

    def equal(self, what, wanted, got, detail=""):
        return self.that(f"{what}: {got}" if wanted == got else f"{what}: wanted {wanted}, got {got}",
                         wanted == got, detail)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(0 if self.failed == 0 else 1)


def say(text):
    print(f"\n== {text}", flush=True)


def arguments(description, rows=20000, more=(), servers=("postgresql",), needs_shop=True):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--interlock", default=os.environ.get("INTERLOCK_BIN"))
    parser.add_argument("--shop", default=os.environ.get("SHOP_BIN"))
    parser.add_argument("--server", choices=servers, default=servers[0])
    parser.add_argument("--rows", type=int, default=rows)
    parser.add_argument("--only", help="one part of the script, by its function's name")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the run")
    for name, options in more:
        parser.add_argument(name, **options)
    args = parser.parse_args()
    build = REPOSITORY / "build" / "dev"
    args.interlock = str(pathlib.Path(args.interlock or build / "src/cli/interlock").resolve())
    args.shop = str(pathlib.Path(args.shop or build / "integration/shop/shop").resolve())
    for program in (args.interlock, args.shop) if needs_shop else (args.interlock,):
        if not os.access(program, os.X_OK):
            parser.error(f"{program} is no program")
    return args


def require_part(args, parts):
    names = [part.__name__ for part in parts]
    if args.only and args.only not in names:
        sys.exit(f"--only {args.only}: no such part; there are: {', '.join(names)}")


def run_parts(description, parts, rows=20000, servers=("postgresql",)):
    """A script that is a list of functions, each of a shop and the checks; one of them ends with
    Lacking where the server has nothing of that sort."""
    args = arguments(description, rows, servers=servers)
    require_part(args, parts)
    checks = Checks()
    shop = Shop(args, checks)
    for part in parts:
        if args.only in (None, part.__name__):
            try:
                part(shop, checks)
            except Lacking as lacking:
                print(f"skipped: {lacking}", flush=True)
    checks.end()


class Run:
    """One interlock process.  Its output goes to files, so that nobody has to read a pipe."""

    def __init__(self, shop, args):
        shop.runs_started += 1
        base = shop.work / f"run-{shop.runs_started:03}"
        self.args = args
        self.out_file = base.with_suffix(".out")
        self.err_file = base.with_suffix(".err")
        with open(self.out_file, "wb") as out, open(self.err_file, "wb") as err:
            self.process = subprocess.Popen(
                [shop.args.interlock, *args], cwd=shop.project, env=shop.env(), stdout=out,
                stderr=err, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.started = time.monotonic()
        self._read = 0
        self._rest = b""
        self.events = []

    @property
    def exit(self):
        return self.process.returncode

    @property
    def out(self):
        return self.out_file.read_text(errors="replace")

    @property
    def err(self):
        return self.err_file.read_text(errors="replace")

    @property
    def text(self):
        lines = [line for line in self.out.splitlines() if not line.startswith('{"at"')]
        return f"exit {self.exit} of {' '.join(self.args)}\n" + "\n".join(lines) + "\n" + self.err

    def envelope(self):
        for line in reversed(self.out.strip().splitlines()):
            try:
                return json.loads(line)
            except ValueError:
                pass
        return {}

    def running(self):
        return self.process.poll() is None

    def poll(self):
        """New events since the last time."""
        with open(self.out_file, "rb") as file:
            file.seek(self._read)
            data = file.read()
        self._read += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        new = []
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if "event" in event:
                new.append(event)
        self.events += new
        return new

    def until(self, wanted, timeout=120):
        """The first event, from now on, for which wanted is true; None if the process ended first."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            over = not self.running()
            for event in self.poll():
                if wanted(event):
                    return event
            if over:
                return None
            time.sleep(0.005)
        return None

    def wait(self, timeout=420):
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self.timed_out = True
        self.poll()
        return self

    def signal(self, number):
        if self.running():
            os.kill(self.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.poll()


def step_started(fragment):
    return lambda e: e["event"] == "step.started" and fragment in e["step"]


def backfill_rows(least=1):
    return lambda e: (e["event"] == "progress" and "/backfill/" in e["step"] and
                      e["data"].get("rows", 0) >= least)


class Shop:
    """A cluster, a database on it, a copy of the project, and instances of the shop."""

    def __init__(self, args, checks, window="8s", soak="1s", batch_time="250ms", cluster=()):
        self.args = args
        self.checks = checks
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="interlock-crash."))
        self.cluster = self.work / "server"
        self.server = SERVERS[args.server](self.cluster)
        self.project = self.work / "shop"
        self.run_dir = self.work / "run"
        self.database = self.server.database
        self.runs_started = 0
        self.runs = []
        self.others = []
        self.pooled = None
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(130))
        shutil.copytree(SHOP / "deploy", self.project / "deploy")
        shutil.copytree(SHOP / self.server.files / "migrations", self.project / "migrations")
        for script in ("check.sh", "load.sh", "sql.sh", "summary.sh"):
            shutil.copy2(SHOP / script, self.project / script)
        (self.project / "plans").mkdir()
        self.write_project(window=window, batch_time=batch_time)
        self.write_plan(soak=soak)
        self.server.start(*cluster)

    def project_text(self, window="8s", batch_time="250ms"):
        return PROJECT % {"window": window, "batch_time": batch_time,
                          "server": self.server.project}

    def write_project(self, window="8s", batch_time="250ms", more=""):
        text = self.project_text(window=window, batch_time=batch_time)
        (self.project / "interlock.toml").write_text(text + more)

    def write_plan(self, soak="1s", name=RELEASE, more=""):
        text = PLAN % {"id": name, "soak": soak}
        (self.project / "plans" / f"{name}.toml").write_text(text + more)

    # --- The server and the database

    def tool(self, *command, check=True):
        done = subprocess.run([str(part) for part in command], cwd=self.project, env=self.env(True),
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def url(self, database=None):
        return self.server.url(database or self.database)

    def release_url(self, database=None):
        return self.server.release_url(self.url(database))

    def env(self, bare=False):
        env = dict(os.environ)
        env.pop("INTERLOCK_ENV", None)
        env.update(SHOP_BIN=self.args.shop, SHOP_RUN_DIR=str(self.run_dir), NO_COLOR="1",
                   SHOP_START_TIMEOUT="90", SHOP_STOP_TIMEOUT="60",
                   SHOP_THINK_MS=os.environ.get("SHOP_THINK_MS", "10"))
        if not bare or self.server.running():
            env["SHOP_DATABASE_URL"] = self.url()
            env["RELEASE_DATABASE_URL"] = self.pooled or self.release_url()
        return env

    def sql(self, text, database=None, check=True):
        done = self.server.sql(self.url(database), text)
        if check and done.returncode != 0:
            raise RuntimeError(f"{text}: {done.stderr}")
        return done.stdout.strip()

    def new_database(self, name, rows=None):
        """A database of its own, filled; statistics of earlier instances are left behind."""
        self.server.create(name)
        self.fill(name, rows)

    def fill(self, name, rows=None):
        self.database = name
        self.run_dir = self.work / f"run-{name}"
        self.run_dir.mkdir()
        self.sql((SHOP / self.server.files / "schema.sql").read_text())
        self.tool("./load.sh", self.url(), rows or self.args.rows)
        self.server.mark()

    def session(self, application, *statements):
        """A session that stays open; end it with its .end()."""
        process = self.server.session(self.url(), application)
        self.others.append(process)
        process.tell = lambda text: (process.stdin.write(text + "\n"), process.stdin.flush())

        def end():
            process.stdin.close()
            process.wait()
        process.end = end
        process.tell(self.server.session_id)
        process.backend = int(process.stdout.readline())
        for statement in statements:
            process.tell(statement)
        if statements:
            process.tell("SELECT 'ready';")
            while "ready" not in (line := process.stdout.readline()):
                if not line:
                    raise RuntimeError(f"the session of {application} ended")
        return process

    @contextlib.contextmanager
    def pooler(self, mode="transaction"):
        """A pooler stands between the releases and the server meanwhile."""
        with self.server.pooler(self.url(), mode) as self.pooled:
            yield
        self.pooled = None

    # --- The shop

    def start(self, instance, version):
        return self.tool("deploy/start", instance, version)

    def start_all(self, version="v1", count=3):
        for number in range(1, count + 1):
            self.start(f"web-{number}", version)

    def stop_all(self):
        for file in sorted(self.run_dir.glob("web-*.pid")):
            self.tool("deploy/stop", file.stem, check=False)

    def instances(self):
        return self.tool("deploy/list", "web").splitlines()

    def versions(self):
        return sorted({line.split()[1] for line in self.instances() if line != "-"})

    def wrong_rows(self, shape):
        return int(self.tool("./check.sh", self.url(), shape))

    def summary(self):
        return {key: float(value) for key, value in
                (line.split(": ") for line in self.tool("./summary.sh").splitlines())}

    def traffic_was_right(self, shape="v2", wanted_failures=0):
        """Stops the instances and tells what they counted."""
        self.stop_all()
        counted = self.summary()
        detail = "\n".join(file.read_text() for file in self.run_dir.glob("stats/*.json"))
        self.checks.that(f"requests answered: {counted['requests']:.0f}", counted["requests"] > 0)
        self.checks.equal("failed requests", wanted_failures, int(counted["failed"]), detail)
        self.checks.equal("wrong answers", 0, int(counted["wrong answers"]), detail)
        self.checks.equal("rows that are not as written", 0, self.wrong_rows(shape))
        return counted

    # --- interlock

    def begin(self, *args):
        run = Run(self, args)
        self.runs.append(run)
        return run

    def interlock(self, *args, timeout=420):
        return self.begin(*args).wait(timeout)

    def expect(self, wanted, *args, timeout=420, what=None):
        run = self.interlock(*args, timeout=timeout)
        self.checks.equal(what or "exit of " + " ".join(args), wanted, run.exit, run.text)
        return run

    def deploy(self, *more, plan=RELEASE, wait="10m"):
        return self.begin("deploy", f"plans/{plan}.toml", "--wait", wait, "--events", *more)

    def deploy_to_end(self, *more, plan=RELEASE, tries=20, again=(6, 10, 11, 75), timeout=420):
        """Runs deploy until its exit code is none of those that say: run it again."""
        codes = []
        for _ in range(tries):
            run = self.deploy(*more, plan=plan).wait(timeout)
            codes.append(run.exit)
            if run.exit not in again:
                break
            time.sleep(1)
        run.codes = codes
        return run

    def state(self, release=RELEASE):
        envelope = self.interlock("status", release, "--json").envelope()
        text = json.dumps(envelope.get("data", {}))
        found = re.search(r'"state": "(planned|expanding|rolling out|released|contracting|finished|'
                          r'rolled back|rolling back|abandoned)"', text)
        return found.group(1) if found else text

    def schema(self):
        run = self.interlock("schema")
        if run.exit != 0:
            raise RuntimeError(run.text)
        return self.server.comparable(run.out, self.database)

    def columns(self, table="users"):
        return self.sql(self.server.columns(table))

    def ledger(self, where="true"):
        """(chain, seq, kind, token) of the entries for which `where` holds."""
        rows = self.sql(f"SELECT chain, seq, kind, token FROM {self.server.ledger}"
                        f" WHERE {where} ORDER BY at, seq")
        return [tuple(row.split("|")) for row in rows.splitlines()]

    # --- What the server did

    def ddl_effects(self):
        """How often each tagged statement took effect: {(step, statement): times}."""
        return self.server.effects(self.sql)

    def no_step_took_effect_twice(self):
        effects = self.ddl_effects()
        twice = self.server.twice(effects)
        return self.checks.that(f"no statement took effect twice, of {len(effects)}",
                                effects and not twice, "\n".join(twice) or "no statement was found")

    def ledger_verifies(self):
        return self.expect(0, "ledger", "verify")

    def close(self):
        for run in self.runs:
            if run.running():
                run.kill()
        for process in self.others:
            if process.poll() is None:
                process.kill()
                process.wait()
        for folder in self.work.glob("run*"):
            if folder.is_dir():
                self.run_dir = folder
                self.stop_all()
        self.server.stop()
        if self.args.keep or self.checks.failed:
            print(f"kept: {self.work}", flush=True)
        else:
            shutil.rmtree(self.work, ignore_errors=True)
