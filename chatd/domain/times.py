"""Times as they are stored and sent: RFC 3339 text in UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

WRITTEN_CHARS = 24


def to_text(epoch: float) -> str:
    """``1730053200.1234`` → ``"2024-10-27T18:20:00.123Z"``; sorts as text."""
    return thousandth_to_text(round(epoch * 1_000_000) // 1000)


@lru_cache(maxsize=64)
def thousandth_to_text(epoch: int) -> str:
    """With one command the same time is asked for several times."""
    second, thousandths = divmod(epoch, 1000)
    return f"{second_to_text(second)}.{thousandths:03d}Z"


@lru_cache(maxsize=64)
def second_to_text(epoch: int) -> str:
    """Most times that are asked for are of this very second."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%S}"


def to_epoch(text: str) -> float:
    """The seconds since 1970 of a time that :func:`to_text` wrote."""
    return datetime.fromisoformat(text).timestamp()


def to_thousandths(text: str) -> int:
    """The thousandths of seconds since 1970 of a time that :func:`to_text` wrote."""
    if text[19:20] != "." or len(text) != WRITTEN_CHARS:
        return round(to_epoch(text) * 1000)  # others wrote it
    return text_to_second(text[:19]) * 1000 + int(text[20:23])


@lru_cache(maxsize=64)
def text_to_second(text: str) -> int:
    """Times that are looked at behind each other are often of one second."""
    return round(to_epoch(f"{text}Z"))
