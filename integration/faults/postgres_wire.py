"""PostgreSQL's protocol, version 3, as far as statements must be told apart.

One statement is one simple Query, or all extended messages up to their Sync.  Encryption is refused
in the server's place, since nothing could be counted then.
"""

import re
import struct

from wire import FromClient, FromServer, Wire, shown

ENCRYPTION = {80877103, 80877104}   # SSLRequest, GSSENCRequest
# Parse, Bind, Describe, Execute, Close, Flush, function call
EXTENDED = {b"P", b"B", b"D", b"E", b"C", b"H", b"F"}
# Statements that leave nothing behind, whatever comes of them; locks go with their session.
# WITH may stand before either.  A BEGIN travels with the first of its transaction.
LEAVES_NOTHING = re.compile(r"\s*(/\*.*?\*/\s*)?(SELECT|SET|RESET|SHOW|BEGIN|START|ROLLBACK|SAVEPOINT"
                            r"|RELEASE|VALUES|TABLE|EXPLAIN|PREPARE|EXECUTE|\(sync\))\b",
                            re.IGNORECASE)
BEGIN_BEFORE = re.compile(r"BEGIN\b[^;]*;\s*(?=\S)", re.IGNORECASE)
COMMIT = re.compile(r"\s*(COMMIT|END)\b", re.IGNORECASE)


class PostgresWire(Wire):
    commit = COMMIT
    leaves_nothing = LEAVES_NOTHING

    def __init__(self):
        self._client = bytearray()
        self._server = bytearray()
        self._started = False
        self._group = bytearray()
        self._text = ""

    def client(self, data):
        self._client += data
        pieces = []
        while piece := self._next():
            pieces.append(piece)
        return pieces

    def server(self, data):
        """Whole messages as far as there are any; cut behind each ReadyForQuery."""
        self._server += data
        buffer, at, begin, pieces = self._server, 0, 0, []
        while len(buffer) - at >= 5:
            length = struct.unpack_from(">I", buffer, at + 1)[0]
            if len(buffer) - at < length + 1:
                break
            ready = buffer[at] == 0x5A  # 'Z'
            at += length + 1
            if ready:
                pieces.append(FromServer(bytes(buffer[begin:at]), True))
                begin = at
        if at > begin:
            pieces.append(FromServer(bytes(buffer[begin:at]), False))
        del buffer[:at]
        return pieces

    def _take(self, count):
        data = bytes(self._client[:count])
        del self._client[:count]
        return data

    def _next(self):
        if not self._started:
            return self._startup()
        while len(self._client) >= 5:
            length = struct.unpack_from(">I", self._client, 1)[0]
            if len(self._client) < length + 1:
                return None
            message = self._take(length + 1)
            kind = message[:1]
            if kind == b"Q":
                return self._begun(message, shown(message[5:-1]))
            if kind == b"S":
                group, text = bytes(self._group) + message, self._text
                self._group.clear()
                self._text = ""
                return self._begun(group, text or "(sync)")
            if kind not in EXTENDED:  # COPY data, passwords, Terminate
                return FromClient(message)
            if kind == b"P":
                # A name, then the text.
                self._text = shown(message[5:].split(b"\0", 2)[1])
            self._group += message
            if kind == b"H":  # the client waits for an answer before its Sync
                group = bytes(self._group)
                self._group.clear()
                return FromClient(group)
        return None

    def _begun(self, data, text):
        """A BEGIN travels with the first statement of its transaction, which tells."""
        return self.statement(data, text, BEGIN_BEFORE.sub("", text, count=1))

    def _startup(self):
        if len(self._client) < 8:
            return None
        length, code = struct.unpack_from(">II", self._client)
        if len(self._client) < length:
            return None
        message = self._take(length)
        if code in ENCRYPTION:
            return FromClient(message, reply=b"N")
        self._started = True  # a CancelRequest is followed by nothing
        return FromClient(message)
