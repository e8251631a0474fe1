"""The contract of an index: what is put into it, and what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from chatd.domain.place import SaidIn
from chatd.search.query import Query


class Entry(Struct, frozen=True):
    """A message as it is now; without ``content`` there is nothing of it to be found. ``at``: when
    it was written, in thousandths of seconds since 1970."""

    dialog_id: str
    seq: int
    rev: int
    content: str
    at: int
    kind: SaidIn
    site: str
    sender_id: str


class Position(Struct, frozen=True):
    """How much of a conversation is indexed: its messages up to ``seq``, changes up to ``rev``."""

    rev: int = 0
    seq: int = 0


class Filter(Struct, frozen=True):
    """Among which messages. Each list is of what may be, empty for all; ``until`` is not in it.
    ``sites`` are those of tickets and notes: what belongs to no site is among all of them."""

    dialogs: tuple[str, ...] = ()
    kinds: tuple[SaidIn, ...] = ()
    sites: tuple[str, ...] = ()
    sender: str = ""
    since: int = 0
    until: int = 0


class Hit(Struct, frozen=True):
    """Where something was found; ``place`` is larger the newer it is, and never shared."""

    place: int
    dialog_id: str
    seq: int


class Index(Protocol):
    """An index. Its calls block, and are meant for threads beside the loop: one of what changes
    it, one of what finds. OSError where it cannot be kept just now; what is damaged is let go, and
    then it is empty and not ``whole``. ``untidy``: words of what was taken out may still be there.
    """

    whole: bool
    untidy: bool

    def claim(self) -> None:
        """``whole``, as it was left, and durably not until :meth:`seal` says so again. That takes
        no time, and no room."""

    def open(self) -> None:
        """Ready, or again so."""

    def put(self, entries: Sequence[Entry]) -> None:
        """Messages as they are now, in the order of their changes: all or none."""

    def note(self, dialog_id: str, rev: int) -> None:
        """A conversation's changes up to this one are in it."""

    def forget(self, dialog_id: str) -> None:
        """A whole conversation is gone, and none of its words is kept."""

    def clear(self) -> None:
        """Empty again, and not ``whole``."""

    def position(self, dialog_id: str) -> Position:
        """How much of a conversation is indexed."""

    def dialogs(self) -> list[str]:
        """The conversations of which anything is indexed."""

    def find(self, query: Query, among: Filter, *, before: int, limit: int) -> list[Hit]:
        """The newest ``limit`` that are older than the place ``before`` (0: than nothing)."""

    def count(self) -> int:
        """How many messages can be found."""

    def tidy(self, now: bool = False) -> None:
        """Clears away what is left of what was taken out; later where that would cost too much,
        unless it is to be ``now``."""

    def seal(self) -> None:
        """All there is is in it, as long as nothing is committed."""

    def close(self) -> None:
        """Nothing more is asked."""
