#!/usr/bin/env python3
"""Names, texts and expressions that try to become something else than a name, a text, an expression:
through every kind of change, on a real server.  What meddles stays a name."""

import argparse
import hashlib
import html.parser
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))

# pylint: disable=wrong-import-position
from hostile_servers import SERVERS, rows_of  # noqa: E402
from project import Cluster, Project, ident, toml  # noqa: E402
from shop import Checks, say  # noqa: E402

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
    "as long as can be": "n" * 64,
    "as long as can be, two bytes each": "\u00e9" * 64,
    "glob": "*?[a-z]%_",
    "like ours": "~interlock_sync",
}

CANARY = "CREATE TABLE canary (id integer PRIMARY KEY);" + rows_of("canary", (f"({i})" for i in range(7)))
CANARY += "CREATE TABLE id (id integer); INSERT INTO id VALUES (1);"


def shortened(server, name, more=""):
    """The longest beginning that the server keeps with `more` behind it."""
    while server.size(name + more) > server.longest:
        name = name[:-1]
    return name + more


class Names:
    """Every name that one case needs, each as hostile as the first, which is its text as well."""

    def __init__(self, server, name):
        self.server = server
        self.text = name
        self.n = server.kept(shortened(server, name))
        for letter in "stkodawuficvxyz":
            setattr(self, letter, server.kept(shortened(server, name, letter.upper())))

    def quoted(self):
        """As the server's SQL has them."""
        return {letter: self.server.ident(getattr(self, letter)) for letter in "nstkodawuficvxyz"}


def prepare(server, project, it, rows=ROWS):
    q = it.quoted()
    server.prepare(project, it)
    project.sql(CANARY)
    project.sql("CREATE TABLE {s}.{t} ({key} bigint PRIMARY KEY, {n} {text}, {o} {text}, {d} {text});".format(
        key=q["k"], text=server.text, **q)
        + rows_of(f"{q['s']}.{q['t']}", (f"({i}, 'v{i}', 'o{i}', 'd{i}')" for i in range(1, rows + 1))))


def write_migrations(server, project, it):
    q = it.quoted()
    literal, joined = server.literal, server.joined
    table = toml(f"{ident(it.s)}.{ident(it.t)}")
    text = f'type = "{server.text}"'
    project.migration("0001-create", f"""[[change]]
kind = "create_table"
table = {toml(ident(it.s) + '.' + ident(it.x))}
columns = [{{ name = {toml(it.k)}, type = "bigint", identity = true }},
  {{ name = {toml(it.n)}, {text}, default = {toml(literal(it.text))} }},
  {{ name = {toml(it.y)}, type = "bigint" }}]
primary_key = [{toml(it.k)}]
unique = [{{ name = {toml(it.u)}, columns = [{toml(it.n)}, {toml(it.y)}] }}]
checks = [{{ name = {toml(it.c)}, expression = {toml(q['n'] + " <> '' -- a remark")} }}]
references = [{{ name = {toml(it.f)}, columns = [{toml(it.y)}], table = {table}, referenced = [{toml(it.k)}] }}]
""", summary=it.text, why=it.text)
    project.migration("0002-add", f"""[[change]]
kind = "add_column"
table = {table}
name = {toml(it.a)}
{text}
null = false
fill = {toml(joined(literal(it.text), q['n']))}
""")
    up = joined(f"coalesce({q['o']}, '') /* ; */", literal(it.text))
    project.migration("0003-derive", f"""[[change]]
kind = "derive_columns"
table = {table}
old = [{toml(it.o)}]
new = [{{ name = {toml(it.w)}, {text}, null = false, up = {toml(up)} }}]
down = {{ {toml(it.o)} = {toml(server.without_end(q['w'], len(it.text)) + " -- a remark")} }}
lossy = {toml(it.text)}
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
{server.index(it)}""")
    sql, touched, observe, undo = server.view(it)
    project.migration("0006-sql", f"""[[change]]
kind = "sql"

[[change.step]]
name = "view"
sql = {toml(sql)}
touches = [{toml(touched)}]
observe = {toml(observe)}
undo = {toml(undo)}
""")
    project.plan("names", ["0001-create", "0002-add", "0003-derive", "0004-drop", "0005-index",
                           "0006-sql"], summary=it.text)


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
        self.cluster = Cluster(args.server)
        self.server = SERVERS[args.server]
        self.number = 0

    def project(self, more="", it=None):
        self.number += 1
        name = f"hostile{self.number}"
        return Project(self.cluster, self.args.interlock, name, more,
                       it and self.server.database(name, it))

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
            "SELECT (SELECT count(*) FROM canary), (SELECT count(*) FROM id)"))


