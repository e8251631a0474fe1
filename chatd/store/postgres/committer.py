"""The committer: gathers what waits, has it made durable in one go, then announces and releases in
the order of asking."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import gevent
import msgspec
import psycopg
from gevent.event import AsyncResult, Event
from loguru import logger

from chatd.domain.ticket import Ticket
from chatd.errors import ChatdError, NotFound, Unavailable, race_lost
from chatd.store.base import Change, Committed, Expect, Put, Remove, Replace
from chatd.store.postgres.claiming import Taken
from chatd.store.postgres.committing import Batch, Line, Unknown
from chatd.store.postgres.rows import (
    Answer,
    dialogs_of,
    document_of,
    documents_of,
    encode,
    give_all_numbers,
    in_order,
)
from chatd.store.tiny.committer import A_MOMENT_S, BATCH_BYTES, MAX_BATCH, announce, refusal
from chatd.store.tiny.state import answer_of, key

RETRY_S = 1.0
DOUBT_S = 5.0
STOP_S = 4.0
AWAY = "the database cannot be reached"
REFUSED = "the database refuses to write"
SETTLED = "CH001"  # after long silence the database has forgotten which batch is next; see 0001.sql


json = msgspec.json.Encoder().encode


class Repeated(Exception):
    """It was a retry: where the first message is."""

    def __init__(self, dialog_id: str, seq: int) -> None:
        super().__init__(dialog_id, seq)
        self.place = dialog_id, seq


class Pending:
    """One commit on its way, and who waits for it."""

    def __init__(
        self,
        changes: tuple[Change, ...],
        then: Callable[[Committed], None] | None,
        needs: Sequence[Pending] = (),
    ) -> None:
        self.changes = in_order(changes)
        self.needs = needs
        self.failed = False
        self.record = encode(self.changes) if changes else b""
        self.then = then
        self.done: Any = AsyncResult()
        self.asked_at = time.monotonic()

    def encode(self, places: dict[int, int]) -> bytes:
        """With the commits of the same batch that it was decided by."""
        needs = sorted({places[id(one)] for one in self.needs if id(one) in places})
        first = b'"needs":%s,' % json(needs) if needs else b""
        return b'{%s"changes":%s}' % (first, self.record)

    def settle_empty(self) -> Committed | Exception:
        """What came of one that changes nothing, once those before it are settled."""
        return stale() if any(one.failed for one in self.needs) else Committed()

    def settle(self, answer: Answer) -> Committed | Exception:
        """What it came to."""
        if answer.repeats is not None:
            return Repeated(answer.id, answer.repeats)
        if answer.stale:
            return stale()
        if answer.missing is not None or answer.overtaken is not None:
            return self._refuse(answer)
        made = tuple(give_all_numbers(self.changes, answer))
        return answer_of(made)

    def _refuse(self, answer: Answer) -> ChatdError:
        rows = [one for change in self.changes for one in parts_of(change)]
        change = rows[answer.missing if answer.missing is not None else answer.overtaken or 0]
        if isinstance(change, Replace):
            message = change.message
            if answer.missing is None:
                return race_lost(message.id)
            return NotFound(f"no message {message.seq} in {message.dialog_id}")
        assert isinstance(change, Put | Remove | Expect)
        kind, id = key(change)
        if kind == "tickets" and answer.body:
            return race_lost(id, **document_of(Ticket, answer.body, None, None).last_word())
        return race_lost(id)


class Committer:
    """Owns the line to the database. While that is away, or refuses to write, every commit is
    refused, and it is tried again every second. ``settle`` is called with a commit as soon as
    what it asked for is there, or is known never to be.

    Where the line was cut in mid-commit, whoever waits goes on waiting while it is found out what
    became of it; for so long. Then they are told that it is not known, and nothing new is let in
    until it is: what turns out to be durable is announced all the same.
    """

    def __init__(self, line: Line, settle: Callable[[Pending], None]) -> None:
        self._line = line
        self._settle = settle
        self._waiting: deque[Pending] = deque()
        self._in_hand: list[Pending] = []
        self._in_doubt: list[Pending] = []
        self._wake = Event()
        self._stopping = False
        self.fault: str | None = None
        self.commits = 0
        self.latency_s = 0.0
        self.observe: Callable[[float], None] = lambda seconds: None
        self.follow: Callable[[Committed], None] = lambda done: None
        self._greenlet = gevent.spawn(self._run)
        self._greenlet.name = "committer"
        self._greenlet.link(self._on_death)

    def put(self, pending: Pending) -> None:
        """Queues a commit; refused at once while none can be made."""
        if self.fault:
            raise refusal(in_short(self.fault))
        if self._stopping:
            raise refusal("the daemon is stopping")
        self._waiting.append(pending)
        self._wake.set()

    def watch(self) -> None:
        """Waits as long as commits can be carried out at all; raises what ended that."""
        self._greenlet.get()

    def stop(self) -> None:
        """Commits what waits, then ends."""
        self._stopping = True
        self._wake.set()
        self._greenlet.join(STOP_S)
        self._greenlet.kill()
        self._line.drop()

    def _run(self) -> None:
        while True:
            self._wake.wait(RETRY_S if self.fault else None)
            self._wake.clear()
            if self.fault and not self._stopping:
                self._recover()
            while self._waiting and not self.fault:
                gevent.sleep(A_MOMENT_S)  # whoever is ready now still gets into this batch
                self._in_hand = self._next_batch()
                self._commit(self._in_hand)
                self._in_hand = []
            if self._stopping:
                return

    def _next_batch(self) -> list[Pending]:
        """The first that wait, but for those that were decided by one that failed."""
        batch: list[Pending] = []
        size = 0
        while self._waiting and len(batch) < MAX_BATCH and size < BATCH_BYTES:
            pending = self._waiting.popleft()
            if any(one.failed for one in pending.needs):
                self._refuse(pending, stale())
                continue
            batch.append(pending)
            size += len(pending.record)
        return batch

    def _commit(self, batch: list[Pending]) -> None:
        try:
            answers = self._send(batch)
        except Unknown:
            self._in_doubt = batch
            told = f"{AWAY}; whether it was stored is not known yet, ask again"
            self._fail(AWAY, batch, Unavailable(told, retry_after=2))
        except psycopg.Error as error:
            if isinstance(error, psycopg.OperationalError) or error.sqlstate == SETTLED:
                self._fail(f"{REFUSED}: {first_line(error)}", batch, refusal(REFUSED))
            else:
                self._one_by_one(batch, error)
        else:
            self._release(batch, answers)

    def _send(self, batch: list[Pending]) -> tuple[Answer, ...]:
        some = [one for one in batch if one.record]
        if not some:
            return ()
        places = {id(one): place for place, one in enumerate(some)}
        dialogs = set().union(*(dialogs_of(one.changes) for one in some))
        documents = set().union(*(documents_of(one.changes) for one in some))
        told = Batch([one.encode(places) for one in some], dialogs, documents)
        return self._line.commit(told, DOUBT_S)

    def _one_by_one(self, batch: list[Pending], error: psycopg.Error) -> None:
        """One that the database does not take, by a fault of ours, must not take the others with
        it."""
        if len(batch) == 1:
            self._refuse(batch[0], error)
            return
        for pending in batch:
            if self.fault:
                self._refuse(pending, refusal(in_short(self.fault)))
            elif any(one.failed for one in pending.needs):
                self._refuse(pending, stale())
            else:
                self._commit([pending])

    def _release(self, batch: list[Pending], answers: tuple[Answer, ...]) -> None:
        now, left = time.monotonic(), iter(answers)
        results = list[Committed | Exception]()
        for pending in batch:
            result = pending.settle(next(left)) if pending.record else pending.settle_empty()
            results.append(result)
            pending.failed = not isinstance(result, Committed)
            self._settle(pending)
        for pending in batch:
            pending.needs = ()
        for pending, result in zip(batch, results, strict=True):
            self.latency_s = now - pending.asked_at
            self.observe(self.latency_s)
            if isinstance(result, Committed) and (result.messages or result.replaced):
                self.follow(result)
            if pending.then and isinstance(result, Committed):
                announce(pending.then, result)
        for pending, result in zip(batch, results, strict=True):
            if isinstance(result, Committed):
                pending.done.set(result)
            else:
                pending.done.set_exception(result)
        self.commits += len(batch)

    def _fail(self, fault: str, batch: list[Pending], error: Unavailable) -> None:
        """Those behind it are refused as well: nothing of theirs was tried."""
        self._line.drop()
        self.fault = fault
        logger.bind(area="storage").error("{}; refusing commits until it can", fault)
        behind = [*self._waiting]
        self._waiting.clear()
        for pending in batch:
            self._refuse(pending, error)
        for pending in behind:
            self._refuse(pending, refusal(in_short(fault)))

    def _refuse(self, pending: Pending, error: Exception) -> None:
        pending.failed = True
        self._settle(pending)
        pending.needs = ()
        pending.done.set_exception(error)

    def _recover(self) -> None:
        try:
            if self._in_doubt:
                self._find_out()
            else:
                self._line.open()
        except psycopg.Error as error:
            self._line.drop()
            if isinstance(error, Taken):
                self.fault = f"{REFUSED}: {first_line(error)}"
            logger.bind(area="storage").debug("still failing: {}", first_line(error))
            return
        self.fault = None
        logger.bind(area="storage").info("the database can be written again")

    def _find_out(self) -> None:
        found = self._line.find_out()
        batch, self._in_doubt = self._in_doubt, []
        if found is None:
            return
        for pending in batch:  # they were told already; the others were not
            pending.done = AsyncResult()
        self._release(batch, found)

    def _on_death(self, greenlet: Any) -> None:
        """A fault of our own: whoever waits is told, nobody new is let in, the daemon has to be
        started again."""
        if self._stopping and greenlet.exception is None:
            self._refuse_rest("the daemon is stopping")
            return
        self.fault = "the committer died"
        logger.bind(area="storage").error("{}: {!r}", self.fault, greenlet.exception)
        self._refuse_rest(f"{self.fault}; ask again after the restart")

    def _refuse_rest(self, why: str) -> None:
        for pending in (*self._in_hand, *self._waiting):
            if not pending.done.ready():
                self._refuse(pending, Unavailable(why, retry_after=5))
        self._waiting.clear()


def parts_of(change: Change) -> list[Change]:
    """A change as often as it has rows."""
    many = getattr(change, "participant_ids", None)
    return [change] * (1 if many is None else len(many))


def first_line(error: psycopg.Error) -> str:
    """What it says, in short."""
    return str(error).partition("\n")[0] or type(error).__name__


def in_short(fault: str) -> str:
    """What peers are told: where the database is, and who has it, is none of their business."""
    return fault.partition(":")[0]


def stale() -> ChatdError:
    """What a commit was decided by never came to be."""
    return race_lost("what this was decided by")
