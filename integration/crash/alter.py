#!/usr/bin/env python3
"""What happens to a long ALTER when its client dies, and to a copy when a replica stands still or much is written.

The server goes on with an ALTER whose client was killed: the next runner waits for it, then records it as
done.  A copy pauses while a replica cannot be heard, or does not apply, and goes on afterwards.
"""

import os
import random
import signal
import subprocess
import threading
import time

from field import Field
from shop import Checks, arguments, require_part, say
from shop_servers import Client, ServerError

TABLE = "items"
DEPLOY = ("--wait", "10m", "--no-input", "--events")
BUSY = 6
LATEST = 5.0                   # seconds until the copy has paused
RUNNING = "SELECT id FROM information_schema.processlist WHERE info LIKE '/* interlock%ALTER TABLE{}%'"


def fill(field, rows):
    """Rows with something to index."""
    with Client(field.url, "fill") as client:
        client.sql(f"CREATE TABLE {TABLE} (id BIGINT PRIMARY KEY, code VARCHAR(64) NOT NULL, amount INT NOT"
                   " NULL, note VARCHAR(200) NOT NULL, KEY by_amount (amount))")
        client.sql(f"INSERT INTO {TABLE} VALUES (1, SHA2(1, 224), 1, REPEAT(SHA2(-1, 224), 3))")
        there = 1
        while there < rows:
            more = min(there, rows - there)
            client.sql(f"INSERT INTO {TABLE} SELECT id + {there}, SHA2(id + {there}, 224), (id + {there}) % 9973,"
                       f" REPEAT(SHA2(-id, 224), 3) FROM {TABLE} WHERE id <= {more}")
            there += more
        client.sql(f"ANALYZE TABLE {TABLE}")


class Watch:
    """Looks all the time at which ALTERs the server works on."""

    def __init__(self, field, what):
        self.seen = []             # (time, ids)
        self._field, self._sql = field, RUNNING.format(what)
        self._over = False
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self):
        with Client(self._field.url, "watch") as client:
            while not self._over:
                self.seen.append((time.monotonic(), {row for row, in client.texts(self._sql)}))
                time.sleep(0.002)

    def first(self, run, timeout=240):
        """The session that alters, once there is one; None if the run ends before."""
        end = time.monotonic() + timeout
        while time.monotonic() < end and run.running():
            if self.seen and self.seen[-1][1]:
                return next(iter(self.seen[-1][1]))
            time.sleep(0.001)
        return None

    def end(self):
        self._over = True
        self._thread.join()
        return self.seen


def killed(field, number, clauses, what):
    """A deploy is killed while its server alters, and begun again at once."""
    checks = field.checks
    field.write(f"{number:04}-{number}", f"r{number}", clauses)
    command = ("deploy", f"plans/r{number}.toml", "--until", "expanded", *DEPLOY)
    field.server.mark()
    busy = []
    watch = Watch(field, what)
    try:
        first = field.begin(*command)
        session = watch.first(first)
        if not checks.that("it was killed while the server altered", session is not None, first.text):
            return
        first.kill()
        died = time.monotonic()
        second = field.begin(*command).wait()
        # The dead client's session holds the claims for as long as it alters.
        while second.exit == BUSY and time.monotonic() < died + 120:
            busy.append(second.text)
            time.sleep(0.2)
            second = field.begin(*command).wait()
    finally:
        seen = watch.end()
    after = [ids for at, ids in seen if at > died and session in ids]
    checks.that(f"the server went on without its client: seen {len(after)} times", after)
    others = [ids for _, ids in seen if len(ids) > 1]
    checks.equal("looks that saw two of them at once", 0, len(others), str(others[:3]))
    again = [ids for at, ids in seen if at > died and ids - {session}]
    checks.equal("looks that saw another one afterwards", 0, len(again), str(again[:3]))
    checks.equal("exit of the next runner", 0, second.exit, second.text)
    checks.that(f"those who came meanwhile were told of session {session}: {len(busy)}",
                all(f"session {session}" in " ".join(text.split()) for text in busy), "\n".join(busy[:2]))
    checks.equal("statements that took effect twice", [], field.server.twice(field.server.effects(None)))
    field.expect(0, "deploy", f"plans/r{number}.toml", "--wait", "10m")
    field.expect(0, "ledger", "verify")
    field.expect(0, "drift")
    checks.equal("helpers that are left", [], field.left_over())