def digests(*names):
    return sorted(hashlib.sha256(name.encode()).hexdigest() for name in names)


def through_every_kind(run, what, name):
    checks, server = run.checks, run.server
    it = Names(server, name)
    project = run.project(it=it)
    q = it.quoted()
    prepare(server, project, it)
    write_migrations(server, project, it)
    plan = project.run("plan", "names", "--sql")
    checks.equal(f"{what}: exit of plan", 0, plan.exit, plan.text)
    deploy = project.run("deploy", "names", "--wait", "1m", "--actor", f"a {name}".replace("\n", " "))
    checks.equal(f"{what}: exit of deploy", 0, deploy.exit, deploy.text)
    checks.that(f"{what}: deploy shows text only", not control_in(deploy.out), deploy.text)
    again = project.run("deploy", "names", "--wait", "1m")
    checks.equal(f"{what}: exit of a second deploy", 0, again.exit, again.text)
    run.unharmed(project, what)
    checks.that(f"{what}: columns of the old table",
                digests(it.k, it.n, it.a, it.w) == sorted(server.columns(project, it, it.t)))
    checks.that(f"{what}: columns of the new table",
                digests(it.k, it.n, it.y) == sorted(server.columns(project, it, it.x)))
    added = server.joined(server.literal(it.text), "'v'", q["k"])
    derived = server.joined("'o'", q["k"], server.literal(it.text))
    wrong = project.sql(
        f"SELECT sum(CASE WHEN {server.differs(q['a'], added)} OR {server.differs(q['w'], derived)}"
        f" THEN 1 ELSE 0 END), count(*) FROM {q['s']}.{q['t']}")
    checks.equal(f"{what}: rows", f"0|{ROWS}", wrong)
    checks.equal(f"{what}: view and indexes", "3", server.views_and_indexes(project, it))
    checks.equal(f"{what}: constraints", "3", server.constraints(project, it))
    for command in (("drift",), ("ledger", "verify"), ("schema",)):
        answer = project.run(*command)
        checks.equal(f"{what}: exit of {' '.join(command)}", 0, answer.exit, answer.text)
    run.looks(project, what, ("plan", "names"), ("status", "names"), ("history",), ("schema",),
              ("history", "--object", name.replace("\n", " ")))
    checks.equal(f"{what}: triggers that are left", "0", server.left_over(project))


def every_name(run):
    for what, name in (NAMES | run.server.names).items():
        if run.args.names and what not in run.args.names:
            continue
        say(f"{what}: {name!r}")
        through_every_kind(run, what, name)


def taken_back(run):
    """The way back quotes as well."""
    for what in ("quote and semicolon", "dollar quotes", "as long as can be", "line ends"):
        say(f"rolled back: {what}")
        it = Names(run.server, NAMES[what])
        project = run.project(it=it)
        prepare(run.server, project, it)
        write_migrations(run.server, project, it)
        before = project.run("schema").out
        answer = project.run("deploy", "names", "--until", "expanded")
        run.checks.equal(f"{what}: exit of deploy --until expanded", 0, answer.exit, answer.text)
        answer = project.run("rollback", "names", "--reason", NAMES[what])
        run.checks.equal(f"{what}: exit of rollback", 0, answer.exit, answer.text)
        run.checks.that(f"{what}: the schema is as before", project.run("schema").out == before)
        run.unharmed(project, what)
        run.looks(project, what, ("status", "names"), ("history",))


