"""What values of the configuration look like, and how that is said of one that does not."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

RATE = r"^[1-9][0-9]* ?/ ?([1-9][0-9]* ?)?(second|minute|hour|day)s?\Z"
NAME = r"^[a-z0-9][a-z0-9_-]{0,63}\Z"
NODE = r"^([a-z0-9][a-z0-9_-]{0,31})?\Z"
REDIS = r"^((redis|unix)://.+)?\Z"
SPAN = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"
PAGE = r"^[/*][^\s?#]{0,199}\Z"
ICE = r"^(stuns?:[^\s?]+|turns?:[^\s?]+(\?transport=(udp|tcp))?)\Z"
Positive = Annotated[int, Meta(ge=1)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
OwnDays = Annotated[int, Meta(ge=-1, le=36_500)]  # 0: as all, -1: for ever
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]
NameKey = Annotated[str, Meta(pattern=NAME)]
NodeName = Annotated[str, Meta(pattern=NODE)]
Rate = Annotated[str, Meta(pattern=RATE)]
IceAddress = Annotated[str, Meta(pattern=ICE)]
RedisAddress = Annotated[str, Meta(pattern=REDIS)]
SpanText = Annotated[str, Meta(pattern=SPAN)]
PageText = Annotated[str, Meta(pattern=PAGE)]
DayKey = Annotated[str, Meta(pattern=DAY)]
PATTERNS = {
    NAME: "a name is small letters, digits, '-' and '_', at most 64",
    NODE: "a node's name is small letters, digits, '-' and '_', at most 32",
    REDIS: "Redis is at redis://HOST:PORT/DATABASE or unix://PATH",
    ICE: "a server is like 'stun:HOST:3478', 'turn:HOST:3478?transport=udp', 'turns:HOST:5349'",
    SPAN: "hours are like '09:00-18:00', a day's last are '18:00-24:00'",
    DAY: "a day is like '2030-12-31'",
    PAGE: "a page is a path like '/prices/*', without a query, of at most 200 characters",
    RATE: "a rate is like '30/second', '5/10 minutes'",
    r"^0?[0-7]{3}\Z": "a mode is like '660'",
    r"^(#[0-9a-fA-F]{6})?\Z": "a colour is like '#2f6fed'",
}


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; unknown keys are refused."""
