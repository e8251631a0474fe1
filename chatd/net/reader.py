"""What a peer sends before it is a WebSocket's: lines and bodies, straight off the socket. A file
object over it costs more than all of a handshake, and keeps what came behind to itself."""

from __future__ import annotations

from typing import Any

RECV_BYTES = 8_192


class Reader:
    """In pywsgi's place of a file. Whoever reads sets a deadline."""

    __slots__ = ("_data", "_recv", "closed")

    def __init__(self, sock: Any, received: bytes = b"") -> None:
        self._recv = sock.recv
        self._data = received
        self.closed = False

    def readline(self, most: int) -> bytes:
        """A line with its end, at most so many bytes of it; what there is where the peer ends."""
        while True:
            end = self._data.find(b"\n", 0, most) + 1
            if end or len(self._data) >= most:
                return self._take(end or most)
            if not self._receive():
                return self._take(most)

    def read_head(self, most: int) -> bytes | None:
        """The lines up to the next empty one, which goes with them; ``None`` where they are more
        than so many bytes, or the peer ends."""
        seen = 0
        while not self._data.startswith(b"\r\n"):
            end = self._data.find(b"\n\r\n", seen, most + 2)
            if end >= 0:
                return self._take(end + 3)[:-2]
            seen = max(0, len(self._data) - 2)
            if len(self._data) >= most + 2 or not self._receive():
                return None
        self._take(2)
        return b""

    def read(self, size: int) -> bytes:
        """So many bytes, fewer where the peer ends; none is lost where a deadline strikes."""
        pieces = [self._take(size)]
        left = size - len(pieces[0])
        try:
            while left and (piece := self._recv(min(left, 8 * RECV_BYTES))):
                pieces.append(piece)
                left -= len(piece)
        except BaseException:
            self._data = b"".join(pieces)
            raise
        return b"".join(pieces)

    def read1(self, size: int) -> bytes:
        """What there is, or comes next, at most so many bytes."""
        if not self._data:
            self._receive()
        return self._take(size)

    @property
    def rest(self) -> bytes:
        """What has come behind all that was read."""
        return self._data

    def take_rest(self) -> bytes:
        """The same, and it counts as read."""
        return self._take(len(self._data))

    def close(self) -> None:
        """Nothing is read any more; the socket stays as it is."""
        self.closed, self._data = True, b""

    def _receive(self) -> bool:
        piece = self._recv(RECV_BYTES)
        self._data += piece
        return bool(piece)

    def _take(self, size: int) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        return taken
