"""Pages: bounded in bytes, so that every answer is one that a connection can take, and counted, so
that nobody reads more than is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from chatd.protocol.envelope import encode_json
from chatd.service.context import Context

PAGE_BYTES = 524_288
T = TypeVar("T")


def room_for(cx: Context) -> int:
    """How many bytes a page may have: what leaves room for the rest of an answer in an outbox."""
    return min(PAGE_BYTES, cx.services.config.websocket.outbox_bytes // 2)


def first_fitting(cx: Context, items: Iterable[T], share: int = 1) -> tuple[list[T], bool]:
    """The first that fit into a page, or into a ``share`` of one, and whether there are more; one
    always fits."""
    room, size, more = room_for(cx) // share, 0, False
    found: list[T] = []
    for item in items:
        length = len(encode_json(item)) + 1
        more = bool(found) and size + length > room
        if more:
            break
        size += length
        found.append(item)
    count(cx, size)
    return found, more


def count(cx: Context, size: int) -> None:
    """So many bytes were read; of who is at the machine nobody counts them."""
    if cx.principal.kind not in ("shell", "system"):
        limiter = cx.services.limiter
        limiter.spend("read_bytes_per_participant", cx.caller.reader, size)
        limiter.spend("read_bytes_per_address", cx.caller.address, size)


def part(
    cx: Context, name: str, items: Iterable[T], view: Callable[[T], Any] = lambda one: one
) -> dict[str, Any]:
    """The first of a list that fit, under its name, and whether there are ``more``; who is at the
    machine gets all."""
    views = map(view, items)
    all_of_it = cx.principal.kind == "shell"
    shown, more = (list(views), False) if all_of_it else first_fitting(cx, views)
    return {name: shown, "more": more}
