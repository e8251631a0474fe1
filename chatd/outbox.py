"""The only writer of a connection's socket: ready frames queue here and leave once per loop turn.

Bounded in bytes. Droppable frames (drafts, typing, presence) are conflated to the newest of their
key and go first when the bound is reached; if that is not enough, ``on_overflow`` is called once
and nothing more is taken but a last frame. No greenlet ever waits for a slow reader.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import gevent
from gevent import socket

WRITE = 2
CHUNK = 1_048_576


class Flusher:
    """Sends what all dirty outboxes hold at the end of the loop turn in which they became dirty."""

    def __init__(self) -> None:
        self._loop = gevent.get_hub().loop
        self._dirty: list[Outbox] = []

    def mark(self, outbox: Outbox) -> None:
        """This outbox has something to send."""
        if not self._dirty:
            self._loop.run_callback(self._flush)
        self._dirty.append(outbox)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for outbox in dirty:
            outbox.flush()


class Outbox:
    """The frames that wait for one socket.

    ``on_overflow``: the reader is too slow. ``on_broken``: the socket failed. ``on_drained``: the
    last frame, given to :meth:`finish`, has left.
    """

    __slots__ = (
        "_droppable",
        "_finished",
        "_flusher",
        "_frames",
        "_limit",
        "_marked",
        "_rest",
        "_socket",
        "_watcher",
        "dropped",
        "frames_out",
        "on_broken",
        "on_drained",
        "on_overflow",
        "out_bytes",
        "queued",
    )

    def __init__(self, sock: socket.socket, flusher: Flusher, *, limit: int) -> None:
        self._socket: Any = getattr(sock, "_sock", sock)
        self._flusher = flusher
        self._limit = limit
        self._frames: list[bytes] = []
        self._droppable: dict[Hashable, int] = {}
        self._rest = memoryview(b"")
        self._watcher: Any = None
        self._marked = False
        self._finished = False
        self.queued = 0
        self.dropped = 0
        self.frames_out = 0
        self.out_bytes = 0
        self.on_overflow: Callable[[], None] = lambda: None
        self.on_broken: Callable[[], None] = lambda: None
        self.on_drained: Callable[[], None] | None = None

    def append(self, frame: bytes) -> None:
        """Queues a frame that must arrive."""
        if self._finished:
            return
        self._frames.append(frame)
        self.queued += len(frame)
        if not self._marked:
            self._marked = True
            self._flusher.mark(self)
        if self.queued > self._limit:
            self._make_room()

    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """Queues a frame in the place of an older one of its key that has not left yet."""
        if self._finished:
            return
        self._drop(key)
        self._droppable[key] = len(self._frames)
        self.append(frame)

    def finish(self, frame: bytes, on_drained: Callable[[], None], *, discard: bool) -> None:
        """A last frame, before which everything else leaves, or is thrown away."""
        if self._finished:
            return
        if discard:
            self._clear()
        self.append(frame)
        self._finished = True
        self.on_drained = on_drained

    def close(self) -> None:
        """Lets go of everything; nothing more is sent."""
        self._finished = True
        self._clear()
        self._rest = memoryview(b"")
        self._unwatch()
        self.on_overflow = self.on_broken = lambda: None
        self.on_drained = None

    def flush(self) -> None:
        """Sends what can be sent now, everything pending in one go; the rest when writable."""
        self._marked = False
        if self._watcher is not None:
            return
        if not self._rest and self._frames:
            self._rest = self._gather()
        while self._rest and self._send():
            if not self._rest and self._frames:
                self._rest = self._gather()
        if not self._rest and self._finished and self.on_drained:
            drained, self.on_drained = self.on_drained, None
            drained()

    def _gather(self) -> memoryview:
        data = b"".join(self._frames)
        self.frames_out += len(self._frames)
        self._frames.clear()
        self._droppable.clear()
        return memoryview(data)

    def _send(self) -> bool:
        try:
            sent = self._socket.send(self._rest[:CHUNK])
        except BlockingIOError:
            self._watch()
            return False
        except OSError:
            broken = self.on_broken
            self.close()
            broken()
            return False
        self._rest = self._rest[sent:]
        self.queued -= sent
        self.out_bytes += sent
        return True

    def _watch(self) -> None:
        self._watcher = gevent.get_hub().loop.io(self._socket.fileno(), WRITE)
        self._watcher.start(self._writable)

    def _writable(self) -> None:
        self._unwatch()
        self.flush()

    def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None

    def _make_room(self) -> None:
        for key in tuple(self._droppable):
            self._drop(key)
        if self.queued > self._limit:
            self.on_overflow()

    def _drop(self, key: Hashable) -> None:
        index = self._droppable.pop(key, None)
        if index is not None:
            self.queued -= len(self._frames[index])
            self.dropped += 1
            self._frames[index] = b""

    def _clear(self) -> None:
        self.queued = len(self._rest)
        self.dropped += len(self._frames)
        self._frames.clear()
        self._droppable.clear()
