#!/usr/bin/env python3
"""A table is rebuilt again and again while four sessions write to it, and deploy and rollback are killed at
random moments and run again.  What the table holds then must be what its writers know that they wrote.

Each rebuild is a migration and a release of its own.  Every `--back-every`th is taken back after the swap,
now and then before it, and then released once more.  With --carries the table has triggers and a foreign key,
which go over with each swap (rebuild_carried.py).
"""

import collections
import random
import time

from field import Field
from rebuild_carried import Carried
from rebuild_writers import TABLE, Writers
from shop import Checks, arguments, say, step_started
from shop_servers import Client

AGAIN = (6, 10, 11, 75)

# There and back.  Beside what a server could do in place stands what it could not.
KINDS = {
    "wide": ("MODIFY id BIGINT NOT NULL AUTO_INCREMENT",
             "MODIFY id INT NOT NULL AUTO_INCREMENT"),
    "extra": ("ADD COLUMN extra INT NOT NULL DEFAULT 7 AFTER code, MODIFY amount BIGINT NOT NULL DEFAULT 0",
              "DROP COLUMN extra, MODIFY amount INT NOT NULL DEFAULT 0"),
    "charset": ("MODIFY note VARCHAR(80) CHARACTER SET latin1 NULL",
                "MODIFY note VARCHAR(80) CHARACTER SET utf8mb4 NULL"),
    "unique": ("ADD UNIQUE KEY one_code (code), MODIFY at DATETIME(6) NULL",
               "DROP KEY one_code, MODIFY at DATETIME(3) NULL"),
    "key": ("DROP PRIMARY KEY, ADD PRIMARY KEY (code), ADD UNIQUE KEY one_id (id), MODIFY level INT NOT NULL",
            "DROP PRIMARY KEY, ADD PRIMARY KEY (id), DROP KEY one_id, MODIFY level SMALLINT NOT NULL"),
    "computed": ("ADD COLUMN doubled BIGINT GENERATED ALWAYS AS (amount * 2) STORED",
                 "DROP COLUMN doubled"),
}


class Killer:
    """Runs a command to its end, with some kills on the way."""

    def __init__(self, field, rng):
        self.field = field
        self.rng = rng
        self.places = collections.Counter()
        self.kills = 0
        self.halted = 0            # kills after which what is carried over was on neither table
        self.come_again = collections.Counter()
        self.copied = False        # the last command copied rows into a shadow table

    def command(self, kills, *args):
        """The last run: it ended by itself, and does not ask to be run again."""
        rng = self.rng
        self.copied = False
        began = time.monotonic()
        while True:
            run = self.field.begin(*args)
            aim = rng.choice(("time", "event", "copy", "copied", "swap", "swap", "swap", "last")
                             + ("moved",) * 4 * self.field.args.carries)
            if kills > 0 and self._kill(run, aim):
                kills -= 1
                self.kills += 1
                where = self.place(run)
                self.places[where] += 1
                print(f"  {time.strftime('%H:%M:%S')} killed after {time.monotonic() - run.started:5.2f} s"
                      f" ({aim}): {where}", flush=True)
                time.sleep(rng.choice((0, 0, rng.uniform(0, 1.5))))
            else:
                run.wait()
            self.copied = self.copied or any(e["event"] == "progress" for e in run.events)
            took = time.monotonic() - began
            if run.exit >= 0 and run.exit not in AGAIN or took > 600:
                print(f"  {time.strftime('%H:%M:%S')} {args[0]} ended with {run.exit} after {took:.1f} s",
                      flush=True)
                return run
            if run.exit >= 0:
                self.come_again[run.exit] += 1
                print(f"  {time.strftime('%H:%M:%S')} {args[0]} ended with {run.exit}: "
                      + " ".join(run.err.split())[-300:], flush=True)
                time.sleep(0.3)

    def _kill(self, run, aim):
        """True if it was killed, False if it ended before."""
        rng = self.rng
        if aim == "time":
            run.until(lambda event: False, rng.uniform(0.02, 3))
        elif aim == "event":
            left = rng.randint(1, 12)

            def counts(event):
                nonlocal left
                left -= event["event"] != "progress"
                return left <= 0
            run.until(counts)
            run.until(lambda event: False, rng.uniform(0, 0.2))
        elif aim == "copy":
            least = rng.randint(1, self.field.args.rows)
            run.until(lambda e: e["event"] == "progress" and e["data"].get("rows", 0) >= least, 60)
            run.until(lambda event: False, rng.uniform(0, 0.1))
        elif aim == "copied":
            run.until(lambda e: e["event"] == "step.finished" and "copy" in e["step"], 60)
            run.until(lambda event: False, rng.uniform(0, 0.3))
        elif aim == "swap":
            swap = "cut-over" if run.args[0] == "deploy" else "/"
            if run.until(step_started(swap), 60):
                run.until(lambda event: False, rng.uniform(0, rng.choice((0.1, 0.3, 1))))
        elif aim == "moved":
            with Client(self.field.url, "aim") as client:
                until = time.monotonic() + 60
                while run.running() and time.monotonic() < until and not self.field.halted(client):
                    time.sleep(0.001)
                time.sleep(rng.choice((0, rng.uniform(0, 0.05))))
                if not run.running():
                    return False
                run.kill()
                self.halted += bool(self.field.halted(client))
            return True
        elif aim == "last":
            run.until(step_started("/contract/"), 60)
            run.until(lambda event: False, rng.uniform(0, 0.2))
        if not run.running():
            return False
        run.kill()
        return True

    @staticmethod
    def place(run):
        at = f"{run.args[0]}, before its first step"
        for event in run.events:
            if event["event"] in ("step.started", "step.finished"):
                after = "after " if event["event"] == "step.finished" else ""
                at = f"{run.args[0]}, {after}{event['step'].split('/', 1)[-1]}"
        return at


