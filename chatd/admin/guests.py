"""The clients of the admin socket: how many there may be, and their lines."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

import gevent
from gevent import socket

from chatd.admin.lines import Lines
from chatd.errors import ChatdError, TooLarge

MAX_CLIENTS = 64
MAX_PER_USER = 16
MAX_LINE = 1_048_576


class Guests(Counter[int]):
    """How many clients each user has; those of others cannot keep root and the daemon's user out,
    nor one user all the others."""

    def has_room(self, uid: int) -> bool:
        """Whether one more of this user is let in."""
        if uid in (0, os.getuid()):
            return True
        return self[uid] < MAX_PER_USER and self.total() < MAX_CLIENTS


class Client:
    """One client's socket: whole lines, a bound on their length, a deadline for each. Who asks to
    stay may be quiet for as long as it likes between its lines."""

    def __init__(self, sock: Any, timeout: float) -> None:
        self.sock = sock
        self.codec = Lines()
        self._timeout = timeout
        self._buffer = bytearray()

    def read_line(self) -> bytes | None:
        """The next line; ``None`` at the end, or when none comes in time."""
        if self.codec.asked.stay and not self._buffer:
            self._receive(None)
        deadline = time.monotonic() + self._timeout
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_LINE:
                self.refuse(TooLarge(f"a line holds at most {MAX_LINE} bytes", limit=MAX_LINE))
                return None
            if not self._receive(deadline - time.monotonic()):
                return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _receive(self, seconds: float | None) -> bool:
        data = b""
        with gevent.Timeout(None if seconds is None else max(0.0, seconds), False):
            data = self.sock.recv(65_536)
        self._buffer += data
        return bool(data)

    def send(self, line: bytes) -> None:
        """One line; a client that does not read is not waited for for ever."""
        with gevent.Timeout(self._timeout, TimeoutError("an admin client does not read")):
            self.sock.sendall(line)

    def refuse(self, error: ChatdError) -> None:
        """One line that says no."""
        self.send(self.codec.refusal(None, error))

    def wait_for_end(self) -> None:
        """Until the client goes."""
        while self.sock.recv(65_536):
            continue

    def hang_up(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
