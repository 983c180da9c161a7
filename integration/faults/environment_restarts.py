#!/usr/bin/env python3
"""The server is killed or restarted in every phase of a release; the release goes on."""

from environment_common import Lab, crash, run_parts

# Where each phase is met: what the run says right then.
PHASES = {
    "expand": crash.step_started("/expand/"),
    "backfill": crash.backfill_rows(),
    "verify": crash.step_started("/verify/"),
    "rollout": lambda event: event["event"] == "rollout",
    "contract": crash.step_started("/contract/"),
}


def lost(shop: Lab, checks, phase, how):
    shop.new_database(f"{how}_{phase}")
    shop.start_all()
    run = shop.deploy()
    if not checks.that(f"{phase} is under way", run.until(PHASES[phase]), run.text):
        return
    if how == "killed":
        shop.server.kill()
    shop.server.restart()
    run.wait()
    checks.that(f"exit of deploy: {run.exit}", run.exit in (0, 10, 11), run.text)
    shop.is_whole(shop.goes_on(run))
    # What was under way when the server went is lost to the application too; nothing else is.
    shop.stop_all()
    counted = shop.summary()
    checks.that(f"requests answered: {counted['requests']:.0f}, lost with the server: "
                f"{counted['failed']:.0f}", counted["failed"] <= 6)
    checks.equal("wrong answers", 0, int(counted["wrong answers"]))
    shop.rows_are_right()


def part(phase, how):
    def run(shop, checks):
        lost(shop, checks, phase, how)
    run.__name__ = f"{how}_in_{phase}"
    return run


if __name__ == "__main__":
    run_parts(__doc__, [part(phase, how) for how in ("killed", "restarted") for phase in PHASES],
              servers=tuple(crash.SERVERS))
