#!/usr/bin/env python3
"""Somebody edits the ledger; and a cloned database, which is no tampering."""

from shop import run_parts, say

OFF = "SET session_replication_role = replica; ALTER TABLE interlock.ledger DISABLE TRIGGER ALL; "
ON = "; ALTER TABLE interlock.ledger ENABLE ALWAYS TRIGGER append_only"


def tampered(shop, checks, what, statement, words, *more):
    """What was done is named, with exit 7; then it is put back."""
    say(what)
    # A copied database would be another one, which verify tells apart; so the entries are copied.
    shop.sql('CREATE TABLE IF NOT EXISTS public.kept AS SELECT * FROM interlock.ledger;'
             'CREATE TABLE IF NOT EXISTS public.kept_heads AS SELECT * FROM interlock.ledger_heads')
    shop.sql("BEGIN; " + OFF + statement + ON + "; COMMIT")
    run = shop.interlock("ledger", "verify", *more)
    checks.equal("exit of ledger verify", 7, run.exit, run.text)
    said = (run.out + run.err).lower()
    checks.that("it says what: " + " / ".join((run.out + run.err).strip().splitlines()[:3]),
                all(any(one in said for one in word.split("|")) for word in words), run.text)
    run = shop.interlock("ledger", "verify", "--json", *more)
    checks.that("the envelope says so too", run.envelope().get("exit") == 7, run.text)
    shop.sql("BEGIN; " + OFF + "TRUNCATE interlock.ledger; INSERT INTO interlock.ledger"
             " SELECT * FROM public.kept" + ON + "; COMMIT")
    shop.sql("BEGIN; ALTER TABLE interlock.ledger_heads DISABLE TRIGGER ALL;"
             "DELETE FROM interlock.ledger_heads; INSERT INTO interlock.ledger_heads SELECT * FROM"
             " public.kept_heads; ALTER TABLE interlock.ledger_heads ENABLE ALWAYS TRIGGER no_delete;"
             "ALTER TABLE interlock.ledger_heads ENABLE ALWAYS TRIGGER no_truncate;"
             "ALTER TABLE interlock.ledger ENABLE ALWAYS TRIGGER no_truncate; COMMIT")
    shop.expect(0, "ledger", "verify", *more, what="exit of ledger verify, put back")


def edited_removed_truncated(shop, checks):
    shop.new_database("tampered")
    run = shop.interlock("deploy", "plans/names.toml", "--until", "expanded")
    checks.equal("exit of deploy", 0, run.exit, run.text)
    anchor = str(shop.work / "anchor.json")
    shop.expect(0, "ledger", "anchor", anchor, what="exit of ledger anchor")
    shop.expect(0, "ledger", "verify", "--anchor", anchor, what="exit of verify with the anchor")
    refused = shop.sql("UPDATE interlock.ledger SET actor = 'nobody'", check=False)
    checks.equal("an UPDATE is refused", "0",
                 shop.sql("SELECT count(*) FROM interlock.ledger WHERE actor = 'nobody'"), refused)
    tampered(shop, checks, "edited: the actor of entry 5",
             "UPDATE interlock.ledger SET actor = 'nobody' WHERE chain = 'main' AND seq = 5",
             ["5", "edited|changed|hash"])
    tampered(shop, checks, "edited: the body of entry 6, its hash left",
             "UPDATE interlock.ledger SET body = body || ' '::bytea WHERE chain = 'main' AND seq = 6",
             ["6", "edited|changed|hash"])
    tampered(shop, checks, "removed: entry 7, from the middle",
             "DELETE FROM interlock.ledger WHERE chain = 'main' AND seq = 7",
             ["7", "removed|missing"])
    last = shop.sql("SELECT max(seq) FROM interlock.ledger WHERE chain = 'main'")
    tampered(shop, checks, "truncated: the end cut off, and its head",
             "ALTER TABLE interlock.ledger_heads DISABLE TRIGGER ALL;"
             f"DELETE FROM interlock.ledger WHERE chain = 'main' AND seq > {last} - 3;"
             "UPDATE interlock.ledger_heads h SET seq = l.seq, hash = l.hash FROM interlock.ledger l"
             f" WHERE h.chain = 'main' AND l.chain = 'main' AND l.seq = {last} - 3",
             [last, "truncated|cut|lacks|missing|end"], "--anchor", anchor)


def cloned(shop, checks):
    say("cloned: CREATE DATABASE … TEMPLATE")
    shop.new_database("original")
    run = shop.interlock("deploy", "plans/names.toml", "--until", "expanded")
    checks.equal("exit of deploy", 0, run.exit, run.text)
    shop.sql('CREATE DATABASE clone TEMPLATE original', database="postgres")
    shop.database = "clone"
    shop.write_project(more="\n[environments.drill]\n")
    drill = ("--env", "drill")
    run = shop.interlock("ledger", "verify", *drill)
    checks.that("verify names the clone, and no tampering: exit "
                f"{run.exit}: " + " / ".join((run.out + run.err).strip().splitlines()[:4]),
                run.exit == 0 and ("clone" in (run.out + run.err).lower() or
                                   "another" in (run.out + run.err).lower()), run.text)
    shop.expect(4, "deploy", "plans/names.toml", "--until", "expanded", *drill,
                what="exit of deploy to what belongs to another environment")
    shop.expect(0, "ledger", "reconcile", "--reason", "a clone for a drill", *drill)
    run = shop.expect(0, "ledger", "verify", *drill,
                      what="exit of ledger verify after it was reconciled")
    checks.that("nothing is left to say", "clone" not in (run.out + run.err).lower(), run.text)
    state = shop.state()
    checks.equal("the open release is void", "abandoned", state)
    shop.expect(0, "deploy", "plans/names.toml", "--until", "expanded", *drill,
                what="exit of deploy after it was reconciled")
    shop.database = "original"
    checks.equal("the original's release goes on", "expanding", shop.state())
    shop.ledger_verifies()


if __name__ == "__main__":
    run_parts(__doc__, [edited_removed_truncated, cloned], rows=2000)
