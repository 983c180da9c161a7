#!/usr/bin/env python3
"""The server is restarted, or killed, under a release; the release goes on or can be run again."""

from shop import CLUSTER, backfill_rows, run_parts, say, step_started


def lost(shop, checks, what, where, how, rows):
    say(f"{how} during {what}")
    shop.new_database(f"lost_{how}_{what.split()[-1]}", rows=rows)
    shop.start_all()
    run = shop.deploy()
    if not checks.that(f"{what} runs", run.until(where), run.text):
        return
    if how == "kill":
        shop.tool(CLUSTER, "kill", shop.cluster)
    shop.tool(CLUSTER, "restart", shop.cluster)
    run.wait()
    checks.that(f"exit of deploy: {run.exit}", run.exit in (0, 10, 11), run.text)
    if run.exit != 0 or shop.state() != "finished":
        run = shop.deploy_to_end()
        print(f"run again: {run.codes}")
    checks.equal("exit of the last deploy", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state(), run.text)
    checks.equal("columns", "id,email,created_at,note,first_name,last_name", shop.columns())
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    # What was under way when the server went is lost to the application too; nothing else is.
    shop.stop_all()
    counted = shop.summary()
    checks.that(f"requests answered: {counted['requests']:.0f}, lost with the server: "
                f"{counted['failed']:.0f}", counted["failed"] <= 6)
    checks.equal("wrong answers", 0, int(counted["wrong answers"]))
    checks.equal("rows that are not as written", 0, shop.wrong_rows("v2"))


def restarted_in_backfill(shop, checks):
    lost(shop, checks, "the backfill", backfill_rows(), "restart", shop.args.rows * 3)


def restarted_in_expand(shop, checks):
    lost(shop, checks, "the expand", step_started("/expand/"), "restart", shop.args.rows)


def killed_in_backfill(shop, checks):
    lost(shop, checks, "the backfill", backfill_rows(), "kill", shop.args.rows * 3)


def killed_in_expand(shop, checks):
    lost(shop, checks, "the expand", step_started("/expand/"), "kill", shop.args.rows)


if __name__ == "__main__":
    run_parts(__doc__, [restarted_in_backfill, restarted_in_expand, killed_in_backfill,
                        killed_in_expand])
