#!/usr/bin/env python3
"""deploy is killed at random moments under live traffic, and run again, until it is done."""

import collections
import random
import time

from shop import RELEASE, SERVERS, Checks, Shop, arguments, backfill_rows, say, step_started

MOST_KILLS_A_RELEASE = 10
AGAIN = (6, 10, 11, 75)


def place(run):
    """Where the run is, as its events tell."""
    at = "before the first event"
    for event in run.events:
        if event["event"] == "step.started":
            at = event["step"].split("/", 1)[1]
        elif event["event"] == "step.finished":
            at = "after " + event["step"].split("/", 1)[1]
        elif event["event"] == "rollout":
            at = "rollout: " + event["data"].get("what", "")
        elif event["event"] == "gate":
            at = "gate before " + event["data"].get("point", "") + (
                "" if event["data"].get("open") else ", waiting")
        elif event["event"] == "state":
            at = "after state " + event["data"].get("state", "")
    return at


class Killer:
    def __init__(self, shop, rng):
        self.shop = shop
        self.rng = rng
        self.places = collections.Counter()
        self.holder = None

    def aim(self, passed):
        aims = ["time", "time", "event", "event", "contract"]
        if "/backfill/1" not in passed:
            aims += ["backfill", "backfill"]
        if "/backfill/2" not in passed:
            aims += ["index", "index", "held index"]
        return self.rng.choice(aims)

    def kill_one(self, run, aim):
        """True if the run was killed, False if it ended before."""
        rng = self.rng
        if aim == "time":
            run.until(lambda event: False, rng.uniform(0.05, 6))
        elif aim == "event":
            left = rng.randint(1, 12)

            def counts(event):
                nonlocal left
                left -= event["event"] != "progress"
                return left <= 0
            run.until(counts)
            run.until(lambda event: False, rng.uniform(0, 0.3))
        elif aim == "backfill":
            run.until(backfill_rows(rng.randint(1, self.shop.args.rows * 3 // 4)), 60)
            run.until(lambda event: False, rng.uniform(0, 0.1))
        elif aim == "index":
            run.until(step_started("create-index"), 60)
            run.until(lambda event: False, rng.uniform(0, 0.15))
        elif aim == "held index":
            # What holds a lock makes the concurrent build wait; the server goes on with it.
            holder = self.shop.session(self.shop.server.person)
            if run.until(lambda e: e["event"] == "step.finished" and "/1-backfill" in e["step"], 60):
                holder.tell(self.shop.server.hold_users)
                if run.until(step_started("create-index"), 30):
                    run.until(lambda event: False, rng.uniform(0.3, 1))
            self.holder = holder
        elif aim == "contract":
            run.until(step_started("/contract/"), rng.uniform(20, 60))
            run.until(lambda event: False, rng.uniform(0, 0.4))
        ended = not run.running()
        if not ended:
            run.kill()
        return not ended

    def release(self, kills):
        """One release, with up to `kills` kills.  Returns how many there were."""
        done = 0
        passed = ""
        refused = 0
        for _ in range(kills * 3 + 20):
            aimed = done < kills
            aim = self.aim(passed) if aimed else None
            run = self.shop.deploy()
            if aimed and self.kill_one(run, aim):
                done += 1
                self.places[place(run)] += 1
                print(f"  killed after {time.monotonic() - run.started:5.1f} s ({aim}): "
                      f"{place(run)}", flush=True)
            else:
                run.wait()
            passed += "".join(e["step"] for e in run.events if e["event"] == "step.finished")
            if self.holder:
                # Some time after the kill, so that the next run may meet what was left going on.
                if self.rng.random() < 0.5:
                    run_beside = self.shop.deploy().wait()
                    print(f"  beside what the server went on with: exit {run_beside.exit}")
                    self.beside_exits.append(run_beside.exit)
                self.holder.end()
                self.holder = None
            if run.exit >= 0:
                if run.exit == 0:
                    break
                if run.exit not in AGAIN:
                    break
                refused += 1
                time.sleep(1)
        self.last = run
        print(f"  {done} kills, told to come again {refused} times, last exit {run.exit}")
        return done

    beside_exits: list = []


def main():
    args = arguments(__doc__, more=[("--kills", {"type": int, "default": 30}),
                                    ("--seed", {"type": int, "default": None})],
                     servers=tuple(SERVERS))
    if args.seed is None:
        args.seed = random.randrange(1 << 30)
    print(f"seed {args.seed}")
    rng = random.Random(args.seed)
    checks = Checks()
    shop = Shop(args, checks)

    say("uninterrupted, to compare with")
    shop.new_database("whole")
    shop.start_all()
    run = shop.deploy_to_end("--until", "released")
    checks.equal("exit of deploy --until released", 0, run.exit, run.text)
    time.sleep(1)
    checks.equal("rows whose old and new columns differ", 0, shop.wrong_rows("both"))
    run = shop.deploy_to_end()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    wanted = shop.schema()
    shop.no_step_took_effect_twice()
    shop.traffic_was_right()

    killer = Killer(shop, rng)
    total = 0
    number = 0
    while total < args.kills and checks.failed == 0:
        number += 1
        say(f"release {number}, {args.kills - total} kills to go")
        shop.new_database(f"killed_{number}")
        shop.start_all()
        total += killer.release(min(args.kills - total, rng.randint(4, MOST_KILLS_A_RELEASE)))
        checks.equal("exit of the last deploy", 0, killer.last.exit, killer.last.text)
        checks.equal("state", "finished", shop.state(RELEASE), killer.last.text)
        got = shop.schema()
        checks.that("the schema is that of an uninterrupted run", got == wanted,
                    "\n".join(sorted(set(got.splitlines()) ^ set(wanted.splitlines()))))
        shop.no_step_took_effect_twice()
        shop.ledger_verifies()
        shop.traffic_was_right()
    checks.equal("kills", args.kills, total)
    say("kills by step")
    for where, times in sorted(killer.places.items(), key=lambda item: -item[1]):
        print(f"{times:5}  {where}")
    checks.end()


if __name__ == "__main__":
    main()
