"""Ids: each begins with the time that it was made at, so that a store finds it without an index."""

from __future__ import annotations

import os

WINDOW_BITS = 12
PER_WINDOW = 4_096


def new_id(prefix: str, now: float, shelf: int = 0, random_bytes: int = 6) -> str:
    """``p-67a1b2c3-9f…``, or ``p-67a1b2c3-2-9f…`` for the third shelf of its time."""
    further = f"{shelf:x}-" if shelf else ""
    return f"{prefix}-{int(now):x}-{further}{os.urandom(random_bytes).hex()}"


def birth(id: str) -> int | None:
    """When an id of these was made, in seconds since 1970."""
    try:
        return int(id.split("-")[1], 16)
    except (IndexError, ValueError):
        return None


def shelf(id: str) -> int:
    """The shelf of its time that an id says it lies on."""
    parts = id.split("-")
    try:
        return int(parts[2], 16) if len(parts) == 4 else 0
    except ValueError:
        return 0


class Newborn:
    """New ids of one kind, so many to a shelf: however many come in an hour, no file of them is
    so large that to read one of them holds anybody up."""

    def __init__(self, prefix: str, random_bytes: int = 6) -> None:
        self._prefix, self._random_bytes = prefix, random_bytes
        self._window = -1
        self._count = 0

    def id(self, now: float) -> str:
        """The next one, made ``now``: seconds since 1970."""
        window = int(now) >> WINDOW_BITS
        if window != self._window:
            self._window, self._count = window, 0
        self._count += 1
        return new_id(self._prefix, now, (self._count - 1) // PER_WINDOW, self._random_bytes)