ONE_CHANGE = {
    "create_table": 'table = "fresh"\ncolumns = [{{ name = {name}, type = "{type}" }}]',
    "create_table's table": 'table = {quoted}\ncolumns = [{{ name = "id", type = "{type}" }}]',
    "create_table's unique":
        'table = "fresh"\ncolumns = [{{ name = "id", type = "{type}" }}]\n'
        'unique = [{{ name = {name}, columns = ["id"] }}]',
    "create_table's check":
        'table = "fresh"\ncolumns = [{{ name = "id", type = "{type}" }}]\n'
        'checks = [{{ name = {name}, expression = "id <> \'\'" }}]',
    "add_column": 'table = "canary"\nname = {name}\ntype = "{type}"',
    "derive_columns":
        'table = "canary"\nold = ["other"]\nnew = [{{ name = {name}, type = "{type}", up = "other" }}]\n'
        'down = {{ other = {down} }}',
    "create_index": 'table = "canary"\nname = {name}\ncolumns = ["other"]',
    "drop_column": 'table = "canary"\ncolumn = {name}',
    "sql": '[[change.step]]\nname = "s"\nsql = {sql}\ntouches = []\nobserve = "SELECT \'absent\'"',
}


def refused_beforehand(run):
    """Too long, with a zero byte, empty, or else what the server does not keep: one clear message, and
    nothing is touched."""
    say("names that the server would not keep")
    server = run.server
    project = run.project()
    project.sql(CANARY + f"ALTER TABLE canary ADD COLUMN other {server.text};")
    before = project.run("schema").out
    not_kept = server.too_long | server.cannot_keep | server.no_table
    for what, name, exits in (*((what, name, (4,)) for what, name in not_kept.items()),
                              ("a zero byte", "a\0b", (78,)), ("nothing", "", (4, 78))):
        for kind, text in ONE_CHANGE.items():
            if kind == "sql" and "\0" not in name or (
                    what in server.no_table and kind != "create_table's table"):
                continue
            change = text.format(name=toml(name), quoted=toml(ident(name)),
                                 down=toml(server.ident(name)), type=server.text,
                                 sql=toml(f"SELECT 1 AS {server.ident(name)}"))
            project.migration("0001-x", f'[[change]]\nkind = "{kind.split(chr(39))[0]}"\n{change}\n')
            project.plan("refused", ["0001-x"])
            answer = project.run("deploy", "refused")
            run.checks.that(f"{kind}, {what}: exit {answer.exit}, IL-{answer.text.count('IL-')}",
                            answer.exit in exits and b"IL-" in answer.out
                            and not control_in(answer.out), answer.text[:2000])
            if what in server.too_long and len(name) < 100 and kind != "drop_column":
                run.checks.that(f"{kind}, {what}: the limit is named",
                                f"{server.longest} " in answer.text, answer.text)
    run.checks.that("nothing was touched", project.run("schema").out == before)
    run.checks.equal("no ledger was begun", "", project.sql(server.ledger))
    run.unharmed(project, "refused")


def expressions(run):
    """What `up` and `down` may hold, and that nothing behind them is swallowed."""
    say("expressions")
    server = run.server
    people = f"CREATE TABLE people (id bigint PRIMARY KEY, name {server.text});"
    for number, up in enumerate(server.accepted):
        project = run.project()
        project.sql(CANARY + people + rows_of("people", (f"({i}, 'v{i}')" for i in range(1, 51))))
        wanted = project.sql(server.digest(up))
        project.migration("0001-x", f"""[[change]]
kind = "derive_columns"
table = "people"
old = ["name"]
new = [{{ name = "label", type = "{server.text}", up = {toml(up)} }}]
down = {{ name = {toml('label -- ; DROP TABLE canary')} }}
lossy = "a test"
""")
        project.plan("x", ["0001-x"])
        answer = project.run("deploy", "x", "--wait", "1m")
        run.checks.equal(f"{number}: exit of deploy with {up!r}", 0, answer.exit, answer.text)
        run.checks.equal(f"{number}: rows", wanted, project.sql(server.digest("label"), check=False))
        run.unharmed(project, f"{number}")
    project = run.project()
    project.sql(CANARY + people)
    before = project.run("schema").out
    for text in server.refused:
        for where in ("up", "down"):
            up = text if where == "up" else "name"
            down = text.replace("name", "label") if where == "down" else "label"
            project.migration("0001-x", f"""[[change]]
kind = "derive_columns"
table = "people"
old = ["name"]
new = [{{ name = "label", type = "{server.text}", up = {toml(up)} }}]
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
        project.sql(CANARY)
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
    project.sql(CANARY)
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
    parser.add_argument("--server", choices=SERVERS, default="postgresql")
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
