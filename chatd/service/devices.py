"""With what somebody is here: the browser and system that a connection names, in a few words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chatd.config import extras

REMEMBERED = 4_096
LONGEST = 80


@lru_cache(maxsize=REMEMBERED)
def device_of(agent: str) -> str:
    """``Chrome 126 · Windows 10``; empty where it says nothing that is known, or where nothing is
    installed that knows it."""
    if not agent or extras.missing("devices"):
        return ""
    from ua_parser import parse

    found = parse(agent)
    device = found.device.family if found.device and found.device.brand else ""
    named = [words(found.user_agent), words(found.os), device]
    return " · ".join(one for one in named if one)[:LONGEST]


def words(part: Any) -> str:
    """``Firefox 127``."""
    return " ".join(filter(None, (part.family, part.major))) if part else ""