class Rebuilds:
    def __init__(self, field, writers, carried, rng):
        self.field, self.writers, self.carried, self.rng = field, writers, carried, rng
        self.killer = Killer(field, rng)
        self.there = dict.fromkeys(KINDS, False)
        self.kinds = []
        self.number = 0
        self.copied = 0

    def next_kind(self):
        """All of them in turn, in another order each time."""
        if not self.kinds:
            self.kinds = self.rng.sample(sorted(KINDS), len(KINDS))
        kind = self.kinds.pop()
        # A column does not go while there is more than one unique key.
        if kind == "extra" and self.there["extra"] and (self.there["unique"] or self.there["key"]):
            self.kinds = [other for other in sorted(KINDS) if other != "extra"]
            kind = "unique" if self.there["unique"] else "key"
            self.kinds.remove(kind)
        return kind

    def some_kills(self):
        return self.rng.randint(0, self.field.args.kills)

    def one(self, number, back):
        rng, checks = self.rng, self.field.checks
        kind = self.next_kind()
        forward = not self.there[kind]
        clauses = KINDS[kind][0 if forward else 1]
        migration = f"{number:04}-{kind}-{'there' if forward else 'back'}"
        say(f"rebuild {number}: {clauses}{', to be taken back' if back else ''}")
        if kind == "extra" and not forward:
            self.writers.set_extra("going")
        self.writers.resume()
        good = True
        if back:
            release = f"r{number}-taken-back"
            self.field.write(migration, release, clauses)
            good = self.take_back(release, kind == "extra" and forward)
            good = good and self.settled()
            self.writers.resume()
        if good:
            release = f"r{number}"
            self.field.write(migration, release, clauses)
            if rng.random() < 0.3:
                good = self.deploy(release, "--until", "expanded")
                time.sleep(rng.uniform(0, 1))
            good = good and self.deploy(release)
            self.there[kind] = forward
            good = good and self.settled(kind == "extra")
        return good

    def deploy(self, release, *more):
        run = self.killer.command(self.some_kills(), "deploy", f"plans/{release}.toml", "--wait", "10m",
                                  "--events", *more)
        self.copied += self.killer.copied
        return self.field.checks.equal(f"exit of deploy {release} {' '.join(more)}".strip(), 0, run.exit,
                                       run.text)

    def take_back(self, release, extra_comes):
        rng = self.rng
        if rng.random() < 0.2:
            # From wherever it is, most often before the swap.
            run = self.field.begin("deploy", f"plans/{release}.toml", "--until", "expanded", "--events")
            run.until(step_started("/"), 30)
            run.until(lambda event: False, rng.uniform(0, 2))
            if run.running():
                run.kill()
                print(f"  killed, and not run again: {self.killer.place(run)}", flush=True)
        else:
            if not self.deploy(release, "--until", "expanded"):
                return False
            if extra_comes:
                self._know("written")
            time.sleep(rng.uniform(0.2, 2))
            if extra_comes:
                self._know("absent")
        run = self.killer.command(self.some_kills(), "rollback", release, "--reason", "a drill", "--wait",
                                  "10m", "--no-input", "--events")
        return self.field.checks.equal(f"exit of rollback {release}", 0, run.exit, run.text)

    def _know(self, how):
        self.writers.pause()
        self.writers.set_extra(how)
        self.writers.resume()

    def settled(self, extra=False):
        """Nobody writes, and all is as it should be."""
        field, checks = self.field, self.field.checks
        self.writers.pause()
        before = checks.failed
        if extra:
            self.writers.set_extra("written" if self.there["extra"] else "absent")
        wrong = self.writers.differences()
        checks.that(f"rows are what was written: {sum(len(w.rows) for w in self.writers.writers):,} rows of "
                    f"writers, {self.writers.statements():,} statements", not wrong,
                    "\n".join([f"{len(wrong)} differ"] + wrong[:12]))
        if self.there["computed"]:
            checks.equal("rows with a wrong computed value", [("0",)], field.rows(
                f"SELECT COUNT(*) FROM {TABLE} WHERE NOT doubled <=> amount * 2"))
        if self.carried:
            checks.equal("rows that the mirror holds otherwise", ("0", "0"), self.carried.differences())
            shown = self.carried.shown()
            checks.that("triggers and foreign keys are as they were", shown == self.carried.known, str(shown))
            errors = self.carried.owners.errors
            checks.that(f"owners came and went: {self.carried.owners.rounds:,}", not errors, "\n".join(errors))
        errors = self.writers.errors()
        checks.that("no statement of a writer failed", not errors, "\n".join(errors[:12]))
        checks.equal("helpers that are left", [], field.left_over())
        field.expect(0, "ledger", "verify")
        field.expect(0, "drift")
        return checks.failed == before


