"""Which tagged statements took effect, by the log of a PostgreSQL server (`log_statement = ddl`,
`log_duration = on` for the runner's sessions, and the prefix of pg_cluster.sh).
"""

import re

STARTED = re.compile(r"^\S+ \S+ \S+ \[(\d+)\] \S+ (\d+) LOG:  statement: /\* interlock "
                     r"release=(\S+) step=(\S+) token=(\d+) \*/ (.*)")
# One outside a transaction, which has no id.
ALONE = re.compile(r"^\S+ \S+ \S+ \[\d+\] \S+ 0 LOG:  statement: /\* interlock .*$", re.MULTILINE)
ENDED = re.compile(r"^\S+ \S+ \S+ \[(\d+)\] \S+ \d+ (LOG:  duration|ERROR|FATAL|PANIC)")


def effects(text, committed):
    """{(step, statement): times}.  `committed` tells of a list of transaction ids which are."""
    counted = {}
    open_alone = {}
    transactions = {}

    def count(step, statement):
        counted[(step, statement)] = counted.get((step, statement), 0) + 1
    for line in text.splitlines():
        if found := STARTED.match(line):
            pid, xid, _, step, _, statement = found.groups()
            statement = statement.strip()
            if xid != "0":
                transactions.setdefault(xid, []).append((step, statement))
            else:
                open_alone[pid] = (step, statement)
        elif (found := ENDED.match(line)) and found.group(1) in open_alone:
            step, statement = open_alone.pop(found.group(1))
            if found.group(2).startswith("LOG"):
                count(step, statement)
    for xid in committed(list(transactions)) if transactions else ():
        for step, statement in transactions[xid]:
            count(step, statement)
    return counted


def without_lone(text):
    """The log without what was done outside transactions, of which nobody can ask whether it lasted."""
    return ALONE.sub("", text)


def committed_query(xids):
    """SQL that returns those of the transactions that are committed."""
    return ("SELECT xid FROM unnest('{%s}'::text[]) AS xid"
            " WHERE pg_xact_status(xid::xid8) = 'committed'" % ",".join(xids))


def twice(counted):
    """What took effect more often than it may, a line each."""
    out = []
    for (step, statement), times in counted.items():
        if statement.startswith("DROP INDEX"):
            continue
        # A concurrent build that was cut is dropped, and may be built again.
        drops = sum(n for (other, text), n in counted.items()
                    if other == step and text.startswith("DROP INDEX"))
        allowed = 1 + (drops if "CONCURRENTLY" in statement else 0)
        if times > allowed:
            out.append(f"{times} times: {step}: {statement}")
    return out
