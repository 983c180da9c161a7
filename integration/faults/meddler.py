#!/usr/bin/env python3
"""Somebody changes the schema by hand at every boundary between two steps, and within them between
intent, statement and outcome.  Each run ends well or in a named halt; what was meddled with is put
back, and the documented door leads on to the schema and the rows of an uninterrupted run.

interlock does its short work under one database-wide claim; the meddler queues for that claim's
lock and so stands exactly between two pieces of that work: that is boundary N, N = 1, 2, …"""

import collections
import copy
import hashlib
import re
import time

from environment_common import Lab, crash, run_parts

MIGRATION = """[migration]
database = "main"
summary = "The name is the full name"
why = "Invoices show it"

[[change]]
kind = "derive_columns"
table = "users"
old = ["name"]
new = [{ name = "full_name", type = "text", null = false, up = "name" }]
down = { name = "full_name" }

[[change]]
kind = "create_index"
table = "users"
name = "users_full_name_idx"
columns = ["full_name"]
"""
HALTS = (4, 5, 8, 9, 13)
TRIGGER = '"~interlock_sync"'

# What the table consists of, as statements that make it again.
COLUMNS = """SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute a LEFT JOIN pg_attrdef d
  ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'users'::regclass
  AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
CONSTRAINTS = """SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
  WHERE conrelid = 'users'::regclass ORDER BY conname"""
REFERENCES = """SELECT conrelid::regclass || ' ADD CONSTRAINT ' || quote_ident(conname),
  pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'users'::regclass
  AND conrelid <> confrelid ORDER BY 1"""
INDEXES = """SELECT quote_ident(i.indexrelid::regclass::text), pg_get_indexdef(i.indexrelid)
  FROM pg_index i WHERE i.indrelid = 'users'::regclass AND NOT EXISTS
  (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = i.indrelid)
  ORDER BY 1"""
TRIGGERS = """SELECT quote_ident(t.tgname), pg_get_triggerdef(t.oid) || '; ALTER TABLE users ENABLE '
  || CASE t.tgenabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END || 'TRIGGER ' || quote_ident(t.tgname)
  || coalesce('; COMMENT ON TRIGGER ' || quote_ident(t.tgname) || ' ON users IS '
  || quote_literal(obj_description(t.oid)), '') FROM pg_trigger t
  WHERE t.tgrelid = 'users'::regclass AND NOT t.tgisinternal ORDER BY 1"""


class Table:
    """users as it is now, and the statements that lead there from another state."""

    PARTS = ("columns", "constraints", "references", "indexes", "triggers")

    def __init__(self, shop):
        self.columns = {row[0]: row[1:] for row in read_rows(shop, COLUMNS, 4)}
        self.constraints = dict(read_rows(shop, CONSTRAINTS, 2))
        self.references = dict(read_rows(shop, REFERENCES, 2))  # of other tables to this one
        self.indexes = dict(read_rows(shop, INDEXES, 2))
        self.triggers = dict(read_rows(shop, TRIGGERS, 2))

    def without(self, before, meddled):
        """This state with what led from `before` to `meddled` taken back, the rest as it is."""
        out = copy.deepcopy(self)
        # Columns that a step has dropped since: what names them went with them.
        gone = (set(before.columns) & set(meddled.columns)) - set(self.columns)
        for part in self.PARTS:
            old, new, now = (getattr(table, part) for table in (before, meddled, out))
            for name in set(old) | set(new):
                if old.get(name) == new.get(name) or now.get(name) != new.get(name):
                    continue
                if part == "triggers" and any(column in old.get(name, "") for column in gone):
                    continue
                if name in old:
                    now[name] = old[name]
                else:
                    now.pop(name, None)
        return out

    def statements_from(self, now):
        out = []
        now = copy.deepcopy(now)
        replaced = [name for name, column in self.columns.items()
                    if name in now.columns and now.columns[name][0] != column[0]]

        def leave(there, wanted, drop):
            """Drops what is otherwise, or hangs on a column that is replaced."""
            for name, made in list(there.items()):
                if wanted.get(name) != made or any(column in made for column in replaced):
                    out.append(drop % name)
                    del there[name]
        leave(now.triggers, {} if replaced else self.triggers, "DROP TRIGGER %s ON users")
        leave(now.indexes, self.indexes, "DROP INDEX %s")
        leave(now.constraints, self.constraints, "ALTER TABLE users DROP CONSTRAINT %s")
        fresh = []
        for name, (kind, _, default) in self.columns.items():
            there = now.columns.get(name)
            if there is not None and there[0] == kind:
                continue
            if there is not None:
                out.append(f'ALTER TABLE users DROP COLUMN "{name}"')
            out.append(f'ALTER TABLE users ADD COLUMN "{name}" {kind}'
                       + (f" DEFAULT {default}" if default else ""))
            fresh.append(name)
        for name in now.columns:
            if name not in self.columns:
                out.append(f'ALTER TABLE users DROP COLUMN "{name}"')
        if fresh:
            sets = ", ".join(f'"{name}" = kept."{name}"' for name in fresh)
            out.append(f"UPDATE users SET {sets} FROM meddler.users kept WHERE kept.id = users.id")
        for name, (_, required, _) in self.columns.items():
            there = now.columns.get(name) if name not in fresh else None
            had = there[1] if there else "f"
            if required != had:
                out.append(f'ALTER TABLE users ALTER COLUMN "{name}" '
                           + ("SET" if required == "t" else "DROP") + " NOT NULL")
        for name, made in self.constraints.items():
            if now.constraints.get(name) != made:
                out.append(f"ALTER TABLE users ADD CONSTRAINT {name} {made}")
        out += [f"ALTER TABLE {added} {made}" for added, made in self.references.items()
                if now.references.get(added) != made]
        for name, made in self.indexes.items():
            if now.indexes.get(name) != made:
                out.append(made)
        for name, made in self.triggers.items():
            if now.triggers.get(name) != made:
                out.append(made)
        return out


def read_rows(shop, question, width):
    return [row.split("|", width - 1) for row in shop.sql(question).splitlines()]


def old_name(table):
    return next((name for name in table.columns if name == "name" or
                 name.startswith("name_quarantined")), None)


# Each meddle: from the table as it is, the statements; None where there is nothing to meddle with.
def adds_a_column(table):
    return ["ALTER TABLE users ADD COLUMN extra integer"]


def drops_the_new_column(table):
    if "full_name" not in table.columns:
        return None
    return ["ALTER TABLE users DROP COLUMN full_name CASCADE"]


def recreates_the_new_column(table):
    """The same definition, its index and checks too as far as they are valid; the rows are gone."""
    if "full_name" not in table.columns:
        return None
    out = ["ALTER TABLE users DROP COLUMN full_name CASCADE",
           "ALTER TABLE users ADD COLUMN full_name text"]
    out += [made for made in table.indexes.values() if "full_name" in made]
    out += [f"ALTER TABLE users ADD CONSTRAINT {name} {made}".replace(" NOT VALID", "")
            + " NOT VALID" for name, made in table.constraints.items() if "full_name" in made]
    out += [made for made in table.triggers.values()]
    return out


def recreates_the_new_column_otherwise(table):
    if "full_name" not in table.columns:
        return None
    return ["ALTER TABLE users DROP COLUMN full_name CASCADE",
            "ALTER TABLE users ADD COLUMN full_name varchar(80)"]


def takes_the_new_columns_name(table):
    if "full_name" in table.columns:
        return None
    return ["ALTER TABLE users ADD COLUMN full_name integer"]


def recreates_the_old_column(table):
    """With its rows: only its place in the row and what hung on it have changed."""
    name = old_name(table)
    if name is None:
        return None
    out = [f'ALTER TABLE users DROP COLUMN "{name}" CASCADE',
           f"ALTER TABLE users ADD COLUMN \"{name}\" text DEFAULT ''",
           f'UPDATE users SET "{name}" = kept."{name}" FROM meddler.users kept'
           " WHERE kept.id = users.id"]
    if table.columns[name][1] == "t":
        out.append(f'ALTER TABLE users ALTER COLUMN "{name}" SET NOT NULL')
    out += [made for made in table.triggers.values()]
    return out


def drops_the_index(table):
    return ["DROP INDEX users_full_name_idx"] if "users_full_name_idx" in table.indexes else None


def recreates_the_index(table):
    if "users_full_name_idx" not in table.indexes:
        return None
    return ["DROP INDEX users_full_name_idx", table.indexes["users_full_name_idx"]]


def recreates_the_index_otherwise(table):
    """Or takes its name before it is built."""
    drop = ["DROP INDEX users_full_name_idx"] if "users_full_name_idx" in table.indexes else []
    return [*drop, "CREATE INDEX users_full_name_idx ON users (email)"]


def drops_the_trigger(table):
    return [f"DROP TRIGGER {TRIGGER} ON users"] if table.triggers else None


def recreates_the_trigger_otherwise(table):
    if not table.triggers:
        return None
    return [f"DROP TRIGGER {TRIGGER} ON users",
            f"CREATE TRIGGER {TRIGGER} BEFORE INSERT OR UPDATE ON users FOR EACH ROW"
            " EXECUTE FUNCTION meddler.does_nothing()",
            f"ALTER TABLE users ENABLE ALWAYS TRIGGER {TRIGGER}"]


def recreates_the_table(table):
    """Its twin under the same name, with all rows; what LIKE does not copy is gone."""
    return ["CREATE TABLE twin (LIKE users INCLUDING ALL)", "INSERT INTO twin SELECT * FROM users",
            "DROP TABLE users CASCADE", "ALTER TABLE twin RENAME TO users"]


MEDDLES = [adds_a_column, drops_the_new_column, recreates_the_new_column,
           recreates_the_new_column_otherwise, takes_the_new_columns_name,
           recreates_the_old_column, drops_the_index, recreates_the_index,
           recreates_the_index_otherwise, drops_the_trigger, recreates_the_trigger_otherwise,
           recreates_the_table]


class MeddleLab(Lab):
    wanted = None

    def prepare(self):
        """A base to copy, and what an uninterrupted run makes of it."""
        if self.wanted is not None:
            return
        self.quiet()
        for file in (self.project / "migrations").glob("*.toml"):
            file.unlink()
        (self.project / "migrations" / "0001-split-name.toml").write_text(MIGRATION)
        self.new_database("base", rows=300)
        self.expect(0, "baseline")
        self.sql("CREATE SCHEMA meddler; CREATE FUNCTION meddler.does_nothing() RETURNS trigger"
                 " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
        self.copy("uninterrupted")
        run = self.deploy().wait()
        self.checks.equal("exit of an uninterrupted run", 0, run.exit, run.text)
        self.wanted = self.result()
        self.boundaries = self.token()

    def copy(self, name):
        self.sql(f"CREATE DATABASE {name} TEMPLATE base", "postgres")
        self.database = name
        self.server.mark()

    def drop(self):
        name, self.database = self.database, "base"
        self.sql(f"DROP DATABASE {name} WITH (FORCE)", "postgres")

    def result(self):
        """Schema, where the columns' order is no matter, and rows."""
        schema = "\n".join(sorted(self.schema().splitlines()))
        if "column public.users.full_name:" not in schema:
            return schema, ""
        rows = self.sql("SELECT md5(string_agg(concat_ws('|', id, full_name, email, note), E'\\n'"
                        " ORDER BY id)) FROM users")
        return schema, rows

    def token(self):
        return int(self.sql("SELECT coalesce(max(token), 0) FROM interlock.claims"
                            " WHERE object = 'schema'"))

    def key(self):
        digest = hashlib.sha256(b"interlock\0" + self.database.encode() + b"\0schema").digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def ask(session, text):
    session.tell(text + ";")
    return session.stdout.readline().strip()


