"""The releases that the matrix cuts, in parts: a folder of releases/ with before.sql and migrations, for
MariaDB and MySQL in mysql/ there, and, if it needs more than the simplest, plan.toml; here the
commands that carry it so far, and those that are cut.  Small parts, since each statement of each is
a run of its own.
"""

import dataclasses
import pathlib
import shutil

HERE = pathlib.Path(__file__).resolve().parent
DRIVER = HERE / "driver.sh"

PROJECT = """format = 1

[project]
name = "faults"
migrations = ["migrations"]

[databases.main]
url = "${FAULT_DATABASE_URL}"
others = ["faults"]

[databases.main.backfill]
workers = 1
"""

HOME = """
[ledger]
url = "sqlite:home.db"
"""

APPLICATION = """
[apps.web]
databases = ["main"]
census.sessions = "web/{version}"
census.window = "300ms"
census.admission = "0s"

[apps.web.deploy]
driver = "command"
list = ["%(driver)s", "list"]
start = ["%(driver)s", "start", "{instance}", "{version}"]
stop = ["%(driver)s", "stop", "{instance}"]
healthy = ["%(driver)s", "healthy", "{instance}", "{version}"]
timeout = "1s"
"""

PLAN = """[release]
id = "%(id)s"
migrations = [%(migrations)s]

[contract]
soak = "0s"
"""

INSTANCES = ("web-1", "web-2")
WAIT = ("--wait", "1m")


@dataclasses.dataclass(frozen=True)
class Command:
    """One interlock command and how it ends when nothing goes wrong."""
    args: tuple
    ends: int = 0


def deploy(name, *more, ends=0):
    return Command(("deploy", name, *WAIT, *more), ends)


def at_once(name, ends=0):
    """Without waiting for a person."""
    return Command(("deploy", name), ends)


def rollback(name):
    return Command(("rollback", name, "--reason", "a drill", *WAIT))


@dataclasses.dataclass(frozen=True)
class Release:
    name: str
    folder_name: str
    before: tuple              # commands that nobody cuts: where it begins
    commands: tuple
    state: str                 # that it ends in
    applications: bool = False
    home: bool = False         # the release chain in a SQLite file

    @property
    def folder(self):
        return HERE / "releases" / self.folder_name

    def runs_on(self, dialect):
        """Whether that server has what it is about."""
        return (self.folder / dialect / "before.sql").exists()

    def database(self, dialect):
        """SQL that makes the database as it is before the release."""
        return (self.folder / dialect / "before.sql").read_text()

    def migrations(self, dialect):
        return sorted((self.folder / dialect).glob("[0-9]*.toml"))

    def write_project(self, project, dialect):
        """interlock.toml, migrations, plan, instances."""
        (project / "migrations").mkdir(parents=True)
        (project / "plans").mkdir()
        text = PROJECT
        if self.home:
            text += HOME
        if self.applications:
            text += APPLICATION % {"driver": DRIVER}
        (project / "interlock.toml").write_text(text)
        migrations = self.migrations(dialect)
        for migration in migrations:
            shutil.copy2(migration, project / "migrations")
        plan = project / "plans" / f"{self.folder_name}.toml"
        if (self.folder / "plan.toml").exists():
            shutil.copy2(self.folder / "plan.toml", plan)
        else:
            names = ", ".join(f'"{migration.stem}"' for migration in migrations)
            plan.write_text(PLAN % {"id": self.folder_name, "migrations": names})
        instances = project / "instances"
        instances.mkdir()
        if self.applications:
            for instance in INSTANCES:
                (instances / instance).write_text("v1\n")


def until(name, state):
    return deploy(name, "--until", state)


# All but one of each kind of home begin with a ledger, so that its making is cut once.
BASELINE = Command(("baseline",))


RELEASES = [
    Release("names-expand", "names", (), (until("names", "expanded"),), "expanding",
            applications=True),
    Release("names-rollout", "names", (until("names", "expanded"),),
            (until("names", "released"),), "released", applications=True),
    Release("names-contract", "names", (until("names", "released"),), (deploy("names"),),
            "finished", applications=True),
    Release("twins-expand", "twins", (BASELINE,), (until("twins", "expanded"),), "expanding"),
    Release("twins-contract", "twins", (until("twins", "released"),), (deploy("twins"),),
            "finished"),
    Release("columns-expand", "columns", (BASELINE,), (until("columns", "released"),), "released"),
    Release("columns-contract", "columns", (until("columns", "released"),), (deploy("columns"),),
            "finished"),
    Release("sql", "sql", (BASELINE,), (deploy("sql"),), "finished"),
    Release("fill-expand", "fill", (), (until("fill", "expanded"),), "expanding",
            applications=True, home=True),
    Release("fill-contract", "fill", (until("fill", "expanded"),), (deploy("fill"),), "finished",
            applications=True, home=True),
    Release("persons", "persons", (BASELINE,), (
        at_once("persons", ends=3),
        Command(("approve", "persons", "--actor", "reviewer", "--reason", "read it")),
        at_once("persons", ends=3),
        Command(("attest", "persons", "--actor", "support", "--reason", "told them")),
        deploy("persons"),
    ), "finished", applications=True),
    Release("back-expanded", "back-expanded", (until("back-expanded", "expanded"),),
            (rollback("back-expanded"),), "rolled back"),
    Release("back-quarantine", "back-quarantine", (deploy("back-quarantine"),),
            (rollback("back-quarantine"),), "rolled back", applications=True),
    Release("alter-expand", "alter", (BASELINE,), (until("alter", "expanded"),), "expanding"),
    Release("alter-contract", "alter", (until("alter", "released"),), (deploy("alter"),),
            "finished"),
    Release("alter-back", "alter", (until("alter", "expanded"),), (rollback("alter"),),
            "rolled back"),
    Release("longer-back", "longer", (until("longer", "expanded"),), (rollback("longer"),),
            "rolled back"),
    Release("carried-expand", "carried", (BASELINE,), (until("carried", "expanded"),), "expanding"),
    Release("carried-back", "carried", (until("carried", "expanded"),), (rollback("carried"),),
            "rolled back"),
]


def find(name):
    for release in RELEASES:
        if release.name == name:
            return release
    raise SystemExit(f"there is no release {name}; there are "
                     + ", ".join(release.name for release in RELEASES))
