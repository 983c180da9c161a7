#!/usr/bin/env python3
"""The clock of the machine that runs interlock is an hour off, or steps by an hour in mid-release.

Only interlock's own process sees the wrong clock (libfaketime); the server's is right, and it is
the one by which soaks and windows are judged."""

import pathlib
import re
import time

from environment_common import Lab, crash, run_parts

LIBRARIES = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
HOUR = 3600


class ClockLab(Lab):
    def __init__(self, args, checks, **options):
        self.offset_file = None
        super().__init__(args, checks, **options)
        if not LIBRARIES:
            raise SystemExit("environment_clock.py: package faketime is missing")

    def step(self, seconds):
        """interlock's clock from now on, in runs that are under way too; None: the real one."""
        if seconds is None:
            self.offset_file = None
            return
        self.offset_file = self.work / "offset"
        draft = self.work / "offset.draft"
        draft.write_text(f"{seconds:+d}s\n")
        draft.rename(self.offset_file)

    def env(self, bare=False):
        env = super().env(bare)
        if self.offset_file and not bare:
            env.update(LD_PRELOAD=str(LIBRARIES[0]), FAKETIME_TIMESTAMP_FILE=str(self.offset_file),
                       FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
                       DONT_FAKE_MONOTONIC="1", NO_FAKE_STAT="1")
        return env

    def real_clock_for_the_driver(self):
        """The commands that start and stop instances do not see the wrong clock."""
        file = self.project / "interlock.toml"
        text = file.read_text()
        file.write_text(text.replace('["deploy/', '["env", "-u", "LD_PRELOAD", "deploy/'))


def off(shop, checks, name, seconds):
    """A whole release with the clock wrong from the start."""
    shop.uninterrupted()
    shop.real_clock_for_the_driver()
    shop.new_database(name)
    shop.start_all()
    shop.step(seconds)
    run = shop.deploy().wait()
    checks.that("it ended in less than two minutes", time.monotonic() - run.started < 120)
    shop.is_whole(run)
    shop.step(None)
    times_are_the_servers(shop, checks)
    shop.traffic_was_right()


def times_are_the_servers(shop, checks):
    far = shop.sql(f"SELECT count(*) FROM {shop.server.ledger} WHERE"
                   f" abs(at / 1e6 - {shop.server.now}) > 1200")
    checks.equal("entries that are dated otherwise than by the server's clock", "0", far)


def an_hour_ahead(shop, checks):
    off(shop, checks, "ahead", HOUR)


def an_hour_behind(shop, checks):
    off(shop, checks, "behind", -HOUR)


def stepped(shop, checks, name, seconds):
    """The clock steps in mid-run, in each phase, and back in the next."""
    shop.uninterrupted()
    shop.real_clock_for_the_driver()
    shop.new_database(name)
    shop.start_all()
    shop.step(0)
    run = shop.deploy()
    for number, where in enumerate((crash.step_started("/expand/"), crash.backfill_rows(),
                                    lambda event: event["event"] == "rollout",
                                    crash.step_started("/contract/"))):
        if not checks.that(f"phase {number + 1} is under way", run.until(where), run.text):
            return
        shop.step(seconds if number % 2 == 0 else 0)
    run.wait()
    checks.that("it ended in less than two minutes", time.monotonic() - run.started < 120)
    shop.is_whole(run)
    shop.step(None)
    times_are_the_servers(shop, checks)
    shop.traffic_was_right()


def steps_forward(shop, checks):
    stepped(shop, checks, "forward", HOUR)


def steps_back(shop, checks):
    stepped(shop, checks, "back", -HOUR)


def a_soak_is_not_cut_short(shop, checks):
    """Half an hour of soak is not over because interlock's clock says so."""
    shop.quiet(soak="30m")
    shop.new_database("soak")
    run = shop.interlock("deploy", "plans/names.toml")
    checks.equal("exit of deploy", 0, run.exit, run.text)
    shop.step(HOUR)
    run = shop.interlock("contract", crash.MIGRATION)
    checks.equal("exit of contract", 75, run.exit, run.text)
    shop.says(run, ["IL-G13"])
    checks.that("the old column is there", "name" in shop.columns().split(","), shop.columns())
    shop.step(-HOUR)
    run = shop.interlock("contract", crash.MIGRATION)
    checks.equal("exit of contract, an hour behind", 75, run.exit, run.text)
    checks.that("it says when: in half an hour, not an hour more",
                re.search("clears in (29|30) min", run.out + run.err), run.text)
    shop.step(None)


def a_dead_runners_commands_are_not_waited_for_an_hour(shop, checks):
    """A runner dies while it moves an instance; the next one's clock is an hour behind."""
    shop.uninterrupted()
    shop.real_clock_for_the_driver()
    shop.new_database("moved")
    shop.start_all()
    run = shop.deploy()
    if not checks.that("an instance is moved",
                       run.until(lambda event: event["event"] == "rollout"), run.text):
        return
    run.kill()
    shop.step(-HOUR)
    run = shop.deploy().wait()
    checks.that("it ended in less than two minutes", time.monotonic() - run.started < 120)
    run = shop.goes_on(run)
    shop.is_whole(run)
    shop.step(None)
    shop.traffic_was_right()


if __name__ == "__main__":
    run_parts(__doc__, [an_hour_ahead, an_hour_behind, steps_forward, steps_back,
                        a_soak_is_not_cut_short,
                        a_dead_runners_commands_are_not_waited_for_an_hour],
              lab=ClockLab, servers=tuple(crash.SERVERS))