def stand_between(shop, run, session, boundary):
    """Waits until piece `boundary` of the run's work has begun, and stands behind it; the boundary
    that it is, which may be a later one, or None when the run has ended first."""
    question = "SELECT coalesce(max(token), 0) FROM interlock.claims WHERE object = 'schema'"
    while int(ask(session, question)) < boundary:
        if not run.running():
            return None
        time.sleep(0.001)
    ask(session, f"SELECT pg_advisory_lock({shop.key()}) IS NULL")
    return int(ask(session, question))


def meddle_at(shop, checks, meddle, boundary, tally):
    """One run, meddled with at `boundary`.  True while there are later boundaries."""
    shop.copy(f"m{boundary}_{meddle.__name__}"[:60])
    run = shop.deploy()
    session = shop.session("psql")
    stood = stand_between(shop, run, session, boundary)
    if stood is None:
        run.wait()
        session.end()
        shop.drop()
        return False
    last = shop.sql("SELECT kind || ' ' || step FROM interlock.ledger WHERE chain = 'main'"
                    " ORDER BY seq DESC LIMIT 1")
    shop.sql("CREATE TABLE meddler.users AS TABLE users")
    before = Table(shop)
    statements = meddle(before)
    if statements is not None:
        shop.sql("; ".join(["BEGIN", *statements, "COMMIT"]))
    if statements is None:
        run.kill()
        session.end()
        shop.drop()
        return True
    meddled = Table(shop)
    ask(session, f"SELECT pg_advisory_unlock({shop.key()})")
    session.end()
    run.wait()
    where = f"{meddle.__name__} at {stood}, after {last}"
    code = run.envelope().get("error", {}).get("code", "")
    tally[(run.exit, code)] += 1
    ends_well(shop, checks, run, (before, meddled), where)
    shop.drop()
    return True


