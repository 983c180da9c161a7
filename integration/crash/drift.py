#!/usr/bin/env python3
"""Somebody changes the schema by hand: before a release, while its backfill runs, between steps."""

from shop import SERVERS, backfill_rows, run_parts, say

ADD = "ALTER TABLE users ADD COLUMN added_by_hand integer"


def add_by_hand(shop):
    """Beside a step's DDL the server may end whoever comes second: they try again."""
    for _ in range(10):
        try:
            return shop.sql(f"{shop.server.lock_timeout % 10}; {ADD}")
        except RuntimeError as error:
            if "deadlock" not in str(error).lower():
                raise
    raise RuntimeError("ten deadlocks")


def is_found(shop, checks, run):
    checks.equal("exit of deploy", 5, run.exit, run.text)
    checks.that("deploy names the column", "added_by_hand" in run.out + run.err, run.text)
    checks.that("nothing is contracted", "name" in shop.columns().split(","), shop.columns())
    run = shop.interlock("drift")
    checks.equal("exit of drift", 5, run.exit, run.text)
    said = run.out + run.err
    checks.that("the difference is readable: "
                + " / ".join(line.strip() for line in said.splitlines() if "by_hand" in line),
                f"+ column {shop.server.schema(shop.database)}.users.added_by_hand: {shop.server.integer}\n"
                in said, run.text)
    checks.equal("drift accept without a reason", 64, shop.interlock("drift", "accept").exit)


def goes_on(shop, checks):
    shop.expect(0, "drift", "accept", "--reason", "added in incident 4711")
    shop.expect(0, "drift", what="exit of drift after it was accepted")
    run = shop.deploy_to_end()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state())
    checks.equal("columns", "added_by_hand,created_at,email,first_name,id,last_name,note",
                 ",".join(sorted(shop.columns().split(","))))
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.traffic_was_right()


def before_the_release(shop, checks):
    say("before the release")
    shop.new_database("drift_before")
    shop.start_all()
    shop.expect(0, "baseline")
    shop.sql(ADD)
    run = shop.deploy().wait()
    is_found(shop, checks, run)
    checks.equal("columns", "id,name,email,created_at,note,added_by_hand", shop.columns())
    goes_on(shop, checks)


def during_the_backfill(shop, checks):
    say("while the backfill runs")
    shop.new_database("drift_during", rows=shop.args.rows * 3)
    shop.start_all()
    run = shop.deploy()
    checks.that("the backfill runs", run.until(backfill_rows()), run.text)
    add_by_hand(shop)
    run.wait()
    is_found(shop, checks, run)
    goes_on(shop, checks)


def between_steps(shop, checks):
    say("between steps")
    shop.new_database("drift_between")
    shop.start_all()
    run = shop.deploy("--until", "released").wait()
    checks.equal("exit of deploy --until released", 0, run.exit, run.text)
    shop.sql(ADD)
    run = shop.deploy().wait()
    is_found(shop, checks, run)
    goes_on(shop, checks)


if __name__ == "__main__":
    run_parts(__doc__, [before_the_release, during_the_backfill, between_steps], servers=tuple(SERVERS))
