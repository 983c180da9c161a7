"""What the fault proxy must know of a server's protocol, and nothing more.

A protocol is a class with the two methods of Wire, one object a connection.  postgres_wire.py is the
first; another server's protocol is another such module.
"""

import dataclasses

TEXT_SHOWN = 300


@dataclasses.dataclass
class FromClient:
    """A piece of the client's stream that is forwarded whole."""
    data: bytes
    statement: str = ""    # its text, if the server will answer this piece as one statement
    changes: bool = False  # whether the statement may leave a trace that outlives its session
    reply: bytes = b""    # what the proxy answers by itself; then nothing is forwarded


@dataclasses.dataclass
class FromServer:
    """A piece of the server's stream."""
    data: bytes
    completes: bool       # the answer to the last statement ends with this piece


def shown(text):
    return text[:TEXT_SHOWN].decode(errors="replace")


class Wire:
    """Of a protocol's statements: which commit, and which leave nothing behind, by the beginning of
    their text."""
    commit = None
    leaves_nothing = None
    changed = False        # whether a statement since the last commit may leave a trace

    def statement(self, data, text, judged=None):
        """A piece that is answered as one statement; `judged` where not all of its text tells.  A COMMIT
        changes something if a statement since the last one did."""
        if self.commit.match(text):
            changes, self.changed = self.changed, False
        else:
            changes = not self.leaves_nothing.match(text if judged is None else judged)
            self.changed |= changes
        return FromClient(data, text, changes)

    def client(self, data):
        """The pieces that are complete after these bytes of the client: a list of FromClient."""
        raise NotImplementedError

    def server(self, data):
        """The same of the server: a list of FromServer."""
        raise NotImplementedError
