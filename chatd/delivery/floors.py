"""What those hear of a conversation for whom it begins behind a message: nothing of what came
before, nor what a quote shows of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from chatd.protocol.envelope import encode_json


class Quote(msgspec.Struct, frozen=True):
    """Which message is quoted."""

    seq: int = 0


class Meta(msgspec.Struct, frozen=True):
    """What may be with a message: what it quotes."""

    reply_to: Quote | None = None


class About(msgspec.Struct, frozen=True):
    """Which message an event is about."""

    seq: int = 0
    meta: Meta = Meta()


ABOUT = msgspec.json.Decoder(About)


def above(event: str, data: bytes, floor: int) -> bytes | None:
    """An event's JSON as it is for those for whom the conversation begins behind ``floor``;
    ``None`` where it is not for them."""
    if not event.startswith("message:"):
        return data
    about = ABOUT.decode(data)
    if about.seq <= floor:
        return None
    quoted = about.meta.reply_to
    return without_quote(data) if quoted and quoted.seq <= floor else data


@lru_cache(maxsize=16)
def without_quote(data: bytes) -> bytes:
    """A message that says only the number of what it quotes. The same is asked for by each floor
    that hides it."""
    message: dict[str, Any] = msgspec.json.decode(data)
    message["meta"]["reply_to"] = {"seq": message["meta"]["reply_to"]["seq"]}
    return encode_json(message)
