#!/usr/bin/env python3
"""Reads `interlock ledger export` on standard input: rows and time of each phase of a release."""
import json
import sys

phases = {}
rows = {}
for line in sys.stdin:
    entry = json.loads(line)
    if entry.get("kind") != "step.outcome":
        continue
    body = json.loads(entry["body"])
    phase = entry["step"].split("/")[1]
    phases[phase] = phases.get(phase, 0) + body["took_us"]
    action = entry["step"].rsplit("/", 1)[1].split("-", 1)[1]
    evidence = body.get("evidence") or {}
    if "rows" in evidence:
        rows[action] = max(rows.get(action, 0), evidence["rows"])
for action, count in rows.items():
    print(f"rows, {action}: {count:,}")
for phase, took in phases.items():
    print(f"time, {phase}: {took / 1e6:.1f} s")
