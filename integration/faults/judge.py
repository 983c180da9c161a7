"""Whether a cut and resumed release ended as one that nobody cut: what differs, a text each."""

import json


def problems(release, clean, seen, server):
    out = list(seen.problems)
    if seen.verify:
        out.append(f"the ledger does not verify\n{seen.verify}")
    out += differences("catalog", clean.catalog, seen.catalog)[:10]
    out += differences("rows", clean.rows, seen.rows)
    out += differences("instance", clean.instances, seen.instances)
    out += [f"took effect {line}" for line in server.twice(seen.effects)]
    for step, statement in sorted(clean.effects.keys() - seen.effects.keys()):
        out.append(f"took no effect: {step}: {statement}")
    if not out or seen.entries:
        out += _story(release, clean.entries, seen.entries)
    return out


def differences(what, clean, seen):
    return [f"{what} of {key}: {seen.get(key)}, not {clean.get(key)}"
            for key in sorted(clean.keys() | seen.keys()) if clean.get(key) != seen.get(key)]


def _story(release, clean, seen):
    """The ledger tells one release: each step intended, then done, as often as without a fault."""
    out = []
    intended = set()
    for entry in seen:
        step = (entry["chain"], entry["step"])
        if entry["kind"] == "step.intent":
            if step in intended:
                out.append(f"story: {entry['step']} is intended twice")
            intended.add(step)
        elif entry["kind"] == "step.outcome":
            if step not in intended:
                out.append(f"story: {entry['step']} has an outcome without an intent")
            intended.discard(step)
        elif entry["kind"] in ("step.failed", "drift.found", "step.adopted", "step.retried"):
            out.append(f"story: {entry['kind']} of {entry['step']}: {entry['body'][:300]}")
    out += [f"story: {step} is intended and has no outcome" for _, step in sorted(intended)]
    for kind in ("step.intent", "step.outcome", "migration.state", "release.state",
                 "migration.planned", "release.planned", "ledger.begun", "rollback.begun"):
        wanted, got = _told(clean, kind), _told(seen, kind)
        if wanted != got:
            out.append(f"story: {kind} is {got}, not {wanted}")
    states = [json.loads(entry["body"]).get("state") for entry in seen
              if entry["kind"] == "release.state"]
    if states[-1:] != [release.state]:
        out.append(f"story: the release ends {states[-1:]}, not {release.state}")
    out += _tokens(seen)
    return out


def _told(entries, kind):
    """Of one kind, in order: the steps, or the states that they tell."""
    out = []
    for entry in entries:
        if entry["kind"] == kind:
            body = json.loads(entry["body"])
            out.append(entry["step"] or " ".join(
                str(body[key]) for key in ("migration", "state")
                if isinstance(body.get(key), str)) or kind)
    return out


def _tokens(entries):
    """Each taking of a claim raises its token."""
    out, last = [], {}
    for entry in entries:
        if entry["kind"] != "claim.taken":
            continue
        for claim in json.loads(entry["body"])["claims"]:
            if claim["token"] <= last.get(claim["object"], 0):
                out.append(f"story: {claim['object']} is taken with an old token")
            last[claim["object"]] = claim["token"]
    return out
