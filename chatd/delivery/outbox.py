"""The only writer of a connection's socket: ready frames queue here and leave once per loop turn.

Bounded in bytes; a frame that is larger than the bound is taken when nothing stands before it.
Droppable frames (drafts, typing, presence) are conflated to the newest of their key and go first
when the bound is reached; if that is not enough, what has not left is thrown away, ``on_overflow``
is called once, and only a last frame is taken. No greenlet waits for a slow reader.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable
from typing import Any

import gevent
from gevent import socket

from chatd.delivery.unsent import Unsent

WRITE = 2
CHUNK = 262_144
PER_TURN = 512
A_MOMENT_S = 0.000_001
HOLES = 64
NOTHING = b""


def ignore() -> None:
    """Nobody wants to know."""


class Flusher:
    """Sends what all dirty outboxes hold at the end of the loop turn in which they became dirty.

    Of very many it sends some, lets the loop look at its sockets, and goes on.
    """

    def __init__(self, unsent: Unsent | None = None) -> None:
        self.unsent = unsent or Unsent()
        self._loop = gevent.get_hub().loop
        self._timer = self._loop.timer(A_MOMENT_S)
        self._dirty: deque[Outbox] = deque()
        self._scheduled = False

    def mark(self, outbox: Outbox) -> None:
        """This outbox has something to send."""
        self._dirty.append(outbox)
        if not self._scheduled:
            self._scheduled = True
            self._loop.run_callback(self._flush)

    def _flush(self) -> None:
        dirty = self._dirty
        try:
            for _ in range(min(len(dirty), PER_TURN)):
                dirty.popleft().flush()
        finally:
            self._scheduled = bool(dirty)
            if dirty:
                self._timer.start(self._flush)


class Outbox:
    """The frames that wait for one socket.

    ``on_overflow``: the reader is too slow. ``on_broken``: the socket failed. ``on_drained``: the
    last frame, given to :meth:`finish`, has left.
    """

    __slots__ = (
        "_allowed",
        "_droppable",
        "_finished",
        "_flusher",
        "_frames",
        "_gone",
        "_holes",
        "_limit",
        "_marked",
        "_open",
        "_rest",
        "_socket",
        "_watcher",
        "dropped",
        "dropped_bytes",
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
        self._allowed = limit
        self._frames: list[bytes] = []
        self._gone = 0
        self._holes = 0
        self._droppable: dict[Hashable, int] | None = None
        self._rest: bytes | memoryview = NOTHING
        self._watcher: Any = None
        self._marked = False
        self._open = True
        self._finished = False
        self.queued = 0
        self.dropped = 0
        self.dropped_bytes = 0
        self.frames_out = 0
        self.out_bytes = 0
        self.on_overflow: Callable[[], None] = ignore
        self.on_broken: Callable[[], None] = ignore
        self.on_drained: Callable[[], None] = ignore

    def append(self, frame: bytes, frames: int = 1) -> None:
        """Queues a frame that must arrive, or several that are joined already."""
        if self._open:
            self.frames_out += frames - 1
            if len(frame) > self._limit and not self.queued:
                self._allowed = self._limit + len(frame)
            self._push(frame)
            if self.queued > self._allowed:
                self._make_room()

    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """Queues a frame of which only the newest of its key counts: an older one that has not
        left yet is dropped, so that nothing newer than what stands before it comes too early."""
        if not self._open:
            return
        if self._droppable is None:
            self._droppable = {}
        self._drop(key)
        self._droppable[key] = self._gone + len(self._frames)
        self.append(frame)

    def finish(self, frame: bytes, *, discard: bool) -> None:
        """A last frame, before which everything else leaves, or is thrown away."""
        if self._finished:
            return
        self._open, self._finished = False, True
        if discard:
            self._clear()
        self._push(frame)

    def close(self) -> None:
        """Lets go of everything; nothing more is sent."""
        self._open, self._finished = False, True
        self._rest = NOTHING
        self._clear()
        self._unwatch()
        self.on_overflow = self.on_broken = self.on_drained = ignore

    def flush(self) -> None:
        """Sends what can be sent now, everything pending in one go; the rest when writable."""
        self._marked = False
        if self._watcher is not None:
            return
        while self._rest or self._frames:
            if not self._rest:
                self._rest = self._gather()
            if not self._send():
                return
        if self._finished:
            drained, self.on_drained = self.on_drained, ignore
            drained()

    def _push(self, frame: bytes) -> None:
        self._frames.append(frame)
        self.queued += len(frame)
        if self._watcher is not None:
            self._flusher.unsent.waits(self, self.queued, self._give_up)
        if not self._marked:
            self._marked = True
            self._flusher.mark(self)

    def _gather(self) -> bytes:
        """Everything pending as one; of very much a part, for what is not joined yet is shared
        with the other outboxes that it waits in."""
        frames = self._frames
        count = len(frames)
        if self.queued > CHUNK:
            count = size = 0
            while count < len(frames) and size < CHUNK:
                size += len(frames[count])
                count += 1
        taken = frames[:count]
        del frames[:count]
        self._gone += count
        if self._holes:
            holes = taken.count(NOTHING)
            self._holes -= holes
            count -= holes
        self.frames_out += count
        data = b"".join(taken)
        if not frames:
            self._droppable, self._gone = None, 0
        return data

    def _send(self) -> bool:
        """Whether everything that was gathered has left."""
        try:
            sent = self._socket.send(self._rest)
        except BlockingIOError:
            sent = 0
        except OSError:
            broken = self.on_broken
            self.close()
            broken()
            return False
        self.queued -= sent
        self.out_bytes += sent
        if self.queued <= self._limit:
            self._allowed = self._limit
        if sent == len(self._rest):
            self._rest = NOTHING
            return True
        self._rest = memoryview(self._rest)[sent:]
        self._watch()
        return False

    def wait_to_send(self, rest: memoryview) -> None:
        """What could not leave at once, and stands before everything from now on."""
        self._rest = rest
        self.queued += len(rest)
        self._watch()
        if len(rest) > self._limit and self.queued == len(rest):
            self._allowed = self._limit + len(rest)
        if self.queued > self._allowed:
            self._make_room()

    def _watch(self) -> None:
        self._watcher = gevent.get_hub().loop.io(self._socket.fileno(), WRITE)
        self._watcher.start(self._writable)
        self._flusher.unsent.waits(self, self.queued, self._give_up)

    def _writable(self) -> None:
        self._unwatch()
        self.flush()

    def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
            self._flusher.unsent.gone(self)

    def _make_room(self) -> None:
        for key in tuple(self._droppable or ()):
            self._drop(key)
        if self.queued > self._allowed:
            self._give_up()

    def _give_up(self) -> None:
        """The reader is too slow for what waits here, or for what waits everywhere."""
        self._open = False
        self._clear()
        self.on_overflow()

    @property
    def left(self) -> int:
        """How many bytes have left, or never will."""
        return self.out_bytes + self.dropped_bytes

    def _drop(self, key: Hashable) -> None:
        place = self._droppable.pop(key, -1) if self._droppable else -1
        index = place - self._gone
        if index < 0:
            return
        self.queued -= len(self._frames[index])
        self.dropped_bytes += len(self._frames[index])
        self.dropped += 1
        self._frames[index] = NOTHING
        self._holes += 1
        if self._holes >= HOLES and 2 * self._holes > len(self._frames):
            self._close_holes()

    def _close_holes(self) -> None:
        """What was conflated away leaves no trace: a blocked outbox does not grow by it."""
        kept = [index for index, frame in enumerate(self._frames) if frame]
        places = {self._gone + index: new for new, index in enumerate(kept)}
        droppable = self._droppable or {}
        self._droppable = {key: places[at] for key, at in droppable.items() if at in places}
        self._frames = [self._frames[index] for index in kept]
        self._gone = self._holes = 0

    def _clear(self) -> None:
        self.dropped_bytes += self.queued - len(self._rest)
        self.queued = len(self._rest)
        self.dropped += len(self._frames) - self._holes
        self._frames.clear()
        self._droppable, self._gone, self._holes = None, 0, 0


def send_to_all(outboxes: Collection[Outbox], data: bytes, frames: int) -> None:
    """The same to each, at the end of a loop turn, when nothing more is to come that could leave
    along with it: sent on the spot where nothing stands before it, else queued.

    A loop without calls but the system's, for it runs once for each receiver of each message. Very
    many are left to the flusher, which gives the loop time for its sockets in between.
    """
    size, few = len(data), len(outboxes) <= PER_TURN
    for outbox in outboxes:
        if few and outbox._open and not outbox._marked and outbox._watcher is None:
            try:
                sent = outbox._socket.send(data)
            except OSError:
                outbox.append(data, frames)
                continue
            outbox.frames_out += frames
            outbox.out_bytes += sent
            if sent < size:
                outbox.wait_to_send(memoryview(data)[sent:])
        else:
            outbox.append(data, frames)
