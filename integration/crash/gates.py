#!/usr/bin/env python3
"""What the gates answer before, in and after the window, and what keeps a contract back."""

import json
import time

from shop import MIGRATION, run_parts, say

USES = '[uses]\n"0001-split-name" = "expanded.."\n'


def gate(shop, what, wanted, version, *more):
    run = shop.interlock("gate", "--app", "web", "--version", version, "--json", *more)
    code = run.envelope().get("error", {}).get("code", "")
    shop.checks.equal(f"gate for {version}, {what}", wanted, (run.exit, code), run.text)


def answers_of_the_gate(shop, checks):
    say("what the gate answers")
    shop.new_database("gates_answers")
    shop.start_all(count=1)
    shop.expect(0, "app", "register", "web", "v0")  # built before the migration
    uses = shop.project / "uses.toml"
    uses.write_text(USES)
    gate(shop, "before expand", (4, "IL-G01"), "v9")
    gate(shop, "before expand, with its uses", (4, "IL-G02"), "v2", "--uses", str(uses))
    run = shop.deploy("--until", "expanded").wait()
    checks.equal("exit of deploy --until expanded", 0, run.exit, run.text)
    for version in ("v1", "v2"):
        gate(shop, "in the window", (0, ""), version)
    gate(shop, "in the window, with its uses", (0, ""), "v9", "--uses", str(uses))
    gate(shop, "in the window, unknown", (4, "IL-G01"), "v9")
    run = shop.deploy_to_end()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state())
    run = shop.interlock("gate", "--app", "web", "--version", "v1", "--json")
    checks.equal("gate for v1, after contract", 4, run.exit, run.text)
    gate(shop, "after contract", (0, ""), "v2")
    gate(shop, "after contract, unknown", (4, "IL-G01"), "v9")
    gate(shop, "after contract, with its uses", (0, ""), "v9", "--uses", str(uses))
    shop.traffic_was_right()


def a_session_is_left_over(shop, checks):
    say("a session of the old version is left over")
    shop.new_database("gates_session")
    shop.start_all()
    session = shop.session("web/v1", "SELECT 1;")
    run = shop.deploy("--until", "released").wait()
    checks.equal("exit of deploy --until released", 0, run.exit, run.text)
    time.sleep(2)
    run = shop.interlock("contract", MIGRATION, "--json")
    checks.equal("exit of contract", 4, run.exit, run.text)
    checks.that(f"it names pid {session.backend}", str(session.backend) in run.out, run.text)
    checks.that("users.name is there", "name" in shop.columns().split(","))
    # While deploy waits, the session ends.
    run = shop.deploy()
    closed = run.until(lambda e: e["event"] == "gate" and e["data"].get("code") == "IL-G03", 60)
    checks.that("deploy waits for it", closed is not None and run.running(), run.text)
    session.end()
    run.wait()
    checks.equal("exit of deploy after it ended", 0, run.exit, run.text)
    if shop.state() != "finished":
        shop.expect(0, "contract", "--due", "--wait", "2m")
    checks.equal("state", "finished", shop.state())
    shop.no_step_took_effect_twice()
    shop.traffic_was_right()


def the_soak_is_longer(shop, checks):
    say("the soak is longer than the patience")
    shop.new_database("gates_soak")
    shop.write_plan(soak="90s", name="soaks")
    shop.start_all()
    run = shop.deploy(plan="soaks", wait="1s").wait()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    checks.equal("state", "released", shop.state("soaks"))
    run = shop.interlock("contracts", "--json")
    checks.that("contracts lists it", MIGRATION in run.out, run.text)
    run = shop.expect(0, "contract", "--due", what="exit of contract --due before its time")
    checks.that("users.name is there", "name" in shop.columns().split(","))
    run = shop.expect(75, "contract", MIGRATION, what="exit of contract by name before its time")
    shop.expect(0, "contract", "--due", "--wait", "4m", timeout=300)
    checks.equal("state", "finished", shop.state("soaks"))
    checks.equal("columns", "id,email,created_at,note,first_name,last_name", shop.columns())
    run = shop.interlock("contracts", "--json")
    checks.that("contracts lists it no longer", MIGRATION not in json.dumps(
        run.envelope().get("data")), run.text)
    shop.traffic_was_right()


def changed_after_approval(shop, checks):
    say("the plan is changed by one byte after an approval")
    shop.new_database("gates_approval")
    shop.write_plan(name="approved", more='\n[[gate]]\nbefore = "expand"\napprovals = 1\n')
    shop.start_all(count=1)
    run = shop.deploy(plan="approved", wait="0s").wait()
    checks.equal("exit of deploy without approval", 3, run.exit, run.text)
    shop.expect(0, "approve", "approved", "--actor", "ada", "--reason", "read it")
    plan = shop.project / "plans" / "approved.toml"
    text = plan.read_text()
    plan.write_text(text.replace('soak = "1s"', 'soak = "2s"'))
    run = shop.deploy(plan="approved", wait="0s").wait()
    checks.equal("exit of deploy after the change", 12, run.exit, run.text)
    checks.equal("columns", "id,name,email,created_at,note", shop.columns())
    plan.write_text(text)
    run = shop.deploy(plan="approved").wait()
    checks.equal("exit of deploy as it was approved", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state("approved"))
    shop.ledger_verifies()
    shop.traffic_was_right()


def through_a_pooler(shop, checks):
    say("through pgbouncer in transaction mode")
    shop.new_database("gates_pooler")
    before = shop.schema()
    pooler = shop.pooler()
    for command in (("doctor",), ("deploy", "plans/names.toml", "--wait", "0s")):
        run = shop.interlock(*command)
        checks.equal(f"exit of {command[0]}", 4, run.exit, run.text)
        checks.that("it names the pooler", "a pooler stands between" in run.text, run.text)
        print(run.text)
    pooler.end()
    checks.that("nothing was touched", shop.schema() == before)


if __name__ == "__main__":
    run_parts(__doc__, [
        answers_of_the_gate, a_session_is_left_over, the_soak_is_longer, changed_after_approval,
        through_a_pooler])
