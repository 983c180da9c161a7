"""A small project on a throwaway server, for releases that are written by a script."""

import atexit
import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "crash"))
from shop_servers import SERVERS  # noqa: E402

PROJECT = """format = 1
[project]
name = "faults"
migrations = ["migrations"]

[databases.main]
url = "${FAULTS_DATABASE_URL}"
"""


def toml(text):
    """As a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def ident(name):
    """A part of a table's name, as Interlock's files have it for every server."""
    return '"' + name.replace('"', '""') + '"'


class Cluster:
    """A server of its own, in a folder that goes with it."""

    def __init__(self, server, servers=SERVERS):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="interlock-faults."))
        self.server = servers[server](self.work / "server")
        atexit.register(self.close)
        self.server.start()

    def close(self):
        self.server.stop()
        shutil.rmtree(self.work, ignore_errors=True)


class Answer:
    def __init__(self, args, exit_code, out):
        self.args = args
        self.exit = exit_code
        self.out = out

    @property
    def text(self):
        return f"exit {self.exit} of {' '.join(self.args)!r}\n" + self.out.decode(errors="replace")


class Project:
    """One database and the files that release to it."""

    def __init__(self, cluster, interlock, name, more="", database=None):
        self.server = cluster.server
        self.interlock = interlock
        self.database = database or name
        self.folder = cluster.work / name
        for part in ("migrations", "plans"):
            (self.folder / part).mkdir(parents=True)
        (self.folder / "interlock.toml").write_text(PROJECT + more)
        self.url = self.server.url(self.database)
        self.server.create(self.database)
        self.env = {**os.environ, "FAULTS_DATABASE_URL": self.server.release_url(self.url),
                    "TERM": "xterm", "PROJECT_DIR": str(self.folder)}
        self.env.pop("INTERLOCK_ENV", None)

    def migration(self, number, changes, summary="A change", why=""):
        text = f'[migration]\ndatabase = "main"\nsummary = {toml(summary)}\n'
        if why:
            text += f"why = {toml(why)}\n"
        (self.folder / "migrations" / f"{number}.toml").write_text(text + "\n" + changes)

    def plan(self, name, migrations, more="", summary=""):
        names = ", ".join(f'"{item}"' for item in migrations)
        text = f'[release]\nid = "{name}"\nmigrations = [{names}]\n'
        if summary:
            text += f"summary = {toml(summary)}\n"
        (self.folder / "plans" / f"{name}.toml").write_text(
            text + '\n[contract]\nsoak = "0s"\n' + more)

    def run(self, *args):
        """With pipes."""
        done = subprocess.run([self.interlock, *args], cwd=self.folder, env=self.env, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=300)
        return Answer(args, done.returncode, done.stdout)

    def on_terminal(self, *args):
        """With a terminal: what a person's eyes, and their terminal, would get."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([self.interlock, *args, "--no-input"], cwd=self.folder,
                                   env=self.env, stdin=subprocess.DEVNULL, stdout=follower,
                                   stderr=follower)
        os.close(follower)
        out = b""
        while True:
            try:
                data = os.read(leader, 65536)
            except OSError:
                break
            if not data:
                break
            out += data
        os.close(leader)
        return Answer(args, process.wait(), out)

    def sql(self, text, check=True):
        """The rows, values apart by |."""
        done = self.server.sql(self.url, text)
        if check and done.returncode != 0:
            raise RuntimeError(f"{text}: {done.stderr}")
        return done.stdout.strip("\n")
