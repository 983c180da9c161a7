#!/usr/bin/env python3
"""alter_table under live writes, judged by the server's own ALTER TABLE.

    rebuilds.py [--interlock PROGRAM] [--server mariadb|mysql] [--family NAME]... [--only CASE]
                [--sample N]

Cases are tables of mysql/rebuilds/FAMILY.toml.  In their SQL {t} is the table, {db} its database,
{numbers} a table of n from 1 to 1000; {n} and {m} in writes are random numbers up to 300, {k} is one that nobody else
writes.  Of a case:
  name, alter      the clauses
  named            the table's name where it is not `t`
  table, rows      SQL that makes and fills it; rows are written without strict mode
  also             SQL for what else is there, but beside the twin: children
  beside           tables beside it that must hold the same as those beside its twin
  never            statements that must fail, whatever shape the table has
  writes           what two clients repeat meanwhile, each in a transaction; a list of two where a
                   statement has another text in the new shape
  ignored          columns whose values hang on the order of the copy
  may_fail         errors that clients may meet, beside deadlocks
  way              "rebuild" or "in place", what must be foreseen and what must come; `foreseen`
                   where that is another one
  exit, says       instead of that: how `deploy` ends, and texts of its answer
  mend             then the rows are corrected by this, and a second release goes through
  afterwards       what else is written once expanded
  unfit, unfit_says  what clients write in the new shape that the former one does not take: the
                   rollback ends with 13 and says so, until `mend` has run
  mariadb, mysql   values for one server alone
  servers          where the case exists, if not on both

Whatever clients do to the table, they do in the same transaction to its twin in another database,
which nobody alters.  After the expand and a rollback the table must hold what its twin holds.  Then
the twin is altered by the server's own ALGORITHM=COPY: it must hold what the table held while it
was expanded, and be defined the same.  A second release then goes through to its end.
"""

import argparse
import os
import pathlib
import random
import re
import sys
import threading
import time
import tomllib

from run import Project, diff, started
from servers import SERVERS, SUPPORT

sys.path.insert(0, str(SUPPORT))
from mysql_client import Client, ServerError  # noqa: E402

CASES = pathlib.Path(__file__).resolve().parent / "mysql" / "rebuilds"

MIGRATION = """[migration]
database = "main"
summary = "A case"

[[change]]
kind = "alter_table"
table = %s
alter = %s
"""

CLIENTS = 2
ROWS = 300
PAUSE = 0.002
REFUSED = (4, 78)  # before anything was done
DEADLOCK, LOCK_TIMEOUT, NO_SUCH_COLUMN, COLUMN_COUNT = 1213, 1205, 1054, 1136

# Dates that are none may be there; the server's own ALTER is strict otherwise.
OURS = ("STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES")
LOOSE = "NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES"

TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "binary", "varbinary",
         "tinyblob", "blob", "mediumblob", "longblob", "json", "geometry", "point", "linestring",
         "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection",
         "geomcollection"}


def quote(name):
    return "`" + name.replace("`", "``") + "`"


def basic_string(text):
    """As TOML writes it."""
    escaped = "".join(f"\\U{ord(c):08X}" if c in '"\\' or ord(c) < 32 else c for c in text)
    return f'"{escaped}"'


def exact(column, kind):
    """Expressions that tell a column's value to the last bit."""
    name = quote(column)
    if kind in TEXTS:
        return [f"HEX({name})"]
    if kind in ("enum", "set"):
        return [f"HEX({name})", f"{name} + 0"]
    if kind == "bit":
        return [f"{name} + 0"]
    if kind in ("float", "double"):
        return [f"{name} + 0e0"]
    return [f"CAST({name} AS CHAR)"]


class Table:
    """A table of one of the two databases."""

    def __init__(self, client, database, name, ignored):
        self.client = client
        self.database = database
        self.name = name
        self.ignored = ignored
        self.full = quote(database) + "." + quote(name)

    def named_in(self, sql):
        return sql.replace("{t}", self.full).replace("{db}", quote(self.database))

    def columns(self):
        return self.client.texts(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = "
            f"'{self.database}' AND table_name = {text_literal(self.name)} "
            "ORDER BY ordinal_position")

    def content(self):
        """Every row, exactly, in an order that depends on nothing else."""
        values, names = [], []
        for column, kind in self.columns():
            if column in self.ignored:
                continue
            for expression in exact(column, kind.lower()):
                values.append(expression)
                names.append(column)
        found = self.client.sql(f"SELECT {', '.join(values)} FROM {self.full}")
        key = [[b"" if value is None else b"=" + value for value in row] for row in found]
        return names, [row for _, row in sorted(zip(key, found))]

    def shown(self):
        text = self.client.texts(f"SHOW CREATE TABLE {self.full}")[0][1]
        return re.sub(r" AUTO_INCREMENT=\d+", "", text)

    def triggers(self):
        """The user's, all that the catalog tells of each, a text.  MySQL takes what ends a statement among
        several for a part of it."""
        return "".join(" | ".join(row) + "\n" for row in self.client.texts(
            "SELECT trigger_name, event_manipulation, action_timing, action_order, definer, sql_mode, "
            "character_set_client, collation_connection, TRIM(TRAILING ';' FROM action_statement) FROM "
            f"information_schema.triggers WHERE event_object_schema = '{self.database}' AND "
            f"event_object_table = {text_literal(self.name)} AND trigger_name NOT LIKE "
            "'%~interlock%' ORDER BY trigger_name"))

    def next_value(self):
        text = self.client.texts(f"SHOW CREATE TABLE {self.full}")[0][1]
        found = re.search(r"\n\).* AUTO_INCREMENT=(\d+)", text)
        return int(found.group(1)) if found else 0


