"""What waits for a poll, and who waits in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gevent import socket
from gevent.event import Event

from chatd.delivery.frame_queue import FrameQueue
from chatd.delivery.unsent import Unsent

READ = 1


class PollQueue(FrameQueue):
    """Packets that wait for a poll. ``ready``: of the poll that waits for them."""

    __slots__ = ("_unsent", "ready")

    def __init__(self, limit: int, unsent: Unsent) -> None:
        super().__init__(limit)
        self._unsent = unsent
        self.ready: Event | None = None

    def close(self) -> None:
        """Lets go of everything, and of who waits for it."""
        super().close()
        self._unsent.remove(self)
        if self.ready:
            self.ready.set()

    def take_all(self) -> bytes:
        """Everything that waits, or of very much a part, each packet with a separator behind it."""
        self._unsent.remove(self)
        taken = b"".join(self.take())
        self.count_sent(len(taken))
        return taken

    def _wake(self) -> None:
        if self.ready:
            self.ready.set()
        else:
            self._unsent.waits(self, self.queued, self._give_up)


@contextmanager
def watching(sock: Any, on_end: Callable[[], None]) -> Iterator[None]:
    """Tells meanwhile when the peer of a socket hangs up; what it sends before that ends it."""
    if sock is None:
        yield
        return
    raw = getattr(sock, "_sock", sock)
    watcher = gevent.get_hub().loop.io(raw.fileno(), READ)

    def look() -> None:
        watcher.stop()
        try:
            if raw.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                on_end()
        except OSError:
            on_end()

    watcher.start(look)
    try:
        yield
    finally:
        watcher.stop()
        watcher.close()
