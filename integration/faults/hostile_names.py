#!/usr/bin/env python3
"""Names, texts and expressions that try to become something else than a name, a text, an expression:
through every kind of change, on a real server.  What meddles stays a name."""

import argparse
import html.parser
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))

# pylint: disable=wrong-import-position
from project import Cluster, Project, ident, literal, toml  # noqa: E402
from shop import Checks, say  # noqa: E402

LONGEST = 63
ROWS = 120

NAMES = {
    "double quotes": 'a"b""c',
    "single quotes": "a'b''c",
    "quote and semicolon": 'x"; DROP TABLE canary; --',
    "apostrophe and semicolon": "x'; DROP TABLE canary; --",
    "parenthesis": "x); DROP TABLE canary; --",
    "backslash": "a\\b\\' \\x41\\",
    "backslash and semicolon": "\\'; DROP TABLE canary; --",
    "line ends": "a\nb\r\nDROP TABLE canary;\n",
    "tab and spaces": " \ta  b ",
    "dollar quotes": "$$; DROP TABLE canary; $$",
    "tagged dollar quotes": "$interlock$$body$$a$",
    "a comment begun": "/* x",
    "a comment ended": "*/ DROP TABLE canary; /*",
    "a line comment": "-- x",
    "percent signs": "%s %I %1$I %% %n",
    "braces": "{} {0} {instance} ${FAULTS_DATABASE_URL} {{x}}",
    "dots": "public.canary",
    "a cast": "id::text",
    "reserved": "select",
    "another reserved": "user",
    "an alias of ours": "t",
    "another alias of ours": "new",
    "look-alike of id": "\u0456d",
    "full-width": "\uff49\uff44 \uff02\uff1b",
    "combining": "e\u0301\u0327",
    "right to left": "a\u202egnp.exe\u202c\u2066",
    "invisible": "i\u200bd\ufeff",
    "beyond the basic plane": "\U0001f682\U0001f6a7",
    "escape sequence": "\x1b[2J\x1b]0;x\x07\x01r\x9b31m\x7f",
    "as long as can be": "n" * LONGEST,
    "as long as can be, two bytes each": "\u00e9" * 31 + "x",
    "glob": "*?[a-z]%_",
    "like ours": "~interlock_sync",
}

BEFORE = """CREATE TABLE canary (id integer PRIMARY KEY); INSERT INTO canary SELECT generate_series(1, 7);
CREATE TABLE id (id integer); INSERT INTO id VALUES (1);
CREATE SCHEMA {s};
CREATE TABLE {s}.{t} ({key} bigint PRIMARY KEY, {n} text, {o} text, {d} text);
INSERT INTO {s}.{t} SELECT i, 'v' || i, 'o' || i, 'd' || i FROM generate_series(1, {rows}) i;
"""


def variant(name, letter):
    """Another name that is as hostile, and no longer than the server keeps."""
    raw = name.encode()
    while len(raw) + 1 > LONGEST:
        raw = name[:-1].encode()
        name = name[:-1]
    return name + letter


class Names:
    """Every name that one case needs."""

    def __init__(self, name):
        self.n = name
        for letter in "stkodawuficvxyz":
            setattr(self, letter, variant(name, letter.upper()))

    def quoted(self):
        return {letter: ident(getattr(self, letter)) for letter in "nstkodawuficvxyz"}


