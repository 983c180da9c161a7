#!/usr/bin/env python3
"""Somebody changes the schema by hand at every boundary between two steps, and within them between
intent, statement and outcome.  Each run ends well or in a named halt; what was meddled with is put
back, and the documented door leads on to the schema and the rows of an uninterrupted run.

interlock does its short work under one database-wide claim; the meddler queues for that claim's
lock and so stands exactly between two pieces of that work: that is boundary N, N = 1, 2, …"""

import collections
import re
import time

from environment_common import Lab, crash
from meddler_mysql import MySqlHand
from meddler_postgres import PostgreSqlHand

MIGRATION = """[migration]
database = "main"
summary = "The name is the full name"
why = "Invoices show it"

[[change]]
kind = "derive_columns"
table = "users"
old = ["name"]
new = [{ name = "full_name", type = "%(type)s", null = false, up = "name" }]
down = { name = "full_name" }

[[change]]
kind = "create_index"
table = "users"
name = "users_full_name_idx"
columns = ["full_name"]
"""
HALTS = (4, 5, 8, 9, 13)
TRIES = 5  # some can be done before the first step alone, and a run may be past it
BUILT = re.compile("Duplicate key name|already exists")
HANDS = {"postgresql": PostgreSqlHand, "mariadb": MySqlHand, "mysql": MySqlHand}
MEDDLES = ("adds_a_column", "drops_the_new_column", "recreates_the_new_column",
           "recreates_the_new_column_otherwise", "takes_the_new_columns_name",
           "recreates_the_old_column", "drops_the_index", "recreates_the_index",
           "recreates_the_index_otherwise", "drops_the_trigger", "recreates_the_trigger_otherwise",
           "recreates_the_table")


class MeddleLab(Lab):
    """A base to copy, and what an uninterrupted run makes of it."""

    def prepare(self):
        self.hand = HANDS[self.args.server]()
        self.quiet()
        for file in (self.project / "migrations").glob("*.toml"):
            file.unlink()
        (self.project / "migrations" / "0001-split-name.toml").write_text(
            MIGRATION % {"type": self.hand.type})
        self.new_database("base", rows=300)
        self.expect(0, "baseline")
        self.hand.prepare(self)
        self.hand.copy(self, "uninterrupted")
        run = self.deploy().wait()
        self.checks.equal("exit of an uninterrupted run", 0, run.exit, run.text)
        self.wanted = self.result()
        self.boundaries = self.token()

    def table(self):
        return self.hand.table(self)

    def result(self):
        """Schema, where the columns' order is no matter, and rows."""
        schema = "\n".join(sorted(self.schema().splitlines()))
        return schema, self.sql(self.hand.rows) if self.hand.new_column in schema else ""

    def begun(self):
        """A query of how many pieces of work have begun."""
        return f"SELECT coalesce(max(token), 0) FROM {self.hand.claims} WHERE object = 'schema'"

    def token(self):
        return int(self.sql(self.begun()))


def ask(session, text):
    session.tell(text + ";")
    return session.stdout.readline().strip()


def stand_between(shop, run, session, boundary):
    """Waits until piece `boundary` of the run's work has begun, and stands behind it; the boundary
    that it is, which may be a later one, or None when the run has ended first."""
    while int(ask(session, shop.begun())) < boundary:
        if not run.running():
            return None
        time.sleep(0.001)
    ask(session, shop.hand.lock(shop)[0])
    return int(ask(session, shop.begun()))


def meddle_with(shop, meddle, again=True):
    """The table as it was before, and what was done to it, or None."""
    before = shop.table()
    shop.sql(shop.hand.keep(before))
    statements = getattr(shop.hand, meddle)(before)
    if statements is None:
        return before, None
    try:
        shop.sql(shop.hand.at_once(statements))
    except RuntimeError as error:
        # The index that was being built when the table was looked at is there by now.
        if not again or not BUILT.search(str(error)):
            raise
        return meddle_with(shop, meddle, again=False)
    return before, statements


def meddle_at(shop, checks, meddle, boundary, tally):
    """One run, meddled with at `boundary`.  True while there are later boundaries."""
    hand = shop.hand
    hand.copy(shop, f"m{boundary}_{meddle}"[:60])
    run = shop.deploy()
    session = shop.session(shop.server.person)
    stood = stand_between(shop, run, session, boundary)
    if stood is None:
        run.wait()
        session.end()
        hand.drop(shop)
        return False
    last = shop.sql(f"SELECT kind, step FROM {shop.server.ledger} WHERE chain = 'main' ORDER BY seq DESC"
                    " LIMIT 1").replace("|", " ")
    before, statements = meddle_with(shop, meddle)
    if statements is None:
        run.kill()
        session.end()
        hand.drop(shop)
        return True
    meddled = shop.table()
    ask(session, hand.lock(shop)[1])
    session.end()
    run.wait()
    where = f"{meddle} at {stood}, after {last}"
    code = run.envelope().get("error", {}).get("code", "")
    tally[(run.exit, code)] += 1
    ends_well(shop, checks, run, (before, meddled), where)
    hand.drop(shop)
    return True


