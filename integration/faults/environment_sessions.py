#!/usr/bin/env python3
"""The server has no connection left; somebody holds the table for long; the server's own upkeep or
another session's DDL is at work at the same time."""

import time

from environment_common import Lab, crash, run_parts
from sessions_servers import SESSIONS

BUDGET = 'lock_timeout = "500ms"\nlock_budget = "4s"'


def sessions_of(shop):
    return SESSIONS[shop.args.server](shop)


class Hog:
    """Sessions that take every connection that is left, or all but `spare`."""

    def __init__(self, shop, spare=0):
        self.shop = shop
        self.held = []
        while True:
            try:
                self.held.append(shop.session(shop.server.person))
            except (ValueError, BrokenPipeError):  # no number came: the server refused
                shop.others.pop().wait()
                break
        self.give_back(spare)

    def give_back(self, count):
        for session in self.held[len(self.held) - count:]:
            session.end()
        del self.held[len(self.held) - count:]
        time.sleep(0.3)

    def end(self):
        self.give_back(len(self.held))


def out_of_connections(shop: Lab, checks):
    """From the start: exit 11 and the server's words; with each connection more that there is,
    until it is done.  No number of them may leave anything half done."""
    shop.quiet()
    shop.uninterrupted()
    shop.new_database("connections")
    hog = Hog(shop)
    run = shop.deploy().wait()
    checks.equal("exit of deploy without a connection", 11, run.exit, run.text)
    shop.says(run, ["IL-E02", "connections"])
    codes = []
    while run.exit != 0 and len(codes) < 12:
        hog.give_back(1)
        run = shop.deploy("--until", "expanded").wait()
        codes.append(run.exit)
    print(f"exits with 1, 2, … connections: {codes}")
    checks.that("each but the last is 11 or 10", set(codes[:-1]) <= {10, 11} and codes[-1] == 0,
                run.text)
    hog.end()
    shop.is_whole(shop.deploy().wait())
    shop.rows_are_right()


def out_of_connections_in_backfill(shop, checks):
    """While the backfill runs its sessions end and others take their places."""
    shop.quiet()
    shop.uninterrupted()
    shop.new_database("connections_later", rows=shop.args.rows * 3)
    run = shop.deploy()
    if not checks.that("the backfill runs", run.until(crash.backfill_rows()), run.text):
        return
    run.signal(crash.signal.SIGSTOP)
    hog = Hog(shop)
    print(f"sessions of interlock that ended: {sessions_of(shop).end_runners(hog.held[-1])}")
    time.sleep(0.3)
    hog2 = Hog(shop)
    run.signal(crash.signal.SIGCONT)
    time.sleep(5)
    hog.end()
    hog2.end()
    run.wait()
    checks.that(f"exit of deploy: {run.exit}", run.exit in (0, 10, 11), run.text)
    shop.is_whole(shop.goes_on(run))
    shop.rows_are_right()


def long_transaction_holds_the_table(shop, checks):
    """A reader's transaction stays open: the lock budget is used up, the reader is named."""
    shop.quiet()
    shop.uninterrupted()
    toml = shop.project / "interlock.toml"
    toml.write_text(toml.read_text().replace('lock_timeout = "500ms"', BUDGET))
    shop.new_database("long_transaction")
    reader = shop.session("nightly-report", "BEGIN;", "SELECT count(*) FROM users;")
    run = shop.deploy().wait()
    checks.equal("exit of deploy", 10, run.exit, run.text)
    shop.says(run, ["IL-R40", "nightly-report", str(reader.backend)])
    # A writer of the application is not held up longer than lock_timeout meanwhile.
    run = shop.deploy()
    run.until(lambda event: event["event"] == "waiting")
    since = time.monotonic()
    shop.sql("UPDATE users SET note = note WHERE id = 1")
    took = time.monotonic() - since
    checks.that(f"a writer waited {took:.2f} s", took < 1.5)
    reader.end()
    run.wait()
    shop.is_whole(shop.goes_on(run))
    shop.rows_are_right()


def long_transaction_is_ended(shop, checks):
    """The configuration says that whoever is in the way for so long is ended."""
    shop.quiet()
    shop.uninterrupted()
    toml = shop.project / "interlock.toml"
    toml.write_text(toml.read_text().replace('lock_timeout = "500ms"',
                                             'lock_timeout = "500ms"\nend_blockers_after = "2s"'))
    shop.new_database("ended")
    shop.sql(sessions_of(shop).may_end_others)
    reader = shop.session("nightly-report", "BEGIN;", "SELECT count(*) FROM users;")
    waits = shop.session(shop.server.person)
    run = shop.deploy().wait()
    shop.is_whole(run)
    shop.says(run, ["longer than end_blockers_after", "nightly-report", str(reader.backend)])
    ended = [entry for entry in shop.interlock("ledger", "export").out.splitlines() if "nightly-report" in entry]
    checks.that("the ledger tells it", len(ended) == 1 and f"pid {reader.backend} " in ended[0], "\n".join(ended))
    waits.tell("SELECT 4711;")
    checks.equal("another session answers", "4711", waits.stdout.readline().strip())
    waits.end()
    shop.rows_are_right()


def upkeep_at_the_same_time(shop, checks):
    """What the server does by itself works on the table: it gives way, as it does to anybody."""
    shop.quiet()
    shop.uninterrupted()
    upkeep = sessions_of(shop).upkeep("upkeep")
    checks.that(f"at work: {upkeep.at_work()}", upkeep.at_work())
    run = shop.deploy().wait(120)
    checks.that(f"it took {time.monotonic() - run.started:.0f} s",
                time.monotonic() - run.started < 60, run.text)
    upkeep.end()
    shop.is_whole(run)
    shop.rows_are_right()


def others_ddl(shop, checks, name, ddl, undo, wanted):
    """Another session's DDL lands in the middle of a backfill."""
    shop.quiet()
    shop.uninterrupted()
    shop.new_database(name, rows=shop.args.rows * 3)
    run = shop.deploy()
    if not checks.that("the backfill runs", run.until(crash.backfill_rows()), run.text):
        return
    ddl()
    run.wait()
    checks.equal("exit of deploy", wanted, run.exit, run.text)
    if wanted == 5:
        run = shop.interlock("drift")
        checks.equal("exit of drift", 5, run.exit, run.text)
    shop.sql(undo)
    run = shop.deploy_to_end()
    shop.is_whole(run)
    shop.rows_are_right()


def others_ddl_on_another_table(shop, checks):
    others_ddl(shop, checks, "ddl_elsewhere",
               lambda: shop.sql("ALTER TABLE orders ADD COLUMN extra integer"),
               "ALTER TABLE orders DROP COLUMN extra", 5)


def others_index_build_on_the_table(shop, checks):
    others_ddl(shop, checks, "ddl_index", lambda: shop.sql(sessions_of(shop).build_index),
               sessions_of(shop).drop_index, 5)


def others_ddl_does_not_come_about(shop, checks):
    """It is on another table, takes some seconds, and nothing of it shows; then it is gone."""
    others_ddl(shop, checks, "ddl_open", sessions_of(shop).ddl_in_vain, "SELECT 1", 0)


if __name__ == "__main__":
    run_parts(__doc__, [out_of_connections, out_of_connections_in_backfill,
                        long_transaction_holds_the_table, long_transaction_is_ended, upkeep_at_the_same_time,
                        others_ddl_on_another_table, others_index_build_on_the_table,
                        others_ddl_does_not_come_about],
              cluster=("-c", "max_connections=30"), servers=tuple(crash.SERVERS))
