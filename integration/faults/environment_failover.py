#!/usr/bin/env python3
"""The primary is lost in mid-release and its streaming replica is promoted; every connection
string names both hosts.  With all commits over there the release goes on; with the last ones
missing it stops and says what is known."""

import time
import urllib.parse

from environment_common import Lab, crash, run_parts
import ddl_log  # environment_common knows where it is

HOME = '\n[ledger]\nurl = "sqlite:ledger.db"\n'


class Pair(Lab):
    """A primary and a streaming replica that is not read from; urls name both."""

    def __init__(self, args, checks, **options):
        self.second = None
        self.forked_at = None
        self.shipped = None          # how long the first server's log was when it shipped the last
        super().__init__(args, checks, cluster=("-c", "wal_receiver_timeout=2s"), **options)

    def url(self, database=None):
        first = super().url(database)
        if self.second is None:
            return first
        one = urllib.parse.urlsplit(first)
        other = urllib.parse.urlsplit(crash.subprocess.run(
            [crash.CLUSTER, "url", self.second], capture_output=True, text=True,
            check=True).stdout.strip())
        return (f"postgresql://{one.username}@{one.hostname}:{one.port},"
                f"{other.hostname}:{other.port}{one.path}?target_session_attrs=read-write")

    def pair(self, name, synchronous):
        """A database on a fresh pair of servers."""
        self.second = self.shipped = None
        self.new_database(name)
        second = self.work / f"pg-{name}"
        self.tool(crash.CLUSTER, "replica", second, self.cluster)
        self.second = second
        if synchronous:
            self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.sql("SELECT pg_reload_conf()")
        self.wait_for("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
                      + (" AND sync_state = 'sync'" if synchronous else ""), "1")

    def wait_for(self, question, answer, seconds=20):
        end = time.monotonic() + seconds
        while self.sql(question) != answer:
            if time.monotonic() > end:
                raise RuntimeError(f"{question} is still not {answer}")
            time.sleep(0.05)

    def on_second(self, text):
        url = crash.subprocess.run([crash.CLUSTER, "url", self.second, self.database],
                                   capture_output=True, text=True, check=True).stdout.strip()
        return self.tool("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", text, url)

    def wait_until_replayed(self):
        """The replica has replayed what it has; the last record may be a part of one only."""
        before = None
        while (now := self.on_second("SELECT pg_last_wal_replay_lsn(), count(*) FROM"
                                     " pg_stat_wal_receiver")) != before or not now.endswith("|0"):
            before = now
            time.sleep(0.3)

    def stop_shipping(self):
        """From now on the replica gets nothing; it keeps what it has."""
        self.on_second("ALTER SYSTEM SET primary_conninfo = ''")
        self.on_second("SELECT pg_reload_conf()")
        self.wait_for("SELECT count(*) FROM pg_stat_replication", "0")
        self.shipped = len(self.server.log())

    def fail_over(self):
        self.tool(crash.CLUSTER, "kill", self.cluster)
        # Asked before it is promoted: afterwards the applications use up ids at once.
        self.wait_until_replayed()
        self.forked_at = int(self.on_second("SELECT pg_snapshot_xmax(pg_current_snapshot())"))
        self.tool(crash.CLUSTER, "promote", self.second)
        self.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.sql("SELECT pg_reload_conf()")

    def end_pair(self):
        """Back to the first server alone."""
        self.stop_all()
        crash.subprocess.run([crash.CLUSTER, "stop", self.second, "immediate"],
                             capture_output=True)
        self.second = None
        self.tool(crash.CLUSTER, "restart", self.cluster)
        self.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.sql("SELECT pg_reload_conf()")

    def ddl_effects(self):
        return self.server.counted(self.server_logs())

    def server_logs(self):
        """What either did.  Transaction ids from the fork on count on the second one only: those
        of the first one were lost with it, and are given out again; what has no id is lost when
        the first one did it after it had shipped the last."""
        [(first, committed)] = self.server.logs(self.sql)
        if self.second is None:
            return [(first, committed)]
        if self.shipped is not None:
            log = self.server.log()
            lost = ddl_log.without_lone(log[self.shipped:].decode(errors="replace"))
            first = log[self.server.log_from:self.shipped].decode(errors="replace") + lost
        second = (self.second / "server.log").read_text(errors="replace")
        return [(first, lambda xid: int(xid) < self.forked_at and committed(xid)),
                (second, committed)]

    def close(self):
        if self.second is not None:
            crash.subprocess.run([crash.CLUSTER, "stop", self.second, "immediate"],
                                 capture_output=True)
        super().close()


def promoted(shop, checks, phase, where):
    shop.uninterrupted()
    shop.pair(f"promoted_{phase}", synchronous=True)
    shop.start_all()
    run = shop.deploy()
    if not checks.that(f"{phase} is under way", run.until(where), run.text):
        return
    shop.fail_over()
    run.wait()
    checks.that(f"exit of deploy: {run.exit}", run.exit in (0, 10, 11), run.text)
    run = shop.goes_on(run)
    checks.equal("exit of the last deploy", 0, run.exit, run.text)
    checks.equal("state", "finished", shop.state(), run.text)
    shop.same_schema()
    shop.no_step_took_effect_twice()
    shop.ledger_verifies()
    changes = shop.ledger("kind = 'identity.changed'")
    checks.equal("entries that say that the server is another one", 1, len(changes), changes)
    shop.stop_all()
    counted = shop.summary()
    checks.that(f"requests answered: {counted['requests']:.0f}, lost with the server: "
                f"{counted['failed']:.0f}", counted["failed"] <= 9)
    checks.equal("wrong answers", 0, int(counted["wrong answers"]))
    shop.rows_are_right()
    shop.end_pair()


