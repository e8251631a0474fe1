"""Empties many sockets fast: the compiled inner loop of the load, and its counters."""

from __future__ import annotations

import ctypes
import select
from collections.abc import Iterable

from benchmarks.servers import CACHE
from benchmarks.sockets import Broken, Client

LIBRARY = CACHE / "drain.so"
DESCRIPTORS = 65_536


class Drain:
    """Counts the bytes of bulk clients; hands back the descriptors of all others."""

    def __init__(self, epoll: select.epoll, bulk: Iterable[Client]) -> None:
        self._library = ctypes.CDLL(str(LIBRARY))
        self._epoll = epoll.fileno()
        self._bulk = (ctypes.c_uint8 * DESCRIPTORS)()
        self._received = (ctypes.c_uint64 * DESCRIPTORS)()
        self._ready = (ctypes.c_int * 1024)()
        self._size = 0
        for client in bulk:
            self._bulk[client.fd] = 1
            self._size = max(self._size, client.fd + 1)

    def turn(self) -> list[int]:
        """Takes what has arrived; the other descriptors that are ready. Waits for nothing: if this
        core fell asleep, each ``send`` to it would pay for its waking, which in life is the affair
        of another machine."""
        count = self._library.drain(self._epoll, self._bulk, self._received, self._ready)
        if count < 0:
            raise Broken("a receiver's connection was closed")
        return self._ready[:count]

    def all_have(self, wanted: int) -> bool:
        """Whether every bulk client has received exactly so many bytes."""
        found = self._library.all_have(
            self._bulk, self._received, self._size, ctypes.c_uint64(wanted)
        )
        return bool(found)

    def counts(self) -> list[int]:
        """How many bytes each bulk client has received."""
        return [self._received[fd] for fd in range(self._size) if self._bulk[fd]]

    def reset(self) -> None:
        """Begins to count anew."""
        ctypes.memset(self._received, 0, ctypes.sizeof(self._received))
