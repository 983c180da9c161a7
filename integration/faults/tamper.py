#!/usr/bin/env python3
"""Somebody who owns the ledger's tables changes them.  What was done is named with the first entry
that does not hold; no command acts on such a chain; what hashes cannot show, an anchor does."""

import json

from chain import rechain
from environment_common import run_parts
from shop import RELEASE, SERVERS
from tamper_servers import ATTACKERS

# What may not act on a chain that does not hold, and what may not show it as if it were true.
COMMANDS = (
    ("deploy", "plans/names.toml", "--wait", "0s"),
    ("resume", RELEASE, "--wait", "0s"),
    ("rollback", RELEASE, "--reason", "a drill"),
    ("abort", RELEASE, "--reason", "a drill"),
    ("contract", "--due"),
    ("drift", "accept", "--reason", "a drill"),
    ("gate", "--app", "web", "--version", "v2"),
    ("status", RELEASE),
    ("history",),
)


def attacker_of(shop):
    return ATTACKERS[shop.args.server](shop, shop.database)


class Tamperer:
    """One released database, tampered with again and again, and put back each time."""

    def __init__(self, shop, checks, database):
        self.shop = shop
        self.checks = checks
        shop.new_database(database)
        shop.expect(0, "deploy", "plans/names.toml", "--until", "expanded")
        self.attacker = attacker_of(shop)
        self.attacker.keep()
        self.anchor = str(shop.work / f"anchor-{database}.json")
        shop.expect(0, "ledger", "anchor", self.anchor, what="exit of ledger anchor")
        self.last = int(shop.sql(f"SELECT max(seq) FROM {shop.server.ledger}"
                                 " WHERE chain = 'main'"))

    def seen_by_gates(self):
        """The number of the newest entry of the database's chain that a gate vouches for."""
        bodies = [json.loads(entry["body"]) for entry in self.attacker.read("releases")]
        return max(body["heads"]["main"]["seq"] for body in bodies if "heads" in body)

    def verify(self, what, wanted, code, words, *more):
        run = self.shop.interlock("ledger", "verify", *more)
        self.checks.equal(f"{what}: exit of ledger verify {' '.join(more[:1])}".strip(), wanted,
                          run.exit, run.text)
        if wanted == 0:
            return
        said = " ".join(run.text.split())
        self.checks.that(f"{what}: it names {code}, {', '.join(words)}",
                         code in said and all(word in said for word in words), run.text)
        envelope = self.shop.interlock("ledger", "verify", "--json", *more).envelope()
        error = envelope.get("error", {})
        self.checks.that(f"{what}: the envelope has the code, and what to do",
                         error.get("code") == code and error.get("hint"), json.dumps(envelope))

    def nothing_acts(self, what):
        before = self.attacker.everything()
        for command in COMMANDS:
            run = self.shop.interlock(*command)
            self.checks.equal(f"{what}: exit of {command[0]}", 7, run.exit, run.text)
            self.checks.that(f"{what}: {command[0]} says what to do next",
                             "interlock ledger " in run.text or "use that version" in run.text
                             or "use the version" in run.text, run.text)
        self.checks.that(f"{what}: nothing was changed", before == self.attacker.everything())

    def back(self):
        self.attacker.put_back()
        self.shop.expect(0, "ledger", "verify", "--anchor", self.anchor,
                         what="exit of ledger verify, put back")


def refused_while_the_guards_stand(shop, checks):
    """Without the owner's rights to remove the guards."""
    attacker = Tamperer(shop, checks, "tamper_guards").attacker
    for account, statement in attacker.refused:
        before = attacker.everything()
        attacker.try_to(account, statement)
        checks.that(f"refused to {account}: {statement}", before == attacker.everything())


def one_more(number):
    return int(number) + 1


