"""Times as they are stored and sent: RFC 3339 text in UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(epoch: float) -> str:
    """``1730053200.1234`` → ``"2024-10-27T18:20:00.123Z"``; sorts as text."""
    moment = datetime.fromtimestamp(epoch, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def to_epoch(text: str) -> float:
    """The seconds since 1970 of a time that :func:`to_text` wrote."""
    return datetime.fromisoformat(text).timestamp()
