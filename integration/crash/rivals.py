#!/usr/bin/env python3
"""Two releasers at once: one works, the other is told so; a stopped one comes back too late."""

import signal
import time

from shop import RELEASE, backfill_rows, run_parts, say

ORDERS_MIGRATION = """[migration]
database = "main"
summary = "Orders carry a currency"
why = "Invoices go abroad"

[[change]]
kind = "add_column"
table = "orders"
name = "currency"
type = "text"
"""

ORDERS_PLAN = """[release]
id = "currency"
summary = "Orders carry a currency"
migrations = ["0002-orders-currency"]
"""


def two_of_one_plan(shop, checks):
    say("two deploys of one plan at once")
    shop.new_database("rivals_one")
    shop.start_all()
    runs = [shop.deploy() for _ in range(2)]
    for run in runs:
        run.wait()
    checks.equal("exit codes", [0, 6], sorted(run.exit for run in runs),
                 "\n".join(run.text for run in runs))
    checks.equal("state", "finished", shop.state())
    checks.equal("columns", "id,email,created_at,note,first_name,last_name", shop.columns())
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.traffic_was_right()


def stopped_in_mid_backfill(shop, checks):
    say("one is stopped in mid-backfill, another takes over")
    shop.new_database("rivals_stopped", rows=shop.args.rows * 5)
    shop.start_all()
    stopped = shop.deploy()
    if not checks.that("the backfill runs", stopped.until(backfill_rows()), stopped.text):
        return
    stopped.signal(signal.SIGSTOP)
    since = time.monotonic()
    took = None
    codes = []
    while took is None and time.monotonic() - since < 90:
        run = shop.deploy()
        if run.until(lambda event: event["event"] in ("step.started", "step.finished", "progress",
                                                      "state", "gate"), timeout=30):
            took = time.monotonic() - since
        else:
            run.wait(60)
            codes.append(run.exit)
            time.sleep(1)
    print(f"refused before that: {codes}")
    if not checks.that(f"another takes over: after {took or 0:.1f} s", took is not None and
                       took <= 60, run.text):
        return
    # Counted by order: a clock that both share says what came after the takeover.
    taken = max(int(seq) for _, seq, _, _ in shop.ledger("kind = 'claim.taken' AND chain = 'main'"))
    old = shop.sql("SELECT token FROM interlock.ledger WHERE chain = 'main' AND"
                   f" kind = 'claim.taken' AND seq < {taken} ORDER BY seq DESC LIMIT 1")
    before = int(shop.sql("SELECT count(*) FROM interlock.ledger"))
    stopped.signal(signal.SIGCONT)
    stopped.wait(90)
    checks.equal("exit of the one that was stopped", 6, stopped.exit, stopped.text)
    run.wait()
    checks.equal("exit of the other", 0, run.exit, run.text)
    late = shop.ledger(f"chain = 'main' AND seq > {taken} AND token <= {int(old)}")
    checks.equal("entries with the old token after the takeover", [], late)
    print(f"entries at the takeover: {before}")
    if run.exit != 0:
        run = shop.deploy_to_end()
    checks.equal("state", "finished", shop.state())
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.traffic_was_right()


def two_plans_on_two_tables(shop, checks):
    say("two plans on different tables at once")
    shop.new_database("rivals_tables")
    (shop.project / "migrations" / "0002-orders-currency.toml").write_text(ORDERS_MIGRATION)
    (shop.project / "plans" / "currency.toml").write_text(ORDERS_PLAN)
    shop.start_all()
    runs = [shop.deploy(), shop.deploy(plan="currency")]
    for run in runs:
        run.wait()
    for run in runs:
        checks.equal(f"exit of {run.args[1]}", 0, run.exit, run.text)
    checks.equal("state of names", "finished", shop.state(RELEASE))
    checks.equal("state of currency", "finished", shop.state("currency"))
    checks.equal("columns of users", "id,email,created_at,note,first_name,last_name",
                 shop.columns())
    checks.equal("columns of orders", "id,user_id,amount,placed_at,currency",
                 shop.columns("orders"))
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.traffic_was_right()


if __name__ == "__main__":
    run_parts(__doc__, [two_of_one_plan, stopped_in_mid_backfill, two_plans_on_two_tables])