def edited(shop, checks):
    """Edited."""
    it = Tamperer(shop, checks, "tamper_edited")
    for what, column, change in (
            ("actor", "actor", lambda _: "nobody"), ("time", "at", one_more),
            ("kind", "kind", lambda _: "milestone"), ("token", "token", one_more),
            ("step", "step", lambda step: step + "x"), ("release", "release", lambda _: "other"),
            ("attempt", "attempt", one_more), ("server user", "server_user", lambda _: "nobody"),
            ("body", "body", lambda body: body + b" "),
            ("hash", "hash", lambda _: "0" * 63 + "1")):
        it.attacker.edit("main", 5, column, change)
        it.verify(f"{what} of entry 5", 7, "IL-L01", ["entry 5", "'main'"])
        if what in ("actor", "body"):
            it.nothing_acts(f"{what} of entry 5")
        it.attacker.put_back()
    it.attacker.edit("releases", 2, "actor", lambda _: "nobody")
    it.verify("an entry of the release chain", 7, "IL-L01", ["entry 2", "'releases'"])
    it.nothing_acts("an entry of the release chain")
    it.back()
    # Of the catalog's texts only the digests are in the chain.
    it.attacker.lengthen_texts()
    it.verify("the catalog's text", 7, "IL-L12", ["text"])
    it.attacker.delete("true", "texts")
    it.verify("the catalog's text, deleted", 7, "IL-L12", ["text"])
    it.back()


def removed(shop, checks):
    """Deleted in the middle, and at the beginning."""
    it = Tamperer(shop, checks, "tamper_removed")
    it.attacker.delete("chain = 'main' AND seq = 7")
    it.verify("entry 7", 7, "IL-L02", ["entry 7", "'main'", "missing"])
    it.nothing_acts("entry 7 deleted")
    it.back()
    it.attacker.delete("chain = 'main' AND seq IN (1, 2)")
    it.verify("entries 1 and 2", 7, "IL-L02", ["entries 1 to 2", "missing"])
    it.nothing_acts("the beginning deleted")
    it.back()


def truncated(shop, checks):
    """The end cut off."""
    it = Tamperer(shop, checks, "tamper_truncated")
    keep = it.last - 3
    it.attacker.delete(f"chain = 'main' AND seq > {keep}")
    it.verify("its head left", 7, "IL-L11", [f"entry {keep}"])
    it.nothing_acts("the end cut off, its head left")
    it.attacker.put_back()
    entries = it.attacker.read("main")
    it.attacker.write("main", entries[:keep])
    it.verify("the head set back, without an anchor", 0, "", [])
    it.verify("the head set back", 7, "IL-L07", [f"entry {keep}", f"had {it.last}"], "--anchor",
              it.anchor)
    it.back()
    # Cut off further back than the release's gates looked: those vouch for what they saw.
    seen = it.seen_by_gates()
    it.attacker.write("main", entries[:seen - 1])
    it.verify("before a gate's look", 7, "IL-L07", [f"entry {seen - 1}", "gate"])
    it.nothing_acts("cut off before a gate's look")
    it.back()
    releases = it.attacker.read("releases")
    it.attacker.write("releases", releases[:-1])
    it.verify("of the release chain", 7, "IL-L07", [f"entry {len(releases) - 1}"], "--anchor",
              it.anchor)
    it.back()


def reordered(shop, checks):
    """Re-ordered."""
    it = Tamperer(shop, checks, "tamper_reordered")
    it.attacker.renumber("main", (5, 1000), (6, 5), (1000, 6))
    it.verify("5 and 6 exchanged", 7, "IL-L01", ["entry 5"])
    it.nothing_acts("5 and 6 exchanged")
    it.back()
    # In a file the lines may stand in any order.
    file = shop.work / "ledger.jsonl"
    shop.expect(0, "ledger", "export", str(file), what="exit of ledger export")
    shop.expect(0, "ledger", "verify", "--export", str(file), what="exit of verifying the export")
    lines = file.read_text().splitlines(keepends=True)
    number = next(i for i, line in enumerate(lines)
                  if '"chain":"main"' in line and '"seq":5,' in line)
    exchanged = lines[:number] + [lines[number + 1], lines[number]] + lines[number + 2:]
    file.write_text("".join(exchanged))
    it.verify("lines of an export exchanged", 7, "IL-L04", ["entry 6", "entry 5"], "--export",
              str(file))
    file.write_text("".join(lines + [lines[number]]))
    it.verify("a line of an export twice", 7, "IL-L03", ["entry 5"], "--export", str(file))
    file.write_text("".join(lines)[:-1])
    it.verify("an export cut off", 7, "IL-L14", ["cut off"], "--export", str(file))


