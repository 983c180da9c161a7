"""What a rebuilt table carries: triggers that keep a mirror of its rows, and a foreign key to owners that come and
go.  A trigger that does not fire, or fires twice, leaves the mirror other than the table; a key that does not hold
lets a row without an owner in; one that a stale copy still has keeps an owner from going.
"""

import time

from shop_servers import Client, ServerError

from rebuild_writers import CLASSES, RETRIED, TABLE, WRITERS, Bystander

NO_PARENT = 1452
NOBODY = -1

# The account that releases made them, and may make them again.
SCHEMA = f"""
CREATE TABLE owners (id INT PRIMARY KEY);
INSERT INTO owners VALUES (1);
ALTER TABLE {TABLE} ADD COLUMN owner INT NOT NULL DEFAULT 1,
  ADD CONSTRAINT to_owner FOREIGN KEY (owner) REFERENCES owners (id);
CREATE TABLE mirror (id BIGINT PRIMARY KEY, amount BIGINT, level INT);
INSERT INTO mirror SELECT id, amount, level FROM {TABLE};
CREATE DEFINER=deploy@'%' TRIGGER mirror_in AFTER INSERT ON {TABLE} FOR EACH ROW
  INSERT INTO mirror VALUES (NEW.id, NEW.amount, NEW.level);
CREATE DEFINER=deploy@'%' TRIGGER mirror_up AFTER UPDATE ON {TABLE} FOR EACH ROW
  UPDATE mirror SET id = NEW.id, amount = amount + NEW.amount - OLD.amount, level = NEW.level WHERE id = OLD.id;
CREATE DEFINER=deploy@'%' TRIGGER mirror_out AFTER DELETE ON {TABLE} FOR EACH ROW
  DELETE FROM mirror WHERE id = OLD.id;
"""


class Owners(Bystander):
    """Owners that get a row, lose it and go, one after the other."""

    def __init__(self, url):
        super().__init__(url, "owners")
        self.rounds = 0
        # A row that no writer touches, and no other bystander.
        self.row, = self.client.texts(f"SELECT MIN(id) FROM {TABLE} WHERE id % {CLASSES} > {WRITERS}")[0]

    def round(self):
        self.rounds += 1
        owner = self.rounds + 1
        self.send(f"INSERT INTO owners VALUES ({owner})")
        self.send(f"UPDATE {TABLE} SET owner = {owner} WHERE id = {self.row}")
        self.send(f"UPDATE {TABLE} SET owner = {NOBODY} WHERE id = {self.row}", NO_PARENT)
        self.send(f"UPDATE {TABLE} SET owner = 1 WHERE id = {self.row}")
        self.send(f"DELETE FROM owners WHERE id = {owner}")
        time.sleep(0.02)

    def send(self, sql, refused=None):
        """Again after a deadlock or a lock wait; `refused`: the error that it must meet."""
        while True:
            try:
                self.client.sql(sql)
                if refused:
                    self.errors.append(f"it was not refused: {sql}")
                return
            except ServerError as error:
                if error.number in RETRIED:
                    time.sleep(0.005)
                    continue
                if error.number != refused:
                    self.errors.append(f"{error}: {sql}")
                return
            except OSError as error:
                self.errors.append(f"{error}: {sql}")
                self._end.set()
                return


class Carried:
    def __init__(self, url):
        self.url = url
        with Client(url, "load") as client:
            client.sql(SCHEMA)
        self.known = self.shown()
        self.owners = Owners(url)

    def shown(self):
        """The triggers as the server keeps them, and the key.  MySQL takes what ends a statement among several for
        a part of it."""
        with Client(self.url, "look") as client:
            triggers = client.texts(
                "SELECT trigger_name, action_timing, event_manipulation, action_order, definer, sql_mode,"
                " character_set_client, collation_connection, TRIM(TRAILING ';' FROM action_statement) FROM"
                " information_schema.triggers"
                f" WHERE event_object_schema = DATABASE() AND event_object_table = '{TABLE}' AND trigger_name NOT"
                " LIKE '%~interlock%' ORDER BY trigger_name")
            table = client.texts(f"SHOW CREATE TABLE {TABLE}")[0][1]
        return triggers, [line.strip(", ") for line in table.splitlines() if "FOREIGN KEY" in line]

    def differences(self):
        """While nobody writes: how many rows the mirror holds other than the table."""
        with Client(self.url, "look") as client:
            return client.texts(
                f"SELECT (SELECT COUNT(*) FROM {TABLE} AS t LEFT JOIN mirror AS m ON m.id = t.id WHERE m.id IS NULL"
                " OR m.amount <> t.amount OR m.level <> t.level), (SELECT COUNT(*) FROM mirror AS m LEFT JOIN"
                f" {TABLE} AS t ON t.id = m.id WHERE t.id IS NULL)")[0]
