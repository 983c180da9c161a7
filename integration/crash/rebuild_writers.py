"""Sessions that write to a table while it is rebuilt, each of which knows what its rows must hold.

A row belongs to one writer, by its id, so that the writer's model of its rows is exact after each statement
that the server acknowledged.  What fails with a lock wait or a deadlock is done again as a whole; whatever
else fails is an application's error, is counted, and is done again as well so that the model stays exact.
"""

import collections
import random
import threading
import time

from shop_servers import Client, ServerError

TABLE = "items"
COLUMNS = ("code", "amount", "note", "at", "level", "extra")
CODE, AMOUNT, NOTE, AT, LEVEL, EXTRA = range(len(COLUMNS))
EXTRA_DEFAULT = 7
ANY = object()               # a value that a way back may bring back or not
WRITERS = 4
CLASSES = 8                  # ids modulo this: 1 … WRITERS belong to writers, the others to nobody
FIRST_GIVEN = 1_000_000_000  # from here on the server gives the ids
RETRIED = (1205, 1213)
WORDS = ("plain", "größer", "naïve", "señor", "", "x" * 60, "it''s", "back\\\\slash")
SHOWN = ("id, code, amount, note, DATE_FORMAT(at, '%Y-%m-%d %H:%i:%s.%f'), level")


def literal(value):
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def shown(row, with_extra):
    """As the server shows it: texts, without the escapes of literals."""
    code, amount, note, at, level, extra = row
    note = note and note.replace("''", "'").replace("\\\\", "\\")
    out = (code, str(amount), note, at and at + "000", str(level))
    return out + (extra if extra is ANY else str(extra),) if with_extra else out


def agree(wanted, got):
    return len(wanted) == len(got) and all(a is ANY or a == b for a, b in zip(wanted, got))


class Rows:
    """A model with a quick choice of any row."""

    def __init__(self):
        self.by_id = {}
        self._ids = []
        self._place = {}

    def put(self, key, row):
        if row is None:
            self.by_id.pop(key, None)
            if (at := self._place.pop(key, None)) is not None:
                last = self._ids.pop()
                if last != key:
                    self._ids[at] = last
                    self._place[last] = at
            return
        if key not in self._place:
            self._place[key] = len(self._ids)
            self._ids.append(key)
        self.by_id[key] = row

    def any(self, rng):
        return rng.choice(self._ids)

    def __len__(self):
        return len(self._ids)


class Unit:
    """What is committed at once: statements with the number of rows that each must affect, and what
    the model holds afterwards."""

    def __init__(self):
        self.steps = []      # (SQL, affected rows, row that gets a given id, rows that it must show)
        self.changes = {}

    def add(self, sql, affected=None, given=None, shows=None):
        self.steps.append((sql, affected, given, shows))