def rewritten(shop, checks):
    """Re-chained with valid hashes."""
    it = Tamperer(shop, checks, "tamper_rewritten")
    entries = it.attacker.read("main")
    entries[-1]["actor"] = "nobody"
    it.attacker.write("main", rechain(entries))
    it.verify("the last entry, without an anchor", 0, "", [])
    it.verify("the last entry", 7, "IL-L08", [f"entry {it.last}", "rewritten"], "--anchor", it.anchor)
    it.back()
    entries = it.attacker.read("main")
    entries[it.seen_by_gates() - 1]["actor"] = "nobody"
    it.attacker.write("main", rechain(entries))
    it.verify("an entry that a gate vouches for", 7, "IL-L08", ["rewritten", "gate"])
    it.nothing_acts("re-chained from what a gate saw on")
    # Whoever also writes the gates anew leaves nothing that contradicts, but for the anchor.
    heads = {entry["seq"]: entry["hash"] for entry in entries}
    releases = it.attacker.read("releases")
    for entry in releases:
        body = json.loads(entry["body"])
        if "heads" in body:
            body["heads"]["main"]["hash"] = heads[body["heads"]["main"]["seq"]]
            entry["body"] = json.dumps(body, sort_keys=True, separators=(",", ":"),
                                       ensure_ascii=False).encode()
    it.attacker.write("releases", rechain(releases))
    it.verify("both chains, without an anchor", 0, "", [])
    it.verify("both chains", 7, "IL-L08", ["rewritten"], "--anchor", it.anchor)
    it.back()
    # A body that nobody of ours would write, with a hash that fits.
    entries = it.attacker.read("main")
    entries[-1]["body"] = b"no JSON at all"
    it.attacker.write("main", rechain(entries))
    it.verify("a body that cannot be read", 7, "IL-L23", [f"entry {it.last}"])
    it.nothing_acts("a body that cannot be read")
    it.back()


def gone(shop, checks):
    """A whole chain gone."""
    it = Tamperer(shop, checks, "tamper_gone")
    it.attacker.write("main", [])
    it.verify("the database's chain", 7, "IL-L09", ["'main'", "gone"])
    it.verify("the database's chain", 7, "IL-L09", ["'main'", "gone"], "--anchor", it.anchor)
    it.nothing_acts("the database's chain gone")
    it.back()
    it.attacker.write("releases", [])
    it.verify("the release chain", 7, "IL-L09", ["'releases'", "gone"], "--anchor", it.anchor)
    it.back()
    it.attacker.write("main", [])
    it.attacker.write("releases", [])
    it.verify("both, without an anchor", 0, "", [])
    it.verify("both", 7, "IL-L09", ["gone"], "--anchor", it.anchor)
    run = shop.interlock("deploy", "plans/names.toml", "--wait", "0s")
    checks.that(f"deploy without any history finds what it did not do: exit {run.exit}",
                run.exit in (4, 5, 8), run.text)
    checks.that("and changes nothing of it", "name" in shop.columns().split(","), shop.columns())
    it.back()


def copied_in(shop, checks):
    """The chain of another database copied in."""
    other = Tamperer(shop, checks, "tamper_other")
    foreign = other.attacker.read("main")
    foreign_releases = other.attacker.read("releases")
    foreign_texts = other.attacker.texts()
    it = Tamperer(shop, checks, "tamper_copied")
    it.attacker.write("main", foreign)
    it.verify("as it stands", 7, "IL-L08", ["rewritten", "gate"])
    it.verify("as it stands", 7, "IL-L08", ["rewritten"], "--anchor", it.anchor)
    it.nothing_acts("another database's chain")
    it.back()
    renamed = [dict(entry) for entry in foreign]
    own = it.attacker.read("main")
    it.attacker.write("main", own[:4] + renamed[4:it.last])
    it.verify("its end grafted on", 7, "IL-L01", ["entry"])
    it.nothing_acts("its end grafted on")
    it.back()
    # Both chains of it, which vouch for each other, and the texts of which they know.
    own_releases = it.attacker.read("releases")
    it.attacker.write("main", foreign)
    it.attacker.write("releases", foreign_releases)
    it.attacker.write_texts(foreign_texts)
    run = shop.expect(0, "ledger", "verify", what="both of them, without an anchor")
    checks.that("the server is told to be another one", "another server" in run.text, run.text)
    it.verify("both of them", 7, "IL-L08", ["rewritten"], "--anchor", it.anchor)
    it.back()
    checks.equal("put back", own_releases, it.attacker.read("releases"))
    # Beside ours, under a name of its own: nobody reads it, and verify says that it is there.
    stray = rechain([dict(entry) for entry in foreign], "stray")
    it.attacker.write("stray", stray)
    run = shop.expect(0, "ledger", "verify", what="exit of ledger verify with a stray chain")
    checks.that("it is told of", "'stray'" in run.text, run.text)
    it.attacker.write("stray", [])
    it.back()


