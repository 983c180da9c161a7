#!/usr/bin/env python3
"""Times the rebuild of a table with one secondary index against the server's own copying ALTER and,
on MariaDB, against pt-online-schema-change, all in one run on a throwaway server; then under a
steady load of writes, with and without the rebuild.

    bench_rebuild.py --interlock PROGRAM [--server mariadb|mysql] [--rows N] [--runs N] [--rate TPS]

Needs sysbench, and percona-toolkit for the peer (Debian's packages).  Prints seconds, ratios, peak
memory and the 99th percentile of the application's transactions.  Meaningful only on a machine that
does nothing else.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SUPPORT = HERE.parent / "support"
SERVER = SUPPORT / "mysql_server.sh"
sys.path.insert(0, str(SUPPORT))

# pylint: disable=wrong-import-position
from alter_project import AlterProject  # noqa: E402

SETTINGS = ["innodb_buffer_pool_size=2G", "innodb_flush_log_at_trx_commit=1", "sync_binlog=0"]
# With the small log of the test servers, every statement waits for pages to be written sooner or later.
REDO_LOG = {"mariadb": "innodb_log_file_size=2G", "mysql": "innodb_redo_log_capacity=2G"}
# Under load: short batches, and four times as long a rest after each.
THROTTLE = """
[databases.main.backfill]
workers = 1
batch_time = "1ms"
nice_ratio = 4
"""
SHOWN = ("version", "innodb_buffer_pool_size", "innodb_flush_log_at_trx_commit", "sync_binlog",
         "log_bin", "binlog_format", "innodb_log_file_size", "innodb_redo_log_capacity")


class Bench:
    def __init__(self, args, folder):
        self.args = args
        self.folder = folder
        self.data = folder / "server"
        more = [word for setting in (*SETTINGS, REDO_LOG[args.server])
                for word in ("-c", setting)]
        subprocess.run([SERVER, "start", args.server, self.data, *more], check=True,
                       stdout=subprocess.DEVNULL)
        self.port = (self.data / "server").read_text().splitlines()[1]
        self.client = ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", self.port, "-u", "root",
                       "-N", "-B"]
        self.sql("CREATE DATABASE bench", "")
        self.project = folder / "project"
        self.files = AlterProject(self.project, f"mysql://root@127.0.0.1:{self.port}/bench")
        self.files.migration("0001-wide", "sbtest1", "MODIFY k BIGINT NOT NULL DEFAULT 0")
        self.releases = 0
        self.peak = 0

    def stop(self):
        subprocess.run([SERVER, "stop", self.data, "immediate"], stdout=subprocess.DEVNULL)

    def sql(self, text, database="bench"):
        done = subprocess.run([*self.client, "-e", text, *([database] if database else [])],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{text}: {done.stderr}")
        return done.stdout.strip()

    def sysbench(self, *args):
        return ["sysbench", "oltp_write_only", "--db-driver=mysql", "--mysql-host=127.0.0.1",
                f"--mysql-port={self.port}", "--mysql-user=root", "--mysql-db=bench", "--tables=1",
                f"--table-size={self.args.rows}", "--mysql-ignore-errors=1205,1213",
                "--percentile=99", *args]

    def prepare(self):
        subprocess.run(self.sysbench("prepare"), check=True, stdout=subprocess.DEVNULL)
        self.sql("ANALYZE TABLE sbtest1")
        names = ", ".join(f"'{name}'" for name in SHOWN)
        print(f"rows {self.args.rows}, one secondary index, one machine of {os.cpu_count()} cores")
        for line in self.sql(f"SHOW GLOBAL VARIABLES WHERE variable_name IN ({names})").splitlines():
            print("  " + " = ".join(line.split("\t")))

    def timed(self, command, **more):
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, **more)
        took = time.monotonic() - began
        if done.returncode != 0:
            sys.exit(f"{command}: {done.stdout}{done.stderr}")
        return took

    def native(self):
        """There and back, so that each run finds the same table."""
        took = self.timed([*self.client, "-e", "ALTER TABLE sbtest1 MODIFY k BIGINT NOT NULL DEFAULT "
                           "0, ALGORITHM=COPY", "bench"])
        self.sql("ALTER TABLE sbtest1 MODIFY k INT NOT NULL DEFAULT 0, ALGORITHM=COPY")
        return took

    def interlock(self, *args):
        return [self.args.interlock, *args]

    def deploy(self):
        self.releases += 1
        name = f"r{self.releases}"
        self.files.plan(name, "0001-wide")
        return self.interlock("deploy", name, "--until", "expanded")

    def rebuild(self):
        took = self.timed(["/usr/bin/env", "time", "-f", "%M", "-o", self.folder / "memory",
                           *self.deploy()], cwd=self.project)
        self.peak = max(self.peak, int((self.folder / "memory").read_text().split()[-1]))
        self.back()
        return took

    def back(self):
        self.timed(self.interlock("rollback", f"r{self.releases}", "--reason", "bench"),
                   cwd=self.project)

    def peer(self):
        took = self.timed(["pt-online-schema-change", "--alter", "MODIFY k BIGINT NOT NULL DEFAULT 0",
                           "--execute", "--max-load", "", "--critical-load", "",
                           f"D=bench,t=sbtest1,h=127.0.0.1,P={self.port},u=root"])
        self.sql("ALTER TABLE sbtest1 MODIFY k INT NOT NULL DEFAULT 0, ALGORITHM=COPY")
        return took

    def load(self, seconds):
        return subprocess.Popen(
            self.sysbench("--threads=4", f"--rate={self.args.rate}", f"--time={seconds}", "run"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def p99(load):
        text = load.communicate()[0]
        found = re.search(r"99th percentile:\s+([\d.]+)", text)
        if not found:
            sys.exit(text)
        longest = re.search(r"max:\s+([\d.]+)", text)
        return float(found.group(1)), float(longest.group(1))

    def under_load(self):
        seconds = 30
        with (self.project / "interlock.toml").open("a") as file:
            file.write(THROTTLE)
        print("throttle: " + ", ".join(THROTTLE.split("\n")[2:-1]))
        alone, alone_max = self.p99(self.load(seconds))
        load = self.load(600)
        time.sleep(2)
        began = time.monotonic()
        self.timed(self.deploy(), cwd=self.project)
        took = time.monotonic() - began
        load.terminate()
        load.communicate()
        # Once more for exactly as long as the rebuild takes, so that its percentile is of that time.
        self.back()
        load = self.load(int(took) + 2)
        self.timed(self.deploy(), cwd=self.project)
        beside, beside_max = self.p99(load)
        self.back()
        print(f"under {self.args.rate} transactions/s of 4 sessions: rebuilt in {took:.1f} s; "
              f"p99 {alone:.2f} ms alone, {beside:.2f} ms beside it, ratio {beside / alone:.2f}; "
              f"longest {alone_max:.0f} and {beside_max:.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interlock", default=os.environ.get("INTERLOCK_BIN"))
    parser.add_argument("--server", choices=("mariadb", "mysql"), default="mariadb")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--without-load", action="store_true")
    args = parser.parse_args()
    if not args.interlock:
        parser.error("say --interlock PROGRAM, or set INTERLOCK_BIN")
    args.interlock = str(pathlib.Path(args.interlock).resolve())
    # Whoever stops it stops its server, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="interlock-bench."))
    bench = Bench(args, folder)
    try:
        bench.prepare()
        peer = args.server == "mariadb" and shutil.which("pt-online-schema-change")
        native, rebuilt, others = [], [], []
        for run in range(args.runs):
            native.append(bench.native())
            rebuilt.append(bench.rebuild())
            if peer:
                others.append(bench.peer())
            print(f"  run {run + 1}: ALGORITHM=COPY {native[-1]:.2f} s, rebuild {rebuilt[-1]:.2f} s"
                  + (f", pt-online-schema-change {others[-1]:.2f} s" if peer else ""), flush=True)
        ours = statistics.median(rebuilt)
        print(f"rebuild {ours:.2f} s; {ours / statistics.median(native):.2f} of ALGORITHM=COPY"
              + (f", {ours / statistics.median(others):.2f} of pt-online-schema-change"
                 if peer else "") + f"; peak memory {bench.peak / 1024:.1f} MB")
        if not args.without_load:
            bench.under_load()
    finally:
        bench.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
