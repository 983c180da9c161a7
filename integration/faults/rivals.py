#!/usr/bin/env python3
"""Several releasers at once: one works, the others are told so; a stopped one comes back too late;
two releases on one database, and on two that share a ledger home."""

import collections
import signal
import time

from environment_common import COLUMNS, Lab, crash, run_parts
from shop import RELEASE, SERVERS, backfill_rows

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
    old = shop.sql(f"SELECT token FROM {shop.server.ledger} WHERE chain = 'main' AND"
                   f" kind = 'claim.taken' AND seq < {taken} ORDER BY seq DESC LIMIT 1")
    before = int(shop.sql(f"SELECT count(*) FROM {shop.server.ledger}"))
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
    shop.new_database("rivals_tables")
    (shop.project / "migrations" / "0002-orders-currency.toml").write_text(ORDERS_MIGRATION)
    (shop.project / "plans" / "currency.toml").write_text(ORDERS_PLAN)
    # The second plan names no version, and may come before the first one has recorded what it names;
    # its contract, where the server has one, closes the way of versions whose build lacks it.
    for version in ("v1", "v2"):
        shop.expect(0, "app", "register", "web", version)
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


def twenty_of_one_plan(shop: Lab, checks):
    """Twenty on a database that has no ledger yet; then whoever was refused comes again."""
    shop.quiet()
    shop.uninterrupted()
    shop.new_database("rivals_twenty")
    runs = [shop.deploy() for _ in range(20)]
    for run in runs:
        run.wait()
    codes = collections.Counter(run.exit for run in runs)
    print(f"exits: {dict(codes)}")
    checks.that("none but 0 and 6", set(codes) <= {0, 6} and codes[0] >= 1,
                "\n".join(run.text for run in runs if run.exit not in (0, 6)))
    for run in runs:
        if run.exit == 6 and "is held" not in run.err + run.out:
            checks.that("a refused one says who holds it", False, run.text)
    shop.is_whole(shop.deploy().wait())
    shop.rows_are_right()


def two_plans_on_one_table(shop, checks):
    """The second waits its turn; both are done in the end, whatever came first."""
    shop.quiet()
    shop.new_database("rivals_table")
    (shop.project / "migrations" / "0003-users-phone.toml").write_text(
        ORDERS_MIGRATION.replace("Orders carry a currency", "Users have a phone")
        .replace('table = "orders"', 'table = "users"').replace('"currency"', '"phone"'))
    (shop.project / "plans" / "phone.toml").write_text(
        ORDERS_PLAN.replace("currency", "phone").replace("0002-orders-phone", "0003-users-phone"))
    runs = [shop.deploy(), shop.deploy(plan="phone")]
    for run in runs:
        run.wait()
    checks.that(f"exits: {[run.exit for run in runs]}", sorted(run.exit for run in runs) in
                ([0, 0], [0, 6]), "\n".join(run.text for run in runs))
    for plan in (RELEASE, "phone"):
        run = shop.deploy_to_end(plan=plan)
        checks.equal(f"exit of the last deploy of {plan}", 0, run.exit, run.text)
        checks.equal(f"state of {plan}", "finished", shop.state(plan))
    checks.equal("columns", sorted((COLUMNS + ",phone").split(",")),
                 sorted(shop.columns().split(",")))
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.rows_are_right()
    (shop.project / "migrations" / "0003-users-phone.toml").unlink()
    (shop.project / "plans" / "phone.toml").unlink()


TWO_DATABASES = """
[databases.second]
url = "${SECOND_DATABASE_URL}"
%(server)s
lock_timeout = "500ms"

[ledger]
url = "%(home)s"
"""


class TwoLab(Lab):
    second = None

    def env(self, bare=False):
        env = super().env(bare)
        if self.second:
            env["SECOND_DATABASE_URL"] = self.release_url(self.second)
        return env


def two_databases(shop, checks, kind, home):
    """A release on each, at once, again and again until both are done; one release chain."""
    shop.quiet()
    shop.uninterrupted()
    shop.new_database(f"{kind}_second")
    shop.second = shop.database
    shop.new_database(f"{kind}_first")
    shop.quiet(more=TWO_DATABASES % {"server": shop.server.project, "home": home})
    migration = shop.project / "migrations" / "0002-second-names.toml"
    migration.write_text((shop.project / "migrations" / "0001-split-name.toml").read_text()
                         .replace('database = "main"', 'database = "second"'))
    plan = shop.project / "plans" / "second.toml"
    plan.write_text((shop.project / "plans" / "names.toml").read_text()
                    .replace('"names"', '"second"').replace("0001-split-name",
                                                            "0002-second-names"))
    runs = [shop.deploy(), shop.deploy(plan="second")]
    for run in runs:
        run.wait()
    print(f"exits: {[run.exit for run in runs]}")
    checks.that("each is done, or says that it comes to its end when run again",
                all(run.exit in (0, 6, 10) for run in runs),
                "\n".join(run.text for run in runs))
    for name in (RELEASE, "second"):
        run = shop.deploy_to_end(plan=name)
        checks.equal(f"exit of the last deploy of {name}", 0, run.exit, run.text)
        checks.equal(f"state of {name}", "finished", shop.state(name), run.text)
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    for database in (shop.database, shop.second):
        checks.equal(f"columns of {database}", COLUMNS,
                     shop.sql(shop.server.columns("users"), database))
        wrong = int(shop.tool("./check.sh", shop.url(database), "v2"))
        checks.equal(f"rows of {database} that are not as written", 0, wrong)
    shop.second = None
    migration.unlink()
    plan.unlink()


def two_databases_and_a_file_as_home(shop, checks):
    two_databases(shop, checks, "file", "sqlite:shared.db")


def two_databases_and_a_server_as_home(shop, checks):
    shop.server.create("shared_home")
    two_databases(shop, checks, "server", shop.release_url("shared_home"))


if __name__ == "__main__":
    run_parts(__doc__, [two_of_one_plan, twenty_of_one_plan, stopped_in_mid_backfill,
                        two_plans_on_two_tables, two_plans_on_one_table,
                        two_databases_and_a_file_as_home, two_databases_and_a_server_as_home],
              lab=TwoLab, servers=tuple(SERVERS))
