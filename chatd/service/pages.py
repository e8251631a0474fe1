"""Pages: bounded in bytes, so that every answer is one that a connection can take, and counted, so
that nobody reads more than is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from operator import itemgetter
from typing import Any, Generic, TypeVar

from msgspec import Struct

from chatd.domain.principal import LOCAL
from chatd.errors import Invalid
from chatd.protocol.envelope import encode_json
from chatd.service.context import Context
from chatd.service.views import readable_views

PAGE_BYTES = 524_288
LONGEST_PLACE = 10
T = TypeVar("T")
V = TypeVar("V")


class Listed(Struct, Generic[V], frozen=True):
    """A page of a list; whether there are ``more``, and the ``cursor`` that gets those."""

    rows: list[V]
    more: bool
    cursor: str | None


def room_for(cx: Context) -> int:
    """How many bytes a page may have: what leaves room for the rest of an answer in an outbox."""
    return min(PAGE_BYTES, cx.services.config.websocket.outbox_bytes // 2)


def first_fitting(
    cx: Context,
    items: Iterable[T],
    share: int = 1,
    *,
    limit: int | None = None,
    told: Callable[[T], Any] | None = None,
) -> tuple[list[T], bool]:
    """The first that fit into a page, or into a ``share`` of one, at most ``limit``, and whether
    there are more; one always fits. ``told``: what of each is in the answer."""
    found, more, size = fit(room_for(cx) // share, items, limit=limit, told=told)
    count(cx, size)
    return found, more


def fit(
    room: int,
    items: Iterable[T],
    *,
    limit: int | None = None,
    told: Callable[[T], Any] | None = None,
) -> tuple[list[T], bool, int]:
    """The same of so much ``room``, not counted; and how much of it was taken."""
    size, more = 0, False
    found: list[T] = []
    for item in items:
        length = len(encode_json(told(item) if told else item)) + 1
        more = len(found) == limit or (bool(found) and size + length > room)
        if more:
            break
        size += length
        found.append(item)
    return found, more, size


def count(cx: Context, size: int) -> None:
    """So many bytes were read; of who is at the machine nobody counts them."""
    if size and cx.principal.kind not in LOCAL:
        limiter = cx.services.limiter
        limiter.spend("read_bytes_per_participant", cx.caller.reader, size)
        limiter.spend("read_bytes_per_address", cx.caller.address, size)


def list_page(
    cx: Context,
    things: Iterable[T],
    view: Callable[[T], V],
    *,
    limit: int,
    cursor: Callable[[T], str],
) -> Listed[V]:
    """The first of a list that fit into a page; the ``cursor`` is made from the last that is given.
    What is damaged is left out."""
    rows = readable_views(lambda one: (one, view(one)), things)
    found, more = first_fitting(cx, rows, limit=limit, told=itemgetter(1))
    shown = [row for _, row in found]
    return Listed(shown, more, cursor(found[-1][0]) if more else None)


def place_page(
    cx: Context,
    things: Iterable[T],
    view: Callable[[T], V],
    *,
    limit: int,
    cursor: str | None,
) -> Listed[V]:
    """The same of a list that nobody adds to in its midst: its cursor is a place in it."""
    begun = place_of(cursor)
    rest = islice(enumerate(things, 1), begun, None)
    return list_page(
        cx,
        rest,
        lambda one: view(one[1]),
        limit=limit,
        cursor=lambda one: str(one[0]),
    )


def place_of(cursor: str | None) -> int:
    """How many of a list were given; Invalid for what is no cursor of one."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < LONGEST_PLACE):
        raise Invalid("'cursor' is what an earlier page of this list gave", field="cursor")
    return int(cursor)
