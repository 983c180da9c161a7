#!/usr/bin/env python3
"""The peak memory of a whole deploy, from expand to contract, under live traffic."""

import pathlib

from shop import SERVERS, run_parts, say

BOUND_MB = 64


def memory(shop, checks):
    say(f"peak memory of a deploy over {shop.args.rows} rows")
    shop.new_database("memory")
    shop.start_all()
    run = shop.deploy()
    peak = 0
    while run.running():
        run.until(lambda event: False, 0.2)
        try:
            status = pathlib.Path(f"/proc/{run.pid}/status").read_text()
        except FileNotFoundError:
            break
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                peak = max(peak, int(line.split()[1]))
    run.wait()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    checks.that(f"peak memory {peak / 1024:.1f} MB, at most {BOUND_MB}",
                0 < peak <= BOUND_MB * 1024)
    shop.traffic_was_right()


if __name__ == "__main__":
    run_parts(__doc__, [memory], servers=tuple(SERVERS))
