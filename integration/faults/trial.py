"""One release carried out under faults, and everything that can be seen afterwards."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import time

from proxy import FaultProxy, Loop

# Exit codes that say: run the same command again (docs/exit-codes.md).
AGAIN = (6, 10, 11)
MOST_TRIES = 12
LONGEST_COMMAND = 150
# The server ends a silent session after 30 s; until then the next runner is told that it is busy.
# Where the silent connection is not the one that holds the claims, a person breaks them.
PATIENCE = 45
LONGEST_SILENCE = 150
DATABASE = "run"


@dataclasses.dataclass
class Snapshot:
    """What a release left behind."""
    catalog: dict
    rows: dict
    instances: dict
    effects: dict
    entries: list
    verify: str          # what `ledger verify` said, if it did not end with 0
    codes: list          # of all runs of interlock, -9 for a killed one
    statements: list     # (text, changes) of all runs, in order
    struck: list         # the statements at which the faults did
    seconds: float
    problems: list       # what went wrong on the way


class Bench:
    """A server, a proxy before it, and room to work in."""

    def __init__(self, server, interlock, work):
        self.server = server
        self.interlock = interlock
        self.work = pathlib.Path(work)
        self.loop = Loop()
        self.proxy = FaultProxy(self.loop, server.address, server.wire)
        self.spare = FaultProxy(self.loop, server.address, server.wire)
        self.project = self.work / "project"
        self.kept = {}         # release: what brings its beginning back
        self.runs = 0

    def close(self):
        self.proxy.close()
        self.spare.close()

    # --- interlock

    def begin(self, proxy, args):
        """A runner whose statements go through the proxy, or directly."""
        self.runs += 1
        port = proxy.port if proxy else None
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("INTERLOCK_", "PG"))}
        env.update(FAULT_DATABASE_URL=self.server.url(DATABASE, port), NO_COLOR="1",
                   FAULT_INSTANCES=str(self.project / "instances"))
        output = self.project / f"out-{self.runs}"
        with open(output, "wb") as file:
            process = subprocess.Popen([self.interlock, *args], cwd=self.project, env=env,
                                       stdout=file, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL)
        process.output = output
        if proxy:
            proxy.process = process
        self.loop.watch(process)
        return process

    def ended(self, process, seconds=LONGEST_COMMAND):
        return self.loop.until(lambda: process.returncode is not None, seconds)

    def tell(self, args):
        """(exit code, output) of a command that only looks, without a proxy."""
        process = self.begin(None, args)
        if not self.ended(process):
            self.end_hanging(process)
        return process.returncode, process.output.read_text(errors="replace")

    def end_hanging(self, process):
        process.kill()
        process.wait()

    # --- One command of a release

    def run(self, command):
        """Again and again, until it ends as it does when nothing goes wrong."""
        for _ in range(MOST_TRIES):
            struck = len(self.proxy.struck)
            process = self.begin(self.proxy, command.args)
            ended = self.loop.until(
                lambda: process.returncode is not None or self.proxy.silent, LONGEST_COMMAND)
            if self.proxy.silent:
                self.outlast_silence(process, command)
                return
            if not ended:
                self.end_hanging(process)
                self.fail(f"hung for {LONGEST_COMMAND} s", process)
                return
            self.proxy.drop()
            code = process.returncode
            self.codes.append(code)
            if code == command.ends:
                return
            if code == -9 and len(self.proxy.struck) > struck:
                continue
            if code not in AGAIN:
                self.fail(f"ended with {code}", process)
                return
            if not self.proxy.struck:
                self.fail(f"ended with {code} before any fault", process)
                return
        self.fail(f"does not end with {command.ends}", process)

    def outlast_silence(self, first, command):
        """A second runner takes the work over; then the first one hears that it was cut off."""
        begun = time.monotonic()
        broken = False
        while True:
            second = self.begin(self.spare, command.args)
            if not self.ended(second):
                self.end_hanging(second)
                self.fail("hung beside a silent one", second)
                break
            self.codes.append(second.returncode)
            if second.returncode == command.ends:
                break
            waited = time.monotonic() - begun
            if second.returncode not in AGAIN or waited > LONGEST_SILENCE:
                self.fail(f"ended with {second.returncode} beside a silent one", second)
                break
            if waited > PATIENCE and not broken:
                broken = True
                self.break_claims(release_of(command))
        silent, self.proxy.silent = self.proxy.silent, None
        silent.heal()
        if not self.ended(first):
            self.end_hanging(first)
            self.fail("hung after its silence", first)
        self.codes.append(first.returncode)
        if first.returncode not in (*AGAIN, command.ends):
            self.fail(f"ended with {first.returncode} after its silence", first)

    def break_claims(self, release):
        """A person ends the session of a runner that is alive and hears nothing."""
        code, text = self.tell(["claims", "break", f"release {release}", "--reason", "it hangs"])
        if code != 0:
            self.problems.append(f"`interlock claims break` ended with {code}\n{text}")

    def fail(self, what, process):
        text = process.output.read_text(errors="replace").strip().splitlines()[-15:]
        self.problems.append("\n".join([f"`interlock {' '.join(process.args[1:])}` {what}", *text]))

    # --- A whole release

    def carry_out(self, release, faults):
        if release.name not in self.kept:
            self.kept[release.name] = self.begin_release(release)
        self.start_again()
        begun = time.monotonic()
        shutil.rmtree(self.project, ignore_errors=True)
        shutil.copytree(self.before(release), self.project)
        self.server.restore(DATABASE, release.name, self.kept[release.name])
        mark = self.server.mark()
        self.proxy.arm(faults)
        for command in release.commands:
            self.run(command)
            if self.problems:
                break
        catalog, rows = self.server.contents(DATABASE)
        code, verify = self.tell(["ledger", "verify"])
        return Snapshot(
            catalog=catalog, rows=rows, instances=self.instances(),
            effects=self.server.effects(mark), entries=self.entries(),
            verify="" if code == 0 else verify, codes=self.codes, statements=self.proxy.seen,
            struck=self.proxy.struck, seconds=time.monotonic() - begun, problems=self.problems)

    def begin_release(self, release):
        """Carries it to where it begins to be cut, and keeps database and project as they are."""
        self.start_again()
        self.proxy.arm([])
        shutil.rmtree(self.project, ignore_errors=True)
        release.write_project(self.project, self.server.dialect)
        self.server.create(DATABASE, release.database(self.server.dialect))
        for command in release.before:
            self.run(command)
        if self.problems:
            raise RuntimeError(f"{release.name}: {self.problems}")
        shutil.copytree(self.project, self.before(release))
        return self.server.keep(DATABASE, release.name)

    def before(self, release):
        return self.work / f"before-{release.name}"

    def start_again(self):
        self.problems = []
        self.codes = []

    def instances(self):
        return {path.name: path.read_text().strip()
                for path in sorted((self.project / "instances").glob("[a-z]*"))}

    def entries(self):
        """All entries of all chains, as written."""
        file = self.project / "ledger.jsonl"
        code, text = self.tell(["ledger", "export", str(file)])
        if code != 0:
            self.problems.append(f"`interlock ledger export` ended with {code}\n{text}")
            return []
        with open(file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


def release_of(command):
    return command.args[1]
