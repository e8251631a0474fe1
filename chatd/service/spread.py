"""What something costs: those who are told of it, its bytes times how many they are; and whoever
keeps it, the bytes that stay."""

from __future__ import annotations

from typing import Any

from chatd.domain import topics
from chatd.domain.message import Message
from chatd.domain.principal import LOCAL
from chatd.errors import ChatdError
from chatd.protocol.envelope import encode_json
from chatd.service.context import Context

KEPT = "bytes_per_address"


def count(cx: Context, dialog_id: str, data: Any) -> None:
    """Counts it for who causes it; RateLimited when that was too much lately. One thing alone is
    never too much."""
    followers = cx.services.hub.count(topics.dialog(dialog_id))
    if cx.place.listed:
        followers += len(cx.place.people)
    who = cx.principal
    if not followers or who.kind in LOCAL:
        return
    cost = len(encode_json(data)) * followers
    cx.services.limiter.hit("spread_per_participant", who.id, cost)
    cx.services.limiter.hit("spread_per_address", cx.caller.address, cost)


class Keeping:
    """Counts what a message adds to what is kept, for the address that it comes from; nothing when
    it is refused meanwhile. Written out, for it is entered with every message."""

    __slots__ = ("_address", "_grown", "_limiter")

    def __init__(self, cx: Context, message: Message, before: Message | None = None) -> None:
        grown = len(encode_json(message)) - (len(encode_json(before)) if before else 0)
        self._grown = 0 if cx.principal.kind in LOCAL else grown
        self._limiter, self._address = cx.services.limiter, cx.caller.address

    def __enter__(self) -> None:
        if self._grown > 0:
            try:
                self._limiter.hit(KEPT, self._address, self._grown)
            except ChatdError:
                self._limiter.forgive(KEPT, self._address, self._grown)
                raise

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind and issubclass(kind, ChatdError) and self._grown > 0:
            self._limiter.forgive(KEPT, self._address, self._grown)
