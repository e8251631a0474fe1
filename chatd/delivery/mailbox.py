"""Where ready frames are put for one peer, and how the same reaches many."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterator, Sequence
from itertools import groupby
from typing import Any

Part = tuple[bytes, Hashable | None]
Run = tuple[bytes, int, Hashable | None]


class Batch:
    """What one turn brings to many, in order. ``parts``: ready frames, each with the key under
    which it may be dropped, or ``None``; ``data``: all of them joined. Encoded once, shared."""

    __slots__ = ("_runs", "data", "parts")

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.data = parts[0][0] if len(parts) == 1 else b"".join([frame for frame, _ in parts])
        self._runs: list[Run] | None = None

    def __len__(self) -> int:
        return len(self.parts)

    def runs(self) -> list[Run]:
        """What may be dropped apart, what must arrive joined: data, how many frames, the key."""
        if self._runs is None:
            (frame, key), *others = self.parts
            self._runs = list(join_neighbours(self.parts)) if others else [(frame, 1, key)]
        return self._runs


def join_neighbours(parts: Sequence[Part]) -> Iterator[Run]:
    """Neighbours that must arrive as one."""
    for must, run in groupby(parts, key=lambda part: part[1] is None):
        if must:
            frames = [frame for frame, _ in run]
            yield b"".join(frames), len(frames), None
        else:
            yield from ((frame, 1, key) for frame, key in run)


class Mailbox(ABC):
    """The frames for one peer. What is put here after it is full or closed is gone: whoever made
    it ends the connection, and the peer comes back to resume."""

    __slots__ = ()

    @abstractmethod
    def append(self, frame: bytes, frames: int = 1) -> None:
        """Takes a frame that must arrive, or several that are joined already."""

    @abstractmethod
    def append_droppable(self, frame: bytes, key: Hashable) -> None:
        """Takes a frame of which only the newest of its key counts."""

    def append_batch(self, batch: Batch) -> None:
        """Takes what one turn brings to many."""
        for data, frames, key in batch.runs():
            if key is None:
                self.append(data, frames)
            else:
                self.append_droppable(data, key)

    @staticmethod
    def send_to_all(mailboxes: Collection[Any], batch: Batch) -> None:
        """The same to each of many mailboxes of this kind, at the end of a loop turn."""
        for mailbox in mailboxes:
            mailbox.append_batch(batch)
