"""The frames that wait for one peer: bounded, conflated, in order, whatever takes them from here.

Bounded in bytes; a frame that is larger than the bound is taken when nothing stands before it.
Droppable frames (drafts, typing, presence) are conflated to the newest of their key and go first
when the bound is reached; if that is not enough, what has not left is thrown away, ``on_overflow``
is called once, and only a last frame is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from chatd.delivery.mailbox import Mailbox

CHUNK = 262_144
HOLES = 64
NOTHING = b""


def ignore() -> None:
    """Nobody wants to know."""


class FrameQueue(Mailbox):
    """A mailbox from which its transport takes what waits; :meth:`_wake` is told of new frames."""

    __slots__ = (
        "_allowed",
        "_droppable",
        "_finished",
        "_frames",
        "_gone",
        "_holes",
        "_limit",
        "_open",
        "dropped",
        "dropped_bytes",
        "frames_out",
        "on_overflow",
        "queued",
    )

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._allowed = limit
        self._frames: list[bytes] = []
        self._gone = 0
        self._holes = 0
        self._droppable: dict[Hashable, int] | None = None
        self._open = True
        self._finished = False
        self.queued = 0
        self.dropped = 0
        self.dropped_bytes = 0
        self.frames_out = 0
        self.on_overflow: Callable[[], None] = ignore

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
        """Lets go of everything; nothing more is taken."""
        self._open, self._finished = False, True
        self._clear()
        self.on_overflow = ignore

    def _push(self, frame: bytes) -> None:
        self._frames.append(frame)
        self.queued += len(frame)
        self._wake()

    def _wake(self) -> None:
        """Something waits here from now on."""

    def take(self) -> list[bytes]:
        """Takes everything that waits, in order; of very much a part, for what is not taken yet
        is shared with the other mailboxes that it waits in. It counts as queued until it left."""
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
        if not frames:
            self._droppable, self._gone = None, 0
        return taken

    def count_sent(self, size: int) -> None:
        """So many bytes wait no longer."""
        self.queued -= size
        if self.queued <= self._limit:
            self._allowed = self._limit

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
        """What was conflated away leaves no trace: a blocked peer's queue does not grow by it."""
        kept = [index for index, frame in enumerate(self._frames) if frame]
        places = {self._gone + index: new for new, index in enumerate(kept)}
        droppable = self._droppable or {}
        self._droppable = {key: places[at] for key, at in droppable.items() if at in places}
        self._frames = [self._frames[index] for index in kept]
        self._gone = self._holes = 0

    def _clear(self) -> None:
        gone = sum(map(len, self._frames))
        self.queued -= gone
        self.dropped_bytes += gone
        self.dropped += len(self._frames) - self._holes
        self._frames.clear()
        self._droppable, self._gone, self._holes = None, 0, 0
