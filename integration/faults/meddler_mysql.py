"""What meddler.py does by hand on a MariaDB or MySQL: the table as it is, ways to change it, and back."""

import copy
import re
import time

from mysql_server import Kept  # also finds what is in support/
import mysql_catalog
from mysql_client import Client, quoted

from meddler_table import Table, old_name

INDEX = "users_full_name_idx"
LINE = re.compile(r"(?P<kind>CONSTRAINT |(?:\w+ )?KEY |)`(?P<name>[^`]+)` ?(?P<rest>.*)")
REFERENCE = re.compile(r"CONSTRAINT (`[^`]+`) (FOREIGN KEY .* REFERENCES `users` .*)")
TYPE = re.compile(r"\w+(\([^)]*\))?")
KEPT = "`meddler`.`users`"


class MySqlTable(Table):
    """Each part as SHOW CREATE has it."""

    def __init__(self, shop):
        self.columns, self.constraints, self.indexes = {}, {}, {}
        with Client(shop.url()) as client:
            for line in lines_of(client, "users"):
                if found := LINE.match(line):
                    parts = {"": self.columns, "CONSTRAINT ": self.constraints}
                    part = parts.get(found["kind"], self.indexes)
                    part[found["name"]] = found["rest"] if found["kind"] in parts else line
            self.references = {f"orders ADD CONSTRAINT {name}": made for name, made in
                               REFERENCE.findall("\n".join(lines_of(client, "orders")))}
            self.triggers = {name: f"SET {settings}; {statement}" for name, settings, statement, _ in
                             mysql_catalog.triggers(client) if name.startswith("~")}

    def statements_from(self, now):
        out = []
        now = copy.deepcopy(now)
        fresh = [name for name, made in self.columns.items()
                 if name not in now.columns or type_of(made) != type_of(now.columns[name])]
        replaced = [name for name in fresh if name in now.columns]
        again = bool(replaced) or list(self.triggers.items()) != list(now.triggers.items())
        if again:
            # Whole, since they fire in the order in which they were made.
            out += [f"DROP TRIGGER {quoted(name)}" for name in now.triggers]

        def leave(there, wanted, drop):
            """Drops what is otherwise, or hangs on a column that is replaced."""
            for name, made in list(there.items()):
                if wanted.get(name) != made or any(quoted(column) in made for column in replaced):
                    out.append(drop % quoted(name))
                    del there[name]
        leave(now.constraints, self.constraints, "ALTER TABLE users DROP CONSTRAINT %s")
        leave(now.indexes, self.indexes, "ALTER TABLE users DROP INDEX %s")
        out += [f"ALTER TABLE users DROP COLUMN {quoted(name)}" for name in now.columns
                if name not in self.columns or name in replaced]
        for name, made in self.columns.items():
            if name in fresh or now.columns[name] != made:
                verb = "ADD" if name in fresh else "MODIFY"
                out.append(f"ALTER TABLE users {verb} COLUMN {quoted(name)} {made}")
        if fresh:
            out.append(brought_back(fresh))
        for verb, wanted, there in ((" ADD CONSTRAINT %s ", self.constraints, now.constraints),
                                    (" ADD ", self.indexes, now.indexes)):
            out += ["ALTER TABLE users" + verb.replace("%s", quoted(name)) + made
                    for name, made in wanted.items() if there.get(name) != made]
        out += [f"ALTER TABLE {added} {made}" for added, made in self.references.items()
                if now.references.get(added) != made]
        if again:
            out += self.triggers.values()
        return out


def lines_of(client, table):
    return [line.strip().rstrip(",") for line in mysql_catalog.table(client, table).splitlines()[1:-1]]


def type_of(made):
    return TYPE.match(made).group()


def brought_back(columns):
    sets = ", ".join(f"users.{quoted(name)} = kept.{quoted(name)}" for name in columns)
    return f"UPDATE users JOIN {KEPT} AS kept ON kept.id = users.id SET {sets}"