def main():
    args = arguments(__doc__, rows=20000, servers=("mariadb", "mysql"), needs_shop=False, more=[
        ("--rebuilds", {"type": int, "default": 5}),
        ("--kills", {"type": int, "default": 4, "help": "at most so many of one command"}),
        ("--back-every", {"type": int, "default": 3, "help": "every so manyth is taken back first"}),
        ("--carries", {"action": "store_true", "help": "the table has triggers and a foreign key"}),
        ("--pace", {"type": float, "default": 0.004, "help": "seconds that a writer rests, about"}),
        ("--bound", {"type": float, "default": 3.0, "help": "seconds that a statement may wait"}),
        ("--seed", {"type": int, "default": None})])
    if args.seed is None:
        args.seed = random.randrange(1 << 30)
    print(f"seed {args.seed}")
    checks = Checks()
    field = Field(args, checks, TABLE)
    writers = Writers(field.url, args.rows, args.seed, args.pace)
    carried = Carried(field.url) if args.carries else None
    writers.start()
    if carried:
        carried.owners.start()
    rebuilds = Rebuilds(field, writers, carried, random.Random(args.seed))
    number = 0
    began = time.monotonic()
    while number < args.rebuilds:
        number += 1
        if not rebuilds.one(number, number % args.back_every == 0):
            break
    writers.end()
    if carried:
        carried.owners.end()
    errors = writers.errors()
    checks.that("no statement of a writer failed at all", not errors, "\n".join(errors[:12]))
    say(f"{number} rebuilds in {time.monotonic() - began:.0f} s, seed {args.seed}")
    killer = rebuilds.killer
    for where, times in sorted(killer.places.items(), key=lambda item: -item[1]):
        print(f"{times:5}  {where}")
    if carried:
        print(f"{killer.halted} kills within the swap of triggers and keys")
    print(f"{killer.kills} kills; told to come again: {dict(killer.come_again)}")
    checks.that(f"commands that copied rows: {rebuilds.copied}", rebuilds.copied >= number)
    print(f"{writers.statements():,} statements; done again after a lock wait (1205) or a deadlock (1213): "
          f"{dict(writers.retried())}; {writers.slow()} took more than 0.5 s")
    seconds, sql = writers.longest()
    checks.that(f"the longest statement took {seconds:.3f} s, at most {args.bound:g} s: {sql[:100]}",
                seconds <= args.bound)
    checks.end()


if __name__ == "__main__":
    main()
