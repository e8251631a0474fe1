"""One at a time of what must not be done twice at once."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Hashable, Iterator

from gevent.event import Event


class KeyedLocks:
    """Whoever comes while the same is under way waits for its end."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Event] = {}
        self._waiting: Counter[Hashable] = Counter()

    @contextlib.contextmanager
    def one_at_a_time(self, what: Hashable) -> Iterator[None]:
        """In here nobody else is at it."""
        if what in self._under_way:
            self._wait(what)
        over = self._under_way[what] = Event()
        try:
            yield
        finally:
            del self._under_way[what]
            over.set()

    def is_awaited(self, what: Hashable) -> bool:
        """Whether somebody waits for the end."""
        return what in self._waiting

    def _wait(self, what: Hashable) -> None:
        self._waiting[what] += 1
        try:
            while what in self._under_way:
                self._under_way[what].wait()
        finally:
            self._waiting[what] -= 1
            if not self._waiting[what]:
                del self._waiting[what]