def ends_well(shop, checks, run, tables, where):
    first = run.exit
    if first not in (0, *HALTS):
        checks.that(f"{where}: exit {first} is done or a named halt", False, run.text)
        return
    if first == 0 and shop.result() == shop.wanted:
        checks.passed += 1
        return
    if first == 0:
        # Meddled with after the last look: then the next look must say so.
        drift = shop.interlock("drift")
        if drift.exit != 5:
            checks.that(f"{where}: exit 0, and not the wanted schema and rows", False,
                        run.text + drift.text + "\n".join(shop.result()))
            return
    now = shop.table()
    put_back = []
    if "full_name" in now.columns and "full_name" in tables[0].columns:
        put_back.append(shop.hand.refill)
    put_back += now.without(*tables).statements_from(now)
    done = shop.interlock("status", crash.RELEASE)
    if done.exit != 0:
        checks.that(f"{where}: status", False, done.text)
    if put_back:
        try:
            shop.sql(shop.hand.at_once(put_back))
        except RuntimeError as error:
            checks.that(f"{where}: put back by hand", False, f"{error}\n{run.text}")
            return
    through_the_doors(shop, checks, run, where)


def through_the_doors(shop, checks, run, where):
    """What docs/recovery.md says for each halt, until deploy is done."""
    steps = [f"exit {run.exit}"]
    seen = []
    for _ in range(8):
        error = run.envelope().get("error", {})
        code, text = error.get("code", ""), run.out + run.err
        step = next((word.strip(",.:'`") for word in text.split() if
                     word.startswith("0001-split-name/")), "")
        if code == "IL-R30":
            door = ["drift", "accept", "--reason", "put back by hand"]
        elif code == "IL-R34" and code in seen and "trigger ~interlock_sync" in text:
            # It was put back, and that is not what the step asks for.
            door = None
            shop.sql(shop.hand.at_once(shop.hand.drops_all_triggers(shop.table(), text)))
            steps.append("dropped the trigger")
        elif code == "IL-R32":
            door = ["adopt", step, "--reason", "put back by hand"]
        elif run.exit in (9, 13) and step:
            door = ["retry", step, "--reason", "put back by hand"]
        else:
            door = None
        if code == "IL-R70":
            # What was put back is what the column held before its rows were filled.
            shop.sql("UPDATE users SET full_name = full_name")
        seen.append(code)
        if door:
            opened = shop.interlock(*door)
            steps.append(f"{door[0]}: {opened.exit}")
        run = shop.deploy().wait()
        steps.append(f"deploy: {run.exit} {run.envelope().get('error', {}).get('code', '')}")
        if run.exit == 0:
            break
    drift = shop.interlock("drift")
    if drift.exit == 5:
        shop.interlock("drift", "accept", "--reason", "put back by hand")
    got = shop.result()
    same = run.exit == 0 and got == shop.wanted
    verified = shop.interlock("ledger", "verify")
    if not same or verified.exit != 0:
        differing = sorted(set(got[0].splitlines()) ^ set(shop.wanted[0].splitlines()))
        checks.that(f"{where}: the doors lead on ({'; '.join(steps)})", False,
                    "\n".join(differing) + f"\nrows {got[1] == shop.wanted[1]}\n" + run.text
                    + verified.text)
    else:
        checks.passed += 1


def every_boundary(shop, checks, meddle):
    tally = collections.Counter()
    last = shop.args.last or shop.boundaries
    for _ in range(TRIES):
        boundary = shop.args.first
        while boundary <= last and meddle_at(shop, checks, meddle, boundary, tally):
            boundary += shop.args.every
        if tally:
            break
    print(f"{meddle}: {sum(tally.values())} runs meddled with, of boundaries {shop.args.first} to {last}")
    for (code, name), times in sorted(tally.items()):
        print(f"{times:5}  exit {code} {name}")
    checks.that("some were meddled with", sum(tally.values()) > 0)


def main():
    args = crash.arguments(__doc__, servers=tuple(HANDS), needs_shop=False, more=[
        ("--first", {"type": int, "default": 1}), ("--last", {"type": int, "default": 0}),
        ("--every", {"type": int, "default": 1})])
    if args.only and args.only not in MEDDLES:
        raise SystemExit(f"--only {args.only}: no such part; there are: {', '.join(MEDDLES)}")
    checks = crash.Checks()
    shop = MeddleLab(args, checks)
    shop.prepare()
    for meddle in MEDDLES:
        if args.only in (None, meddle):
            crash.say(meddle)
            every_boundary(shop, checks, meddle)
    checks.end()


if __name__ == "__main__":
    main()
