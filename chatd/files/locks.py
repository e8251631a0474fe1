"""Locks that several daemons take on one directory: ranges of one file in it, which the system lets
go of whenever a process ends, however it does."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent

from chatd.errors import Conflict, Full
from chatd.runtime.threads import BoundedThreads
from chatd.store.tiny import filesystem

NAME = "locks"
AGAIN_S, ASK_S = 0.01, 0.5
RANGE = struct.Struct("hhqqi4x")  # l_type, l_whence, l_start, l_len, l_pid
ELSEWHERE = (errno.EAGAIN, errno.EACCES)


class InUse(Conflict):
    """Another daemon is at it, and has not come to its end in time."""

    status = 423


class RangeLocks:
    """One byte for whatever is locked, at the place that its name gives. Of who shares this object
    nobody is kept out: a process has other locks for its own."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / NAME
        self._opened = -1
        self._beside = BoundedThreads(1)  # one: what was asked for first is done first

    @contextmanager
    def alone(self, what: str, patience: float, ask: Callable[[], None]) -> Iterator[None]:
        """In here no other daemon is at it. ``ask``: has whoever is at it end, called now and then;
        InUse, where that takes longer than ``patience`` seconds. OSError where nothing can be
        locked."""
        start = place_of(what)
        try:
            self._wait(start, time.monotonic() + patience, ask)
            yield
        finally:
            self._let_go(start)

    def is_taken(self, what: str) -> bool:
        """Whether another daemon is at it."""
        return self._beside(self._look, place_of(what))

    def close(self) -> None:
        """Lets go of all."""
        self._beside.stop()
        if self._opened >= 0:
            os.close(self._opened)
            self._opened = -1

    def _wait(self, start: int, deadline: float, ask: Callable[[], None]) -> None:
        asked = float("-inf")
        while not self._beside(self._take, start):
            now = time.monotonic()
            if now >= deadline:
                raise InUse("another daemon is at this just now: try again", retry_after=1)
            if now - asked >= ASK_S:
                asked = now
                ask()
            gevent.sleep(AGAIN_S)

    def _let_go(self, start: int) -> None:
        """Also of what was not got yet, when who waited for it was ended."""
        try:
            self._beside(self._set, fcntl.F_UNLCK, start)
        except Full:
            self._set(fcntl.F_UNLCK, start)

    def _take(self, start: int) -> bool:
        try:
            self._set(fcntl.F_WRLCK, start)
        except OSError as error:
            if error.errno in ELSEWHERE:
                return False
            raise
        return True

    def _set(self, kind: int, start: int) -> None:
        asked = RANGE.pack(kind, os.SEEK_SET, start, 1, 0)
        fcntl.fcntl(self._descriptor(), fcntl.F_OFD_SETLK, asked)

    def _look(self, start: int) -> bool:
        asked = RANGE.pack(fcntl.F_WRLCK, os.SEEK_SET, start, 1, 0)
        told = fcntl.fcntl(self._descriptor(), fcntl.F_OFD_GETLK, asked)
        return bool(RANGE.unpack(told)[0] != fcntl.F_UNLCK)

    def _descriptor(self) -> int:
        if self._opened < 0:
            filesystem.make_directory(self._path.parent)
            self._opened = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._opened


class NoLocks:
    """Where there is one daemon nobody else is at anything."""

    @contextmanager
    def alone(self, what: str, patience: float, ask: Callable[[], None]) -> Iterator[None]:
        """See :class:`RangeLocks`."""
        yield

    def is_taken(self, what: str) -> bool:
        """See :class:`RangeLocks`."""
        return False


def place_of(what: str) -> int:
    """Of 2^62 places one: two names never meet."""
    digest = hashlib.blake2b(what.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2
