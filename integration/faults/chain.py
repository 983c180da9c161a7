"""Entries of the ledger as rows, and a chain of them hashed anew."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import verify_ledger  # noqa: E402

COLUMNS = ("chain", "seq", "format", "prev_hash", "hash", "at", "kind", "token", "actor",
           "server_user", "release", "step", "attempt", "body")


def entry_hash(entry):
    """Of a row: an export calls one column otherwise, and has its texts as bytes."""
    row = {**entry, "session_user": entry["server_user"]}
    return verify_ledger.entry_hash({
        name: row[name] if name in verify_ledger.NUMBERS or isinstance(row[name], bytes)
        else str(row[name]).encode() for name in verify_ledger.FIELDS})


def rechain(entries, chain=None):
    """Every entry with its number, predecessor and hash anew, as one who knows the format would."""
    before = verify_ledger.GENESIS
    for number, entry in enumerate(entries, 1):
        entry.update(seq=number, prev_hash=before)
        if chain:
            entry["chain"] = chain
        before = entry["hash"] = entry_hash(entry)
    return entries
