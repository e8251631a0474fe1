"""The committer: gathers what waits, writes and syncs it in one go off the event loop, then
announces and releases in the order of asking. What fails takes everything behind it along."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from loguru import logger

from chatd.errors import Unavailable
from chatd.offloop import Beside
from chatd.store.base import Change, Committed
from chatd.store.journal import Journal

MAX_BATCH = 4_096
RETRY_S = 1.0
A_MOMENT_S = 0.000_001


class Pending:
    """One commit on its way: its changes, and who waits for them."""

    __slots__ = ("asked_at", "changes", "done", "record", "result", "then")

    def __init__(
        self,
        changes: tuple[Change, ...],
        record: bytes,
        result: Committed,
        then: Callable[[Committed], None] | None,
    ) -> None:
        self.changes = changes
        self.record = record
        self.result = result
        self.then = then
        self.done: Any = AsyncResult()
        self.asked_at = time.monotonic()


class Committer:
    """Owns the journal. ``settle`` applies a durable commit to the state; ``abandon`` takes back
    what failed commits had asked for; both run on the event loop and never wait."""

    def __init__(
        self,
        open_journal: Callable[[int], Journal],
        first: int,
        settle: Callable[[Pending], None],
        abandon: Callable[[], None],
        after_batch: Callable[[], None],
        beside: Beside,
    ) -> None:
        self._open_journal = open_journal
        self.journal = open_journal(first)
        self._settle = settle
        self._abandon = abandon
        self._after_batch = after_batch
        self._beside = beside
        self._waiting: deque[Pending] = deque()
        self._batch: list[Pending] = []
        self._wake = Event()
        self._stopping = False
        self.fault: str | None = None
        self.commits = 0
        self.latency_s = 0.0
        self.observe: Callable[[float], None] = lambda seconds: None
        self._greenlet = gevent.spawn(self._run)
        self._greenlet.name = "committer"
        self._greenlet.link_exception(self._died)

    def put(self, pending: Pending) -> None:
        """Queues a commit. While the disk fails, it is refused at once."""
        if self.fault:
            raise unavailable(self.fault)
        self._waiting.append(pending)
        self._wake.set()

    def rotate(self) -> None:
        """Goes on in a new file; called between batches."""
        old, self.journal = self.journal, self._beside(self._open_journal, self.journal.next)
        old.close()

    def watch(self) -> None:
        """Waits as long as commits can be carried out at all; raises what ended that."""
        self._greenlet.get()

    def stop(self) -> None:
        """Writes what waits, then ends."""
        self._stopping = True
        self._wake.set()
        self._greenlet.join()
        self.journal.close()

    def _run(self) -> None:
        while True:
            self._wake.wait(RETRY_S if self.fault else None)
            self._wake.clear()
            if self.fault:
                self._recover()
            while self._waiting and not self.fault:
                gevent.sleep(A_MOMENT_S)  # whoever is ready now still gets into this batch
                self._commit_batch()
                self._after_batch()
            if self._stopping:
                return

    def _commit_batch(self) -> None:
        count = min(MAX_BATCH, len(self._waiting))
        self._batch = batch = [self._waiting.popleft() for _ in range(count)]
        try:
            self._beside(self.journal.append, [one.record for one in batch if one.record])
        except OSError as error:
            self._fail(error)
            return
        now = time.monotonic()
        for pending in batch:
            self._settle(pending)
            self.latency_s = now - pending.asked_at
            self.observe(self.latency_s)
            if pending.then:
                announce(pending.then, pending.result)
        for pending in batch:
            pending.done.set(pending.result)
        self.commits += len(batch)
        self._batch = []

    def _fail(self, error: OSError) -> None:
        fault = f"the journal cannot be written: {error.strerror or error}"
        logger.bind(area="storage").error("{}; refusing commits until it can", fault)
        self._refuse_all(fault, unavailable(fault))

    def _died(self, greenlet: Any) -> None:
        """A fault of our own: whoever waits is told, nobody new is let in, the daemon has to be
        started again. What was in hand may be durable: a retry after the start finds out."""
        fault = "the committer died"
        logger.bind(area="storage").error("{}: {!r}", fault, greenlet.exception)
        self._refuse_all(fault, Unavailable(f"{fault}; ask again after the restart", retry_after=5))

    def _refuse_all(self, fault: str, error: Unavailable) -> None:
        self.fault = fault
        refused = [*self._batch, *self._waiting]
        self._batch = []
        self._waiting.clear()
        self._abandon()
        for pending in refused:
            pending.done.set_exception(error)

    def _recover(self) -> None:
        """A file whose write or sync failed is not trusted again: a new one takes its place, whose
        first frame has the number of the one that failed and so makes it void."""
        try:
            self.rotate()
        except OSError as error:
            logger.bind(area="storage").debug("still failing: {}", error)
            return
        self.fault = None
        logger.bind(area="storage").info("the journal can be written again")


def announce(then: Callable[[Committed], None], result: Committed) -> None:
    """An announcement that fails must not take the others, or the committer, with it."""
    try:
        then(result)
    except Exception:
        logger.bind(area="storage").exception("an announcement failed")


def unavailable(fault: str) -> Unavailable:
    """What the sender is told."""
    return Unavailable(f"{fault}; nothing was changed, try again", retry_after=1)
