"""What the environment's faults and the rivals share: the shop of integration/crash, the schema
that an uninterrupted run leaves, and what must hold after every fault."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))

import shop as crash  # noqa: E402
from shop_servers import Client, Lacking  # noqa: E402, F401

AGAIN = (6, 10, 11, 75)
# On a machine that is busy with other things: longer than three counts of the census take, and than
# a command of the driver takes.
WINDOW = "15s"
TIMEOUT = "20s"
COLUMNS = "id,email,created_at,note,first_name,last_name"


def without_applications(text):
    """A project's or a plan's text without what rolls applications out."""
    kept = []
    skipping = False
    for line in text.splitlines():
        if line.startswith("["):
            skipping = line.startswith("[apps.") or line == "[[rollout]]"
        if not skipping:
            kept.append(line)
    return "\n".join(kept) + "\n"


class Lab(crash.Shop):
    """A Shop that knows what the schema is after a run that nothing disturbed."""

    whole = None

    def project_text(self, **times):
        return super().project_text(**times).replace('timeout = "5s"', f'timeout = "{TIMEOUT}"')

    def quiet(self, soak="0s", more=""):
        """From now on no applications: no rollout, no census; a release takes a second or two."""
        text = without_applications(self.project_text())
        (self.project / "interlock.toml").write_text(text + more)
        plan = crash.PLAN % {"id": crash.RELEASE, "soak": soak}
        (self.project / "plans" / f"{crash.RELEASE}.toml").write_text(without_applications(plan))

    def ddl_effects(self):
        return self.server.logged(self.sql)

    def uninterrupted(self):
        if self.whole is None:
            there, folder = self.database, self.run_dir
            self.new_database("whole", rows=200)
            self.expect(0, "apply", what="exit of a run that nothing disturbed")
            self.whole = self.schema()
            self.database, self.run_dir = there, folder
        return self.whole

    def same_schema(self, but=()):
        """As after an uninterrupted run; lines that hold a word of `but` are let out."""
        def lines(text):
            return [line for line in text.splitlines() if not any(word in line for word in but)]
        # Which release made it has no place in the catalog; all lines are compared.
        got, wanted = lines(self.schema()), lines(self.uninterrupted())
        return self.checks.that(
            "the schema is that of an uninterrupted run", got == wanted,
            "\n".join(sorted(set(got) ^ set(wanted)) or ["the order differs"]))

    def rows_are_right(self, shape="v2"):
        return self.checks.equal("rows that are not as written", 0, self.wrong_rows(shape))

    def says(self, run, words):
        """What a run that failed says holds all the words."""
        error = run.envelope().get("error", {})
        said = json.dumps(error) if error else run.out + run.err
        first = f"{error.get('code')} {error.get('message')}" if error else run.err.strip()
        self.checks.that(f"it says: {first}", all(word in said for word in words),
                         f"wanted: {words}\n{run.text}")

    def is_whole(self, run, but=()):
        """After the last run: everything as if nothing had happened."""
        self.checks.equal("exit of the last deploy", 0, run.exit, run.text)
        self.checks.equal("state", "finished", self.state(), run.text)
        self.same_schema(but)
        self.no_step_took_effect_twice()
        self.ledger_verifies()

    def goes_on(self, run):
        """Runs deploy again until it has nothing that would come by itself; the last run."""
        if run.exit in AGAIN:
            run = self.deploy_to_end()
            print(f"run again: {run.codes}", flush=True)
        return run


def run_parts(description, parts, rows=20000, more=(), lab=Lab, servers=("postgresql",),
              **options):
    """A script that is a list of functions, each of a lab and the checks; one of them ends with
    Lacking where the server has nothing of that sort."""
    args = crash.arguments(description, rows, more, servers)
    crash.require_part(args, parts)
    checks = crash.Checks()
    shop = lab(args, checks, **options)
    for part in parts:
        if args.only in (None, part.__name__):
            crash.say(part.__name__)
            shop.write_project(window=WINDOW)
            shop.write_plan()
            try:
                part(shop, checks)
            except Lacking as lacking:
                print(f"skipped: {lacking}", flush=True)
    checks.end()
