"""A TCP proxy between a runner and its server that counts the runner's statements, over all of its
connections in the order of their arrival, and does harm at the Nth.

Everything happens in one thread, in Loop.until(): so "the Nth" is one certain moment, and nothing
goes on while a runner is killed.
"""

import dataclasses
import os
import selectors
import signal
import socket
import time

CHUNK = 1 << 18

MODES = {
    "before": "the runner is killed before the statement is forwarded",
    "after_forward": "the runner is killed once it is forwarded",
    "before_reply": "the runner is killed once the answer is complete, before it has it",
    "cut_before": "the connection is cut before the statement is forwarded; the runner lives",
    "cut": "the connection is cut once it is forwarded; the runner lives, the statement goes on",
    "cut_reply": "the connection is cut once the answer is complete; the runner lives without it",
    "delay": "the answer comes late",
    "half_open": "neither side hears anything any more, the connection stays",
}
KILLS = ("before", "after_forward", "before_reply")
CUTS = ("cut_before", "cut", "cut_reply")


@dataclasses.dataclass
class Fault:
    mode: str
    at: int
    seconds: float = 1.0    # of a delay


class Loop:
    """Sockets, processes and timers of any number of proxies."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self._timers = []

    def after(self, seconds, action):
        self._timers.append((time.monotonic() + seconds, action))

    def until(self, is_over, seconds):
        """Serves all proxies until is_over() or so many seconds have passed: whether it is over."""
        end = time.monotonic() + seconds
        while not is_over():
            now = time.monotonic()
            if now >= end:
                return False
            due = [timer for timer in self._timers if timer[0] <= now]
            for timer in due:
                self._timers.remove(timer)
                timer[1]()
            if due:
                continue
            wake = min([end, *(at for at, _ in self._timers)])
            for key, events in self.selector.select(wake - now):
                key.data(events)
        return True

    def watch(self, process):
        """Wakes the loop when the process ends; its exit code is then in process.returncode."""
        handle = os.pidfd_open(process.pid)

        def ended(_):
            process.wait()
            self.selector.unregister(handle)
            os.close(handle)
        self.selector.register(handle, selectors.EVENT_READ, ended)


class Side:
    """One socket of a relayed connection: reads when asked to, keeps what cannot be sent yet."""

    def __init__(self, loop, connection, on_data, on_end):
        self.loop = loop
        self.socket = connection
        self.on_data = on_data
        self.on_end = on_end
        self.waiting = bytearray()
        self.open = True
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.selector.register(connection, selectors.EVENT_READ, self._ready)

    def send(self, data):
        if not self.open or not data:
            return
        self.waiting += data
        self._flush()

    def close(self):
        if self.open:
            self.open = False
            self.loop.selector.unregister(self.socket)
            self.socket.close()

    def mute(self):
        """The socket stays open, and nobody listens to it or speaks any more."""
        if self.open:
            self.open = False
            self.loop.selector.unregister(self.socket)

    def _flush(self):
        try:
            while self.waiting:
                sent = self.socket.send(self.waiting)
                del self.waiting[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self.on_end()
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.waiting else 0)
        self.loop.selector.modify(self.socket, events, self._ready)

    def _ready(self, events):
        if events & selectors.EVENT_WRITE and self.open:
            self._flush()
        if not (events & selectors.EVENT_READ and self.open):
            return
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.on_data(data)
        else:
            self.on_end()


class Relay:
    """One connection of the runner and its twin to the server."""

    def __init__(self, proxy, connection):
        self.proxy = proxy
        self.wire = proxy.wire()
        self.held = None       # pieces of an answer that is not passed on
        upstream = socket.create_connection(proxy.server, 10)
        self.client = Side(proxy.loop, connection, self.from_client, self.close)
        self.server = Side(proxy.loop, upstream, self.from_server, self.server_ended)

    def close(self):
        self.client.close()
        self.server.close()
        self.proxy.relays.discard(self)

    def server_ended(self):
        """The server ends a session by itself: an answer that is held back is complete then."""
        if self.held is not None and self.held[0].mode == "before_reply":
            self.proxy.kill()
        self.close()

    def from_client(self, data):
        for piece in self.wire.client(data):
            if piece.reply:
                self.client.send(piece.reply)
            elif piece.statement:
                self.statement(piece)
            else:
                self.server.send(piece.data)
            if not self.server.open:
                return

    def statement(self, piece):
        fault = self.proxy.count(piece)
        mode = fault.mode if fault else ""
        if mode == "before":
            self.proxy.kill()
        elif mode == "cut_before":
            self.close()
        elif mode == "after_forward":
            self.server.send(piece.data)
            self.proxy.kill()
        elif mode == "cut":
            self.server.send(piece.data)
            self.close()
        elif mode == "half_open":
            self.server.send(piece.data)
            self.client.mute()
            self.server.mute()
            self.proxy.silent = self
        else:
            if mode:
                self.held = (fault, bytearray())
            self.server.send(piece.data)

    def from_server(self, data):
        for piece in self.wire.server(data):
            if self.held is None:
                self.client.send(piece.data)
                continue
            fault, answer = self.held
            answer += piece.data
            if piece.completes:
                self.answered(fault, bytes(answer))
            if not self.client.open:
                return

    def answered(self, fault, answer):
        if fault.mode == "before_reply":
            self.proxy.kill()
        elif fault.mode == "cut_reply":
            self.close()
        else:
            self.proxy.loop.after(fault.seconds, lambda: self.deliver(answer))

    def deliver(self, answer):
        self.held = None
        self.client.send(answer)

    def heal(self):
        """Ends a silent connection, on both sides."""
        self.client.socket.close()
        self.server.socket.close()
        self.proxy.relays.discard(self)


class FaultProxy:
    """Listens on 127.0.0.1:port for a runner, whose statements go to `server` (host, port)."""

    def __init__(self, loop, server, wire):
        self.loop = loop
        self.server = server
        self.wire = wire
        self.relays = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        loop.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.process = None
        self.arm([])

    def arm(self, faults):
        """From now on the first of these strikes at its statement, then the next one, counted from
        there, and so on."""
        self.faults = list(faults)
        self.statements = 0
        self.seen = []         # (text, changes) of all statements
        self.struck = []       # those at which a fault did
        self.silent = None     # the relay that a half_open left

    def count(self, piece):
        """The fault, if this statement is the one."""
        self.statements += 1
        self.seen.append((piece.statement, piece.changes))
        if not self.faults or self.statements != self.faults[0].at:
            return None
        self.struck.append(piece.statement)
        self.statements = 0
        return self.faults.pop(0)

    def kill(self):
        """SIGKILL; once the process is gone, its sockets are closed as the kernel would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.drop()

    def drop(self):
        for relay in list(self.relays):
            relay.close()

    def close(self):
        self.drop()
        self.loop.selector.unregister(self.listener)
        self.listener.close()

    def _accept(self, _):
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        try:
            self.relays.add(Relay(self, connection))
        except OSError:
            connection.close()
