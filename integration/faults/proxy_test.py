#!/usr/bin/env python3
"""The proxy does what its modes say: each against a real server, with a runner that is a small script."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import mysql_wire
from mysql_server import MariaDbServer
from postgres_server import PostgresServer
from postgres_wire import PostgresWire
from proxy import Fault, FaultProxy, Loop

RUNNER = """
import sys
_, client, url, *sys.path = sys.argv
Client = __import__(client).Client
client = Client(url)
for number in (1, 2, 3):
    client.sql(f"INSERT INTO seen VALUES ({number})")
print("told", flush=True)
"""
# mode: rows that are there afterwards, and how the runner ends, when the 2nd statement is struck
EXPECTED = {
    "before": (["1"], -9),
    "after_forward": (["1", "2"], -9),
    "before_reply": (["1", "2"], -9),
    "cut_before": (["1"], 1),
    "cut": (["1", "2"], 1),
    "cut_reply": (["1", "2"], 1),
    "delay": (["1", "2", "3"], 0),
}


class Modes:
    """Of a server: what makes it, its client, a database, a query of the runner's sessions."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="interlock-proxy.")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server = cls.make(pathlib.Path(cls.folder.name) / "server")
        cls.addClassCleanup(cls.server.stop)
        cls.server.create("proxied", "CREATE TABLE unused (number integer)")

    def setUp(self):
        self.loop = Loop()
        self.proxy = FaultProxy(self.loop, self.server.address, self.server.wire)
        self.addCleanup(self.proxy.close)
        self.sql("DROP TABLE IF EXISTS seen; CREATE TABLE seen (number integer)")

    def sql(self, text):
        with __import__(self.client).Client(self.server.url("proxied"), "looks") as client:
            return client.sql(text)

    def begin(self, *faults):
        self.proxy.arm(faults)
        runner = subprocess.Popen([sys.executable, "-c", RUNNER, self.client,
                                   self.server.url("proxied", self.proxy.port), *sys.path],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(runner.stdout.close)
        self.proxy.process = runner
        self.loop.watch(runner)
        return runner

    def rows(self):
        """Once the sessions that were cut are over."""
        while self.sql(self.sessions):
            pass
        return [str(int(number)) for number, in self.sql("SELECT number FROM seen ORDER BY 1")]

    def test_each_mode(self):
        for mode, (rows, code) in EXPECTED.items():
            with self.subTest(mode):
                self.setUp()
                runner = self.begin(Fault(mode, 2, 0.3))
                self.assertTrue(self.loop.until(lambda: runner.returncode is not None, 20))
                self.assertEqual(runner.returncode, code)
                self.proxy.drop()
                self.assertEqual(self.rows(), rows)
                self.assertEqual(self.proxy.struck, ["INSERT INTO seen VALUES (2)"])

    def test_half_open_is_silent_until_it_is_healed(self):
        runner = self.begin(Fault("half_open", 2))
        self.assertTrue(self.loop.until(lambda: self.proxy.silent, 20))
        self.assertFalse(self.loop.until(lambda: runner.returncode is not None, 1))
        self.proxy.silent.heal()
        self.assertTrue(self.loop.until(lambda: runner.returncode is not None, 20))
        self.assertEqual(runner.returncode, 1)

    def test_a_second_fault_counts_from_the_first(self):
        runner = self.begin(Fault("delay", 1, 0.1), Fault("before", 2))
        self.assertTrue(self.loop.until(lambda: runner.returncode is not None, 20))
        self.proxy.drop()
        self.assertEqual(self.rows(), ["1", "2"])


class PostgresModes(Modes, unittest.TestCase):
    make = PostgresServer
    client = "postgres_client"
    sessions = "SELECT FROM pg_stat_activity WHERE application_name = 'faults' AND datname = 'proxied'"


class MariaDbModes(Modes, unittest.TestCase):
    make = MariaDbServer
    client = "mysql_client"
    sessions = ("SELECT 1 FROM information_schema.processlist WHERE db = 'proxied' AND id <>"
                " CONNECTION_ID()")


class MySqlStatements(unittest.TestCase):
    """Packets of a client and of a server, split anywhere."""

    GREETING = (b"\x0a10.11.0-MariaDB\0" + b"\1\0\0\0" + b"12345678" + b"\0" + b"\xfe\xff\x2d\2\0\xff\x81"
                + b"\x15" + b"\0" * 6 + b"\x1d\0\0\0" + b"123456789012\0")
    OK = b"\0\1\0\2\0\0\0"
    MORE = b"\0\1\0\x0a\0\0\0"
    EOF = b"\xfe\0\0\2\0"
    ERROR = b"\xff\x15\x04#28000no"
    PROGRESS = b"\xff\xff\xff\1\1\0\0\0\0"

    @staticmethod
    def stream(*payloads, first=0):
        return b"".join(mysql_wire.packet(first + i, payload) for i, payload in enumerate(payloads))

    def exchange(self, size, *turns):
        """[(statement, changes, how many pieces of its answer end it)], after the greeting."""
        wire = mysql_wire.MySqlWire()
        wire.server(self.stream(self.GREETING))
        out = []
        for command, answer in turns:
            pieces = wire.client(self.stream(command))
            self.assertEqual(b"".join(piece.data for piece in pieces), self.stream(command))
            data = self.stream(*answer, first=1)
            back = [piece for at in range(0, len(data), size)
                    for piece in wire.server(data[at:at + size])]
            self.assertEqual(b"".join(piece.data for piece in back), data)
            ends = [piece.completes for piece in back]
            self.assertEqual(ends[-1:], [True] * bool(answer))
            out.append((pieces[0].statement, pieces[0].changes, sum(ends)))
        return out

    def test_counts(self):
        select = [b"\1", b"a column", self.EOF, b"\3abc", b"\xfb", self.EOF]
        prepared = [b"\0\7\0\0\0\1\0\1\0\0\0\0", b"a parameter", self.EOF, b"a column", self.EOF]
        binary = [b"\1", b"a column", self.EOF, b"\0\0\3abc", self.EOF]
        for size in (1, 7, 1000):
            self.assertEqual(self.exchange(
                size, (b"\3START TRANSACTION", [self.OK]), (b"\3SELECT 1", select),
                (b"\3COMMIT", [self.OK]), (b"\x16INSERT INTO t VALUES (?)", prepared),
                (b"\x17\7\0\0\0", binary), (b"\x19\7\0\0\0", []), (b"\3COMMIT", [self.OK]),
                (b"\3ALTER TABLE t", [self.PROGRESS, self.PROGRESS, self.ERROR]),
                (b"\3/* tag */ UPDATE t", [self.MORE, self.OK]), (b"\x0e", [self.OK])),
                [("START TRANSACTION", False, 1), ("SELECT 1", False, 1), ("COMMIT", False, 1),
                 ("", False, 1), ("INSERT INTO t VALUES (?)", True, 1), ("", False, 0),
                 ("COMMIT", True, 1), ("ALTER TABLE t", True, 1),
                 ("/* tag */ UPDATE t", True, 1), ("(command 14)", False, 1)])

    def test_a_greeting_promises_nothing_that_is_not_followed(self):
        # Where the first bit is set, it is a MySQL's, which has none of MariaDB's capabilities.
        of_mysql = self.GREETING.replace(b"\xfe\xff", b"\xff\xff").replace(b"\xff\x81", b"\xff\xdf")
        for greeting, more in ((self.GREETING, b"\0\0\0\0"), (of_mysql, b"\x1d\0\0\0")):
            shown = mysql_wire.without_capabilities(greeting)
            self.assertEqual(len(shown), len(greeting))
            at = shown.index(b"12345678") + 9
            known = int.from_bytes(shown[at:at + 2] + shown[at + 5:at + 7], "little")
            self.assertEqual(known & mysql_wire.TAKEN_OUT, 0)
            self.assertEqual(shown[at + 14:at + 18], more)


class PostgresStatements(unittest.TestCase):
    """One simple query, or extended messages up to their Sync; split anywhere."""

    @staticmethod
    def message(kind, body):
        return kind + (len(body) + 4).to_bytes(4, "big") + body

    def pieces(self, data, size):
        wire = PostgresWire()
        startup = b"\0\0\0\x08\0\x03\0\0"
        return [piece for at in range(0, len(startup + data), size)
                for piece in wire.client((startup + data)[at:at + size])]

    def test_counts(self):
        data = (self.message(b"Q", b"BEGIN\0")
                + self.message(b"P", b"\0INSERT INTO t VALUES ($1)\0\0\0")
                + self.message(b"B", b"\0\0\0\0\0\0\0\0") + self.message(b"D", b"P\0")
                + self.message(b"E", b"\0\0\0\0\0") + self.message(b"S", b"")
                + self.message(b"Q", b"COMMIT\0") + self.message(b"Q", b"SELECT 1\0")
                + self.message(b"Q", b"COMMIT\0")
                + self.message(b"Q", b"BEGIN; SET LOCAL x = 1\0")
                + self.message(b"Q", b"BEGIN READ WRITE; CREATE TABLE u ()\0")
                + self.message(b"X", b""))
        for size in (1, 7, 1000):
            pieces = self.pieces(data, size)
            self.assertEqual([(piece.statement, piece.changes) for piece in pieces
                              if piece.statement],
                             [("BEGIN", False), ("INSERT INTO t VALUES ($1)", True),
                              ("COMMIT", True), ("SELECT 1", False), ("COMMIT", False),
                              ("BEGIN; SET LOCAL x = 1", False),
                              ("BEGIN READ WRITE; CREATE TABLE u ()", True)])
            self.assertEqual(b"".join(piece.data for piece in pieces)[8:], data)

    def test_answers_end_with_ready_for_query(self):
        answer = (self.message(b"C", b"SELECT 1\0") + self.message(b"Z", b"I"))
        for size in (1, 5, 1000):
            wire = PostgresWire()
            pieces = [piece for at in range(0, len(answer), size)
                      for piece in wire.server(answer[at:at + size])]
            self.assertEqual(b"".join(piece.data for piece in pieces), answer)
            self.assertEqual([piece.completes for piece in pieces].count(True), 1)
            self.assertTrue(pieces[-1].completes)


if __name__ == "__main__":
    unittest.main()
