#!/usr/bin/env python3
"""The proxy does what its modes say: each against a real server, with a runner that is a small script."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

from postgres_server import PostgresServer
from postgres_wire import PostgresWire
from proxy import Fault, FaultProxy, Loop

HERE = pathlib.Path(__file__).resolve().parent
RUNNER = """
import sys
sys.path.insert(0, %r)
from postgres_client import Client
client = Client("postgresql://postgres@127.0.0.1:" + sys.argv[1] + "/postgres")
for number in (1, 2, 3):
    client.sql(f"INSERT INTO seen VALUES ({number})")
print("told", flush=True)
""" % str(HERE)
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


class Modes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="interlock-proxy.")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server = PostgresServer(pathlib.Path(cls.folder.name) / "server")
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.loop = Loop()
        self.proxy = FaultProxy(self.loop, self.server.address, PostgresWire)
        self.addCleanup(self.proxy.close)
        self.server.admin().sql("DROP TABLE IF EXISTS seen; CREATE TABLE seen (number integer)")

    def begin(self, *faults):
        self.proxy.arm(faults)
        runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(self.proxy.port)],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(runner.stdout.close)
        self.proxy.process = runner
        self.loop.watch(runner)
        return runner

    def rows(self):
        """Once the sessions that were cut are over."""
        while self.server.admin().sql("SELECT FROM pg_stat_activity WHERE backend_type ="
                                      " 'client backend' AND pid <> pg_backend_pid()"):
            pass
        return [row[0] for row in self.server.admin().sql("SELECT number FROM seen ORDER BY 1")]

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


class Statements(unittest.TestCase):
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
