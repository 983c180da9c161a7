#!/usr/bin/env python3
"""The kill matrix: releases cut at a statement, then carried on without a fault, then compared with
one that nobody cut: catalog, rows, instances, DDL that took effect, ledger, exit codes.

    matrix.py --interlock PROGRAM                          every statement: in all modes where it changes
                                                           something, in one of chance where not
    matrix.py --interlock PROGRAM --every                  every statement in all modes
    matrix.py --interlock PROGRAM --sample 40 --seed 7     so many of all of these
    matrix.py --interlock PROGRAM --seed 7 --from 9000     goes on where one of this seed had run so many
    matrix.py --interlock PROGRAM --matching "RENAME TABLE"   statements with that in their text, all modes
    matrix.py --interlock PROGRAM --release names --mode cut --at 17 [--then before:40]
    matrix.py --interlock PROGRAM --list                   statements and actions of each release
"""

import argparse
import concurrent.futures
import dataclasses
import hashlib
import multiprocessing
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import tempfile
import time

import judge
import releases
from mysql_server import MariaDbServer, MySqlServer
from postgres_server import PostgresServer
from proxy import CUTS, KILLS, MODES, Fault
from trial import Bench

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parent.parent / "src" / "model"
ENGINES = {server.name: server for server in (PostgresServer, MariaDbServer, MySqlServer)}
QUICK = KILLS + CUTS                       # they need no time of their own
SLOW = ("delay", "half_open")              # sampled: a half-open one takes the server's 30 s


@dataclasses.dataclass(frozen=True)
class Case:
    release: str
    faults: tuple              # of (mode, at)

    def command(self, args):
        (mode, at), *then = self.faults
        text = (f"python3 integration/faults/matrix.py --interlock {args.interlock}"
                f" --engine {args.engine} --release {self.release} --mode {mode} --at {at}")
        return text + "".join(f" --then {mode}:{at}" for mode, at in then)


# --- Workers: each has a server of its own

_bench = None


def prepare(engine, interlock, folders):
    global _bench
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    folder = pathlib.Path(folders.get())
    _bench = Bench(ENGINES[engine](folder / "server", start=False), interlock, folder)


def carry_out(case):
    faults = [Fault(mode, at) for mode, at in case.faults]
    return _bench.carry_out(releases.find(case.release), faults)


class Workers:
    """Servers, and the processes that use one each."""

    def __init__(self, args):
        """Call start() next, and close() in any case."""
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="interlock-matrix."))
        self.servers = []
        self.keep = args.keep
        self.pool = None

    def start(self, args):
        context = multiprocessing.get_context("fork")
        folders = context.Queue()
        for number in range(args.jobs):
            folder = self.work / str(number)
            folder.mkdir()
            self.servers.append(ENGINES[args.engine](folder / "server"))
            folders.put(str(folder))
        self.pool = concurrent.futures.ProcessPoolExecutor(
            args.jobs, mp_context=context, initializer=prepare,
            initargs=(args.engine, args.interlock, folders))

    def each(self, cases, seconds=None):
        """(case, snapshot) as they end; none is begun after so many seconds."""
        end = None if seconds is None else time.monotonic() + seconds
        waiting = list(reversed(cases))
        running = {}
        while waiting or running:
            while waiting and len(running) < len(self.servers) + 1:
                if end is not None and time.monotonic() > end:
                    waiting.clear()
                    break
                case = waiting.pop()
                running[self.pool.submit(carry_out, case)] = case
            done, _ = concurrent.futures.wait(running, return_when="FIRST_COMPLETED")
            for future in done:
                yield running.pop(future), future.result()

    def close(self):
        for process in multiprocessing.active_children():
            process.terminate()
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
        for server in self.servers:
            server.stop()
        if self.keep:
            print(f"kept: {self.work}")
        else:
            shutil.rmtree(self.work, ignore_errors=True)


# --- What is cut

def uncut(workers, names):
    """Each release without a fault: {name: snapshot}; all that they must show together."""
    clean = {}
    for case, snapshot in workers.each([Case(name, ()) for name in names]):
        found = judge.problems(releases.find(case.release), snapshot, snapshot, workers.servers[0])
        if found:
            sys.exit(f"{case.release} fails without a fault:\n" + "\n".join(found))
        clean[case.release] = snapshot
    return clean