def members(sql):
    """{members N} replaced by so many members of an enum."""
    return re.sub(r"\{members (\d+)\}",
                  lambda found: ",".join(f"'m{n}'" for n in range(1, int(found[1]) + 1)), sql)


def as_configured(name):
    """A table's name as a migration says it."""
    return name if re.fullmatch(r"\w+", name) else '"' + name.replace('"', '""') + '"'


def text_literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def rows_that_differ(left, right):
    (names, former), (others, latter) = left, right
    if names != others:
        return f"columns {names} and {others}"
    had, has = set(former), set(latter)
    out = [f"{len(former)} and {len(latter)} rows; columns {names}"]
    out += [f"- {row}" for row in former if row not in has][:6]
    out += [f"+ {row}" for row in latter if row not in had][:6]
    return "\n".join(out)


class Writer(threading.Thread):
    """A client that writes to the table and to its twin until it is told to stop."""

    def __init__(self, number, case, table, twin, twin_is_new):
        super().__init__(daemon=True)
        self.number = number
        self.case = case
        self.table = table
        self.twin = twin
        self.twin_is_new = twin_is_new
        self.random = random.Random(number)
        self.errors = []
        self.done = 0
        self.asked = threading.Event()

    def run(self):
        try:
            with Client(self.case.server.url(self.case.database), "writer") as client:
                client.sql("SET time_zone = '+00:00'")
                while not self.asked.is_set():
                    self.write(client)
                    time.sleep(PAUSE)
        except (OSError, ServerError) as error:
            self.errors.append(str(error))

    def write(self, client):
        chosen = self.random.choice(self.case.writes)
        former, latter = (chosen, chosen) if isinstance(chosen, str) else chosen
        self.done += 1
        values = {"{n}": self.random.randint(1, ROWS), "{m}": self.random.randint(1, ROWS),
                  "{k}": 1000 + 20 * self.done + 10 * self.case.phase + self.number}

        def of(statement, table):
            for token, value in values.items():
                statement = statement.replace(token, str(value))
            return table.named_in(statement)

        # The shape that it has now shows when the statement is understood.
        for statement in (former, latter):
            try:
                client.sql(f"SET timestamp = {1700000000 + self.done}; DO LAST_INSERT_ID(0); BEGIN")
                client.sql(of(statement, self.table))
                given = client.texts("SELECT LAST_INSERT_ID()")[0][0]
                if statement.lstrip().upper().startswith("INSERT") and given != "0":
                    client.sql(f"SET insert_id = {given}")
                client.sql(of(latter if self.twin_is_new else former, self.twin))
                client.sql("COMMIT")
                return
            except ServerError as error:
                client.sql("ROLLBACK")
                other_text = former != latter and statement == former
                if other_text and error.number in (NO_SUCH_COLUMN, COLUMN_COUNT):
                    continue
                allowed = {DEADLOCK, LOCK_TIMEOUT, *self.case.may_fail}
                if error.number not in allowed:
                    self.errors.append(f"{error}, in: {of(statement, self.table)[:200]}")
                    self.asked.set()
                return


