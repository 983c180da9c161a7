"""What meddler.py does by hand on a PostgreSQL: the table as it is, ways to change it, and back."""

import copy
import hashlib
import re

from meddler_table import Table, old_name

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


class PostgreSqlTable(Table):
    def __init__(self, shop):
        self.columns = {row[0]: row[1:] for row in read_rows(shop, COLUMNS, 4)}
        self.constraints = dict(read_rows(shop, CONSTRAINTS, 2))
        self.references = dict(read_rows(shop, REFERENCES, 2))
        self.indexes = dict(read_rows(shop, INDEXES, 2))
        self.triggers = dict(read_rows(shop, TRIGGERS, 2))

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


class PostgreSqlHand:
    """Its meddles take the table as it is, and give the statements; None where there is nothing to
    meddle with."""

    table = PostgreSqlTable
    type = "text"
    claims = "interlock.claims"
    new_column = "column public.users.full_name:"
    # Brings values back from where the table is kept as it was.
    refill = ("UPDATE users SET full_name = kept.full_name FROM meddler.users kept WHERE kept.id ="
              " users.id AND users.full_name IS NULL AND kept.full_name IS NOT NULL")
    rows = ("SELECT md5(string_agg(concat_ws('|', id, full_name, email, note), E'\\n' ORDER BY id))"
            " FROM users")

    def prepare(self, shop):
        """The database is what every run begins with."""
        shop.sql("CREATE SCHEMA meddler; CREATE FUNCTION meddler.does_nothing() RETURNS trigger"
                 " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
        self.base = shop.database

    def copy(self, shop, name):
        shop.sql(f"CREATE DATABASE {name} TEMPLATE {self.base}", "postgres")
        shop.database = name

    def drop(self, shop):
        name, shop.database = shop.database, self.base
        shop.sql(f"DROP DATABASE {name} WITH (FORCE)", "postgres")

    @staticmethod
    def lock(shop):
        digest = hashlib.sha256(b"interlock\0" + shop.database.encode() + b"\0schema").digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        return f"SELECT pg_advisory_lock({key}) IS NULL", f"SELECT pg_advisory_unlock({key})"

    @staticmethod
    def keep(_):
        return "CREATE TABLE meddler.users AS TABLE users"

    @staticmethod
    def at_once(statements):
        return "; ".join(["BEGIN", *statements, "COMMIT"])

    @staticmethod
    def drops_all_triggers(_, said):
        """And what they execute, as far as that is named."""
        functions = re.findall(r"its function (interlock\S+\(\)) is there", said)
        return [f"DROP TRIGGER IF EXISTS {TRIGGER} ON users",
                *("DROP FUNCTION " + function.replace("\\", "") for function in functions)]

    @staticmethod
    def adds_a_column(_):
        return ["ALTER TABLE users ADD COLUMN extra integer"]

    @staticmethod
    def drops_the_new_column(table):
        if "full_name" not in table.columns:
            return None
        return ["ALTER TABLE users DROP COLUMN full_name CASCADE"]

    @staticmethod
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

    @staticmethod
    def recreates_the_new_column_otherwise(table):
        if "full_name" not in table.columns:
            return None
        return ["ALTER TABLE users DROP COLUMN full_name CASCADE",
                "ALTER TABLE users ADD COLUMN full_name varchar(80)"]

    @staticmethod
    def takes_the_new_columns_name(table):
        if "full_name" in table.columns:
            return None
        return ["ALTER TABLE users ADD COLUMN full_name integer"]

    @staticmethod
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

    @staticmethod
    def drops_the_index(table):
        return ["DROP INDEX users_full_name_idx"] if "users_full_name_idx" in table.indexes else None

    @staticmethod
    def recreates_the_index(table):
        if "users_full_name_idx" not in table.indexes:
            return None
        return ["DROP INDEX users_full_name_idx", table.indexes["users_full_name_idx"]]

    @staticmethod
    def recreates_the_index_otherwise(table):
        """Or takes its name before it is built."""
        drop = ["DROP INDEX users_full_name_idx"] if "users_full_name_idx" in table.indexes else []
        return [*drop, "CREATE INDEX users_full_name_idx ON users (email)"]

    @staticmethod
    def drops_the_trigger(table):
        return [f"DROP TRIGGER {TRIGGER} ON users"] if table.triggers else None

    @staticmethod
    def recreates_the_trigger_otherwise(table):
        if not table.triggers:
            return None
        return [f"DROP TRIGGER {TRIGGER} ON users",
                f"CREATE TRIGGER {TRIGGER} BEFORE INSERT OR UPDATE ON users FOR EACH ROW"
                " EXECUTE FUNCTION meddler.does_nothing()",
                f"ALTER TABLE users ENABLE ALWAYS TRIGGER {TRIGGER}"]

    @staticmethod
    def recreates_the_table(_):
        """Its twin under the same name, with all rows; what LIKE does not copy is gone."""
        return ["CREATE TABLE twin (LIKE users INCLUDING ALL)", "INSERT INTO twin SELECT * FROM users",
                "DROP TABLE users CASCADE", "ALTER TABLE twin RENAME TO users"]
