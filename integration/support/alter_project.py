"""A project whose migrations alter one table each, and plans that release one migration each."""

PROJECT = """format = 1

[project]
name = "rebuild"
migrations = ["migrations"]

[databases.main]
url = "%(url)s"
"""

MIGRATION = """[migration]
database = "main"
summary = "%(name)s"

[[change]]
kind = "alter_table"
table = "%(table)s"
alter = "%(clauses)s"
"""

PLAN = """[release]
id = "%(release)s"
migrations = ["%(migration)s"]

[contract]
soak = "0s"
"""


class AlterProject:
    def __init__(self, folder, url, more=""):
        """`more`: what stands in it beside the database's url."""
        self.folder = folder
        for name in ("migrations", "plans"):
            (folder / name).mkdir(parents=True)
        (folder / "interlock.toml").write_text(PROJECT % {"url": url} + more)

    def migration(self, name, table, clauses):
        (self.folder / "migrations" / f"{name}.toml").write_text(
            MIGRATION % {"name": name, "table": table, "clauses": clauses})

    def plan(self, release, migration):
        (self.folder / "plans" / f"{release}.toml").write_text(
            PLAN % {"release": release, "migration": migration})