def write_migrations(project, it):
    q = it.quoted()
    table = toml(f"{q['s']}.{q['t']}")
    project.migration("0001-create", f"""[[change]]
kind = "create_table"
table = {toml(q['s'] + '.' + q['x'])}
columns = [{{ name = {toml(it.k)}, type = "bigint", identity = true }},
  {{ name = {toml(it.n)}, type = "text", default = {toml(literal(it.n))} }},
  {{ name = {toml(it.y)}, type = "bigint" }}]
primary_key = [{toml(it.k)}]
unique = [{{ name = {toml(it.u)}, columns = [{toml(it.n)}, {toml(it.y)}] }}]
checks = [{{ name = {toml(it.c)}, expression = {toml(q['n'] + " <> '' -- a remark")} }}]
references = [{{ name = {toml(it.f)}, columns = [{toml(it.y)}], table = {table}, referenced = [{toml(it.k)}] }}]
""", summary=it.n, why=it.n)
    project.migration("0002-add", f"""[[change]]
kind = "add_column"
table = {table}
name = {toml(it.a)}
type = "text"
null = false
fill = {toml(literal(it.n) + ' || ' + q['n'])}
""")
    project.migration("0003-derive", f"""[[change]]
kind = "derive_columns"
table = {table}
old = [{toml(it.o)}]
new = [{{ name = {toml(it.w)}, type = "text", null = false, up = {toml(f"coalesce({q['o']}, '') /* ; */ || {literal(it.n)}")} }}]
down = {{ {toml(it.o)} = {toml(f"left({q['w']}, -{len(it.n)}) -- a remark")} }}
lossy = {toml(it.n)}
""")
    project.migration("0004-drop", f"""[[change]]
kind = "drop_column"
table = {table}
column = {toml(it.d)}
""")
    project.migration("0005-index", f"""[[change]]
kind = "create_index"
table = {table}
name = {toml(it.i)}
columns = [{toml(it.n)}, {{ expression = {toml(f"lower({q['n']}) || {literal(it.n)}")}, order = "desc" }}]
include = [{toml(it.k)}]
where = {toml(f"{q['n']} <> {literal(it.n)} -- a remark")}
""")
    view = f"{q['s']}.{q['v']}"
    project.migration("0006-sql", f"""[[change]]
kind = "sql"

[[change.step]]
name = "view"
sql = {toml(f"CREATE VIEW {view} AS SELECT {q['k']}, {literal(it.n)}::text AS {q['n']} FROM {q['s']}.{q['t']}")}
touches = [{toml(f"view {view}")}]
observe = {toml(f"SELECT CASE WHEN to_regclass({literal(view)}) IS NULL THEN 'absent' ELSE 'present' END")}
undo = {toml(f"DROP VIEW {view}")}
""")
    project.plan("names", ["0001-create", "0002-add", "0003-derive", "0004-drop", "0005-index",
                           "0006-sql"], summary=it.n)


CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")
COLOURS = re.compile(rb"\x1b\[[0-9;]*m|\x1b\[2K|\r")


def control_in(out, terminal=False):
    """What would drive a terminal, beside the colours and redrawn lines that are ours."""
    found = CONTROLS.search(COLOURS.sub(b"", out) if terminal else out)
    return found and out[max(0, found.start() - 20):found.end() + 20]


class Tags(html.parser.HTMLParser):
    KNOWN = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "svg", "text",
             "line", "a", "circle", "table", "thead", "tbody", "tr", "th", "td", "footer"}
    ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "viewbox", "role",
                  "aria-label", "x", "x1", "x2", "y", "y1", "y2", "href", "cx", "cy", "r", "id",
                  "text-anchor"}

    def __init__(self):
        super().__init__()
        self.odd = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.KNOWN or any(name not in self.ATTRIBUTES for name, _ in attrs):
            self.odd.append((tag, attrs))


class Run:
    def __init__(self, args):
        self.args = args
        self.checks = Checks()
        self.cluster = Cluster()
        self.number = 0

    def project(self, more=""):
        self.number += 1
        return Project(self.cluster, self.args.interlock, f"hostile{self.number}", more)

    def looks(self, project, what, *commands):
        """Whatever is shown stays text, with pipes and on a terminal."""
        for command in commands:
            # `schema` gives its exact bytes to a pipe.
            for terminal in (True,) if command[0] == "schema" else (False, True):
                answer = (project.on_terminal if terminal else project.run)(*command)
                where = "on a terminal" if terminal else "in a pipe"
                odd = control_in(answer.out, terminal)
                if odd or answer.exit not in (0, 75):
                    self.checks.that(f"{what}: {command[0]} {where} shows text only: {odd!r}", False,
                                     answer.text)
        page = project.folder / "history.html"
        project.run("history", "--html", str(page))
        raw = page.read_bytes()
        parser = Tags()
        parser.feed(raw.decode(errors="replace"))
        self.checks.that(f"{what}: plan, status and history show text only, the page known tags only",
                         not parser.odd and not control_in(raw), f"{parser.odd} {control_in(raw)!r}")

    def unharmed(self, project, what):
        self.checks.equal(f"{what}: the canary lives", "7|1", project.sql(
            "SELECT (SELECT count(*) FROM public.canary), (SELECT count(*) FROM public.id)"))


def columns_of(project, schema, table):
    return project.sql(
        "SELECT string_agg(md5(attname), ',' ORDER BY attname COLLATE \"C\") FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace"
        f" WHERE nspname = {literal(schema)} AND relname = {literal(table)} AND attnum > 0"
        " AND NOT attisdropped")


