"""The protocol of MySQL and MariaDB as far as statements must be told apart.

One statement is one COM_QUERY, COM_STMT_EXECUTE or other command that is answered; preparing one is not
counted by itself.  What of the protocol would have to be followed further is taken out of the server's
greeting: TLS, compression, and the newer forms of answers.
"""

import collections
import pathlib
import re
import struct
import sys

from wire import FromClient, FromServer, Wire, shown

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from mysql_client import EOF, ERROR, MORE_RESULTS, OK, QUERY, QUIT, Packets, packet  # noqa: E402

# Capabilities of the server: compression (also zstd), TLS, the session's state in answers, answers without
# EOF, answers without definitions, values beside a query's text.
TAKEN_OUT = 1 << 5 | 1 << 11 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 26 | 1 << 27
MARIADB = 1        # where this capability's bit is not set, a greeting has MariaDB's own ones
PREPARE, EXECUTE, LONG_DATA, CLOSE, FIELD_LIST = 0x16, 0x17, 0x18, 0x19, 0x04
UNANSWERED = {QUIT, LONG_DATA, CLOSE}
# Statistics, change of user, fetch: their answers have forms of their own, which nobody asks for here.
UNKNOWN = {0x09, 0x11, 0x1C}
LOCAL_FILE = 0xFB
PROGRESS = 0xFFFF  # the number of an "error" by which MariaDB tells how far an ALTER is
# Statements that leave nothing behind, whatever comes of them; locks go with their session.
LEAVES_NOTHING = re.compile(
    r"\s*(/\*.*?\*/\s*)?(SELECT|SET|SHOW|BEGIN|START TRANSACTION|ROLLBACK|SAVEPOINT|RELEASE|VALUES|TABLE|USE|DO"
    r"|EXPLAIN|DESCRIBE|WITH|LOCK TABLES|UNLOCK TABLES|(CREATE|DROP) TEMPORARY|\(command)\b", re.IGNORECASE)
COMMIT = re.compile(r"\s*COMMIT\b", re.IGNORECASE)


def without_capabilities(greeting):
    """A server's greeting (protocol 10), with what nobody follows here taken out."""
    out = bytearray(greeting)
    at = out.index(b"\0", 1) + 1 + 4 + 8 + 1   # version, thread, first part of the challenge, filler
    low, = struct.unpack_from("<H", out, at)
    high, = struct.unpack_from("<H", out, at + 5)
    known = (low | high << 16) & ~TAKEN_OUT
    struct.pack_into("<H", out, at, known & 0xFFFF)
    struct.pack_into("<H", out, at + 5, known >> 16)
    if not known & MARIADB:
        struct.pack_into("<I", out, at + 14, 0)
    return bytes(out)


class Answer:
    """How far the answer to one command is."""

    def __init__(self, command):
        self.command = command
        self.lists = None      # of definitions or rows, each up to an EOF, that are still to come

    def ends_with(self, payload):
        """Whether this packet is the last one."""
        kind = payload[0]
        if kind == ERROR:
            return int.from_bytes(payload[1:3], "little") != PROGRESS
        if self.lists is not None:
            if kind != EOF or len(payload) >= 9:
                return False
            self.lists -= 1
            return self.lists == 0 and self._result_ends(payload[3:5])
        if self.command == PREPARE:
            columns, parameters = struct.unpack_from("<HH", payload, 5)
            self.lists = (columns > 0) + (parameters > 0)
            return self.lists == 0
        if self.command == FIELD_LIST:
            self.lists = 1
            return self.ends_with(payload)
        if kind == OK:
            return self._result_ends(_status(payload))
        if kind in (EOF, LOCAL_FILE):      # of a command that is answered by it; the client's turn
            return kind == EOF
        self.lists = 2
        return False

    def _result_ends(self, status):
        self.lists = None
        return not int.from_bytes(status, "little") & MORE_RESULTS


class MySqlWire(Wire):
    commit = COMMIT
    leaves_nothing = LEAVES_NOTHING

    def __init__(self):
        self._client = Packets()
        self._server = Packets()
        self._greeted = False
        self._answers = collections.deque()
        self._preparing = ""
        self._texts = {}       # of prepared statements, by the server's number

    def client(self, data):
        self._client.add(data)
        pieces = []
        while found := self._client.next():
            pieces.append(self._from_client(*found))
        return pieces

    def server(self, data):
        """Whole packets as far as there are any; cut behind each that ends an answer."""
        self._server.add(data)
        pieces, begun = [], b""
        while found := self._server.next():
            number, payload, sent = found
            if not self._greeted:
                self._greeted = True
                if payload[0] == 10:
                    sent = packet(number, without_capabilities(payload))
            begun += sent
            if self._completes(payload):
                pieces.append(FromServer(begun, True))
                begun = b""
        if begun:
            pieces.append(FromServer(begun, False))
        return pieces

    def _from_client(self, number, payload, sent):
        """A command begins its own numbers; all else belongs to the login or to a file."""
        if number != 0 or not payload:
            return FromClient(sent)
        command = payload[0]
        if command in UNANSWERED:
            if command == CLOSE:
                self._texts.pop(_number_of(payload), None)
            return FromClient(sent)
        if command in UNKNOWN:
            raise NotImplementedError(f"command {command} cannot be followed")
        self._answers.append(Answer(command))
        if command == PREPARE:
            self._preparing = shown(payload[1:])
            return FromClient(sent)
        if command == QUERY:
            return self.statement(sent, shown(payload[1:]))
        if command == EXECUTE:
            return self.statement(sent, self._texts.get(_number_of(payload), "(command 23)"))
        return self.statement(sent, f"(command {command})")

    def _completes(self, payload):
        if not self._answers:
            return False
        answer = self._answers[0]
        if answer.command == PREPARE and answer.lists is None and payload[0] == OK:
            self._texts[_number_of(payload)] = self._preparing
        if not answer.ends_with(payload):
            return False
        self._answers.popleft()
        return True


def _number_of(payload):
    return int.from_bytes(payload[1:5], "little")


def _status(payload):
    """Of an OK packet: behind two numbers of one to nine bytes."""
    at = 1
    for _ in range(2):
        at += {0xFC: 3, 0xFD: 4, 0xFE: 9}.get(payload[at], 1)
    return payload[at:at + 2]
