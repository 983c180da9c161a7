"""What the fault proxy must know of a server's protocol, and nothing more.

A protocol is a class with the two methods of Wire, one object a connection.  postgres_wire.py is the
first; another server's protocol is another such module.
"""

import dataclasses


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


class Wire:
    def client(self, data):
        """The pieces that are complete after these bytes of the client: a list of FromClient."""
        raise NotImplementedError

    def server(self, data):
        """The same of the server: a list of FromServer."""
        raise NotImplementedError