def digests(project, names):
    ordered = sorted(names, key=lambda name: name.encode())
    return project.sql("SELECT " + " || ',' || ".join(f"md5({literal(name)})" for name in ordered))


def through_every_kind(run, what, name):
    checks = run.checks
    project = run.project()
    it = Names(name)
    q = it.quoted()
    project.sql(BEFORE.format(rows=ROWS, key=q["k"], **q))
    write_migrations(project, it)
    plan = project.run("plan", "names", "--sql")
    checks.equal(f"{what}: exit of plan", 0, plan.exit, plan.text)
    deploy = project.run("deploy", "names", "--wait", "1m", "--actor", f"a {name}".replace("\n", " "))
    checks.equal(f"{what}: exit of deploy", 0, deploy.exit, deploy.text)
    checks.that(f"{what}: deploy shows text only", not control_in(deploy.out), deploy.text)
    again = project.run("deploy", "names", "--wait", "1m")
    checks.equal(f"{what}: exit of a second deploy", 0, again.exit, again.text)
    run.unharmed(project, what)
    checks.equal(f"{what}: columns of the old table", digests(project, [it.k, it.n, it.a, it.w]),
                 columns_of(project, it.s, it.t))
    checks.equal(f"{what}: columns of the new table", digests(project, [it.k, it.n, it.y]),
                 columns_of(project, it.s, it.x))
    wrong = project.sql(
        f"SELECT count(*) FILTER (WHERE {q['a']} IS DISTINCT FROM {literal(name)} || 'v' || {q['k']}"
        f" OR {q['w']} IS DISTINCT FROM 'o' || {q['k']} || {literal(name)}), count(*)"
        f" FROM {q['s']}.{q['t']}")
    checks.equal(f"{what}: rows", f"0|{ROWS}", wrong)
    found = project.sql(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN"
        f" pg_index i ON indexrelid = c.oid WHERE nspname = {literal(it.s)} AND (relname ="
        f" {literal(it.v)} AND relkind = 'v' OR relname IN ({literal(it.i)}, {literal(it.u)}) AND"
        " indisvalid)")
    checks.equal(f"{what}: view and indexes", "3", found)
    found = project.sql(
        "SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid WHERE relname ="
        f" {literal(it.x)} AND conname IN ({literal(it.c)}, {literal(it.f)}, {literal(it.u)})")
    checks.equal(f"{what}: constraints", "3", found)
    for command in (("drift",), ("ledger", "verify"), ("schema",)):
        answer = project.run(*command)
        checks.equal(f"{what}: exit of {' '.join(command)}", 0, answer.exit, answer.text)
    run.looks(project, what, ("plan", "names"), ("status", "names"), ("history",), ("schema",),
              ("history", "--object", name.replace("\n", " ")))
    left = project.sql("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE"
                       " '~interlock%' AND tgrelid::regclass::text NOT LIKE 'interlock%'")
    checks.equal(f"{what}: triggers that are left", "0", left)


def every_name(run):
    for what, name in NAMES.items():
        if run.args.names and what not in run.args.names:
            continue
        say(f"{what}: {name!r}")
        through_every_kind(run, what, name)


def taken_back(run):
    """The way back quotes as well."""
    for what in ("quote and semicolon", "dollar quotes", "as long as can be", "line ends"):
        say(f"rolled back: {what}")
        project = run.project()
        it = Names(NAMES[what])
        q = it.quoted()
        project.sql(BEFORE.format(rows=ROWS, key=q["k"], **q))
        write_migrations(project, it)
        before = project.run("schema").out
        answer = project.run("deploy", "names", "--until", "expanded")
        run.checks.equal(f"{what}: exit of deploy --until expanded", 0, answer.exit, answer.text)
        answer = project.run("rollback", "names", "--reason", NAMES[what])
        run.checks.equal(f"{what}: exit of rollback", 0, answer.exit, answer.text)
        run.checks.that(f"{what}: the schema is as before", project.run("schema").out == before)
        run.unharmed(project, what)
        run.looks(project, what, ("status", "names"), ("history",))


