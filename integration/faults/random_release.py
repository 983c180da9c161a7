"""Random releases: a model of some tables, and migrations that fit it, all from one seed."""

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
    def __init__(self, model, rng):
        self.model = model
        self.rng = rng
        self.taken = set()
        self.touched = set()

    def change(self):
        """A change that fits, or None."""
        makers = [self.create_table, self.add_plain, self.add_constant, self.add_filled,
                  self.add_expression, self.same, self.split, self.cast, self.drop, self.drop_filled,
                  self.index, self.index_expression, self.unique, self.view, self.function]
        change = self.rng.choice(makers)()
        if change is not None:
            self.touched.add(change.table)
        return change

    def table(self):
        known = sorted(self.model.tables)
        return self.rng.choice(known)

    def create_table(self):
        name = self.model.fresh("table_")
        column = self.model.fresh("c")
        number = self.model.fresh("n")
        check = self.model.fresh("check_")
        self.model.tables[name] = {"id": "bigint", column: "text", number: "integer"}
        self.taken |= {(name, column), (name, number)}
        self.model.busy.add((name, number))  # its check fits no other type
        return Change(f'kind = "create_table"\ntable = "public.{name}"\ncolumns = ['
                      '{ name = "id", type = "bigint" }, '
                      f'{{ name = "{column}", type = "text" }}, '
                      f'{{ name = "{number}", type = "integer", default = "7" }}]\n'
                      'primary_key = ["id"]\n'
                      f'checks = [{{ name = "{check}", expression = "{number} >= -1000000" }}]\n', name)

    def added(self, table, kind, rest):
        name = self.model.fresh("c")
        self.model.tables[table][name] = kind
        self.taken.add((table, name))
        change = Change(f'kind = "add_column"\ntable = "{table}"\nname = "{name}"\n'
                        f'type = "{kind}"\n{rest}', table)
        return change, name

    def add_plain(self):
        return self.added(self.table(), self.rng.choice(["text", "integer"]), "")[0]

    def add_constant(self):
        table = self.table()
        null = self.rng.choice(["true", "false"])
        change, name = self.added(table, "integer", f'null = {null}\ndefault = "42"\n')
        if null == "false":
            self.model.not_null.add((table, name))
        return change

    def add_filled(self):
        table = self.table()
        change, name = self.added(table, "text", 'null = false\nfill = "\'a\' || id || \'-b1\'"\n')
        self.model.not_null.add((table, name))
        change.new = []
        return change

    def add_expression(self):
        change, _ = self.added(self.table(), "text", 'default = "upper(\'abc\') || \'-b1\'"\n')
        change.timed = True
        return change

    def derived(self, kind, news, splits=False):
        """`news`: (type, up) of each new column, and the way back over their names."""
        table = self.table()
        choice = [name for name in self.model.free_columns(table, kind, self.taken)
                  if not (splits and (table, name) in self.model.whole)]
        if not choice:
            return None
        old = self.rng.choice(choice)
        names = [self.model.fresh("c") for _ in news[0]]
        columns = ", ".join(
            f'{{ name = "{name}", type = "{its}", up = {toml(up.format(old=old))} }}'
            for name, (its, up) in zip(names, news[0]))
        down = news[1].format(*names)
        change = Change(f'kind = "derive_columns"\ntable = "{table}"\nold = ["{old}"]\n'
                        f"new = [{columns}]\ndown = {{ {old} = {toml(down)} }}\n", table)
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

    def same(self):
        return self.derived("text", ([("text", "{old}")], "{0}"))

    def split(self):
        return self.derived("text", ([("text", "split_part({old}, '-', 1)"),
                                      ("text", "split_part({old}, '-', 2)")], "{0} || '-' || {1}"),
                            splits=True)

    def cast(self):
        return self.derived("integer", ([("text", "{old}::text")], "{0}::integer"))

    def dropped(self, fill):
        table = self.table()
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

    def drop(self):
        return self.dropped(False)

    def drop_filled(self):
        return self.dropped(True)

    def indexed(self, parts, more=""):
        table = self.table()
        choice = self.model.free_columns(table, "text", self.taken)
        if not choice:
            return None
        column = self.rng.choice(choice)
        self.model.busy.add((table, column))
        self.taken.add((table, column))
        return Change(f'kind = "create_index"\ntable = "{table}"\n'
                      f'name = "{self.model.fresh("index_")}"\n'
                      f"columns = [{parts.format(column=column)}]\n{more}", table)

    def index(self):
        return self.indexed('"{column}"', self.rng.choice(["", 'include = ["id"]\n']))

    def index_expression(self):
        return self.indexed('{{ expression = "lower({column})", order = "desc" }}',
                            self.rng.choice(["", 'where = "id > 10"\n']))

    def unique(self):
        return self.indexed('"id", "{column}"', "unique = true\n")

    def view(self):
        table = self.table()
        name = self.model.fresh("view_")
        return Change(f'kind = "sql"\n[[change.step]]\nname = "{name.replace("_", "-")}"\n'
                      f'sql = "CREATE VIEW public.{name} AS SELECT id FROM public.{table}"\n'
                      f'touches = ["view public.{name}"]\n'
                      f"observe = \"SELECT CASE WHEN to_regclass('public.{name}') IS NULL THEN "
                      f"'absent' ELSE 'present' END\"\nundo = \"DROP VIEW public.{name}\"\n", table)

    def function(self):
        name = self.model.fresh("f_")
        return Change(f'kind = "sql"\n[[change.step]]\nname = "{name.replace("_", "-")}"\n'
                      f'phase = "{self.rng.choice(["expand", "backfill", "contract"])}"\n'
                      f'sql = "CREATE FUNCTION public.{name}() RETURNS integer LANGUAGE sql AS '
                      f"'SELECT 7'\"\ntouches = [\"routine public.{name}()\"]\n"
                      f"observe = \"SELECT CASE WHEN to_regproc('public.{name}') IS NULL THEN "
                      f"'absent' ELSE 'present' END\"\nundo = \"DROP FUNCTION public.{name}()\"\n",
                      self.table())


class Release:
    """Migrations, in their order, and the model after them."""

    def __init__(self, model, rng, number):
        self.number = number
        self.name = f"release-{number}"
        self.before = copy.deepcopy(model)
        self.model = model
        self.migrations = {}
        self.changes = []
        maker = Maker(model, rng)
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
