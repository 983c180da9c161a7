"""Which tagged statements took effect: by what a MariaDB or MySQL remembers of the statements that ended, those
of sessions that are gone too, or by its binary log, which outlives the server.
"""

import re

# Not the single instructions of triggers: a backfill's would push all else out.
SETTINGS = ("performance_schema=ON", "performance_schema_instrument=statement/%=ON",
            "performance_schema_instrument=statement/sp/%=OFF",
            "performance_schema_consumer_events_statements_current=ON",
            "performance_schema_consumer_events_statements_history_long=ON",
            "performance_schema_events_statements_history_long_size=20000",
            "performance_schema_max_sql_text_length=2048")
HISTORY = "performance_schema.events_statements_history_long"
FORGET = f"TRUNCATE {HISTORY}"
# Behind how many statements there are, and how many it can remember.
ENDED = (f"SELECT (SELECT COUNT(*) FROM {HISTORY}),"
         " @@performance_schema_events_statements_history_long_size, NULL UNION ALL"
         f" SELECT NULL, NULL, sql_text FROM {HISTORY} WHERE errors = 0"
         " AND sql_text LIKE '/* interlock release=%'")
# Not what is rehearsed on a temporary table, nor a table of Interlock's own that may be there already.
DDL = re.compile(r"/\* interlock release=\S+ step=(?!rehearsal)(\S+) token=\d+ \*/ "
                 r"((?:ALTER|CREATE|DROP|RENAME|TRUNCATE) (?!TABLE IF NOT EXISTS).*)", re.DOTALL)
# What a step that is half done is mended by may stand, go and stand again.
MENDED = re.compile(r"(CREATE( DEFINER=\S+)?|DROP) TRIGGER\b")
# Tables and triggers of a rebuild go and come again by right, in whichever step needs it, so does the table to
# be filled while it is empty, and so do foreign keys whenever a swap that would carry them over is cut; the
# catalog tells what is left of them.
_HELPER = r"\S*`[^`]*~interlock_[0-9a-f]{16}_[ab]_\w+`"
HELPER = re.compile(rf"\S+ (CREATE( DEFINER=\S+)?|DROP) (TABLE|TRIGGER) (IF EXISTS )?{_HELPER}"
                    rf"|\S+-(alter-table|cut-over/undo) ALTER TABLE {_HELPER}"
                    r"|\S+-cut-over(/undo)? ALTER TABLE .* (ADD CONSTRAINT|(DROP|ADD) (FOREIGN )?KEY) ")
RENAME = re.compile(r"RENAME COLUMN (\S+) TO (\S+?)(,|$)")


# How the binary log shows what was carried out in a database.
LOGGED = re.compile(r"use [`\"].*?[`\"]; (/\* interlock release=.*?)(?: /\* xid=\d+ \*/)?$", re.DOTALL)


def end_of_log(client):
    """(file, position) where the binary log ends now."""
    file, size = client.texts("SHOW BINARY LOGS")[-1][:2]
    return file, int(size)


def logged(client, since):
    """{(step, statement): times} of what the binary log has from there on, restarts of the server between or
    not.  It shows no tag of a trigger that is made or a table that is dropped."""
    texts = []
    for file, *_ in client.texts("SHOW BINARY LOGS"):
        if file >= since[0]:
            at = f" FROM {since[1]}" if file == since[0] else ""
            texts += [found[1] for *_, info in client.texts(f"SHOW BINLOG EVENTS IN '{file}'{at}")
                      if (found := LOGGED.match(info))]
    return count(texts)


def effects(rows):
    """{(step, statement): times} of the statements that ENDED tells of, as texts."""
    (remembered, most, _), *rows = rows
    if int(remembered) >= int(most):
        raise RuntimeError(f"the server has forgotten statements: it remembers {most}")
    return count(text for _, _, text in rows)


def count(texts):
    counted = {}
    for text in texts:
        found = DDL.match(text)
        if found and not HELPER.match(" ".join(found.groups())):
            counted[found.groups()] = counted.get(found.groups(), 0) + 1
    return counted


def twice(counted):
    """What took effect more often than it may, a line each."""
    out = []
    for (step, statement), times in counted.items():
        back = RENAME.sub(r"RENAME COLUMN \2 TO \1\3", statement)
        undone = counted.get((step, back), 0) if back != statement else 0
        if times > 1 + undone and not MENDED.match(statement):
            out.append(f"{times} times: {step}: {statement}")
    return out