ONE_CHANGE = {
    "create_table": 'table = "public.fresh"\ncolumns = [{{ name = {name}, type = "text" }}]',
    "create_table's table": 'table = {quoted}\ncolumns = [{{ name = "id", type = "text" }}]',
    "create_table's unique":
        'table = "public.fresh"\ncolumns = [{{ name = "id", type = "text" }}]\n'
        'unique = [{{ name = {name}, columns = ["id"] }}]',
    "create_table's check":
        'table = "public.fresh"\ncolumns = [{{ name = "id", type = "text" }}]\n'
        'checks = [{{ name = {name}, expression = "id <> \'\'" }}]',
    "add_column": 'table = "canary"\nname = {name}\ntype = "text"',
    "derive_columns":
        'table = "canary"\nold = ["other"]\nnew = [{{ name = {name}, type = "text", up = "other" }}]\n'
        'down = {{ other = {down} }}',
    "create_index": 'table = "canary"\nname = {name}\ncolumns = ["other"]',
    "drop_column": 'table = "canary"\ncolumn = {name}',
    "sql": '[[change.step]]\nname = "s"\nsql = {sql}\ntouches = []\nobserve = "SELECT \'absent\'"',
}


def refused_beforehand(run):
    """Too long, with a zero byte, empty: one clear message, and nothing is touched."""
    say("names that the server would not keep")
    project = run.project()
    project.sql(BEFORE.format(rows=1, key="k", s="s", t="t", n="n", o="o", d="d")
                + "ALTER TABLE canary ADD COLUMN other text;")
    before = project.run("schema").out
    for what, name, exits in (("64 bytes", "n" * 64, (4,)),
                              ("64 bytes in 32 characters", "\u00e9" * 32, (4,)),
                              ("a zero byte", "a\0b", (78,)), ("nothing", "", (4, 78)),
                              ("100,000 bytes", "n" * 100000, (4,))):
        for kind, text in ONE_CHANGE.items():
            if kind == "sql" and "\0" not in name:
                continue
            change = text.format(name=toml(name), quoted=toml("public." + ident(name)),
                                 down=toml(ident(name)), sql=toml(f"SELECT 1 AS {ident(name)}"))
            project.migration("0001-x", f'[[change]]\nkind = "{kind.split(chr(39))[0]}"\n{change}\n')
            project.plan("refused", ["0001-x"])
            answer = project.run("deploy", "refused")
            run.checks.that(f"{kind}, {what}: exit {answer.exit}, IL-{answer.text.count('IL-')}",
                            answer.exit in exits and b"IL-" in answer.out
                            and not control_in(answer.out), answer.text[:2000])
            if what == "64 bytes" and kind != "drop_column":
                run.checks.that(f"{kind}, {what}: the limit is named", "63" in answer.text,
                                answer.text)
    run.checks.that("nothing was touched", project.run("schema").out == before)
    run.checks.equal("no ledger was begun", "",
                     project.sql("SELECT to_regnamespace('interlock')"))
    run.unharmed(project, "refused")


ACCEPTED = ("name -- ; DROP TABLE canary", "name /* ; DROP TABLE canary */", "name || $$;--$$",
            "name || '$interlock$ $body$ $a$'", "name || E'\\\\'''", "name || U&'\\0041'",
            "(name)", "name\n|| ''\n", "\"name\" || '%s {} \\'", "name || '*/' || '/*'")
REFUSED = ("name; DROP TABLE canary", "name); DROP TABLE canary; --", "name /*", "name */", "name'",
           "name FROM canary", "name) FROM canary --", "(SELECT name)", "name, 1", "name AS x", "$1",
           "name || (DELETE FROM canary RETURNING '')", "count(*)", "canary.name", "*", "",
           "name WHERE true", "now()::text", "name || random()", "pg_sleep(1)::text",
           "name UNION SELECT ''", "current_user", "name ORDER BY 1", "x'zz' || name")


