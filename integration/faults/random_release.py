"""Random releases: a model of some tables, and migrations that fit it, all from one seed, in the SQL of
a server of soak_servers.py."""

import copy

from project import toml


class Model:
    """What the tables look like: {table: {column: type}}; `busy` columns carry indexes whose name
    or number nobody here follows, `whole` ones hold texts without a dash."""

    def __init__(self):
        self.tables = {}
        self.busy = set()
        self.whole = set()
        self.not_null = set()
        self.defaults = {}    # {(table, column): SQL}
        self.wide = set()     # integers of eight bytes
        self.checked = set()  # tables with a CHECK
        self.keyed = set()    # tables with a unique key beside the primary one
        self.number = 0

    def fresh(self, kind):
        self.number += 1
        return f"{kind}{self.number}"

    def free_columns(self, table, kind=None, taken=()):
        return [name for name, its in self.tables[table].items()
                if name != "id" and (kind is None or its == kind)
                and (table, name) not in self.busy and (table, name) not in taken]


class Change:
    """One [[change]], and what it means for rows written meanwhile."""

    def __init__(self, text, table):
        self.text = text
        self.table = table
        self.old = []      # (column, type): goes at contract
        self.new = []      # (column, type): there once expanded
        self.timed = False  # whether a row's values depend on when it was written


def value_of(kind, number):
    """SQL text of a value that survives every derivation here."""
    return f"{number}" if kind == "integer" else f"'a{number}-b{number % 7}'"


