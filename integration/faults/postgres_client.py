"""A PostgreSQL client of the simple protocol, as small as the harness needs: a psql process a look
would cost more than the run that is looked at.  The server must trust the user.
"""

import socket
import struct
import urllib.parse


class ServerError(Exception):
    """What the server said; `state` is the SQLSTATE."""

    def __init__(self, fields):
        self.state = fields.get("C", "")
        super().__init__(f"{fields.get('M', '?')} ({self.state})")


class Client:
    def __init__(self, url, application="faults"):
        parts = urllib.parse.urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), 30)
        self._socket.settimeout(120)
        self._input = self._socket.makefile("rb")
        settings = {"user": parts.username, "database": parts.path.lstrip("/"),
                    "application_name": application, "client_encoding": "UTF8"}
        body = b"".join(f"{key}\0{value}\0".encode() for key, value in settings.items()) + b"\0"
        self._socket.sendall(struct.pack(">II", len(body) + 8, 196608) + body)
        self._answer()

    def sql(self, text):
        """The rows of the last statement, as tuples of texts and None."""
        body = text.encode() + b"\0"
        self._socket.sendall(b"Q" + struct.pack(">I", len(body) + 4) + body)
        return self._answer()

    def close(self):
        self._input.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _exactly(self, count):
        data = self._input.read(count)
        if len(data) < count:
            raise ConnectionError("the server closed the connection")
        return data

    def _answer(self):
        rows, error = [], None
        while True:
            kind = self._exactly(1)
            body = self._exactly(struct.unpack(">I", self._exactly(4))[0] - 4)
            if kind == b"T":
                rows = []
            elif kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                error = _fields(body)
                if error.get("S") in ("FATAL", "PANIC"):
                    raise ServerError(error)
            elif kind == b"Z":
                if error:
                    raise ServerError(error)
                return rows


def _row(body):
    values, at = [], 2
    for _ in range(struct.unpack_from(">H", body)[0]):
        length = struct.unpack_from(">i", body, at)[0]
        at += 4
        values.append(None if length < 0 else body[at:at + length].decode())
        at += max(length, 0)
    return tuple(values)


def _fields(body):
    parts = [part.decode(errors="replace") for part in body.split(b"\0") if part]
    return {part[0]: part[1:] for part in parts}