def killed_in_mid_alter(field):
    say("the client is killed while the server builds an index in place")
    killed(field, 1, "ADD KEY by_code (code, note)", f" `field`.`{TABLE}` ADD KEY")
    field.checks.equal("the index is there", [("2",)], field.rows(
        "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND"
        " index_name = 'by_code'"))


def killed_while_keys_are_built(field):
    say("the client is killed while the keys of a copy are built")
    killed(field, 2, "MODIFY amount BIGINT NOT NULL", " `field`.`~interlock%ADD KEY")


class Replica:
    def __init__(self, field):
        self.folder = field.work / "replica"
        self.manage = field.server.manage
        subprocess.run([self.manage, "replica", self.folder, field.server.folder], check=True,
                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        _, self.port, _, pid = (self.folder / "server").read_text().splitlines()
        self.pid = int(pid)

    def sql(self, text):
        subprocess.run([self.manage, "sql", self.folder, text], check=True, capture_output=True)

    def stop(self):
        subprocess.run([self.manage, "stop", self.folder, "immediate"], capture_output=True)


def paused_for(field, number, clauses, replica, stop, start):
    """A minute in the middle of a copy."""
    checks = field.checks
    field.write(f"{number:04}-{number}", f"r{number}", clauses)
    run = field.begin("deploy", f"plans/r{number}.toml", *DEPLOY)

    def copying(least=1, pause=False):
        return lambda e: (e["event"] == "progress" and e["data"].get("phase") == "copy"
                          and e["data"].get("rows", 0) >= least and bool(e["data"]["pause"]) == pause)
    began = run.until(copying(), 240)
    if not checks.that("it copies", began, run.text):
        return
    stop()
    stopped = time.monotonic()
    paused = run.until(copying(pause=True), 60)
    took = time.monotonic() - stopped
    if not checks.that(f"it pauses after {took:.1f} s, at most {LATEST:g}: {paused and paused['text']}",
                       paused and took <= LATEST, run.text):
        start()
        return
    helper = field.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
                        " table_name LIKE '%~interlock|_%|_new' ESCAPE '|'")[0][0]
    time.sleep(max(0.0, LATEST - (time.monotonic() - stopped)))
    counts = []
    while time.monotonic() - stopped < 60:
        counts.append(int(field.rows(f"SELECT COUNT(*) FROM `{helper}`")[0][0]))
        time.sleep(5)
    checks.that(f"rows of the copy in this minute: {counts[0]:,} to {counts[-1]:,}",
                0 < counts[-1] < field.args.rows and counts[0] == counts[-1], str(counts))
    code, text = status(field, f"r{number}")
    checks.that("status tells the reason", code == 0 and "pauses     the lag of replica 1" in text, text)
    start()
    started = time.monotonic()
    went_on = run.until(copying(counts[-1] + 1), 60)
    checks.that(f"it goes on after {time.monotonic() - started:.1f} s", went_on, run.text)
    run.wait()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    field.expect(0, "ledger", "verify")
    checks.equal("helpers that are left", [], field.left_over())


def status(field, release):
    run = field.begin("status", release).wait()
    return run.exit, run.out + run.err


def a_replica_stands_still(field):
    replica = Replica(field)
    try:
        settings = (f'replicas = ["{field.server.release_url(field.server.url("field")).rsplit(":", 1)[0]}:'
                    f'{replica.port}/field"]\n\n[databases.main.backfill]\nbatch_time = "50ms"\nworkers = 1\n')
        file = field.project / "interlock.toml"
        file.write_text(file.read_text() + settings)
        say("a replica applies nothing for a minute")
        paused_for(field, 3, "MODIFY code VARCHAR(64) CHARACTER SET latin1 NOT NULL", replica,
                   lambda: replica.sql("STOP REPLICA SQL_THREAD"), lambda: replica.sql("START REPLICA"))
        say("the replica's process stands still for a minute")
        paused_for(field, 4, "MODIFY code VARCHAR(64) CHARACTER SET utf8mb4 NOT NULL", replica,
                   lambda: os.kill(replica.pid, signal.SIGSTOP),
                   lambda: os.kill(replica.pid, signal.SIGCONT))
    finally:
        os.kill(replica.pid, signal.SIGCONT)
        replica.stop()