class Maker:
    def __init__(self, model, rng, server):
        self.model = model
        self.rng = rng
        self.server = server
        self.taken = set()
        self.touched = set()
        self.altered = set()  # by an alter_table, beside which nothing else changes the table

    def change(self):
        """A change that fits, or None."""
        makers = [self.create_table, self.add_plain, self.add_constant, self.add_filled,
                  self.add_expression, self.same, self.split, self.cast, self.drop, self.drop_filled,
                  self.index, self.index_expression, self.unique, self.view, self.function]
        makers += [getattr(self, kind) for kind in self.server.own_kinds]
        known = sorted(set(self.model.tables) - self.altered)
        change = self.rng.choice(makers)(self.rng.choice(known)) if known else None
        if change is not None:
            self.touched.add(change.table)
        return change

    def create_table(self, _):
        name = self.model.fresh("table_")
        column = self.model.fresh("c")
        number = self.model.fresh("n")
        check = self.model.fresh("check_")
        self.model.tables[name] = {"id": "bigint", column: "text", number: "integer"}
        self.taken |= {(name, column), (name, number)}
        self.model.busy.add((name, number))  # its check fits no other type
        self.model.checked.add(name)
        types = self.server.types
        return Change(f'kind = "create_table"\ntable = "{self.server.schema}{name}"\ncolumns = ['
                      '{ name = "id", type = "bigint" }, '
                      f'{{ name = "{column}", type = "{types["text"]}" }}, '
                      f'{{ name = "{number}", type = "{types["integer"]}", default = "7" }}]\n'
                      'primary_key = ["id"]\n'
                      f'checks = [{{ name = "{check}", expression = "{number} >= -1000000" }}]\n', name)

    def added(self, table, kind, rest):
        name = self.model.fresh("c")
        self.model.tables[table][name] = kind
        self.taken.add((table, name))
        change = Change(f'kind = "add_column"\ntable = "{table}"\nname = "{name}"\n'
                        f'type = "{self.server.types[kind]}"\n{rest}', table)
        return change, name

    def add_plain(self, table):
        return self.added(table, self.rng.choice(["text", "integer"]), "")[0]

    def add_constant(self, table):
        null = self.rng.choice(["true", "false"])
        change, name = self.added(table, "integer", f'null = {null}\ndefault = "42"\n')
        self.model.defaults[table, name] = "42"
        if null == "false":
            self.model.not_null.add((table, name))
        return change

    def add_filled(self, table):
        change, name = self.added(table, "text", f"null = false\nfill = {toml(self.server.fill)}\n")
        self.model.not_null.add((table, name))
        change.new = []
        return change

    def add_expression(self, table):
        change, name = self.added(table, "text", f"default = {toml(self.server.computed)}\n")
        self.model.defaults[table, name] = self.server.computed
        change.timed = True
        return change

    def derived(self, table, kind, news, splits=False):
        """`news`: (type, up) of each new column, and the way back over their names."""
        choice = [name for name in self.model.free_columns(table, kind, self.taken)
                  if not (splits and (table, name) in self.model.whole)]
        if not choice:
            return None
        old = self.rng.choice(choice)
        names = [self.model.fresh("c") for _ in news[0]]
        columns = ", ".join(
            f'{{ name = "{name}", type = "{self.server.types[its]}", up = {toml(up.format(old=old))} }}'
            for name, (its, up) in zip(names, news[0]))
        down = news[1].format(*names)
        change = Change(f'kind = "derive_columns"\ntable = "{table}"\nold = ["{old}"]\n'
                        f"new = [{columns}]\ndown = {{ {old} = {toml(down)} }}\n", table)
        # A row without the column has the default's value until the contract, and none afterwards.
        change.timed = self.model.defaults.pop((table, old), None) is not None
        change.old = [(old, kind)]
        change.new = [(name, its) for name, (its, _) in zip(names, news[0])]
        columns = self.model.tables[table]
        del columns[old]
        self.model.not_null.discard((table, old))
        for name, its in change.new:
            columns[name] = its
            self.taken.add((table, name))
            # A part has no dash, nor has a number.
            if splits or kind != "text" or (table, old) in self.model.whole:
                self.model.whole.add((table, name))
        self.taken.add((table, old))
        return change

    def same(self, table):
        return self.derived(table, "text", ([("text", "{old}")], "{0}"))

    def split(self, table):
        first, second, down = self.server.split
        return self.derived(table, "text", ([("text", first), ("text", second)], down), splits=True)

    def cast(self, table):
        up, down = self.server.cast
        return self.derived(table, "integer", ([("text", up)], down))

    def dropped(self, table, fill):
        choice = [name for name in self.model.free_columns(table, "text", self.taken)
                  if fill or (table, name) not in self.model.not_null]
        if len(self.model.tables[table]) < 4 or not choice:
            return None
        name = self.rng.choice(choice)
        self.model.tables[table].pop(name)
        self.model.not_null.discard((table, name))
        self.taken.add((table, name))
        change = Change(f'kind = "drop_column"\ntable = "{table}"\ncolumn = "{name}"\n'
                        + ("fill = \"'gone'\"\n" if fill else ""), table)
        return change

    def drop(self, table):
        return self.dropped(table, False)

    def drop_filled(self, table):
        return self.dropped(table, True)

    def indexed(self, table, parts, more=""):
        choice = self.model.free_columns(table, "text", self.taken)
        if not choice:
            return None
        column = self.rng.choice(choice)
        self.model.busy.add((table, column))
        self.taken.add((table, column))
        return Change(f'kind = "create_index"\ntable = "{table}"\n'
                      f'name = "{self.model.fresh("index_")}"\n'
                      f"columns = [{parts.format(column=column)}]\n{more}", table)

    def index(self, table):
        return self.indexed(table, '"{column}"', self.rng.choice(self.server.includes))

    def index_expression(self, table):
        return self.indexed(table, self.server.part, self.rng.choice(self.server.wheres))

    def unique(self, table):
        self.model.keyed.add(table)
        return self.indexed(table, '"id", "{column}"', "unique = true\n")

    def own(self, table, name, phase, step):
        sql, touched, observe, undo = step
        return Change(f'kind = "sql"\n[[change.step]]\nname = "{name.replace("_", "-")}"\n'
                      f'phase = "{phase}"\nsql = {toml(sql)}\ntouches = [{toml(touched)}]\n'
                      f"observe = {toml(observe)}\nundo = {toml(undo)}\n", table)

    def view(self, table):
        name = self.model.fresh("view_")
        return self.own(table, name, "expand", self.server.view(name, table))

    def function(self, table):
        name = self.model.fresh("f_")
        return self.own(table, name, self.rng.choice(["expand", "backfill", "contract"]),
                        self.server.function(name))

    # --- alter_table, of the servers that know it

    def alter(self, table, clauses):
        self.altered.add(table)
        return Change(f'kind = "alter_table"\ntable = "{table}"\nalter = {toml(", ".join(clauses))}\n', table)

    def alterable(self, table):
        """One that nothing else of the release changes, and that can be rebuilt."""
        return table not in self.touched and table not in self.model.checked

    def alter_in_place(self, table):
        choice = self.model.free_columns(table, "text", self.taken)
        if not self.alterable(table) or not choice:
            return None
        column = self.rng.choice(choice)
        self.model.busy.add((table, column))
        name = self.model.fresh("c")
        self.model.tables[table][name] = "integer"
        self.model.defaults[table, name] = "42"
        return self.alter(table, [f"ADD COLUMN {name} INT NOT NULL DEFAULT 42 AFTER id",
                                  f"ADD INDEX {self.model.fresh('index_')} ({column})"])

    def alter_type(self, table):
        """Of an integer, which takes a rebuild."""
        choice = [name for name in self.model.free_columns(table, "integer", self.taken)
                  if (table, name) not in self.model.not_null]
        if not self.alterable(table) or not choice:
            return None
        column = self.rng.choice(choice)
        wide = (table, column) in self.model.wide
        (self.model.wide.discard if wide else self.model.wide.add)((table, column))
        # Without its default a row's value would depend on when it was written.
        default = self.model.defaults.get((table, column), "NULL")
        return self.alter(table, [f"MODIFY {column} {'INT' if wide else 'BIGINT'} DEFAULT {default}"])

    def alter_collation(self, table):
        if not self.alterable(table):
            return None
        collation = self.rng.choice(["utf8mb4_bin", "utf8mb4_unicode_ci", "utf8mb4_general_ci"])
        return self.alter(table, [f"CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation}"])

    def alter_drop(self, table):
        choice = [name for name in self.model.free_columns(table, "text", self.taken)
                  if (table, name) not in self.model.not_null]
        if (not self.alterable(table) or table in self.model.keyed or not choice
                or len(self.model.tables[table]) < 4):
            return None
        column = self.rng.choice(choice)
        self.model.tables[table].pop(column)
        return self.alter(table, [f"DROP COLUMN {column}"])


class Release:
    """Migrations, in their order, and the model after them."""

    def __init__(self, model, rng, number, server):
        self.number = number
        self.name = f"release-{number}"
        self.before = copy.deepcopy(model)
        self.model = model
        self.migrations = {}
        self.changes = []
        maker = Maker(model, rng, server)
        for part in range(rng.choice([1, 1, 2])):
            changes = []
            for _ in range(rng.choice([1, 2, 2, 3])):
                change = maker.change()
                if change is not None:
                    changes.append(change)
            if changes:
                self.migrations[f"{number:04}-{part + 1}"] = changes
                self.changes += changes
        self.quarantine = rng.choice(["0s", "0s", "1s"])

    def write(self, project, name):
        for migration, changes in self.migrations.items():
            project.migration(migration, "\n".join("[[change]]\n" + change.text for change in changes))
        version = f"v{self.number}"
        project.plan(name, list(self.migrations), more=f'quarantine = "{self.quarantine}"\n\n'
                     f'[[rollout]]\napp = "web"\nto = "{version}"\nbatches = [1, "100%"]\n')
