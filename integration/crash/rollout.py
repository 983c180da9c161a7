#!/usr/bin/env python3
"""A batch that fails its health goes back; a run that is asked to stop stops where it is safe."""

import signal

from shop import RELEASE, SERVERS, backfill_rows, run_parts, say

SICK = """#!/usr/bin/env bash
# The shop's own answer, but {instance} is sick at {version} as long as a file says so.
if [[ $1 == {instance} && $2 == {version} && -e {flag} ]]; then
  echo "$1 $2 answers with 500" >&2
  exit 1
fi
exec {healthy} "$@"
"""


def a_batch_fails_its_health(shop, checks):
    say("the second instance is sick at v2")
    shop.new_database("rollout_sick")
    flag = shop.work / "sick"
    flag.touch()
    healthy = shop.project / "deploy" / "healthy"
    real = healthy.rename(healthy.with_name("healthy-real"))
    healthy.write_text(SICK.format(instance="web-2", version="v2", flag=flag, healthy=real))
    healthy.chmod(0o755)
    shop.start_all()
    before = shop.instances()
    run = shop.deploy().wait()
    checks.that(f"exit of deploy is 9 or 10: {run.exit}", run.exit in (9, 10), run.text)
    checks.that("it names the instance and what was wrong",
                "web-2" in run.text and "answers with 500" in run.text, run.text)
    after = dict(line.split()[:2] for line in shop.instances())
    checks.equal("web-2 is back", "v1", after.get("web-2"), run.text)
    checks.equal("instances that run", len(before), len(after))
    checks.equal("state", "rolling out", shop.state())
    print(shop.interlock("status", RELEASE).text)
    flag.unlink()
    run = shop.deploy_to_end()
    checks.equal("exit of deploy once it is well", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state())
    checks.equal("versions", ["v2"], sorted(shop.versions()))
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.traffic_was_right()
    healthy.unlink()
    real.rename(healthy)


def asked_to_stop(shop, checks):
    say("SIGTERM in mid-backfill, SIGINT in the rollout")
    shop.new_database("rollout_stop", rows=shop.args.rows * 5)
    shop.start_all()
    places = ((signal.SIGTERM, backfill_rows(), "expanding"),
              (signal.SIGINT, lambda event: event["event"] == "rollout", "rolling out"))
    for number, place, state in places:
        run = shop.deploy()
        if not checks.that("it comes so far", run.until(place), run.text):
            return
        run.signal(number)
        run.wait(60)
        checks.equal(f"exit after {signal.Signals(number).name}", 10, run.exit, run.text)
        checks.equal("state", state, shop.state())
        text = shop.expect(0, "status", RELEASE).text
        checks.that("status says that nothing is broken", "Nothing is broken" in text, text)
        checks.that("status says how it goes on", "interlock deploy" in text, text)
    run = shop.deploy_to_end()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state())
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    shop.traffic_was_right()


if __name__ == "__main__":
    run_parts(__doc__, [a_batch_fails_its_health, asked_to_stop], servers=tuple(SERVERS))
