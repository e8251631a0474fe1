"""The contract of an index: what is put into it, and what it finds."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, get_args

from msgspec import Struct

from chatd.domain.message import Message
from chatd.domain.place import SaidIn
from chatd.domain.places import kind_of
from chatd.domain.times import to_thousandths
from chatd.errors import Unavailable
from chatd.search.query import Query

KINDS: tuple[SaidIn, ...] = get_args(SaidIn)
SEQ_BITS, DIALOG_BITS = 10, 10
LOW_BITS = SEQ_BITS + DIALOG_BITS
OF_SITES: tuple[SaidIn, ...] = ("ticket", "notes")


class Entry(Struct, frozen=True):
    """A message as it is now; without ``content`` there is nothing of it to be found. ``at``: when
    it was written, in thousandths of seconds since 1970. ``changed``: since then, so that it is
    probably there as it was."""

    dialog_id: str
    seq: int
    rev: int
    content: str
    at: int
    kind: SaidIn
    site: str
    sender_id: str
    changed: bool = False


class Position(Struct, frozen=True):
    """How much of a conversation is indexed: its messages up to ``seq``, changes up to ``rev``."""

    rev: int = 0
    seq: int = 0


class Filter(Struct, frozen=True):
    """Among which messages. Each list is of what may be, empty for all; ``until`` is not in it.
    ``sites`` are those of tickets and notes; ``also``: dialogs that are as good as these sites."""

    dialogs: tuple[str, ...] = ()
    kinds: tuple[SaidIn, ...] = ()
    sites: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    sender: str = ""
    since: int = 0
    until: int = 0


class Hit(Struct, frozen=True):
    """Where something was found; ``place`` is larger the newer it is, and never shared."""

    place: int
    dialog_id: str
    seq: int


def too_much() -> Unavailable:
    """It was given up."""
    return Unavailable("that takes too long to find; look for less")


def entry_of(message: Message, site: str) -> Entry:
    """What of a message is found; ``site``: of its ticket, if it is in one."""
    kind: Any = kind_of(message.dialog_id).kind
    return Entry(
        message.dialog_id,
        message.seq,
        message.rev,
        "" if message.deleted_at else message.content,
        to_thousandths(message.created_at),
        kind,
        site if kind in OF_SITES else "",
        message.sender_id,
        bool(message.version),
    )


def place_of(one: Entry) -> int:
    """A number that is larger the newer a message is, the same whatever index it is put into. The
    few that are written at one moment in places of one number are told apart by the index."""
    return one.at << LOW_BITS | one.seq % (1 << SEQ_BITS) << DIALOG_BITS | bits_of(one.dialog_id)


@lru_cache(maxsize=4096)
def bits_of(dialog_id: str) -> int:
    """Other ones for nearly every other dialog."""
    return zlib.crc32(dialog_id.encode()) >> 32 - DIALOG_BITS


Facet = Callable[[str, str], str]


def facets_of(facet: Facet, dialog_id: str, kind: str, site: str, sender_id: str) -> list[str]:
    """By what a message can be chosen, as words of the index. What is of no site by its kind is of
    the empty one, as :func:`choices` knows."""
    sites = [facet("s", site)] if kind in OF_SITES else []
    return [facet("d", dialog_id), facet("k", kind), *sites, facet("p", sender_id)]


def choices(among: Filter, facet: Facet) -> list[list[str]]:
    """Of each of these lists a message has to have one."""
    of_none = [facet("k", kind) for kind in KINDS if kind not in OF_SITES and "" in among.sites]
    sites = [facet("s", site) for site in among.sites] + of_none
    some = (
        [facet("d", id) for id in among.dialogs],
        sites + [facet("d", id) for id in among.also],
        [facet("p", among.sender)] if among.sender else [],
    )
    return [one for one in some if one]


def unwanted_kinds(among: Filter) -> list[SaidIn]:
    """What it must not be: that is asked quicker than what it may be."""
    return [kind for kind in KINDS if among.kinds and kind not in among.kinds]


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

    def note(self, revs: Mapping[str, int]) -> None:
        """Conversations' changes up to these are in it."""

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
