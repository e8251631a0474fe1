"""Pages: bounded in bytes, so that every answer is one that a connection can take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from chatd.protocol.envelope import encode_json
from chatd.service.context import Context

PAGE_BYTES = 524_288
T = TypeVar("T")


def room_for(cx: Context) -> int:
    """How many bytes a page may have: what leaves room for the rest of an answer in an outbox."""
    return min(PAGE_BYTES, cx.services.config.websocket.outbox_bytes // 2)


def first_fitting(items: Iterable[T], room: int) -> list[T]:
    """The first that fit into so many bytes of JSON; one always does."""
    size = 0
    found: list[T] = []
    for item in items:
        size += len(encode_json(item)) + 1
        if size > room and found:
            break
        found.append(item)
    return found


def part(
    cx: Context, name: str, items: Sequence[T], view: Callable[[T], Any] = lambda one: one
) -> dict[str, Any]:
    """The first of a list that fit, under its name, and whether there are ``more``; who is at the
    machine gets all."""
    views = map(view, items)
    shown = list(views) if cx.principal.kind == "shell" else first_fitting(views, room_for(cx))
    return {name: shown, "more": len(shown) < len(items)}