class MySqlHand:
    """Its meddles take the table as it is, and give the statements; None where there is nothing to
    meddle with."""

    table = MySqlTable
    type = "varchar(200)"
    claims = "interlock_claims"
    new_column = "column shop.users.full_name:"
    refill = (f"UPDATE users JOIN {KEPT} AS kept ON kept.id = users.id SET users.full_name ="
              " kept.full_name WHERE users.full_name IS NULL AND kept.full_name IS NOT NULL")
    rows = ("SET SESSION group_concat_max_len = 16777216; SELECT SHA2(GROUP_CONCAT(CONCAT_WS('|', id,"
            " full_name, email, note) ORDER BY id SEPARATOR '\n'), 256) FROM users")

    def prepare(self, shop):
        """The database is what every run begins with.  Its copies bear its name: what makes triggers tells
        their database's."""
        self.base = Kept("kept_base")
        with Client(shop.url()) as client:
            self.base.take(client)

    def copy(self, shop, _):
        self.drop(shop)
        shop.server.create(shop.database)
        with Client(shop.url()) as client:
            self.base.give_back(client)

    @staticmethod
    def drop(shop):
        """Not before what was killed has left."""
        left = ("SELECT COUNT(*) FROM information_schema.processlist WHERE db ="
                f" '{shop.database}' AND user = 'deploy'")
        while shop.server.admin(left) != "0":
            time.sleep(0.01)
        shop.server.drop(shop.database)

    @staticmethod
    def lock(shop):
        name = (f"CONCAT('interlock_', LEFT(SHA2(CONCAT('interlock', CHAR(0), '{shop.database}', CHAR(0),"
                " 'schema'), 256), 44))")
        return f"SELECT GET_LOCK({name}, 60) IS NULL", f"SELECT RELEASE_LOCK({name})"

    @staticmethod
    def keep(table):
        names = ", ".join(quoted(name) for name in table.columns)
        return ("DROP DATABASE IF EXISTS meddler; CREATE DATABASE meddler;"
                f" CREATE TABLE {KEPT} (PRIMARY KEY (id)) AS SELECT {names} FROM users")

    @staticmethod
    def at_once(statements):
        return "; ".join(["SET lock_wait_timeout = 20", *statements])

    @staticmethod
    def drops_all_triggers(table, _):
        return [f"DROP TRIGGER {quoted(name)}" for name in table.triggers]

    @staticmethod
    def adds_a_column(_):
        return ["ALTER TABLE users ADD COLUMN extra INT"]

    @staticmethod
    def drops_the_new_column(table):
        if "full_name" not in table.columns:
            return None
        return ["ALTER TABLE users DROP COLUMN full_name"]

    def recreates_the_new_column(self, table):
        """As it was made first, its index too; the rows are gone."""
        if "full_name" not in table.columns:
            return None
        made = table.columns["full_name"].replace(" NOT NULL", "")
        return [*self.drops_the_new_column(table), f"ALTER TABLE users ADD COLUMN full_name {made}",
                *(f"ALTER TABLE users ADD {made}" for made in table.indexes.values()
                  if "`full_name`" in made)]

    def recreates_the_new_column_otherwise(self, table):
        if "full_name" not in table.columns:
            return None
        return [*self.drops_the_new_column(table), "ALTER TABLE users ADD COLUMN full_name varchar(80)"]

    @staticmethod
    def takes_the_new_columns_name(table):
        if "full_name" in table.columns:
            return None
        return ["ALTER TABLE users ADD COLUMN full_name INT"]

    def recreates_the_old_column(self, table):
        """With its rows: only its place in the row has changed."""
        name = old_name(table)
        if name is None:
            return None
        return [*self.drops_all_triggers(table, ""), f"ALTER TABLE users DROP COLUMN {quoted(name)}",
                f"ALTER TABLE users ADD COLUMN {quoted(name)} {table.columns[name]}",
                brought_back([name]), *table.triggers.values()]

    @staticmethod
    def drops_the_index(table):
        return [f"DROP INDEX {INDEX} ON users"] if INDEX in table.indexes else None

    def recreates_the_index(self, table):
        drop = self.drops_the_index(table)
        return drop and [*drop, f"ALTER TABLE users ADD {table.indexes[INDEX]}"]

    def recreates_the_index_otherwise(self, table):
        """Or takes its name before it is built."""
        return [*(self.drops_the_index(table) or []), f"CREATE INDEX {INDEX} ON users (email)"]

    def drops_the_trigger(self, table):
        return self.drops_all_triggers(table, "") or None

    @staticmethod
    def recreates_the_trigger_otherwise(table):
        """The first of them."""
        if not table.triggers:
            return None
        name = quoted(next(iter(table.triggers)))
        return [f"DROP TRIGGER {name}",
                f"CREATE TRIGGER {name} BEFORE INSERT ON users FOR EACH ROW SET @meddled = 1"]

    @staticmethod
    def recreates_the_table(table):
        """Its twin under the same name, with all rows; what LIKE does not copy is gone."""
        names = ", ".join(quoted(name) for name in table.columns)
        return ["CREATE TABLE twin LIKE users", f"INSERT INTO twin ({names}) SELECT {names} FROM users",
                "SET foreign_key_checks = 0", "DROP TABLE users", "ALTER TABLE twin RENAME TO users",
                "SET foreign_key_checks = 1"]