class Rebuild(Project):
    def __init__(self, family, given, server, work, interlock):
        self.title = f"{family}/{given['name']}"
        super().__init__(re.sub(r"[^a-z0-9]+", "_", self.title)[:50], server, work, interlock)
        own = {**given, **given.get(server.flavor, {})}
        self.name = own.get("named", "t")
        self.sql = {what: own.get(what, "") for what in ("table", "rows", "also", "mend", "unfit",
                                                              "afterwards")}
        self.alter = members(own["alter"])
        self.writes = own.get("writes", [])
        self.may_fail = own.get("may_fail", [])
        self.ignored = own.get("ignored", [])
        self.way = own.get("way")
        self.foreseen = own.get("foreseen", self.way)
        self.exit = own.get("exit")
        self.says = own.get("says", [])
        self.unfit_says = own.get("unfit_says", [])
        self.beside = own.get("beside", [])
        self.never = own.get("never", [])
        self.phase = 0
        (self.project / "migrations" / "case.toml").write_text(
            MIGRATION % (basic_string(as_configured(self.name)), basic_string(self.alter)))
        self.plan(["case"])

    # --- The two tables.

    def make(self):
        self.client = Client(self.server.url("mysql"), "case")
        self.client.sql("SET time_zone = '+00:00', timestamp = 1700000000")
        self.both = []
        for database in (self.database, "twin_" + self.database):
            self.client.sql(f"DROP DATABASE IF EXISTS {quote(database)}")
            self.client.sql(f"CREATE DATABASE {quote(database)} CHARACTER SET utf8mb4")
            self.both.append(Table(self.client, database, self.name, self.ignored))
        self.table, self.twin = self.both
        # What others hold to the table is not needed by its twin.
        for table in self.both if self.exit not in REFUSED else [self.table]:
            self.client.sql(f"USE {quote(table.database)}")
            self.send(self.sql["table"], table)
            self.client.sql(f"SET sql_mode = '{LOOSE}'")
            self.send(self.sql["rows"], table)
            self.client.sql("SET sql_mode = DEFAULT")
            if table is self.table:
                self.send(self.sql["also"], table)

    def send(self, sql, table):
        if sql:
            sql = table.named_in(members(sql))
            self.client.sql(sql.replace("{numbers}", "seed.numbers"))

    def mend(self):
        for table in self.both:
            self.send(self.sql["mend"], table)

    def helpers(self):
        """Tables and triggers of ours that stand beside it."""
        return [name for name, in self.client.texts(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = "
            f"'{self.database}' AND table_name LIKE '%~interlock\\_%' UNION ALL SELECT trigger_name "
            f"FROM information_schema.triggers WHERE trigger_schema = '{self.database}' AND "
            "trigger_name LIKE '%~interlock\\_%'")]

    def same_rows(self, left, right, what):
        if left != right:
            self.fail(what, rows_that_differ(left, right))

    def same_text(self, left, right, what):
        if left != right:
            self.fail(what, diff(left, right))

    def same_around(self, when):
        """Triggers, what they wrote, and what the table refuses."""
        self.same_text(self.twin.triggers(), self.table.triggers(), f"the triggers {when}")
        for name in self.beside:
            had, has = (Table(self.client, table.database, name, []).content()
                        for table in (self.twin, self.table))
            self.same_rows(had, has, f"the rows of {name} {when}")
        for statement in self.never:
            try:
                self.client.sql("BEGIN; " + self.table.named_in(statement))
                self.fail(f"{when} the table takes: {statement}")
            except ServerError:
                pass
            self.client.sql("ROLLBACK")

    # --- What goes on.

    def under_writes(self, wanted, *args, twin_is_new=False):
        writers = []
        if self.writes and self.exit not in REFUSED:
            writers = [Writer(number, self, self.table, self.twin, twin_is_new)
                       for number in range(CLIENTS)]
        self.phase += 1
        for writer in writers:
            writer.start()
        answer = self.expect(wanted, *args)
        for writer in writers:
            writer.asked.set()
        for writer in writers:
            writer.join(60)
            if writer.errors:
                self.fail(f"client {writer.number} met an error", "\n".join(writer.errors))
            if not writer.done:
                self.fail(f"client {writer.number} wrote nothing")
        return answer

    def must_say(self, texts, answer):
        for text in texts:
            if text not in answer:
                self.fail(f"it does not say: {text}", answer)

    def nothing_left(self, when):
        if left := self.helpers():
            self.fail(f"helpers stand {when}", "\n".join(left))

    def number_goes_on(self, when):
        if 0 < self.table.next_value() < self.twin.next_value():
            self.fail(f"{when} the next number is {self.table.next_value()}, and was "
                      f"{self.twin.next_value()}")

    def rolled_back(self, before):
        self.expect(0, "rollback", "first", "--reason", "case")
        self.same_text(before, self.table.shown(), "the definition after the rollback")
        self.nothing_left("after the rollback")

    def refused(self):
        before, rows = self.table.shown(), self.table.content()
        self.must_say(self.says, self.under_writes(self.exit, "deploy", "first", "--until",
                                                   "expanded"))
        self.same_text(before, self.table.shown(), "the definition after the refusal")
        if self.exit in REFUSED:
            self.same_rows(rows, self.table.content(), "the rows after the refusal")
            self.nothing_left("after the refusal")
            return
        self.rolled_back(before)
        self.same_rows(self.twin.content(), self.table.content(), "the rows after the rollback")
        if self.sql["mend"]:
            self.mend()
            self.altered_twin()
            self.goes_through()

    def retry(self):
        """What failed says how it is tried again."""
        answer = self.expect(9, "rollback", "first", "--reason", "case")
        step = re.search(r"interlock retry (\S+)", answer)
        if step:
            self.expect(0, "retry", step[1], "--reason", "case")

    def altered_twin(self):
        self.client.sql(f"SET sql_mode = '{OURS}'")
        comma = "" if self.alter.startswith(("PARTITION BY", "REMOVE PARTITIONING")) else ","
        self.client.sql(f"ALTER TABLE {self.twin.full} ALGORITHM=COPY{comma} {self.alter}")
        self.client.sql("SET sql_mode = DEFAULT")

    def goes_through(self):
        self.under_writes(0, "deploy", "second", "--wait", "1m", twin_is_new=True)
        self.same_text(self.twin.shown(), self.table.shown(), "the definition at the end")
        self.same_rows(self.twin.content(), self.table.content(), "the rows at the end")
        self.same_around("at the end")
        self.nothing_left("at the end")
        self.expect(0, "drift")
        self.expect(0, "ledger", "verify")

    def released(self):
        before = self.table.shown()
        planned = self.expect(0, "plan", "first")
        if ("expected: a rebuild" in planned) != (self.foreseen == "rebuild"):
            self.fail(f"the plan does not foresee: {self.foreseen}", planned)
        self.under_writes(0, "deploy", "first", "--until", "expanded")
        if self.failures:
            return
        if bool(self.helpers()) != (self.way == "rebuild"):
            self.fail(f"it was not done: {self.way}", "\n".join(self.helpers()))
        self.number_goes_on("once expanded")
        for table in self.both:
            self.send(self.sql["afterwards"], table)
        if self.sql["unfit"]:
            self.send(self.sql["unfit"], self.table)
            answer = self.expect(13, "rollback", "first", "--reason", "case")
            self.must_say(self.unfit_says, answer)
            self.mend()
            self.retry()
        shown, rows = self.table.shown(), self.table.content()
        self.same_around("once expanded")
        self.rolled_back(before)
        self.number_goes_on("after the rollback")
        self.same_around("after the rollback")
        self.same_rows(self.twin.content(), self.table.content(), "the rows after the rollback")
        self.altered_twin()
        self.same_text(self.twin.shown(), shown, "the definition once expanded")
        self.same_rows(self.twin.content(), rows, "the rows once expanded")
        if not self.failures:
            self.goes_through()

    def go(self):
        try:
            self.make()
            if self.exit is None:
                self.released()
            else:
                self.refused()
        except ServerError as error:
            self.fail(f"the server says: {error}")
        self.clear()
        return self.failures

    def clear(self):
        for table in self.both:
            self.client.sql(f"DROP DATABASE IF EXISTS {quote(table.database)}")
        self.client.close()