def promoted_in_expand(shop, checks):
    promoted(shop, checks, "expand", crash.step_started("/expand/"))


def promoted_in_backfill(shop, checks):
    promoted(shop, checks, "backfill", crash.backfill_rows())


def promoted_in_rollout(shop, checks):
    promoted(shop, checks, "rollout", lambda event: event["event"] == "rollout")


def promoted_in_contract(shop, checks):
    promoted(shop, checks, "contract", crash.step_started("/contract/"))


def lacking(shop, checks, name, home="", until=None):
    """A release without applications whose replica gets nothing from `until` on, and which runs
    until verify; returns the run."""
    shop.quiet(more=home)
    shop.uninterrupted()
    shop.pair(name, synchronous=False)
    run = shop.deploy()
    if not checks.that("the release is under way", run.until(until), run.text):
        return None
    shop.stop_shipping()
    if not checks.that("and has gone on since then", run.until(crash.step_started("/verify/")),
                       run.text):
        return None
    return run


def says_what_is_known(shop, run, code):
    shop.checks.equal("exit", 8, run.exit, run.text)
    shop.says(run, [code, "entry"])


def goes_on_from_there(shop, checks):
    """A person has looked, and takes the promoted server for the one that counts."""
    run = shop.deploy_to_end()
    shop.is_whole(run)
    shop.rows_are_right()
    shop.end_pair()


def lacks_commits_while_the_run_lives(shop, checks):
    run = lacking(shop, checks, "lacks_live", until=crash.backfill_rows())
    if run is None:
        return
    run.signal(crash.signal.SIGSTOP)
    shop.fail_over()
    run.signal(crash.signal.SIGCONT)
    run.wait()
    says_what_is_known(shop, run, "IL-R20")
    goes_on_from_there(shop, checks)


def lacks_the_claim_itself(shop, checks):
    """The promoted server has an older token than this run holds: that is no other runner."""
    shop.quiet()
    shop.uninterrupted()
    shop.pair("lacks_claim", synchronous=False)
    shop.expect(0, "baseline")
    shop.wait_for("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn ="
                  " pg_current_wal_lsn()", "1")
    shop.stop_shipping()
    run = shop.deploy()
    if not checks.that("the release is under way", run.until(crash.backfill_rows()), run.text):
        return
    run.signal(crash.signal.SIGSTOP)
    shop.fail_over()
    run.signal(crash.signal.SIGCONT)
    run.wait()
    says_what_is_known(shop, run, "IL-R20")
    goes_on_from_there(shop, checks)


def lacks_commits_after_the_run_died(shop, checks):
    """Nobody remembers but the ledger home, which is elsewhere: its gates named the chain's head."""
    shop.quiet(more=HOME)
    shop.uninterrupted()
    (shop.project / "ledger.db").unlink(missing_ok=True)
    shop.pair("lacks_dead", synchronous=False)
    shop.expect(0, "baseline")
    shop.wait_for("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn ="
                  " pg_current_wal_lsn()", "1")
    shop.stop_shipping()
    run = shop.deploy()
    if not checks.that("the release is under way", run.until(crash.step_started("/contract/")),
                       run.text):
        return
    run.kill()
    shop.fail_over()
    columns = shop.columns()
    for command in (["deploy", "plans/names.toml"], ["resume", crash.RELEASE],
                    ["contract", "--due"]):
        says_what_is_known(shop, shop.interlock(*command), "IL-R23")
    checks.equal("columns meanwhile", columns, shop.columns())
    shop.expect(0, "status", crash.RELEASE)
    shop.expect(0, "ledger", "reconcile", "--reason", "the old primary is scrapped")
    goes_on_from_there(shop, checks)


def lacks_commits_and_an_anchor_tells(shop, checks):
    run = lacking(shop, checks, "lacks_anchor", until=crash.backfill_rows())
    if run is None:
        return
    run.wait()
    checks.equal("exit of deploy", 0, run.exit, run.text)
    shop.expect(0, "ledger", "anchor", "anchor.json")
    shop.fail_over()
    run = shop.interlock("ledger", "verify", "--anchor", "anchor.json")
    checks.equal("exit of ledger verify", 7, run.exit, run.text)
    checks.that("it says: truncated", "truncated" in run.out + run.err, run.text)
    goes_on_from_there(shop, checks)


if __name__ == "__main__":
    run_parts(__doc__, [promoted_in_expand, promoted_in_backfill, promoted_in_rollout,
                        promoted_in_contract, lacks_commits_while_the_run_lives,
                        lacks_the_claim_itself, lacks_commits_after_the_run_died,
                        lacks_commits_and_an_anchor_tells], lab=Pair)