def actions_of(snapshot):
    return {found.group(1) for entry in snapshot.entries if entry["kind"] == "step.intent"
            for found in [re.search(r'"action": *"(\w+)"', entry["body"])] if found}


def kinds_of(release, dialect):
    return {kind for file in release.migrations(dialect)
            for kind in re.findall(r'^kind = "(\w+)"', file.read_text(), re.MULTILINE)}


def names_in(file):
    """The names that a variant's types have in the model."""
    return set(re.findall(r'operator\(\)\(const \w+::\w+&\) const \{\s*return "(\w+)"',
                          (MODEL / file).read_text()))


def missing(clean, server):
    """Kinds of changes and actions that no release has, of those that the server can have."""
    kinds = set().union(*(kinds_of(releases.find(name), server.dialect) for name in clean))
    actions = set().union(*(actions_of(snapshot) for snapshot in clean.values()))
    return (sorted(names_in("change.cc") - kinds - server.never),
            sorted(names_in("action.cc") - actions - server.never))


def drawn(seed, *what):
    """A number of chance that hangs on these alone."""
    return int.from_bytes(hashlib.sha256(repr((seed, *what)).encode()).digest()[:8])


def single_cuts(clean, modes, args):
    """All cases of one fault, in no certain order."""
    cases = []
    every = args.every or args.matching
    for name, snapshot in clean.items():
        for at, (text, changes) in enumerate(snapshot.statements, 1):
            if args.matching and not re.search(args.matching, text):
                continue
            one = modes[drawn(args.seed, name, at) % len(modes)]
            cases += [Case(name, ((mode, at),))
                      for mode in (modes if every or changes else (one,))]
    return cases


def pairs(clean, count, rng):
    """A cut, and another one of what goes on afterwards."""
    cases = []
    names = sorted(clean)
    for _ in range(count):
        name = rng.choice(names)
        total = len(clean[name].statements)
        first = rng.randint(1, total)
        cases.append(Case(name, ((rng.choice(QUICK), first),
                                 (rng.choice(QUICK), rng.randint(1, total - first + 60)))))
    return cases


def some(clean, modes, count, rng):
    """A fault at any statement, changing or not."""
    names = sorted(clean)
    return [Case(name, ((mode, rng.randint(1, len(clean[name].statements))),))
            for name, mode in ((rng.choice(names), modes[i % len(modes)]) for i in range(count))]


def chosen(args, clean, rng):
    if args.at:
        then = [tuple(text.split(":")) for text in args.then]
        faults = ((args.mode, args.at), *((mode, int(at)) for mode, at in then))
        return [Case(name, faults) for name in clean]
    modes = (args.mode,) if args.mode else QUICK
    if args.sample:
        cases = some(clean, modes, args.sample, rng)
    else:
        cases = single_cuts(clean, modes, args)
    if not args.mode and not args.matching:
        cases += pairs(clean, args.pairs, rng) + some(clean, SLOW, args.slow, rng)
    # Each case has its place by itself, so that --from hardly hangs on how many there are.
    cases.sort(key=lambda case: drawn(args.seed, case.release, case.faults))
    return cases[args.from_:]


# --- What comes out