class Mover(threading.Thread):
    """Takes a row away and gives its code to a new one, or its place to another, some hundred times a second: what a
    copy that puts back what it read before could not take."""

    def __init__(self, field, number, of):
        super().__init__(daemon=True)
        self._client = Client(field.url, "mover")
        self._rng = random.Random(number)
        self._keys = [key for key in range(1, field.args.rows + 1) if key % of == number]
        self._next = 10 * field.args.rows + number
        self._step = of
        self._over = threading.Event()
        self.done = 0
        self.errors = []

    def run(self):
        while not self._over.wait(0.002):
            at = self._rng.randrange(len(self._keys))
            old, self._next = self._keys[at], self._next + self._step
            moved = (f"UPDATE {TABLE} SET id = {self._next}, amount = amount + 1 WHERE id = {old}",)
            again = (f"SELECT code, amount, note INTO @code, @amount, @note FROM {TABLE} WHERE id = {old}",
                     f"DELETE FROM {TABLE} WHERE id = {old}",
                     f"INSERT INTO {TABLE} VALUES ({self._next}, @code, @amount + 1, @note)")
            try:
                for sql in ("BEGIN", *self._rng.choice((moved, again)), "COMMIT"):
                    self._client.sql(sql)
            except ServerError as error:
                if error.number in (1205, 1213):
                    self._client.sql("ROLLBACK")
                    continue
                self.errors.append(str(error))
                return
            self._keys[at] = self._next
            self.done += 1

    def end(self):
        self._over.set()
        self.join()
        self._client.close()
        return self.done


def much_is_written(field):
    say("more is written than may be logged")
    checks = field.checks
    file = field.project / "interlock.toml"
    before = file.read_text()
    most = 100
    file.write_text(before + f"\n[databases.main.backfill]\nbatch_time = \"2s\"\nmax_log_backlog = {most}\n")
    field.rows(f"ALTER TABLE {TABLE} ADD UNIQUE KEY one_code (code)")
    total = "SELECT SUM(amount), COUNT(*), SUM(CRC32(CONCAT(code, note))) FROM " + TABLE
    had = [int(value) for value in field.rows(total)[0]]
    field.write("0005-5", "r5", "MODIFY amount BIGINT UNSIGNED NOT NULL")
    writers = [Mover(field, number, 6) for number in range(6)]
    for writer in writers:
        writer.start()
    run = field.begin("deploy", "plans/r5.toml", *DEPLOY)
    paused = run.until(lambda e: e["event"] == "progress" and "max_log_backlog" in (e["data"].get("pause") or ""), 120)
    checks.that(f"it pauses: {paused and paused['text']}", paused, run.text)
    told = text = ""
    while run.running() and not told:
        _, text = status(field, "r5")
        told = f"max_log_backlog = {most}" in text
    checks.that("status tells the reason", told, text)
    run.wait()
    done = sum(writer.end() for writer in writers)
    checks.equal("exit of deploy", 0, run.exit, run.text)
    repaired = [e["data"]["evidence"]["repaired"] for e in run.events if e["event"] == "step.finished"
                and "repaired" in e["data"].get("evidence", {})]
    checks.equal("rows that the comparison had to repair", [0], repaired, run.text)
    checks.equal("errors of the writers", [], [error for writer in writers for error in writer.errors])
    checks.equal(f"rows and sums after {done:,} moves", [had[0] + done, *had[1:]],
                 [int(value) for value in field.rows(total)[0]])
    field.expect(0, "ledger", "verify")
    field.expect(0, "drift")
    checks.equal("helpers that are left", [], field.left_over())
    field.rows(f"ALTER TABLE {TABLE} DROP KEY one_code")
    field.expect(0, "drift", "accept", "--reason", "the key was for this part alone")
    file.write_text(before)


PARTS = (killed_in_mid_alter, killed_while_keys_are_built, much_is_written, a_replica_stands_still)


def main():
    args = arguments(__doc__, rows=400_000, servers=("mariadb", "mysql"), needs_shop=False)
    require_part(args, PARTS)
    checks = Checks()
    field = Field(args, checks, TABLE)
    fill(field, args.rows)
    for part in PARTS:
        if args.only in (None, part.__name__):
            part(field)
    checks.end()


if __name__ == "__main__":
    main()
