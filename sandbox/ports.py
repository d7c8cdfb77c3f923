"""A TCP port that stays reserved while a server on it starts, dies and starts again."""

import socket
from typing import Self


class ReservedPort:
    """A free port of 127.0.0.1, reserved until `close` by a socket that is bound but doesn't listen.

    Linux lets a server with SO_REUSEADDR, which asyncio and Go always set, bind the same port, and never hands it out
    as a free one. While no server runs, connections are refused.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Release the port."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
