"""Every kind of mailbox with a reader at its end who may stop reading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable

import gevent
import pytest
from gevent import socket

from chatd.admin.lines import LINES
from chatd.delivery.codec import EventCodec
from chatd.delivery.frame_queue import FrameQueue
from chatd.delivery.mailbox import Mailbox
from chatd.delivery.outbox import Flusher, Outbox
from chatd.net.codec import JSON_FRAMES

LIMIT = 10_000

DEADLINE_S = 30


class Plain(Mailbox):
    """The least that a mailbox is: a list, and a bound on what is in it."""

    def __init__(self, on_overflow: Callable[[], None]) -> None:
        self.frames: list[tuple[bytes, Hashable | None]] = []
        self.open = True
        self.on_overflow = on_overflow

    def append(self, frame: bytes, frames: int = 1) -> None:
        """Takes it, or is full."""
        self._take(frame, None)

    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """Takes it in place of the one before it."""
        self.frames = [one for one in self.frames if one[1] != key]
        self._take(frame, key)

    def _take(self, frame: bytes, key: Hashable | None) -> None:
        if not self.open:
            return
        self.frames.append((frame, key))
        if sum(len(one) for one, _ in self.frames) > LIMIT:
            self.frames = [one for one in self.frames if one[1] is None]
        if sum(len(one) for one, _ in self.frames) > LIMIT:
            self.open, self.frames = False, []
            self.on_overflow()


class Box(ABC):
    """A mailbox under test: how its reader stops reading, and reads on."""

    mailbox: Mailbox
    codec: EventCodec = JSON_FRAMES

    def __init__(self) -> None:
        self.said: list[str] = []

    def overflowed(self) -> None:
        """What the mailbox calls when it is full."""
        self.said.append("overflow")

    @abstractmethod
    def block(self) -> None:
        """From now on what is put there waits."""

    @abstractmethod
    def read(self) -> bytes:
        """Everything that has been put there and was not read."""

    @abstractmethod
    def close(self) -> None:
        """Nothing is taken from now on."""

    def end(self) -> None:
        """Lets go of what the case used."""
        self.close()


class PlainBox(Box):
    """The test's own kind."""

    def __init__(self) -> None:
        super().__init__()
        self.mailbox = self.plain = Plain(self.overflowed)

    def block(self) -> None:
        """Nobody reads anyway until asked to."""

    def read(self) -> bytes:
        """All of it."""
        frames, self.plain.frames = self.plain.frames, []
        return b"".join(frame for frame, _ in frames)

    def close(self) -> None:
        """As anybody would."""
        self.plain.open, self.plain.frames = False, []


class PolledBox(Box):
    """A queue without a socket, from which polls take what waits."""

    def __init__(self) -> None:
        super().__init__()
        self.mailbox = self.queue = FrameQueue(LIMIT)
        self.queue.on_overflow = self.overflowed

    def block(self) -> None:
        """Nobody polls until asked to."""

    def read(self) -> bytes:
        """A poll."""
        taken = b"".join(self.queue.take())
        self.queue.count_sent(len(taken))
        return taken

    def close(self) -> None:
        """The session ended."""
        self.queue.close()


class SocketBox(Box):
    """An outbox: what a WebSocket has."""

    def __init__(self) -> None:
        super().__init__()
        self.near, self.far = socket.socketpair()
        self.far.settimeout(DEADLINE_S)
        self.mailbox = self.outbox = Outbox(self.near, Flusher(), limit=LIMIT)
        self.outbox.on_overflow = self.overflowed
        self.filled = 0

    def block(self) -> None:
        """Fills what the kernel takes."""
        self.near.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                self.filled += self.near._sock.send(b"." * 65_536)

    def read(self) -> bytes:
        """Until nothing comes any more."""
        data = b""
        while len(data) < self.filled + self.outbox.queued:
            data += self.far.recv(1_000_000)
            gevent.sleep(0)
        self.far.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                data += self.far._sock.recv(1_000_000)
        self.far.settimeout(DEADLINE_S)
        filled, self.filled = self.filled, 0
        return data[filled:]

    def close(self) -> None:
        """The connection ended."""
        self.outbox.close()

    def end(self) -> None:
        """Both sockets."""
        self.outbox.close()
        self.near.close()
        self.far.close()


class WatcherBox(SocketBox):
    """An outbox of lines: what who watches at the machine has."""

    codec = LINES
