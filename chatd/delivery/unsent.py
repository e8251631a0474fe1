"""What sockets would not take yet, of all connections and transports together."""

from __future__ import annotations

from collections.abc import Callable, Hashable

UNSENT_BYTES = 134_217_728


class Unsent:
    """At most ``limit`` bytes wait for readers that are behind; who keeps the most lets go of it
    when there are more. ``total``: how many there are."""

    def __init__(self, limit: int = UNSENT_BYTES) -> None:
        self.limit = limit
        self.total = 0
        self._holders: dict[Hashable, tuple[int, Callable[[], None]]] = {}

    def waits(self, holder: Hashable, size: int, let_go: Callable[[], None]) -> None:
        """So much waits here by now; ``let_go`` is called when that is too much."""
        self.remove(holder)
        self.total += size
        self._holders[holder] = size, let_go
        while self.total > self.limit and self._holders:
            largest = max(self._holders, key=lambda one: self._holders[one][0])
            drop = self._holders[largest][1]
            self.remove(largest)
            drop()

    def remove(self, holder: Hashable) -> None:
        """Nothing waits here any more."""
        size, _ = self._holders.pop(holder, (0, None))
        self.total -= size
