#!/usr/bin/env python3
"""What the gates answer before, in and after the window, and what keeps a contract back."""

import json
import time

from shop import MIGRATION, SERVERS, run_parts, say

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


SECOND = """[migration]
database = "main"
summary = "users.note becomes remark"

[[change]]
kind = "derive_columns"
table = "users"
old = ["note"]
new = [{ name = "remark", type = "text", null = true, up = "note" }]
down = { note = "remark" }
"""


def two_migrations(shop, checks):
    say("two migrations in one release, and the same old version for both")
    shop.new_database("gates_two")
    second = shop.project / "migrations" / "0002-remark.toml"
    second.write_text(SECOND)
    plan = shop.project / "plans" / "names.toml"
    text = plan.read_text()
    plan.write_text(text.replace('["0001-split-name"]', '["0001-split-name", "0002-remark"]'))
    instance(shop, "a", "v1")
    run = shop.deploy_to_end()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    if shop.state() != "finished":
        shop.expect(0, "contract", "--due", "--wait", "2m")
    checks.equal("state", "finished", shop.state())
    checks.equal("columns", "id,email,created_at,first_name,last_name,remark", shop.columns())
    second.unlink()
    plan.write_text(text)
    shop.write_project()


def instance(shop, name, version):
    """An instance that is a line of a file: what the driver says, and nothing else."""
    instances = shop.work / "instances"
    instances.mkdir(exist_ok=True)
    (instances / name).write_text(version)
    text = (shop.project / "interlock.toml").read_text()
    head = text[:text.index("[apps.web.deploy]")]
    (shop.project / "interlock.toml").write_text(head + f"""[apps.web.deploy]
driver = "command"
list = ["sh", "-c", "cd {instances} && for i in *; do echo $i $(cat $i); done"]
start = ["sh", "-c", "echo $2 > {instances}/$1", "start", "{{instance}}", "{{version}}"]
stop = ["true"]
healthy = ["true"]
timeout = "5s"
""")


def what_else_keeps_it_back(shop, checks):
    say("what else keeps a contract back: a gate before cut_over, an instance that came again, a "
        "session that is called like ours, a write through the old shape")
    shop.new_database("gates_others")
    shop.write_plan(name="held", soak="30s",
                    more='\n[[gate]]\nbefore = "cut_over"\napprovals = 1\n')
    instance(shop, "a", "v1")
    instance(shop, "b", "v1")
    run = shop.deploy("--until", "released", plan="held").wait()
    checks.equal("exit of deploy --until released", 0, run.exit, run.text)
    uses = shop.project / "uses.toml"
    uses.write_text('[uses]\n"0001-split-name" = "..expanded"\n')
    shop.expect(0, "app", "register", "web", "v0", "--uses", str(uses))
    contract = ("contract", MIGRATION, "--json", "--wait", "0s")

    def held_by(what, code):
        run = shop.interlock(*contract)
        got = run.envelope().get("error", {}).get("code", "")
        checks.equal(f"held by {what}", code, got, run.text)
        return run

    # Nobody has looked at the contract yet.
    shop.sql("UPDATE users SET name = 'Old Writer' WHERE id = 1")
    held_by("nobody's approval before cut_over", "IL-G15")
    shop.expect(0, "approve", "held", "--actor", "ada", "--reason", "read it")
    run = held_by("the soak", "IL-G13")
    checks.that("which a write through the old shape began anew", "was last seen" in run.text,
                run.text)
    (shop.work / "instances" / "b").write_text("v1")
    held_by("an instance of v1", "IL-G03")
    shop.expect(0, "census", "forget", "b", "--reason", "its host is scrapped")
    held_by("only the soak, once it is forgotten", "IL-G13")
    (shop.work / "instances" / "b").write_text("v0")
    held_by("the instance, which came again at another old version", "IL-G03")
    (shop.work / "instances" / "b").unlink()
    text = (shop.project / "interlock.toml").read_text()
    (shop.project / "interlock.toml").write_text(text.replace("web/{version}",
                                                              "interlock-web/{version}"))
    session = shop.session("interlock-web/v1", "SELECT 1;")
    held_by("a session that is called like ours", "IL-G03")
    session.end()
    shop.expect(0, *contract[:-1], "2m")
    checks.equal("state", "finished", shop.state("held"))
    shop.write_project()


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
    with shop.pooler():
        for command in (("doctor",), ("deploy", "plans/names.toml", "--wait", "0s")):
            run = shop.interlock(*command)
            checks.equal(f"exit of {command[0]}", 4, run.exit, run.text)
            checks.that("it names the pooler", "a pooler stands between" in run.text, run.text)
            print(run.text)
    checks.that("nothing was touched", shop.schema() == before)


if __name__ == "__main__":
    run_parts(__doc__, [
        answers_of_the_gate, a_session_is_left_over, two_migrations, what_else_keeps_it_back,
        the_soak_is_longer, changed_after_approval, through_a_pooler], servers=tuple(SERVERS))