def expressions(run):
    """What `up` and `down` may hold, and that nothing behind them is swallowed."""
    say("expressions")
    for number, up in enumerate(ACCEPTED):
        project = run.project()
        project.sql("CREATE TABLE canary (id integer); INSERT INTO canary SELECT generate_series(1,7);"
                    "CREATE TABLE id (id integer); INSERT INTO id VALUES (1);"
                    "CREATE TABLE people (id bigint PRIMARY KEY, name text);"
                    "INSERT INTO people SELECT i, 'v' || i FROM generate_series(1, 50) i")
        wanted = project.sql(f"SELECT md5(string_agg(x, ',' ORDER BY id)) FROM (SELECT id, ({up}\n) AS x"
                             " FROM people) q")
        project.migration("0001-x", f"""[[change]]
kind = "derive_columns"
table = "people"
old = ["name"]
new = [{{ name = "label", type = "text", up = {toml(up)} }}]
down = {{ name = {toml('label -- ; DROP TABLE canary')} }}
lossy = "a test"
""")
        project.plan("x", ["0001-x"])
        answer = project.run("deploy", "x", "--wait", "1m")
        run.checks.equal(f"{number}: exit of deploy with {up!r}", 0, answer.exit, answer.text)
        run.checks.equal(f"{number}: rows", wanted,
                         project.sql("SELECT md5(string_agg(label, ',' ORDER BY id)) FROM people",
                                     check=False))
        run.unharmed(project, f"{number}")
    project = run.project()
    project.sql("CREATE TABLE canary (id integer, name text); INSERT INTO canary SELECT"
                " generate_series(1, 7); CREATE TABLE id (id integer); INSERT INTO id VALUES (1);"
                "CREATE TABLE people (id bigint PRIMARY KEY, name text)")
    before = project.run("schema").out
    for text in REFUSED:
        for where in ("up", "down"):
            up = text if where == "up" else "name"
            down = text.replace("name", "label") if where == "down" else "label"
            project.migration("0001-x", f"""[[change]]
kind = "derive_columns"
table = "people"
old = ["name"]
new = [{{ name = "label", type = "text", up = {toml(up)} }}]
down = {{ name = {toml(down)} }}
""")
            project.plan("x", ["0001-x"])
            answer = project.run("deploy", "x")
            run.checks.that(f"refused as {where}: {text!r}: exit {answer.exit}",
                            answer.exit in (4, 78) and b"IL-" in answer.out, answer.text)
    run.checks.that("nothing was touched", project.run("schema").out == before)
    run.unharmed(project, "refused expressions")


APPS = """
[apps.web]
databases = ["main"]
census.window = "1s"
census.admission = "1s"
census.sessions = "web/{version}"

[apps.web.deploy]
driver = "command"
list = ["deploy/list"]
start = ["deploy/start", "{instance}", "{version}"]
stop = ["deploy/stop", "{instance}"]
healthy = ["deploy/healthy", "{instance}", "{version}"]
timeout = "20s"
"""
DRIVER = {
    "list": 'cat "$PROJECT_DIR/instances"',
    "start": 'printf "%s %s\\n" "$1" "$2" >>"$PROJECT_DIR/instances"',
    "stop": 'grep -vF -- "$1 " "$PROJECT_DIR/instances" >"$PROJECT_DIR/rest"; '
            'mv "$PROJECT_DIR/rest" "$PROJECT_DIR/instances"',
    "healthy": 'grep -qxF -- "$1 $2" "$PROJECT_DIR/instances"',
}
INSTANCES = ('web-1;touch${IFS}pwned', "web-2\x1b[2J", "$(touch${IFS}pwned)", "{version}", "--help",
             "*/DROP/*", "web'\"3")


def instances_and_versions(run):
    """They reach commands as arguments, the ledger as text, the terminal as text."""
    say("instances, versions, actors, reasons")
    for number, version in enumerate(("v2';DROP_TABLE_canary;--", "$(touch$IFS$9pwned)", "\x1b[31mv2",
                                      "{instance}*/<script>alert(1)</script>")):
        project = run.project(APPS)
        (project.folder / "deploy").mkdir()
        for verb, text in DRIVER.items():
            script = project.folder / "deploy" / verb
            script.write_text(f"#!/bin/sh\nset -e\n{text}\n")
            script.chmod(0o755)
        (project.folder / "instances").write_text("".join(f"{name} v1\n" for name in INSTANCES))
        project.sql("CREATE TABLE canary (id integer); INSERT INTO canary SELECT generate_series(1,7);"
                    "CREATE TABLE id (id integer); INSERT INTO id VALUES (1)")
        project.migration("0001-x", '[[change]]\nkind = "add_column"\ntable = "id"\nname = "x"\n'
                                    'type = "text"\n', summary="<script>\x1b[2J", why="\x9b31m<b>")
        project.plan("x", ["0001-x"], f'\n[[rollout]]\napp = "web"\nfrom = "v1"\nto = {toml(version)}\n',
                     summary="</title><script>\x1b]0;x\x07")
        actor = "\x1b[2J<img src=x onerror=alert(1)>\u202e"
        answer = project.run("deploy", "x", "--wait", "30s", "--actor", actor)
        run.checks.equal(f"{number}: exit of deploy to {version!r}", 0, answer.exit, answer.text)
        run.checks.that(f"{number}: deploy shows text only", not control_in(answer.out),
                        repr(control_in(answer.out)))
        run.checks.equal(f"{number}: instances", sorted(f"{name} {version}" for name in INSTANCES),
                         sorted((project.folder / "instances").read_text().splitlines()))
        run.checks.that(f"{number}: nothing was run by a shell", not list(
            project.folder.rglob("pwned")))
        for command in (("pause", "x", "--reason", "\x1b[2J<script>"),
                        ("app", "register", "web", "v9\x1b[2J"),
                        ("census", "forget", "web\x1b[2J", "--reason", "\x07<b>")):
            answer = project.run(*command)
            run.checks.that(f"{number}: {command[0]} shows text only: exit {answer.exit}",
                            not control_in(answer.out), repr(control_in(answer.out)))
        run.looks(project, f"{number}", ("status", "x"), ("history",), ("census",), ("contracts",))
        run.unharmed(project, f"{number}")