class Table:
    """engine × mode × runs × passed, and the failures."""

    def __init__(self, args):
        self.args = args
        self.counts = {}
        self.failed = 0
        self.not_reached = 0
        self.seconds = []
        self.codes = {}

    def add(self, case, snapshot, found):
        mode = case.faults[0][0] if len(case.faults) == 1 else "pairs"
        for code in snapshot.codes:
            self.codes[code] = self.codes.get(code, 0) + 1
        if not snapshot.struck and not found:
            self.not_reached += 1     # this time the release needed fewer statements
            return
        runs, passed = self.counts.get(mode, (0, 0))
        self.counts[mode] = (runs + 1, passed + (not found))
        self.seconds.append(snapshot.seconds)
        if found:
            self.failed += 1
            print(f"FAILED: {case.command(self.args)}")
            for text in snapshot.struck:
                print(f"    at: {text[:160]}")
            print(f"    exit codes: {snapshot.codes}")
            for text in found:
                print("    " + text.replace("\n", "\n      "), flush=True)

    def show(self, ended, left):
        print(f"\n{'engine':<12}{'mode':<15}{'runs':>7}{'passed':>8}")
        for mode in (*MODES, "pairs"):
            if mode in self.counts:
                runs, passed = self.counts[mode]
                print(f"{self.args.engine:<12}{mode:<15}{runs:>7}{passed:>8}")
        runs = sum(runs for runs, _ in self.counts.values())
        print(f"{self.args.engine:<12}{'all':<15}{runs:>7}{runs - self.failed:>8}")
        if self.seconds:
            print(f"median {sorted(self.seconds)[runs // 2]:.2f} s a run; exit codes " + ", ".join(
                f"{code}: {times}" for code, times in sorted(self.codes.items())))
        if self.not_reached:
            print(f"{self.not_reached} more ended before the statement at which they were to be cut")
        if left:
            print(f"{left} more were not run; --seed {self.args.seed} --from {self.args.from_ + ended}"
                  " goes on there")
        print(f"{runs - self.failed} passed, {self.failed} failed")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interlock", default=os.environ.get("INTERLOCK_BIN"))
    parser.add_argument("--engine", choices=sorted(ENGINES), default="postgresql")
    parser.add_argument("--release", action="append", help="only this one (again for more)")
    parser.add_argument("--mode", choices=sorted(MODES), help="only this one")
    parser.add_argument("--at", type=int, help="only this statement")
    parser.add_argument("--then", action="append", default=[], metavar="MODE:AT",
                        help="another fault, so many statements after the one before")
    parser.add_argument("--every", action="store_true", help="every statement in all modes")
    parser.add_argument("--matching", metavar="PATTERN", help="only statements whose text matches")
    parser.add_argument("--sample", type=int, help="so many single cuts, drawn from all")
    parser.add_argument("--pairs", type=int, help="so many pairs (default: 500, or a quarter)")
    parser.add_argument("--slow", type=int, help="so many delayed and half-open ones (default: 40, 0)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--from", type=int, default=0, dest="from_", metavar="RUNS",
                        help="leave out so many, of a seed that was run so far")
    parser.add_argument("--minutes", type=float, help="begin no run after that")
    parser.add_argument("--jobs", type=int, default=2, help="servers, one run on each at a time")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the runs")
    args = parser.parse_args()
    if not args.interlock or not os.access(args.interlock, os.X_OK):
        parser.error("say --interlock PROGRAM, or set INTERLOCK_BIN")
    if args.at and not args.mode:
        parser.error("--at needs --mode")
    args.interlock = str(pathlib.Path(args.interlock).resolve())
    if args.pairs is None:
        args.pairs = args.sample // 4 if args.sample else 500
    if args.slow is None:
        args.slow = 0 if args.sample else 40
    return args


def show_list(clean):
    for name, snapshot in sorted(clean.items()):
        changing = sum(changes for _, changes in snapshot.statements)
        print(f"{name}: {len(snapshot.statements)} statements, {changing} of them change something;"
              f" {', '.join(sorted(actions_of(snapshot)))}")


def main():
    args = arguments()
    rng = random.Random(args.seed)
    names = args.release or [release.name for release in releases.RELEASES
                             if release.runs_on(ENGINES[args.engine].dialect)]
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(130))
    workers = Workers(args)
    try:
        workers.start(args)
        return cut(args, rng, workers, names)
    finally:
        workers.close()


def cut(args, rng, workers, names):
    """1 if a run failed, or none was made."""
    began = time.monotonic()
    clean = uncut(workers, names)
    show_list(clean)
    if not args.release:
        kinds, actions = missing(clean, workers.servers[0])
        if kinds or actions:
            sys.exit(f"no release has these kinds of changes: {kinds}, or actions: {actions}")
    # names-rollout begins where all of its DDL is done.
    if not any(snapshot.effects for snapshot in clean.values()) and names != ["names-rollout"]:
        sys.exit("the server tells of no statement that took effect")
    if args.list:
        return 0
    cases = chosen(args, clean, rng)
    print(f"seed {args.seed}: {len(cases)} runs", flush=True)
    table = Table(args)
    ended = 0
    try:
        for case, snapshot in workers.each(cases, args.minutes and args.minutes * 60):
            ended += 1
            found = judge.problems(releases.find(case.release), clean[case.release], snapshot,
                                   workers.servers[0])
            table.add(case, snapshot, found)
            if ended % 100 == 0:
                print(f"{ended} of {len(cases)} after {time.monotonic() - began:.0f} s", flush=True)
    finally:
        table.show(ended, len(cases) - ended)
    return 1 if table.failed or not table.counts else 0


if __name__ == "__main__":
    sys.exit(main())
