"""The committer: gathers what waits, writes and syncs it in one go off the event loop, then
announces and releases in the order of asking. What fails takes everything behind it along."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import gevent
from gevent.event import AsyncResult, Event
from gevent.hub import Waiter
from loguru import logger

from chatd.errors import ChatdError, Unavailable
from chatd.runtime.threads import BoundedThreads
from chatd.store.base import Change, Committed
from chatd.store.tiny.filesystem import reason
from chatd.store.tiny.journal import HalfMade, Journal
from chatd.store.tiny.numbering import Numbers

MAX_BATCH = 4_096
BATCH_BYTES = 262_144
RETRY_S = 1.0
PATIENCE_S = 1.5
A_MOMENT_S = 0.000_001
T = TypeVar("T")


class Pending:
    """One commit on its way: its changes, the last ``numbers`` that it gave in each conversation,
    and who waits for it."""

    __slots__ = ("asked_at", "changes", "done", "numbers", "record", "result", "then")

    def __init__(
        self,
        changes: tuple[Change, ...],
        record: bytes,
        result: Committed,
        then: Callable[[Committed], None] | None,
        numbers: dict[str, Numbers],
    ) -> None:
        self.changes = changes
        self.numbers = numbers
        self.record = record
        self.result = result
        self.then = then
        self.done: Any = Waiter()
        self.asked_at = time.monotonic()


class Committer:
    """Owns the journal. ``read`` gets what a commit changes, before it is written, and may fail as
    the disk does; ``settle`` applies a durable commit to that; ``abandon`` takes back what failed
    commits had asked for. All run on the event loop and never wait.

    While there is no journal that can be written (from the start on, when the disk is full), every
    commit is refused, and a new journal is tried every second.
    """

    def __init__(
        self,
        open_journal: Callable[[int, Sequence[bytes]], Journal],
        first: int,
        read: Callable[[Pending], None],
        settle: Callable[[Pending], None],
        abandon: Callable[[], None],
        beside: BoundedThreads,
    ) -> None:
        self._open_journal = open_journal
        self._first = first
        self.journal: Journal | None = None
        self._read = read
        self._settle = settle
        self._abandon = abandon
        self._beside = beside
        self._waiting: deque[Pending] = deque()
        self._batch: list[Pending] = []
        self._guests: deque[tuple[Callable[[], Any], Any]] = deque()
        self._wake = Event()
        self._loop = gevent.get_hub().loop
        self._stopping = False
        self._ended = ""
        self.fault: str | None = None
        self._peers_fault = ""
        self.commits = 0
        self.latency_s = 0.0
        self.observe: Callable[[float], None] = lambda seconds: None
        self.follow: Callable[[Committed], None] = lambda done: None
        try:
            self.journal = open_journal(first, ())
        except OSError as error:
            self._fail(error)
        self._greenlet = gevent.spawn(self._run)
        self._greenlet.name = "committer"
        self._greenlet.link(self._on_death)

    def put(self, pending: Pending) -> None:
        """Queues a commit. While the disk fails, it is refused at once."""
        self._refuse()
        self._waiting.append(pending)
        self._wake.set()

    def between(self, act: Callable[[], T]) -> T:
        """Calls between two batches, when everything that is settled is in the journal and nothing
        else is; refused as commits are. What it raises is raised here."""
        self._refuse()
        done: Any = AsyncResult()
        self._guests.append((act, done))
        self._wake.set()
        result: T = done.get()
        return result

    def rotate(self, carried: Sequence[bytes] = ()) -> None:
        """Goes on in a new file, with these commits in its first frame; called between batches.
        When it cannot be made, all is as before."""
        old = self.journal
        first = old.next if old else self._first
        try:
            self.journal = self._beside(self._open_journal, first, carried)
        except HalfMade as error:
            self._fail(error)
            raise
        if old:
            old.close()

    def _refuse(self) -> None:
        if self.fault:
            raise refusal(self._peers_fault)
        if self._stopping:
            raise refusal("the daemon is stopping")

    @property
    def open_journal(self) -> Journal:
        """The journal, where there is one."""
        assert self.journal is not None, "who has no journal has a fault"
        return self.journal

    def watch(self) -> None:
        """Waits as long as commits can be carried out at all; raises what ended that."""
        self._greenlet.get()

    def end(self, why: str) -> None:
        """Nothing is committed any more; what is on its way to the disk still gets there."""
        self._ended = why
        self._wake.set()

    def stop(self) -> bool:
        """Writes what waits, then ends; whether that could be awaited."""
        self._stopping = True
        self._wake.set()
        self._greenlet.join(PATIENCE_S)
        ended: bool = self._greenlet.ready()
        if self.journal and ended:
            self.journal.close()
        return ended

    def _run(self) -> None:
        while True:
            self._wake.wait(RETRY_S if self.fault else None)
            self._wake.clear()
            if self._ended:
                self._peers_fault = self._ended
                self._refuse_all(self._ended, refusal(self._ended))
            elif self.fault and not self._stopping:
                self._recover()
            while (self._waiting or self._guests) and not self.fault and not self._ended:
                gevent.sleep(A_MOMENT_S)  # whoever is ready now still gets into this batch
                self._commit_batch()
                self._let_guests_act()
            if self._stopping:
                return

    def _let_guests_act(self) -> None:
        while self._guests and not self.fault:
            act, done = self._guests.popleft()
            try:
                done.set(act())
            except (OSError, ChatdError) as error:
                done.set_exception(error)

    def _next_batch(self) -> list[Pending]:
        """The first that wait: so many, or so many bytes, for all of a batch is announced in one
        turn of the loop."""
        batch: list[Pending] = []
        size = 0
        while self._waiting and len(batch) < MAX_BATCH and size < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].record)
        return batch

    def _commit_batch(self) -> None:
        self._batch = batch = self._next_batch()
        try:
            for pending in batch:
                self._read(pending)
        except OSError as error:
            self._fail(error, "the files cannot be read")
            return
        try:
            if records := [one.record for one in batch if one.record]:
                self._beside(self.open_journal.append, records)
        except OSError as error:
            self._fail(error)
            return
        now = time.monotonic()
        for pending in batch:
            self._settle(pending)
            self.latency_s = now - pending.asked_at
            self.observe(self.latency_s)
            if (pending.result.messages or pending.result.replaced) and pending.changes:
                self.follow(pending.result)
            if pending.then:
                announce(pending.then, pending.result)
        self._loop.run_callback(release, batch)
        self.commits += len(batch)
        self._batch = []

    def _fail(self, error: OSError, what: str = "the journal cannot be written") -> None:
        """Peers are told what it is, not where."""
        fault = f"{what}: {reason(error)}"
        if fault != self.fault:
            logger.bind(area="storage").error("{}; refusing commits until it can", fault)
        self._peers_fault = f"{what}: {error.strerror or 'a fault of the disk'}"
        self._refuse_all(fault, refusal(self._peers_fault))

    def _on_death(self, greenlet: Any) -> None:
        """A fault of our own: whoever waits is told, nobody new is let in, the daemon has to be
        started again. What was in hand may be durable: a retry after the start finds out."""
        if self._stopping and greenlet.exception is None:
            return
        fault = self._peers_fault = "the committer died"
        logger.bind(area="storage").error("{}: {!r}", fault, greenlet.exception or greenlet.value)
        self._refuse_all(fault, Unavailable(f"{fault}; ask again after the restart", retry_after=5))

    def _refuse_all(self, fault: str, error: Unavailable) -> None:
        self.fault = fault
        refused, guests = [*self._batch, *self._waiting], [done for _, done in self._guests]
        self._batch = []
        self._waiting.clear()
        self._guests.clear()
        self._abandon()
        self._loop.run_callback(refuse, refused, error)
        for done in guests:
            done.set_exception(error)

    def _recover(self) -> None:
        """A file whose write or sync failed is not trusted again: a new one takes its place, whose
        first frame has the number of the one that failed and so makes it void."""
        try:
            self.rotate()
        except (OSError, ChatdError) as error:
            logger.bind(area="storage").debug("still failing: {}", error)
            return
        self.fault = None
        logger.bind(area="storage").info("the journal can be written again")


def release(batch: Sequence[Pending]) -> None:
    """Whoever waits for these goes on, one after the other; called by the loop."""
    for pending in batch:
        pending.done.switch(pending.result)


def refuse(batch: Sequence[Pending], error: Unavailable) -> None:
    """The same, with what became of it."""
    for pending in batch:
        pending.done.throw(error)


def announce(then: Callable[[Committed], None], result: Committed) -> None:
    """An announcement that fails must not take the others, or the committer, with it."""
    try:
        then(result)
    except Exception:
        logger.bind(area="storage").exception("an announcement failed")


def refusal(fault: str) -> Unavailable:
    """What the sender is told."""
    return Unavailable(f"{fault}; nothing was changed, try again", retry_after=1)
