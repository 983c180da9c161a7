#!/usr/bin/env python3
"""Runs the libFuzzer targets, each from its kept corpus, and says what was run.

    run.py [--build build/fuzz] [--seconds 10] [--jobs 2] [--only NAME] [--keep FOLDER]

What is found is printed with the one command that repeats it.  New inputs go to a folder of their
own (--keep, else thrown away): the kept corpus stays small.
"""

import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
TARGETS = ("files", "ledger", "bundle", "expression", "answers", "mysql_answers",
           "texts")


def run(name, build, seconds, work):
    program = build / "tests" / "fuzz" / f"fuzz_{name}"
    if not program.exists():
        return name, False, f"{program} is not there: configure with INTERLOCK_FUZZ=ON, build `fuzz`"
    fresh = work / name
    fresh.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    command = [str(program), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048",
               "-max_len=16384", "-print_final_stats=1", f"-artifact_prefix={work}/{name}-",
               str(fresh), str(CORPUS / name)]
    dictionary = HERE / f"{name}.dict"
    if dictionary.exists():
        command.insert(1, f"-dict={dictionary}")
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    coverage = re.findall(r"cov: (\d+)", done.stderr)
    line = (f"{time.monotonic() - started:5.0f} s  {int(runs.group(1)) if runs else 0:>10,} runs  "
            f"{coverage[-1] if coverage else '?':>6} edges")
    if done.returncode == 0:
        return name, True, line
    artifact = re.search(r"Test unit written to (\S+)", done.stderr)
    return name, False, "\n".join(
        [line, done.stderr[-6000:], f"repeat: {program} {artifact.group(1) if artifact else ''}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(HERE.parent.parent / "build" / "fuzz"))
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=TARGETS, action="append")
    parser.add_argument("--keep", help="a folder for new inputs and what was found")
    args = parser.parse_args()
    build = pathlib.Path(args.build).resolve()
    work = pathlib.Path(args.keep or tempfile.mkdtemp(prefix="interlock-fuzz.")).resolve()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        jobs = [pool.submit(run, name, build, args.seconds, work) for name in args.only or TARGETS]
        for job in concurrent.futures.as_completed(jobs):
            name, good, text = job.result()
            failed += not good
            print(f"{'ok' if good else 'FAILED'}: {name:<11} {text}", flush=True)
    if failed == 0 and args.keep is None:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(jobs) - failed} passed, {failed} failed")
    sys.exit(0 if failed == 0 else 1)


if __name__ == "__main__":
    main()
