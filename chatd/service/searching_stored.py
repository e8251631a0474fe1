"""What can be found where the index is in the database of the messages: there it is known what has
no words yet, whichever node wrote it."""

from __future__ import annotations

import time
from collections.abc import Callable

from chatd.errors import Unavailable
from chatd.runtime.threads import BoundedThreads
from chatd.search.base import Entry, Filter, Hit
from chatd.search.query import Query
from chatd.search.stored import BATCH, LAST, StoredIndex, batches
from chatd.service.searching import WAIT_S, Search
from chatd.store.base import Committed

AT_ONCE = 1_000
MANY = 10_000
LOOK_S = 1.0


class StoredSearch(Search):
    """Whoever looks for something makes the words of what waits first, where these are few; the
    node that ``leads`` those of all that waits."""

    def __init__(self, index: StoredIndex, leads: Callable[[], bool]) -> None:
        super().__init__()
        self._index, self._leads = index, leads
        self._spelling = BoundedThreads(1)
        self._heard, self._look_at = True, 0.0

    def hear(self, done: Committed) -> None:
        self._heard = True

    def find(self, query: Query, among: Filter, *, before: int, limit: int) -> list[Hit]:
        if self._lock.acquire(timeout=0 if self.behind else WAIT_S):
            try:
                self._put_some()
            finally:
                self._lock.release()
        return self._index.find(query, among, before=before, limit=limit)

    def rebuild(self) -> int:
        self.behind = True
        self._index.queue_again()
        with self._lock:
            self._try_to_catch_up()
        if self.fault:
            raise Unavailable(self.fault, retry_after=1)
        self._index.pack()
        return self._index.count()

    def stop(self) -> None:
        self._worker.kill()
        self._index.close()
        self._spelling.stop()

    def _is_due(self) -> bool:
        return self._leads() and (self._heard or self.behind or time.monotonic() >= self._look_at)

    def _put_some(self) -> None:
        """As many as nobody minds to wait for."""
        entries = self._index.list_waiting(LAST, BATCH if self.behind else AT_ONCE)
        self._put(entries)
        self.behind = len(entries) == (BATCH if self.behind else AT_ONCE)

    def _catch_up(self) -> None:
        self._heard, self._look_at, done = False, time.monotonic() + LOOK_S, 0
        for entries in batches(self._index, BATCH):
            self.behind = self.behind or len(entries) == BATCH
            self._put(entries)
            done += len(entries)
        if done > MANY:
            self._index.analyze()
        self.behind = False

    def _put(self, entries: list[Entry]) -> None:
        if entries:
            self._index.put(self._spelling(self._index.spell, entries))
