#!/usr/bin/env python3
"""Verifies an exported ledger, written from docs/ledger-format.md alone.

    verify_ledger.py EXPORT [ANCHOR]

Prints one line a chain.  Exit code 0: every chain holds; 7: one does not; 64: wrong usage.
"""

import base64
import hashlib
import json
import sys

GENESIS = "0" * 64
FORMAT = 1
# The order of the encoding.
FIELDS = ["format", "chain", "seq", "prev_hash", "at", "kind", "token", "actor", "session_user",
          "release", "step", "attempt", "body"]
NUMBERS = {"format", "seq", "at", "token", "attempt"}


class Fault(Exception):
    """A chain that does not hold: "defect: what and where"."""


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands twice")
    return dict(pairs)


def to_bytes(value):
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, dict) and list(value) == ["base64"]:
        return base64.b64decode(value["base64"], validate=True)
    raise ValueError("neither a text nor base64")


def read_entry(line):
    entry = json.loads(line.decode("utf-8"), object_pairs_hook=no_duplicates)
    if set(entry) != set(FIELDS) | {"hash"}:
        raise ValueError("keys are missing or unknown")
    for key, value in entry.items():
        if key in NUMBERS:
            if type(value) is not int:
                raise ValueError(f"{key} is not a whole number")
        else:
            entry[key] = to_bytes(value)
    return entry


def read_export(path):
    chains = {}
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    if lines.pop() != b"":
        raise Fault("malformed: the last line was cut off")
    for number, line in enumerate(lines, 1):
        try:
            entry = read_entry(line)
        except ValueError as error:
            raise Fault(f"malformed: line {number}: {error}") from error
        chains.setdefault(entry["chain"].decode("utf-8", "replace"), []).append(entry)
    return chains


def encode(entry):
    out = b"interlock-ledger-entry\0"
    for field in FIELDS:
        value = entry[field]
        data = str(value).encode("ascii") if field in NUMBERS else value
        out += len(data).to_bytes(8, "big") + data
    return out


def entry_hash(entry):
    return hashlib.sha256(encode(entry)).hexdigest()


def verify_place(name, entries, index, due):
    seq = entries[index]["seq"]
    if seq > due:
        if any(other["seq"] == due for other in entries[index + 1:]):
            raise Fault(f"reordered: entry {due} of chain {name} comes after entry {seq}")
        raise Fault(f"removed: entries {due} to {seq - 1} of chain {name} are missing")
    if seq < due:
        raise Fault(f"forked: entry {seq} of chain {name} stands there again")


def verify_chain(name, entries):
    due, previous, followed = 1, GENESIS, {}
    for index, entry in enumerate(entries):
        if entry["format"] != FORMAT:
            raise Fault(f"format: entry {due} of chain {name} has format {entry['format']}")
        if entry_hash(entry).encode("ascii") != entry["hash"]:
            raise Fault(f"edited: entry {due} of chain {name}")
        verify_place(name, entries, index, due)
        prev_hash = entry["prev_hash"].decode("ascii", "replace")
        if prev_hash != previous:
            if due == 1:
                raise Fault(f"removed: the beginning of chain {name} is missing")
            if prev_hash in followed:
                raise Fault(f"forked: entries {followed[prev_hash]} and {due} of chain {name} "
                            "follow the same one")
            raise Fault(f"edited: entry {due - 1} or {due} of chain {name} was replaced")
        followed[prev_hash] = due
        due, previous = due + 1, entry["hash"].decode("ascii")
    return previous


def verify_anchor(path, chains):
    with open(path, "rb") as file:
        anchor = json.loads(file.read(), object_pairs_hook=no_duplicates)
    if anchor.get("format") != 1:
        raise Fault("malformed: an anchor of an unknown format")
    for head in anchor["heads"]:
        name, seq = head["chain"], head["seq"]
        entries = chains.get(name, [])
        if seq == 0:
            continue
        if not entries:
            raise Fault(f"missing: chain {name} is gone")
        if len(entries) < seq:
            raise Fault(f"truncated: chain {name} ends with entry {len(entries)}, "
                        f"the anchor saw {seq}")
        if entries[seq - 1]["hash"].decode("ascii") != head["hash"]:
            raise Fault(f"rewritten: entry {seq} of chain {name} is not the one the anchor saw")


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 64
    try:
        chains = read_export(arguments[0])
        for name, entries in sorted(chains.items()):
            head = verify_chain(name, entries)
            print(f"chain {name}: {len(entries)} entries, head {head}")
        if len(arguments) == 2:
            verify_anchor(arguments[1], chains)
            print("the anchor holds")
    except Fault as fault:
        print(fault)
        return 7
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