def seed(server):
    with Client(server.url("mysql"), "case") as client:
        client.sql("CREATE DATABASE seed; USE seed; CREATE TABLE numbers (n INT PRIMARY KEY); "
                   "INSERT INTO numbers WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 "
                   "FROM s WHERE n < 1000) SELECT n FROM s")


def chosen(args):
    """(family, case) of each that is asked for."""
    families = sorted(CASES.glob("*.toml"))
    if args.family:
        families = [file for file in families if file.stem in args.family]
    out = []
    for file in families:
        for case in tomllib.loads(file.read_text())["case"]:
            on = case.get("servers", [args.server])
            names = (None, case["name"], f"{file.stem}/{case['name']}")
            if args.server in on and args.only in names:
                out.append((file.stem, case))
    if args.sample and args.sample < len(out):
        picked = random.Random(args.seed).sample(range(len(out)), args.sample)
        out = [out[at] for at in sorted(picked)]
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interlock", default=os.environ.get("INTERLOCK_BIN"), required=False)
    parser.add_argument("--server", choices=["mariadb", "mysql"], default="mariadb")
    parser.add_argument("--family", action="append", help="the cases of one file")
    parser.add_argument("--only", help="one case: its name, or family/name")
    parser.add_argument("--sample", type=int, help="so many, by chance")
    parser.add_argument("--seed", type=int, default=1, help="of the chance")
    args = parser.parse_args()
    if not args.interlock:
        parser.error("say --interlock PROGRAM, or set INTERLOCK_BIN")
    interlock = str(pathlib.Path(args.interlock).resolve())
    cases = chosen(args)
    if not cases:
        parser.error("there is no such case")
    work, server = started(SERVERS[args.server])
    seed(server)
    failed = 0
    for family, case in cases:
        since = time.monotonic()
        rebuild = Rebuild(family, case, server, work, interlock)
        failures = rebuild.go()
        print(f"{'FAILED' if failures else 'ok'}: {rebuild.title} ({time.monotonic() - since:.1f} s)",
              flush=True)
        for failure in failures:
            print(f"    {failure}", flush=True)
        failed += bool(failures)
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
