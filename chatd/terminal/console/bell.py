"""When the bell rings: for every ticket that begins to wait, again and again until it is taken."""

from __future__ import annotations

from collections.abc import Collection

AGAIN = 5.0


class Bell:
    """Knows for whom it has rung."""

    def __init__(self, again: float = AGAIN) -> None:
        self.again = again
        self.known: set[str] = set()
        self.last = float("-inf")

    def rings(self, waiting: Collection[str], now: float) -> bool:
        """Whether to ring now: for somebody new at once, then every so often while they wait."""
        new = set(waiting) - self.known
        self.known = set(waiting)
        if not waiting or not (new or now - self.last >= self.again):
            return False
        self.last = now
        return True
