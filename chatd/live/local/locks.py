"""One at a time of what must not be done twice at once."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator

from gevent.event import Event


class KeyedLocks:
    """Whoever comes while the same is under way waits for its end."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Event] = {}

    @contextlib.contextmanager
    def one_at_a_time(self, what: Hashable) -> Iterator[None]:
        """In here nobody else is at it."""
        while what in self._under_way:
            self._under_way[what].wait()
        over = self._under_way[what] = Event()
        try:
            yield
        finally:
            del self._under_way[what]
            over.set()
