"""What something costs: those who are told of it, its bytes times how many they are; and whoever
keeps it, the bytes that stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chatd.domain import topics
from chatd.domain.message import Message
from chatd.errors import ChatdError
from chatd.protocol.envelope import encode_json
from chatd.service.context import Context


def count(cx: Context, dialog_id: str, data: Any) -> None:
    """Counts it for who causes it; RateLimited when that was too much lately. One thing alone is
    never too much."""
    hub = cx.services.hub
    sides = hub.count(topics.staff(dialog_id)) + hub.count(topics.customer(dialog_id))
    followers = max(hub.count(topics.dialog(dialog_id)), sides)
    if not followers or cx.principal.kind in ("shell", "system"):
        return
    cost = len(encode_json(data)) * followers
    cx.services.limiter.hit("spread_per_participant", cx.principal.id, cost)
    cx.services.limiter.hit("spread_per_address", cx.caller.address, cost)


@contextmanager
def keeping(cx: Context, message: Message, before: Message | None = None) -> Iterator[None]:
    """Counts what a message adds to what is kept, for the address that it comes from; nothing when
    it is refused meanwhile."""
    grown = len(encode_json(message)) - (len(encode_json(before)) if before else 0)
    if grown <= 0 or cx.principal.kind in ("shell", "system"):
        yield
        return
    try:
        cx.services.limiter.hit("bytes_per_address", cx.caller.address, grown)
        yield
    except ChatdError:
        cx.services.limiter.forgive("bytes_per_address", cx.caller.address, grown)
        raise
