"""What an attacker needs who owns the ledger's tables: rows read, changed, hashed anew, written."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import verify_ledger  # noqa: E402

COLUMNS = ("chain", "seq", "format", "prev_hash", "hash", "at", "kind", "token", "actor",
           "server_user", "release", "step", "attempt", "body")
TABLES = ("ledger", "ledger_heads", "texts")


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


class Attacker:
    """Works on one database through `sql(text, database)`, as the tables' owner."""

    def __init__(self, sql, database):
        self.sql = lambda text: sql(text, database=database)
        self.kept = None

    def keep(self):
        """Remembers the tables as they are now."""
        self.kept = {table: self.sql(f"SELECT coalesce(json_agg(t)::text, '[]') FROM "
                                     f"interlock.{table} t") for table in TABLES}

    def with_open_doors(self, *statements):
        off = "".join(f"ALTER TABLE interlock.{table} DISABLE TRIGGER ALL;" for table in TABLES)
        on = ("ALTER TABLE interlock.ledger ENABLE ALWAYS TRIGGER append_only;"
              "ALTER TABLE interlock.ledger ENABLE ALWAYS TRIGGER no_truncate;"
              "ALTER TABLE interlock.texts ENABLE ALWAYS TRIGGER append_only;"
              "ALTER TABLE interlock.texts ENABLE ALWAYS TRIGGER no_truncate;"
              "ALTER TABLE interlock.ledger_heads ENABLE ALWAYS TRIGGER no_delete;"
              "ALTER TABLE interlock.ledger_heads ENABLE ALWAYS TRIGGER no_truncate;")
        # Whoever breaks in among a runner's transactions must not be the one that it notices: a
        # deadlock is seen by this session first, which then tries again.
        lock = "SET deadlock_timeout = '10ms';" + "".join(
            f"LOCK TABLE interlock.{table} IN ACCESS EXCLUSIVE MODE;" for table in TABLES[1::-1])
        text = "BEGIN;" + lock + off + ";".join(statements) + ";" + on + "COMMIT"
        for _ in range(20):
            try:
                return self.sql(text)
            except RuntimeError as error:
                if "deadlock" not in str(error):
                    raise
        raise RuntimeError("a deadlock twenty times over")

    def put_back(self):
        """The tables as they were kept."""
        statements = []
        for table, rows in self.kept.items():
            quoted = rows.replace("'", "''")
            statements += [f"DELETE FROM interlock.{table}",
                           f"INSERT INTO interlock.{table} SELECT * FROM json_populate_recordset("
                           f"NULL::interlock.{table}, '{quoted}')"]
        self.with_open_doors("SET LOCAL standard_conforming_strings = on", *statements)

    def read(self, chain):
        fields = ", ".join("encode(body, 'hex')" if name == "body" else name for name in COLUMNS)
        rows = self.sql(f"SELECT concat_ws(E'\\x1f', {fields}) || E'\\x1e' FROM interlock.ledger"
                        f" WHERE chain = '{chain}' ORDER BY seq")
        entries = []
        for row in rows.split("\x1e"):
            values = row.strip("\n").split("\x1f")
            if len(values) != len(COLUMNS):
                continue
            entry = dict(zip(COLUMNS, values))
            entry["body"] = bytes.fromhex(entry["body"])
            entries.append(entry)
        return entries

    def write(self, chain, entries):
        """The chain becomes these entries, its head too."""
        def literal(value):
            if isinstance(value, bytes):
                return f"decode('{value.hex()}', 'hex')"
            return "'" + str(value).replace("'", "''") + "'"
        statements = [f"DELETE FROM interlock.ledger WHERE chain = '{chain}'",
                      f"DELETE FROM interlock.ledger_heads WHERE chain = '{chain}'"]
        for entry in entries:
            statements.append(f"INSERT INTO interlock.ledger ({', '.join(COLUMNS)}) VALUES ("
                              + ", ".join(literal(entry[name]) for name in COLUMNS) + ")")
        if entries:
            statements.append("INSERT INTO interlock.ledger_heads VALUES ("
                              f"'{chain}', {entries[-1]['seq']}, '{entries[-1]['hash']}')")
        self.with_open_doors(*statements)