def ends_well(shop, checks, run, tables, where):
    first = run.exit
    if first not in (0, *HALTS):
        checks.that(f"{where}: exit {first} is done or a named halt", False, run.text)
        return
    if first == 0 and shop.result() == shop.wanted:
        checks.passed += 1
        return
    if first == 0:
        # Meddled with after the last look: then the next look must say so.
        drift = shop.interlock("drift")
        if drift.exit != 5:
            checks.that(f"{where}: exit 0, and not the wanted schema and rows", False,
                        run.text + drift.text + "\n".join(shop.result()))
            return
    now = Table(shop)
    put_back = []
    if "full_name" in now.columns and "full_name" in tables[0].columns:
        put_back.append("UPDATE users SET full_name = kept.full_name FROM meddler.users kept WHERE"
                        " kept.id = users.id AND users.full_name IS NULL"
                        " AND kept.full_name IS NOT NULL")
    put_back += now.without(*tables).statements_from(now)
    done = shop.interlock("status", crash.RELEASE)
    if done.exit != 0:
        checks.that(f"{where}: status", False, done.text)
    if put_back:
        try:
            shop.sql("; ".join(["BEGIN", *put_back, "COMMIT"]))
        except RuntimeError as error:
            checks.that(f"{where}: put back by hand", False, f"{error}\n{run.text}")
            return
    through_the_doors(shop, checks, run, where)


