"""Standard error as the log's outlet: never waited for, bounded, and it tells what it lost."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from gevent import get_hub, monkey

MOST_LINES = 10_000
MOST_BYTES = 4_194_304
PIECE = 4_096  # what a pipe or a socket that can be written takes at once
UNREAD = "nobody read them"
_poll: Callable[[], Any] = monkey.get_original("select", "poll")
_lock: Callable[[], Any] = monkey.get_original("_thread", "RLock")
WRITABLE = 4


class Outlet:
    """Lines leave at once where somebody takes them; else they wait, the oldest are dropped when
    they are too many, and who reads on is told how many are missing.

    Only what is ready is written to, so nothing here holds up who logs: a pipe that nobody reads,
    a stopped terminal, a full disk. ``told`` makes the line that tells of lost ones; ``lost``:
    how many there were in all.
    """

    def __init__(self, descriptor: int) -> None:
        self.told: Callable[[int, str], str] = "{} lines of the log are missing: {}".format
        self.lost = 0
        self._descriptor = patient(descriptor)
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._begun = False
        self._missing = 0
        self._why = UNREAD
        self._promised = False
        self._lock = _lock()
        self._ready = _poll()
        self._ready.register(self._descriptor, WRITABLE)

    def line(self, text: str) -> None:
        """One line, or one with more of its own; it is gone or waits when this returns."""
        with self._lock:
            self._take(text)
            self._settle()

    def soon(self, text: str) -> None:
        """The same, of many: it leaves with what else this turn of the loop tells, in one piece."""
        with self._lock:
            self._take(text)
            if not self._promised:
                self._promised = True
                get_hub().loop.run_callback(self._settle)

    def _take(self, text: str) -> None:
        data = text.encode("utf-8", "backslashreplace") + b"\n"
        self._waiting.append(data)
        self._bytes += len(data)

    def _settle(self) -> None:
        with self._lock:
            self._promised = False
            self.flush()
            while self._bytes > MOST_BYTES or len(self._waiting) > MOST_LINES:
                self._drop()

    def flush(self) -> None:
        """Writes what can be written without waiting."""
        with self._lock:
            while (self._waiting or self._missing) and self._is_writable(0):
                if not self._write():
                    return

    def drain(self, seconds: float) -> None:
        """The last that is written: waits so long at most for who is slow to read."""
        deadline = time.monotonic() + seconds
        self.flush()
        while self._waiting and time.monotonic() < deadline:
            self._is_writable(20)
            self.flush()

    def _drop(self) -> None:
        """The oldest line of which nothing is written yet."""
        index = 1 if self._begun and len(self._waiting) > 1 else 0
        self._bytes -= len(self._waiting[index])
        del self._waiting[index]
        self._missing += 1
        self.lost += 1

    def _is_writable(self, milliseconds: int) -> bool:
        found = self._ready.poll(milliseconds)
        return bool(found) and bool(found[0][1] & WRITABLE)

    def _write(self) -> bool:
        """Whether a piece of the oldest lines has left, before them what tells of missing ones."""
        tells = bool(self._missing) and not self._begun
        lines = [self._tell_lost()] if tells else self._list_oldest()
        try:
            written = os.write(self._descriptor, b"".join(lines)[:PIECE])
        except OSError as error:
            if error.errno != errno.EAGAIN:
                self._why = os.strerror(error.errno or 0)
            return False
        if tells:
            self._missing, self._why = 0, UNREAD
            self._waiting.appendleft(lines[0])
            self._bytes += len(lines[0])
        self._begun = False
        for line in lines:
            if not written:
                break
            gone = min(written, len(line))
            self._waiting.popleft()
            self._begun = gone < len(line)
            if self._begun:
                self._waiting.appendleft(line[gone:])
            self._bytes -= gone
            written -= gone
        return True

    def _list_oldest(self) -> list[bytes]:
        """As many of the oldest lines as one piece has room for; the first, if it has none."""
        lines: list[bytes] = []
        size = 0
        for line in self._waiting:
            size += len(line)
            if lines and size > PIECE:
                break
            lines.append(line)
        return lines

    def _tell_lost(self) -> bytes:
        return self.told(self._missing, self._why).encode() + b"\n"


def patient(descriptor: int) -> int:
    """The same pipe or terminal, opened so that writing to it never waits; else the descriptor
    itself, whose own flags are not ours to change: others have it open too."""
    kind = os.fstat(descriptor).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)):
        return descriptor
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        return os.open(f"/proc/self/fd/{descriptor}", flags)
    except OSError:
        return descriptor


def is_journal(descriptor: int, stream: str) -> bool:
    """Whether this is the journal's own stream, which ``$JOURNAL_STREAM`` names by its device and
    inode: then each line may begin with its level."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"