def ids(run):
    """What may be part of commands and comments is held to a plain form."""
    say("ids of releases, apps, databases, migrations, steps")
    project = run.project()
    project.sql("CREATE TABLE canary (id integer); CREATE TABLE id (id integer);")
    project.migration("0001-x", '[[change]]\nkind = "add_column"\ntable = "id"\nname = "x"\n'
                                'type = "text"\n')
    toml_file = project.folder / "interlock.toml"
    kept = toml_file.read_text()
    for odd in ("a b", "a*/b", "a;b", "../a", "a\nb", "\x1b[2J", "\u0430pp", "a/b", "'a'", "-a", "",
                "a\0b", "n" * 101):
        (project.folder / "plans" / "x.toml").write_text(
            f'[release]\nid = {toml(odd)}\nmigrations = ["0001-x"]\n')
        answer = project.run("deploy", "x")
        run.checks.that(f"release id {odd[:20]!r}: exit {answer.exit}", answer.exit == 78 and
                        not control_in(answer.out), answer.text)
        for table in ("apps", "databases", "environments"):
            more = 'databases = ["main"]\n' if table == "apps" else (
                'url = "postgresql://x"\n' if table == "databases" else "protected = true\n")
            toml_file.write_text(kept + f"\n[{table}.{toml(odd)}]\n{more}")
            answer = project.run("check")
            run.checks.that(f"name of {table} {odd[:20]!r}: exit {answer.exit}", answer.exit == 78 and
                            not control_in(answer.out), answer.text)
        toml_file.write_text(kept)
        project.migration("0002-s", f'[[change]]\nkind = "sql"\n[[change.step]]\nname = {toml(odd)}\n'
                                    'sql = "SELECT 1"\ntouches = []\nobserve = "SELECT \'absent\'"\n')
        answer = project.run("check")
        run.checks.that(f"name of a step {odd[:20]!r}: exit {answer.exit}", answer.exit == 78 and
                        not control_in(answer.out), answer.text)
        (project.folder / "migrations" / "0002-s.toml").unlink()
        if odd and "\0" not in odd and "/" not in odd and len(odd) < 100:
            project.migration(odd, '[[change]]\nkind = "drop_column"\ntable = "id"\ncolumn = "id"\n')
            answer = project.run("check")
            run.checks.that(f"migration's file {odd[:20]!r}: exit {answer.exit}", answer.exit == 78 and
                            not control_in(answer.out), answer.text)
            (project.folder / "migrations" / f"{odd}.toml").unlink()


def main():
    parts = [every_name, taken_back, refused_beforehand, expressions, instances_and_versions, ids]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interlock", default=os.environ.get("INTERLOCK_BIN"))
    parser.add_argument("--only", help="one part: " + ", ".join(part.__name__ for part in parts))
    parser.add_argument("--names", nargs="*", help="some of the names, by what they are")
    args = parser.parse_args()
    if not args.interlock:
        parser.error("say --interlock PROGRAM, or set INTERLOCK_BIN")
    args.interlock = str(pathlib.Path(args.interlock).resolve())
    run = Run(args)
    for part in parts:
        if args.only in (None, part.__name__):
            part(run)
    run.checks.end()


if __name__ == "__main__":
    main()