def from_the_future(shop, checks):
    """A format or kind that this version does not know."""
    it = Tamperer(shop, checks, "tamper_format")
    entries = it.attacker.read("main")
    entries[4]["format"] = 2
    it.attacker.write("main", rechain(entries))
    it.verify("format 2 of entry 5", 7, "IL-L05", ["entry 5", "format 2"])
    it.nothing_acts("format 2 of entry 5")
    it.back()
    entries = it.attacker.read("main")
    entries[4]["kind"] = "step.imagined"
    it.attacker.write("main", rechain(entries))
    it.verify("a kind of entry 5", 7, "IL-L05", ["entry 5", "step.imagined"])
    it.nothing_acts("a kind of entry 5")
    it.back()
    it.attacker.set_version(2)
    it.verify("the tables' version", 7, "IL-L10", ["2"])
    it.nothing_acts("the tables' version")
    it.attacker.set_version(1)
    it.back()


def while_it_runs(shop, checks):
    """Under a release that runs."""
    shop.new_database("tamper_running", rows=shop.args.rows * 10)
    attacker = attacker_of(shop)
    run = shop.deploy()
    started = run.until(lambda e: e["event"] == "progress" and "/backfill/" in e["step"])
    checks.that("the backfill runs", started, run.text)
    entries = attacker.read("main")
    entries[-1]["actor"] = "nobody"
    attacker.write("main", rechain(entries))
    run.wait()
    # 8: it has read another entry there, as on a copy of the server that others went on with.
    checks.that(f"exit of deploy: {run.exit}", run.exit in (7, 8) and "IL-R2" in run.text, run.text)
    checks.that("nothing was contracted", "name" in shop.columns().split(","), shop.columns())


def cloned(shop, checks):
    """Cloned, which is no tampering."""
    shop.quiet()
    shop.new_database("original")
    run = shop.interlock("deploy", "plans/names.toml", "--until", "expanded")
    checks.equal("exit of deploy", 0, run.exit, run.text)
    original = attacker_of(shop)
    before = original.everything()
    original.clone("clone")
    shop.database = "clone"
    shop.quiet(more="\n[environments.drill]\n")
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
    # Where the database's name is part of every step, what is recorded is about the original.
    shop.expect(original.clone_goes_on, "deploy", "plans/names.toml", *drill,
                what="exit of deploy after it was reconciled")
    checks.that("nothing of the original was changed", before == original.everything())
    shop.quiet()
    shop.database = "original"
    checks.equal("the original's release goes on", "expanding", shop.state())
    shop.ledger_verifies()


def restored(shop, checks):
    """Restored from a backup, with a ledger home that is newer."""
    (shop.project / "interlock.toml").write_text(
        (shop.project / "interlock.toml").read_text().replace(
            '[databases.main]\n', f'[ledger]\nurl = "sqlite:{shop.work}/home.db"\n\n[databases.main]\n'))
    shop.new_database("backup")
    shop.expect(0, "baseline")
    attacker = attacker_of(shop)
    attacker.clone("restored")
    shop.expect(0, "deploy", "plans/names.toml", "--until", "expanded")
    attacker.replace_by("restored")
    run = shop.expect(8, "deploy", "plans/names.toml", "--wait", "0s")
    checks.that("deploy says what the release chain saw", "IL-R23" in run.text and
                "seen by" in run.text, run.text)
    shop.expect(0, "status", RELEASE)
    run = shop.expect(7, "ledger", "verify", what="exit of ledger verify before it is reconciled")
    checks.that("verify says so too, and that it may be restored",
                "IL-L07" in run.text and "reconcile" in run.text, run.text)
    shop.expect(0, "ledger", "reconcile", "--reason", "restored from last night")
    shop.expect(0, "ledger", "verify", what="exit of ledger verify after it was reconciled")
    checks.equal("the open release is void", "abandoned", shop.state())
    shop.write_plan(name="again")
    run = shop.interlock("deploy", "plans/again.toml", "--until", "expanded")
    checks.equal("exit of a new release", 0, run.exit, run.text)


if __name__ == "__main__":
    run_parts(__doc__, [
        refused_while_the_guards_stand, edited, removed, truncated, reordered, rewritten, gone,
        copied_in, from_the_future, while_it_runs, cloned, restored], rows=2000,
        servers=tuple(SERVERS))
