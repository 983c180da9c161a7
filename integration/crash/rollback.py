#!/usr/bin/env python3
"""The way back, from every place before the point of no return, under live traffic."""

from shop import MIGRATION, SERVERS, run_parts, say

BEFORE = "id,name,email,created_at,note"


def users(shop):
    return int(shop.sql("SELECT count(*) FROM users"))


def is_back(shop, checks, was, schema_before):
    checks.equal("versions that run", ["v1"], shop.versions())
    shop.stop_all()
    checks.equal("columns", BEFORE, shop.columns())
    checks.that(f"no row is lost: {was} before, {users(shop)} now", users(shop) >= was)
    got = shop.schema()
    checks.that("the schema is what it was", got == schema_before,
                "\n".join(sorted(set(got.splitlines()) ^ set(schema_before.splitlines()))))
    checks.equal("state", "rolled back", shop.state())
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.traffic_was_right("v1")


def begin(shop, name):
    shop.new_database(name)
    before = shop.schema()
    shop.start_all()
    return before


def roll_back(shop):
    return shop.expect(0, "rollback", "names", "--reason", "a drill", "--wait", "1m", "--no-input")


def after_expand(shop, checks):
    say("after expand")
    before = begin(shop, "back_expand")
    run = shop.deploy("--until", "expanded").wait()
    checks.equal("exit of deploy --until expanded", 0, run.exit, run.text)
    was = users(shop)
    roll_back(shop)
    is_back(shop, checks, was, before)


def after_rollout(shop, checks):
    say("after rollout")
    before = begin(shop, "back_rollout")
    run = shop.deploy("--until", "released").wait()
    checks.equal("exit of deploy --until released", 0, run.exit, run.text)
    checks.equal("versions that run", ["v2"], shop.versions())
    was = users(shop)
    roll_back(shop)
    is_back(shop, checks, was, before)


def a_new_version_is_left_over(shop, checks):
    say("a session of the new version is left over")
    before = begin(shop, "back_left_over")
    run = shop.deploy("--until", "released").wait()
    checks.equal("exit of deploy --until released", 0, run.exit, run.text)
    session = shop.session("web/v2", "SELECT 1;")
    run = shop.expect(4, "rollback", "names", "--reason", "a drill", "--no-input")
    checks.that(f"it names pid {session.backend}", str(session.backend) in run.text, run.text)
    checks.that("users.first_name is there", "first_name" in shop.columns().split(","))
    run = shop.interlock("gate", "--app", "web", "--version", "v2", "--json")
    checks.equal("gate for v2, whose columns are about to go", (4, "IL-G02"),
                 (run.exit, run.envelope().get("error", {}).get("code", "")), run.text)
    shop.expect(0, "gate", "--app", "web", "--version", "v1")
    session.end()
    was = users(shop)
    roll_back(shop)
    is_back(shop, checks, was, before)


def in_quarantine(shop, checks):
    say("in quarantine")
    shop.write_plan(more='quarantine = "1h"\n')
    before = begin(shop, "back_quarantine")
    run = shop.deploy().wait()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    checks.equal("state", "contracting", shop.state())
    columns = shop.columns().split(",")
    checks.that(f"name is in quarantine: {','.join(columns)}",
                "name" not in columns and any("name_quarantined" in c for c in columns))
    was = users(shop)
    roll_back(shop)
    is_back(shop, checks, was, before)
    shop.write_plan()


def after_the_drop(shop, checks):
    say("after the drop")
    begin(shop, "back_drop")
    run = shop.deploy_to_end()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state())
    run = shop.interlock("rollback", "names", "--reason", "a drill", "--json", "--no-input")
    checks.equal("exit of rollback", 4, run.exit, run.text)
    checks.equal("versions that run", ["v2"], shop.versions())
    run = shop.interlock("contracts")
    checks.that(f"nothing of {MIGRATION} is pending", MIGRATION not in run.out, run.text)
    shop.traffic_was_right()


if __name__ == "__main__":
    run_parts(__doc__, [
        after_expand, after_rollout, a_new_version_is_left_over, in_quarantine, after_the_drop],
        servers=tuple(SERVERS))
