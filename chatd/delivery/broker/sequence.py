"""One conversation's announcements put into the order of their numbers, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Protocol

from msgspec import Struct

from chatd.delivery.broker.base import Announcement

MOST_HELD = 1_000
NEW = "message:new"
CHANGES = frozenset({NEW, "message:update"})


class Reached(Struct, frozen=True):
    """How far a conversation has come: the numbers of its last change and its last message; and
    what tells of all that became of it up to there."""

    rev: int
    seq: int
    announcements: Sequence[Announcement] = ()


class Reading(Protocol):
    """What is stored of conversations. Waits; Unavailable or OSError where it cannot be read."""

    def how_far(self, dialog_id: str) -> Reached:
        """How far it has come."""

    def newer(self, dialog_id: str, rev: int, seq: int) -> Reached | None:
        """What became of it since; ``None``: that is more than is announced."""


class Ordered:
    """What is delivered of one conversation on this node. ``rev``: up to which change; ``None``
    until that is known. What comes too early is held until what it follows has come, or was
    read: nobody is told of a change before those that were made earlier."""

    def __init__(self, deliver: Callable[[Announcement], None]) -> None:
        self._deliver = deliver
        self._held: dict[int, list[Announcement]] = {}
        self._read_up_to = 0
        self.rev: int | None = None
        self.seq = 0

    @property
    def waits(self) -> bool:
        """Whether something is held."""
        return bool(self._held)

    @property
    def is_full(self) -> bool:
        """Whether more is held than should be."""
        return sum(map(len, self._held.values())) > MOST_HELD

    def begin(self, reached: Reached) -> None:
        """What is older is on the page of whoever joins now."""
        self.rev, self.seq = reached.rev, reached.seq
        self._go_on()

    def take(self, announcement: Announcement) -> None:
        """Delivers one, or holds it, or drops what was told by reading it."""
        next_one = (self.rev or 0) + (announcement.event in CHANGES)
        if announcement.rev == 0:
            self._deliver(announcement)
        elif self.rev is None or announcement.rev > next_one:
            self._held.setdefault(announcement.rev, []).append(announcement)
        else:
            self._tell(announcement)
            self._go_on()

    def catch_up(self, reached: Reached) -> None:
        """All that happened up to there was read: what comes of it later has been told. What tells
        of a change between those that were read is told between them."""
        least = accumulate((one.rev for one in reversed(reached.announcements)), min)
        for announcement, below in zip(reached.announcements, reversed(list(least)), strict=True):
            self._tell_others(below)
            self._deliver(announcement)
        self._read_up_to = max(self._read_up_to, reached.rev)
        self.rev = max(self.rev or 0, reached.rev)
        self.seq = max(self.seq, reached.seq)
        self._go_on()

    def _tell(self, announcement: Announcement) -> None:
        if announcement.event in CHANGES:
            if announcement.rev <= self._read_up_to:
                return
            self.seq += announcement.event == NEW and announcement.rev > (self.rev or 0)
            self.rev = max(self.rev or 0, announcement.rev)
        self._deliver(announcement)

    def _tell_others(self, below: int) -> None:
        """What is held, is no change, and tells of older ones than that."""
        for rev in sorted(one for one in self._held if one < below):
            waiting = self._held.pop(rev)
            for announcement in waiting:
                if announcement.event not in CHANGES:
                    self._deliver(announcement)
            if changes := [one for one in waiting if one.event in CHANGES]:
                self._held[rev] = changes

    def _go_on(self) -> None:
        """With what is held of the numbers that are reached: changes first, what tells of them
        behind them."""
        for rev in sorted(self._held):
            assert self.rev is not None
            if rev > self.rev + 1:
                return
            waiting = self._held.pop(rev)
            changes = [one for one in waiting if one.event in CHANGES]
            for announcement in changes:
                self._tell(announcement)
            others = [one for one in waiting if one.event not in CHANGES]
            if others and rev > self.rev:
                self._held[rev] = others
                return
            for announcement in others:
                self._tell(announcement)
