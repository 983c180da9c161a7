#!/usr/bin/env python3
"""A client of MySQL and MariaDB for statements as texts, as small as the harness needs: a mariadb process a
look would cost more than the run that is looked at.  The server must let the user in without a password.

    mysql_client.py URL NAME     a session of that name: runs each line that it reads, prints rows, values apart by |
"""

import socket
import struct
import sys
import urllib.parse

QUIT, QUERY = 0x01, 0x03
OK, EOF, ERROR = 0x00, 0xFE, 0xFF
MORE_RESULTS = 0x0008

# Long password, long flag, database, protocol 4.1, transactions, secure authentication, several statements
# and results, plugins of authentication, attributes.
CAPABILITIES = (1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 13 | 1 << 15 | 1 << 16 | 1 << 17 | 1 << 19 | 1 << 20)
UTF8MB4 = 45


class Packets:
    """Takes whole packets from a stream: (number, payload, bytes as sent)."""

    def __init__(self):
        self._data = bytearray()

    def add(self, data):
        self._data += data

    def next(self):
        at, payload = 0, bytearray()
        while len(self._data) - at >= 4:
            length = int.from_bytes(self._data[at:at + 3], "little")
            if len(self._data) - at < 4 + length:
                return None
            number = self._data[3]
            payload += self._data[at + 4:at + 4 + length]
            at += 4 + length
            if length < 0xFFFFFF:
                sent = bytes(self._data[:at])
                del self._data[:at]
                return number, bytes(payload), sent
        return None


def packet(number, payload):
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


class ServerError(Exception):
    """What the server said; `number` is its own."""

    def __init__(self, payload):
        self.number, = struct.unpack_from("<H", payload, 1)
        super().__init__(f"{payload[9:].decode(errors='replace')} ({self.number})")


class Client:
    """`affected` and `last_id` are what the last statement without rows told of itself."""

    affected = 0
    last_id = 0

    def __init__(self, url, application="faults"):
        parts = urllib.parse.urlsplit(url)
        database = urllib.parse.unquote(parts.path.lstrip("/"))
        self._socket = socket.create_connection((parts.hostname, parts.port), 30)
        self._socket.settimeout(120)
        self._packets = Packets()
        self._receive()        # the greeting
        attribute = _counted(b"program_name") + _counted(application.encode())
        self._send(1, struct.pack("<IIB23x", CAPABILITIES, 1 << 24, UTF8MB4)
                   + parts.username.encode() + b"\0\0" + database.encode() + b"\0"
                   + b"mysql_native_password\0" + _counted(attribute))
        self._log_in()

    def sql(self, text):
        """The rows of the last statement, as tuples of bytes and None."""
        self._send(0, bytes([QUERY]) + text.encode())
        rows, more = [], True
        while more:
            rows, more = self._result()
        return rows

    def texts(self, text):
        """The same with texts for bytes."""
        return [tuple(None if value is None else value.decode(errors="replace") for value in row)
                for row in self.sql(text)]

    def close(self):
        try:
            self._send(0, bytes([QUIT]))
        except OSError:
            pass
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _send(self, number, payload):
        self._socket.sendall(packet(number, payload))

    def _receive(self):
        """(number, payload)"""
        while True:
            if found := self._packets.next():
                number, payload, _ = found
                if payload[:1] == bytes([ERROR]):
                    raise ServerError(payload)
                return number, payload
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the server closed the connection")
            self._packets.add(data)

    def _log_in(self):
        """Whatever the server asks, the answer is that there is no password."""
        while True:
            number, payload = self._receive()
            if payload[0] == OK:
                return
            if payload[0] == EOF:
                self._send(number + 1, b"")

    def _result(self):
        """(rows, whether another result follows)"""
        _, payload = self._receive()
        if payload[0] == OK:
            self.affected, at = _number(payload, 1)
            self.last_id, at = _number(payload, at)
            return [], _has_more(payload[at:])
        columns, _ = _number(payload, 0)
        while self._receive()[1][0] != EOF:
            pass
        rows = []
        while True:
            _, payload = self._receive()
            if payload[0] == EOF and len(payload) < 9:
                return rows, _has_more(payload[3:])
            rows.append(_row(payload, columns))


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def _has_more(status):
    return bool(int.from_bytes(status[:2], "little") & MORE_RESULTS)


def _number(data, at):
    """(a number of one to nine bytes, or None for NULL, where it ends)"""
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(data[at])
    if data[at] == 0xFB:
        return None, at + 1
    if size is None:
        return data[at], at + 1
    return int.from_bytes(data[at + 1:at + 1 + size], "little"), at + 1 + size


def _counted(data):
    """With its length, below 251, before it."""
    return bytes([len(data)]) + data


def _row(payload, columns):
    values, at = [], 0
    for _ in range(columns):
        length, at = _number(payload, at)
        values.append(None if length is None else payload[at:at + length])
        at += length or 0
    return tuple(values)


def main():
    """Ends with its input, or with the session."""
    _, url, name = sys.argv
    with Client(url, name) as client:
        for line in sys.stdin:
            try:
                for row in client.texts(line):
                    print("|".join(value or "" for value in row), flush=True)
            except ServerError as error:
                print(f"ERROR: {error}", flush=True)


if __name__ == "__main__":
    main()
