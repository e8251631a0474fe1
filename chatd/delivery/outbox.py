"""The only writer of a connection's socket: ready frames queue here and leave once per loop turn.

No greenlet waits for a slow reader: what the socket does not take waits, bounded, until it does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Any

import gevent
from gevent import socket

from chatd.delivery.frame_queue import NOTHING, FrameQueue, ignore
from chatd.delivery.mailbox import Batch
from chatd.delivery.unsent import Unsent

WRITE = 2
PER_TURN = 512
A_MOMENT_S = 0.000_001


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


class Outbox(FrameQueue):
    """The frames that wait for one socket.

    ``on_waiting``: the socket takes no more for now. ``on_overflow``: the reader is too slow.
    ``on_broken``: the socket failed. ``on_drained``: the last frame, given to :meth:`finish`, has
    left.
    """

    __slots__ = (
        "_flusher",
        "_marked",
        "_rest",
        "_socket",
        "_watcher",
        "on_broken",
        "on_drained",
        "on_waiting",
        "out_bytes",
    )

    def __init__(self, sock: socket.socket, flusher: Flusher, *, limit: int) -> None:
        super().__init__(limit)
        self._socket: Any = getattr(sock, "_sock", sock)
        self._flusher = flusher
        self._rest: bytes | memoryview = NOTHING
        self._watcher: Any = None
        self._marked = False
        self.out_bytes = 0
        self.on_waiting: Callable[[], None] = ignore
        self.on_broken: Callable[[], None] = ignore
        self.on_drained: Callable[[], None] = ignore

    @staticmethod
    def send_to_all(mailboxes: Collection[Any], batch: Batch) -> None:
        """The same to each, when nothing more is to come in this turn that could leave along with
        it: sent on the spot where nothing stands before it, else queued.

        A loop without calls but the system's, for it runs once for each receiver of each message.
        Very many are left to the flusher, which gives the loop time for its sockets in between.
        """
        outboxes: Collection[Outbox] = mailboxes
        data, frames = batch.data, len(batch)
        size, few = len(data), len(outboxes) <= PER_TURN
        for outbox in outboxes:
            if few and outbox._open and not outbox._marked and outbox._watcher is None:
                try:
                    sent = outbox._socket.send(data)
                except OSError:
                    outbox.append_batch(batch)
                    continue
                outbox.frames_out += frames
                outbox.out_bytes += sent
                if sent < size:
                    outbox._wait_to_send(memoryview(data)[sent:])
            else:
                outbox.append_batch(batch)

    def close(self) -> None:
        """Lets go of everything; nothing more is sent."""
        super().close()
        self.queued -= len(self._rest)
        self._rest = NOTHING
        self._unwatch()
        self.on_waiting = self.on_broken = self.on_drained = ignore

    def flush(self) -> None:
        """Sends what can be sent now, everything pending in one go; the rest when writable."""
        self._marked = False
        if self._watcher is not None:
            return
        while self._rest or self._frames:
            if not self._rest:
                self._rest = b"".join(self.take())
            if not self._send():
                return
        if self._finished:
            drained, self.on_drained = self.on_drained, ignore
            drained()

    @property
    def bytes_gone(self) -> int:
        """How many bytes have left, or never will."""
        return self.out_bytes + self.dropped_bytes

    def _wake(self) -> None:
        if self._watcher is not None:
            self._flusher.unsent.waits(self, self.queued, self._give_up)
        if not self._marked:
            self._marked = True
            self._flusher.mark(self)

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
        self.out_bytes += sent
        self.count_sent(sent)
        if sent == len(self._rest):
            self._rest = NOTHING
            return True
        self._rest = memoryview(self._rest)[sent:]
        self._watch()
        return False

    def _wait_to_send(self, rest: memoryview) -> None:
        """What could not leave at once, and stands before everything from now on. Nothing stood
        before it, so it is taken however large it is."""
        self._rest = rest
        self.queued += len(rest)
        if self.queued > self._limit:
            self._allowed = self._limit + self.queued
        self._watch()

    def _watch(self) -> None:
        self._watcher = gevent.get_hub().loop.io(self._socket.fileno(), WRITE)
        self._watcher.start(self._on_writable)
        self._flusher.unsent.waits(self, self.queued, self._give_up)
        self.on_waiting()

    def _on_writable(self) -> None:
        self._unwatch()
        self.flush()

    def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
            self._flusher.unsent.remove(self)