def through_the_doors(shop, checks, run, where):
    """What docs/recovery.md says for each halt, until deploy is done."""
    steps = [f"exit {run.exit}"]
    seen = []
    for _ in range(8):
        error = run.envelope().get("error", {})
        code, text = error.get("code", ""), run.out + run.err
        step = next((word.strip(",.:'`") for word in text.split() if
                     word.startswith("0001-split-name/")), "")
        if code == "IL-R30":
            door = ["drift", "accept", "--reason", "put back by hand"]
        elif code == "IL-R34" and code in seen and f"trigger {TRIGGER.strip(chr(34))} " in text:
            # It was put back, and that is not what the step asks for.
            door = None
            shop.sql(f"DROP TRIGGER IF EXISTS {TRIGGER} ON users")
            for function in re.findall(r"its function (interlock\S+\(\)) is there", text):
                shop.sql("DROP FUNCTION " + function.replace("\\", ""))
            steps.append("dropped the trigger")
        elif code == "IL-R32":
            door = ["adopt", step, "--reason", "put back by hand"]
        elif run.exit in (9, 13) and step:
            door = ["retry", step, "--reason", "put back by hand"]
        else:
            door = None
        if code == "IL-R70":
            # What was put back is what the column held before its rows were filled.
            shop.sql("UPDATE users SET full_name = full_name")
        seen.append(code)
        if door:
            opened = shop.interlock(*door)
            steps.append(f"{door[0]}: {opened.exit}")
        run = shop.deploy().wait()
        steps.append(f"deploy: {run.exit} {run.envelope().get('error', {}).get('code', '')}")
        if run.exit == 0:
            break
    drift = shop.interlock("drift")
    if drift.exit == 5:
        shop.interlock("drift", "accept", "--reason", "put back by hand")
    got = shop.result()
    same = run.exit == 0 and got == shop.wanted
    verified = shop.interlock("ledger", "verify")
    if not same or verified.exit != 0:
        differing = sorted(set(got[0].splitlines()) ^ set(shop.wanted[0].splitlines()))
        checks.that(f"{where}: the doors lead on ({'; '.join(steps)})", False,
                    "\n".join(differing) + f"\nrows {got[1] == shop.wanted[1]}\n" + run.text
                    + verified.text)
    else:
        checks.passed += 1


def part(meddle):
    def run(shop, checks):
        shop.prepare()
        tally = collections.Counter()
        boundary, runs = shop.args.first, 0
        last = shop.args.last or shop.boundaries
        while boundary <= last and meddle_at(shop, checks, meddle, boundary, tally):
            runs += 1
            boundary += shop.args.every
        print(f"{meddle.__name__}: {sum(tally.values())} runs meddled with, of boundaries "
              f"{shop.args.first} to {last}")
        for (code, name), times in sorted(tally.items()):
            print(f"{times:5}  exit {code} {name}")
        checks.that("some were meddled with", sum(tally.values()) > 0)
    run.__name__ = meddle.__name__
    return run


if __name__ == "__main__":
    run_parts(__doc__, [part(meddle) for meddle in MEDDLES], lab=MeddleLab,
              more=[("--first", {"type": int, "default": 1}),
                    ("--last", {"type": int, "default": 0}),
                    ("--every", {"type": int, "default": 1})])
