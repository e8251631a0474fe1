"""A request's body as it comes off the socket: by its length, or in chunks taken to the letter."""

from __future__ import annotations

import re
from typing import Any

import gevent

from chatd.net.turnstile import A_MOMENT_S

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")
LINE_BYTES = 256
TRAILER_BYTES = 4_096
CHUNKS_A_TURN = 64


class BrokenBody(OSError):
    """Not what HTTP calls a body; where the next request begins nobody knows."""


class Body:
    """``wsgi.input`` in pywsgi's place. ``over``: everything of it was read; ``broken``: nothing
    behind it can be understood. Whoever reads sets a deadline."""

    __slots__ = ("_chunked", "_chunks", "_left", "_rfile", "_socket", "broken", "over", "wanted")

    def __init__(self, rfile: Any, length: int | None, chunked: bool, waiting: Any = None) -> None:
        self._rfile = rfile
        self._chunked = chunked
        self._left = 0 if chunked else length or 0
        self._socket = waiting
        self.wanted = waiting is None
        self.over = not chunked and not self._left
        self.broken = False
        self._chunks = 0

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer at the end; BrokenBody (an OSError) when it breaks off."""
        self._ask_for_it()
        pieces: list[bytes] = []
        while not self.over and size:
            piece = self._some(size)
            pieces.append(piece)
            size -= len(piece) if size > 0 else 0
        return b"".join(pieces)

    def read_some(self, size: int) -> bytes:
        """What there is, at most so many bytes, so that nothing that has come is lost with what
        does not come any more; nothing at the end."""
        self._ask_for_it()
        while not self.over:
            if piece := self._some(size, at_hand=True):
                return piece
        return b""

    def _ask_for_it(self) -> None:
        if self._socket is not None and not self.over:
            self._socket.sendall(CONTINUE)
            self._socket = None
            self.wanted = True

    def _some(self, size: int, *, at_hand: bool = False) -> bytes:
        if self._chunked and not self._left:
            self._begin_chunk()
            return b""
        wanted = self._left if size < 0 else min(size, self._left)
        piece: bytes = self._rfile.read1(wanted) if at_hand else self._rfile.read(wanted)
        self._left -= len(piece)
        if not piece or (len(piece) < wanted and not at_hand):
            raise self._break("it broke off")
        if not self._left:
            self._end_piece()
        return piece

    def _end_piece(self) -> None:
        if not self._chunked:
            self.over = True
        elif self._rfile.read(2) != b"\r\n":
            raise self._break("a chunk is longer than it said")

    def _begin_chunk(self) -> None:
        """Many small ones leave the loop to others, too: no read waits while more has come."""
        self._chunks += 1
        if self._chunks % CHUNKS_A_TURN == 0:
            gevent.sleep(A_MOMENT_S)
        head = CHUNK.fullmatch(self._rfile.readline(LINE_BYTES))
        if head is None:
            raise self._break("a chunk begins with its size")
        self._left = int(head[1], 16)
        if not self._left:
            self._skip_trailers()
            self.over = True

    def _skip_trailers(self) -> None:
        left = TRAILER_BYTES
        while (line := self._rfile.readline(left + 2)) != b"\r\n":
            left -= len(line)
            if left < 0 or not line.endswith(b"\r\n"):
                raise self._break("what follows the last chunk is too long, or no line")

    def _break(self, why: str) -> BrokenBody:
        self.broken = self.over = True
        return BrokenBody(why)

    def _discard(self) -> None:
        """pywsgi asks for that, and would wait for ever; the handler has done it within bounds."""