class Writer(threading.Thread):
    def __init__(self, number, url, rows, spread, rng, pace):
        super().__init__(daemon=True, name=f"writer {number}")
        self.number, self.url, self.rows, self.spread = number, url, rows, spread
        self.rng, self.pace = rng, pace
        self.wanted = len(rows)
        self.client = Client(url, f"writer/{number}")
        self.client.sql("SET SESSION sql_mode = 'STRICT_TRANS_TABLES'")
        if number == 4:
            self.client.sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        self.client.sql(f"PREPARE one_more FROM 'UPDATE {TABLE} SET amount = amount + 1 WHERE id = ?'")
        self.extra = "absent"     # or "written", "going": it is about to be dropped
        self.codes = 0
        self.statements = 0
        self.retried = collections.Counter()
        self.longest = (0.0, "")
        self.slow = 0             # statements that took more than half a second
        self.errors = []
        self.recent = collections.deque(maxlen=30000)
        self._go = threading.Event()
        self._idle = threading.Event()
        self._end = False

    # --- From outside

    def pause(self):
        self._go.clear()
        while not self._idle.wait(0.2) and self.is_alive():
            pass

    def resume(self):
        self._idle.clear()
        self._go.set()

    def end(self):
        self._end = True
        self._go.set()
        self.join()
        self.client.close()

    # --- The thread

    def run(self):
        while True:
            if not self._go.is_set():
                self._idle.set()
                self._go.wait()
            if self._end:
                return
            try:
                self.one_unit()
            except Exception as error:  # noqa: BLE001: told at the next check, and nobody waits for it
                self.errors.append(f"{self.name} ended: {type(error).__name__}: {error}")
                self._idle.set()
                return
            time.sleep(self.rng.uniform(0, 2 * self.pace))

    def one_unit(self):
        rng = self.rng
        unit = Unit()
        together = rng.random() < 0.4
        for _ in range(rng.randint(2, 4) if together else 1):
            self.choose()(unit)
        if not unit.steps:
            return
        together = together or len(unit.steps) > 1
        taken_back = together and rng.random() < 0.15
        while not self.carry_out(unit, together, taken_back):
            time.sleep(rng.uniform(0, 0.02))

    def carry_out(self, unit, together, taken_back):
        """False: it is to be done again."""
        given = {}
        sql = "START TRANSACTION"
        try:
            if together:
                self.send(sql)
            for sql, affected, row, shows in unit.steps:
                got = self.send(sql)
                if row is not None:
                    given[self.client.last_id] = row
                if affected is not None and self.client.affected != affected:
                    self.errors.append(f"{self.name}: {self.client.affected} rows, not {affected}: {sql}")
                if shows is not None and not (len(got) == len(shows) and
                                              all(agree(a, b[1:]) for a, b in zip(shows, got))):
                    self.errors.append(f"{self.name}: {sql}: {got}, not {shows}")
            if together:
                self.send("ROLLBACK" if taken_back else "COMMIT")
        except ServerError as error:
            if error.number in RETRIED:
                self.retried[error.number] += 1
            else:
                self.errors.append(f"{self.name}: {error}: {sql}")
                if len(self.errors) > 20:
                    raise
            if together:
                self.send("ROLLBACK")
            return False
        if not taken_back:
            for changes in (unit.changes, given):
                for key, row in changes.items():
                    self.rows.put(key, row)
        return True

    def send(self, sql):
        began = time.monotonic()
        wall = time.time()
        note = "ok"
        try:
            return self.client.texts(sql)
        except ServerError as error:
            note = str(error.number)
            raise
        finally:
            took = time.monotonic() - began
            self.statements += 1
            self.slow += took > 0.5
            if took > self.longest[0]:
                self.longest = (took, sql)
            self.recent.append((wall, took, note, sql))

    # --- What is done

    def choose(self):
        # About as many rows as in the beginning, so that ids stay free.
        delete = 6 if len(self.rows) < self.wanted else 40
        return self.rng.choices(
            (self.insert, self.insert_given, self.insert_many, self.update, self.update_many,
             self.move, self.recode, self.exchange_codes, self.exchange_ids, self.delete,
             self.delete_and_insert, self.replace, self.upsert, self.ignore, self.look, self.prepared),
            (9, 5, 2, 16, 3, 7, 5, 3, 2, delete, 3, 8, 8, 2, 6, 12))[0]

    def new_row(self):
        rng = self.rng
        self.codes += 1
        extra = {"absent": None, "written": EXTRA_DEFAULT, "going": ANY}[self.extra]
        if self.extra == "written" and rng.random() < 0.5:
            extra = rng.randrange(1000)
        return [f"w{self.number}-{self.codes}", rng.randrange(1_000_000), self.note(),
                rng.choice((None, self.now())), rng.randrange(100), extra]

    def note(self):
        return self.rng.choice((None, *WORDS))

    def now(self):
        return f"2026-0{self.rng.randint(1, 9)}-1{self.rng.randint(0, 9)} 10:20:30.{self.rng.randint(0, 999):03}"

    def free_id(self, unit):
        while True:
            key = self.rng.randrange(self.spread // CLASSES) * CLASSES + self.number
            if key not in self.rows.by_id and key not in unit.changes:
                return key

    def pick(self, unit):
        """A row of ours that the unit has not touched yet, or None."""
        for _ in range(10):
            key = self.rows.any(self.rng)
            if key not in unit.changes:
                return key, self.rows.by_id[key]
        return None, None

    def names(self, row, key=True):
        columns = (("id",) if key else ()) + COLUMNS[:EXTRA]
        # That half of the writes leave it out, is how an older version writes.
        return columns + (("extra",) if self.writes_extra(row) else ())

    def writes_extra(self, row):
        return self.extra == "written" and row[EXTRA] != EXTRA_DEFAULT

    def values(self, row, key=None):
        values = ([] if key is None else [key]) + row[:EXTRA]
        return ", ".join(map(literal, values + ([row[EXTRA]] if self.writes_extra(row) else [])))

    def into(self, row, key, verb="INSERT"):
        return (f"{verb} INTO {TABLE} ({', '.join(self.names(row, key is not None))}) "
                f"VALUES ({self.values(row, key)})")

    def insert(self, unit):
        key, row = self.free_id(unit), self.new_row()
        unit.add(self.into(row, key), 1)
        unit.changes[key] = row

    def insert_given(self, unit):
        row = self.new_row()
        unit.add(self.into(row, None), 1, given=row)

    def insert_many(self, unit):
        rows = {}
        for _ in range(self.rng.randint(2, 5)):
            row = self.new_row()
            if self.extra == "written":
                row[EXTRA] = EXTRA_DEFAULT
            key = self.free_id(unit)
            rows[key] = unit.changes[key] = row
        values = ", ".join(f"({self.values(row, key)})" for key, row in rows.items())
        unit.add(f"INSERT INTO {TABLE} (id, {', '.join(COLUMNS[:EXTRA])}) VALUES {values}", len(rows))

    def update(self, unit):
        key, row = self.pick(unit)
        if key is None:
            return
        row = list(row)
        row[AMOUNT] += 1
        sets = ["amount = amount + 1"]
        if self.rng.random() < 0.6:
            row[NOTE] = self.note()
            sets.append(f"note = {literal(row[NOTE])}")
        if self.rng.random() < 0.3:
            row[AT] = self.now()
            sets.append(f"at = {literal(row[AT])}")
        if self.extra == "written" and self.rng.random() < 0.5:
            row[EXTRA] = self.rng.randrange(1000)
            sets.append(f"extra = {row[EXTRA]}")
        unit.add(f"UPDATE {TABLE} SET {', '.join(sets)} WHERE id = {key}", 1)
        unit.changes[key] = row

    def prepared(self, unit):
        """By a statement that was prepared once, whatever became of the table since."""
        key, row = self.pick(unit)
        if key is None:
            return
        row = list(row)
        row[AMOUNT] += 1
        unit.add(f"SET @id = {key}")
        unit.add("EXECUTE one_more USING @id", 1)
        unit.changes[key] = row

    def update_many(self, unit):
        rows = {}
        for _ in range(self.rng.randint(2, 6)):
            key, row = self.pick(unit)
            if key is not None:
                rows[key] = unit.changes[key] = [*row[:LEVEL], (row[LEVEL] + 1) % 100, row[EXTRA]]
        if rows:
            unit.add(f"UPDATE {TABLE} SET level = (level + 1) % 100 WHERE id IN "
                     f"({', '.join(map(str, rows))})", len(rows))

    def another_key(self, row):
        """The row under another key; a way back that is told keys alone takes it for a new one."""
        return [*row[:EXTRA], ANY if self.extra == "going" else row[EXTRA]]

    def move(self, unit):
        key, row = self.pick(unit)
        if key is None:
            return
        to = self.free_id(unit)
        row = self.another_key(row)
        row[AMOUNT] += 1
        unit.add(f"UPDATE {TABLE} SET id = {to}, amount = amount + 1 WHERE id = {key}", 1)
        unit.changes.update({key: None, to: row})

    def recode(self, unit):
        key, row = self.pick(unit)
        if key is None:
            return
        row = self.another_key(row)
        row[CODE] = self.new_row()[CODE]
        unit.add(f"UPDATE {TABLE} SET code = '{row[CODE]}' WHERE id = {key}", 1)
        unit.changes[key] = row

    def two(self, unit):
        (a, one), (b, other) = self.pick(unit), self.pick(unit)
        return None if None in (a, b) or a == b else (a, one, b, other)

    def exchange_codes(self, unit):
        if found := self.two(unit):
            a, one, b, other = found
            one, other = self.another_key(one), self.another_key(other)
            one[CODE], other[CODE] = other[CODE], one[CODE]
            for code, key in ((f"w{self.number}-between", a), (other[CODE], b), (one[CODE], a)):
                unit.add(f"UPDATE {TABLE} SET code = '{code}' WHERE id = {key}", 1)
            unit.changes.update({a: one, b: other})

    def exchange_ids(self, unit):
        if found := self.two(unit):
            a, one, b, other = found
            between = self.free_id(unit)
            for old, new in ((a, between), (b, a), (between, b)):
                unit.add(f"UPDATE {TABLE} SET id = {new} WHERE id = {old}", 1)
            unit.changes.update({a: self.another_key(other), b: self.another_key(one), between: None})

    def delete(self, unit):
        key, _ = self.pick(unit)
        if key is not None:
            unit.add(f"DELETE FROM {TABLE} WHERE id = {key}", 1)
            unit.changes[key] = None

    def delete_and_insert(self, unit):
        key, _ = self.pick(unit)
        if key is not None:
            row = self.new_row()
            unit.add(f"DELETE FROM {TABLE} WHERE id = {key}", 1)
            unit.add(self.into(row, key), 1)
            unit.changes[key] = row

    def replace(self, unit):
        key, old = self.pick(unit) if self.rng.random() < 0.7 else (self.free_id(unit), None)
        if key is None:
            return
        row = self.new_row()
        if old and self.rng.random() < 0.5:
            row[CODE] = old[CODE]
        unit.add(self.into(row, key, "REPLACE"), 2 if old else 1)
        unit.changes[key] = row

    def upsert(self, unit):
        key, old = self.pick(unit) if self.rng.random() < 0.7 else (self.free_id(unit), None)
        if key is None:
            return
        row = self.new_row()
        unit.add(self.into(row, key) + " ON DUPLICATE KEY UPDATE amount = amount + 5, note = 'again'",
                 2 if old else 1)
        unit.changes[key] = [old[CODE], old[AMOUNT] + 5, "again", *old[AT:]] if old else row

    def ignore(self, unit):
        key, _ = self.pick(unit)
        if key is not None:
            unit.add(self.into(self.new_row(), key, "INSERT IGNORE"), 0)

    def look(self, unit):
        key, row = self.pick(unit)
        if key is not None:
            with_extra = self.extra == "written"
            unit.add(f"SELECT {SHOWN}{', extra' if with_extra else ''} FROM {TABLE} WHERE id = {key}",
                     shows=[shown(row, with_extra)])


class Bystander(threading.Thread):
    """A session beside the writers that does `round` over and over."""

    def __init__(self, url, name):
        super().__init__(daemon=True, name=name)
        self.client = Client(url, name)
        self.errors = []
        self._end = threading.Event()

    def end(self):
        self._end.set()
        self.join()
        self.client.close()

    def run(self):
        while not self._end.is_set() and len(self.errors) < 20:
            self.round()


class Preparer(Bystander):
    """Prepares an UPDATE that changes nothing, within a transaction on the table, and executes it behind it, as
    drivers with statements of the server do.  MariaDB takes such a statement for one that knows the table's
    triggers when a CREATE TRIGGER waited for the transaction's end."""

    def __init__(self, url):
        super().__init__(url, "preparer")
        self.key = self.client.texts(f"SELECT MIN(id) FROM {TABLE} WHERE id % {CLASSES} = 0")[0][0]

    def round(self):
        for sql in ("START TRANSACTION", f"SELECT id FROM {TABLE} WHERE id = {self.key}",
                    f"PREPARE same FROM 'UPDATE {TABLE} SET amount = amount WHERE id = {self.key}'"):
            self.send(sql)
        time.sleep(0.001)
        self.send("COMMIT")
        self.send("EXECUTE same")

    def send(self, sql):
        try:
            self.client.texts(sql)
        except ServerError as error:
            if error.number not in RETRIED:
                self.errors.append(f"{self.name}: {error}: {sql}")


class Writers:
    """All of them, the table that they begin with, and what it must hold."""

    def __init__(self, url, rows, seed, pace=0.004):
        self.url = url
        self.spread = rows * 2 // CLASSES * CLASSES
        self.count = rows
        self.seed = seed
        models = [Rows() for _ in range(WRITERS)]
        with Client(url, "load") as client:
            client.sql("SET SESSION sql_mode = 'STRICT_TRANS_TABLES'")
            self._load(client, models)
        self.writers = [
            Writer(number, url, models[number - 1], self.spread, random.Random(f"{seed}/{number}"), pace)
            for number in range(1, WRITERS + 1)]
        self.preparer = Preparer(url)
        self.untouched = self._untouched()

    def _load(self, client, models):
        client.sql(f"CREATE TABLE {TABLE} (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, code VARCHAR(40) NOT"
                   " NULL, amount INT NOT NULL DEFAULT 0, note VARCHAR(80) NULL, at DATETIME(3) NULL, level"
                   " SMALLINT NOT NULL, KEY by_amount (amount)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
                   f" AUTO_INCREMENT={FIRST_GIVEN}")
        batch = []
        for number in range(1, self.count + 1):
            key = number * 2 if number % 3 else number * 2 - 1
            row = [f"s-{number}", number, WORDS[number % 5] if number % 4 else None,
                   "2026-02-03 04:05:06.789" if number % 2 else None, number % 100, None]
            batch.append(f"({key}, {', '.join(map(literal, row[:EXTRA]))})")
            if 1 <= key % CLASSES <= WRITERS:
                models[key % CLASSES - 1].put(key, row)
            if len(batch) == 1000 or number == self.count:
                client.sql(f"INSERT INTO {TABLE} (id, {', '.join(COLUMNS[:EXTRA])}) VALUES {', '.join(batch)}")
                batch.clear()

    def _where_untouched(self):
        return f"id < {FIRST_GIVEN} AND NOT id % {CLASSES} BETWEEN 1 AND {WRITERS}"

    def _untouched(self):
        with Client(self.url, "look") as client:
            return client.texts(
                "SELECT COUNT(*), SUM(CRC32(x)), BIT_XOR(CRC32(REVERSE(x))), SUM(CRC32(CONCAT(x, 'x'))) FROM"
                " (SELECT CONCAT_WS('|', id, code, amount, COALESCE(note, 'NULL'), COALESCE(DATE_FORMAT(at,"
                f" '%Y-%m-%d %H:%i:%s.%f'), 'NULL'), level) AS x FROM {TABLE} WHERE"
                f" {self._where_untouched()}) AS rows_of_nobody")

    def start(self):
        for writer in self.writers:
            writer.start()
            writer.resume()
        self.preparer.start()

    def pause(self):
        for writer in self.writers:
            writer.pause()

    def resume(self):
        for writer in self.writers:
            writer.resume()

    def end(self):
        self.preparer.end()
        for writer in self.writers:
            writer.end()

    def set_extra(self, how):
        """While they pause.  absent: nobody knows the column; written; going: soon nobody will."""
        for writer in self.writers:
            if writer.extra != how:
                for row in writer.rows.by_id.values():
                    if writer.extra == "absent":
                        row[EXTRA] = EXTRA_DEFAULT
                    elif how == "absent":
                        row[EXTRA] = None
            writer.extra = how

    def differences(self):
        """What the table holds other than it must, a text each.  What may be either is then what it is."""
        out = []
        with_extra = self.writers[0].extra != "absent"
        if (got := self._untouched()) != self.untouched:
            out.append(f"rows that nobody wrote to: {got}, and {self.untouched} before")
        columns = SHOWN + (", extra" if with_extra else "")
        with Client(self.url, "look") as client:
            table = {int(row[0]): row[1:] for row in client.texts(
                f"SELECT {columns} FROM {TABLE} WHERE NOT ({self._where_untouched()})")}
            if with_extra:
                strange = client.texts(f"SELECT COUNT(*) FROM {TABLE} WHERE {self._where_untouched()} AND"
                                       f" extra <> {EXTRA_DEFAULT}")
                if strange != [("0",)]:
                    out.append(f"rows that nobody wrote to, with another extra: {strange}")
        for writer in self.writers:
            for key, row in writer.rows.by_id.items():
                got = table.pop(key, None)
                wanted = shown(row, with_extra)
                if got is None or not agree(wanted, got):
                    out.append(f"{writer.name}, id {key}: {wanted}, the table has {got}"
                               + self.told_of(writer, key, len(out)))
                elif with_extra and row[EXTRA] is ANY:
                    row[EXTRA] = int(got[EXTRA])
        for key, got in table.items():
            writer = self.writers[key % CLASSES - 1] if 1 <= key % CLASSES <= WRITERS else None
            out.append(f"id {key} should not be there: {got}" + self.told_of(writer, key, len(out)))
        return out

    @staticmethod
    def told_of(writer, key, told):
        """The last statements about a row, for the first few."""
        if writer is None or told > 12:
            return ""
        return "".join(f"\n      {time.strftime('%H:%M:%S', time.localtime(at))}.{int(at % 1 * 1000):03} {took:.3f} s"
                       f" {note}: {sql}" for at, took, note, sql in list(writer.recent) if str(key) in sql)

    def errors(self):
        return [error for writer in (*self.writers, self.preparer) for error in writer.errors]

    def statements(self):
        return sum(writer.statements for writer in self.writers)

    def retried(self):
        return sum((writer.retried for writer in self.writers), collections.Counter())

    def slow(self):
        return sum(writer.slow for writer in self.writers)

    def longest(self):
        """(seconds, statement) of the one that waited longest."""
        return max((writer.longest for writer in self.writers), key=lambda longest: longest[0])
