"""The default store: a journal in front of TinyDB files, so that a message costs one append."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gevent.event import Event
from gevent.lock import Semaphore
from loguru import logger
from msgspec.structs import replace

from chatd.config import StoreSettings
from chatd.domain.message import Message, message_id
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, NotFound
from chatd.offloop import Beside
from chatd.store import checkpoint, contents, copying, files, journal, maintenance
from chatd.store.base import Advance, Append, Change, Committed, Put, Replace
from chatd.store.committer import Committer, Pending
from chatd.store.layers import Layers
from chatd.store.lock import DirectoryLock
from chatd.store.shelves import Shelves, seconds_in
from chatd.store.state import Changes, key

THREADS = 3  # the journal, a checkpoint, a backup


def open_store(directory: Path, settings: StoreSettings = StoreSettings()) -> TinyStore:  # noqa: B008
    """Opens a data directory, making it if need be; Unavailable if another daemon has it,
    Damaged (naming file and offset) rather than a guess."""
    maintenance.refuse_half_restored(directory)
    files.make_directory(directory)
    lock = DirectoryLock(directory)
    try:
        segment_messages = maintenance.prepare(directory, settings.segment_messages)
        return TinyStore(directory, replace(settings, segment_messages=segment_messages), lock)
    except BaseException:
        lock.release()
        raise


class TinyStore(Layers):
    """See :class:`chatd.store.base.Store`: commits, checkpoints; reads as its layers do."""

    def __init__(self, directory: Path, settings: StoreSettings, lock: DirectoryLock) -> None:
        top = contents.read_all(directory)
        super().__init__(
            Shelves(
                directory,
                top,
                segment_messages=settings.segment_messages,
                cache_bytes=settings.cache_bytes,
                sync=settings.sync,
            )
        )
        self._directory = directory
        self._settings = settings
        self._lock = lock
        self._beside = Beside(THREADS)
        self._last_ticket = 0
        self._checkpointing = Semaphore()
        self._checkpoint_wanted = False
        self._frozen_now = Event()
        self.checkpoint_fault: str | None = None
        self.checkpointed_at = time.monotonic()
        first = self._replay()
        contents.check_journals(directory, top)
        self._committer = Committer(
            self._open_journal,
            first,
            self._settle,
            self._asked.clear,
            self._after_batch,
            self._beside,
        )

    def commit(
        self, *changes: Change, then: Callable[[Committed], None] | None = None
    ) -> Committed:
        """See the contract."""
        if repeat := self._repeated(changes):
            return self._first_again(repeat)
        self._check(changes)
        numbered = tuple(self._numbered(changes))
        messages = tuple(change.message for change in numbered if isinstance(change, Append))
        result = Committed(messages)
        pending = Pending(numbered, journal.encode_commit(numbered), result, then)
        self._committer.put(pending)  # a commit that is refused up to here has asked for nothing
        for change in numbered:
            self._asked.take(change)
        committed: Committed = pending.done.get()
        return committed

    def _repeated(self, changes: Sequence[Change]) -> tuple[str, int] | None:
        for change in changes:
            if isinstance(change, Append) and change.message.client_id:
                message = change.message
                seq = self._sent_seq(message.dialog_id, message.sender_id, message.client_id or "")
                if seq is not None:
                    return message.dialog_id, seq
        return None

    def _first_again(self, repeat: tuple[str, int]) -> Committed:
        dialog_id, seq = repeat
        if seq > self._state(dialog_id).last_seq:
            pending = Pending((), b"", Committed(), None)
            self._committer.put(pending)
            pending.done.get()
        message = self.message(dialog_id, seq)
        return Committed((message,) if message else (), repeated=True)

    def _check(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, Put) and isinstance(change.document, Ticket):
                self._check_version(change.document)
            elif isinstance(change, Replace):
                self._check_exists(change.message)

    def _numbered(self, changes: Sequence[Change]) -> Iterator[Change]:
        seqs: dict[str, int] = {}
        for change in changes:
            if not isinstance(change, Append):
                yield change
                continue
            id = change.message.dialog_id
            seq = seqs.get(id) or self._asked.seqs.get(id) or self._state(id).last_seq
            seqs[id] = seq = seq + 1
            yield Append(replace(change.message, seq=seq, id=message_id(id, seq)))

    def _check_version(self, ticket: Ticket) -> None:
        stored = self.get(Ticket, ticket.id)
        if ticket.version != (stored.version + 1 if stored else 1):
            word = stored.last_word() if stored else {}
            raise Conflict(f"{ticket.id} was changed by somebody else meanwhile", **word)

    def _check_exists(self, message: Message) -> None:
        if self.message(message.dialog_id, message.seq) is None:
            raise NotFound(f"no message {message.seq} in {message.dialog_id}")

    def _settle(self, pending: Pending) -> None:
        """A commit is durable: what it asked for is so."""
        for change in pending.changes:
            self._apply(change)
        self._active.bytes += len(pending.record)
        for change in pending.changes:
            self._asked.settled(change)

    def _apply(self, change: Change) -> None:
        active = self._active
        if isinstance(change, Append):
            message = change.message
            active.messages.setdefault(message.dialog_id, {})[message.seq] = message
            self._changing(message.dialog_id).appended(message)
        elif isinstance(change, Replace):
            message = change.message
            active.messages.setdefault(message.dialog_id, {})[message.seq] = message
            self._changing(message.dialog_id).replaced(message)
        elif isinstance(change, Advance):
            state = self._changing(change.dialog_id)
            state.advanced(change.participant_id, change.delivered, change.read)
        elif isinstance(change, Put):
            active.documents[key(change)] = change.document
            if isinstance(change.document, Ticket):
                self._keep_open(change.document)
        else:
            active.documents[key(change)] = None

    def _keep_open(self, ticket: Ticket) -> None:
        if ticket.open:
            self._open[ticket.id] = ticket
        else:
            self._open.pop(ticket.id, None)

    def next_ticket_id(self, now: float) -> str:
        """See the contract."""
        self._last_ticket = max(int(now), self._last_ticket + 1)
        return f"TKT-{self._last_ticket}"

    def checkpoint(self) -> None:
        """See the contract."""
        with self._checkpointing:
            self._checkpoint()

    def _checkpoint(self) -> None:
        if not self._frozen:
            self._frozen_now.clear()
            self._checkpoint_wanted = True
            self._committer.put(Pending((), b"", Committed(), None))
            self._frozen_now.wait()
        old = [path for path in self._journals() if path != self._committer.journal.path]
        try:
            written = self._beside(checkpoint.write, self._shelves, self._frozen, self._open)
        except OSError as error:
            self.checkpoint_fault = f"the files cannot be written: {error.strerror or error}"
            logger.bind(area="storage").error("{}; the journal keeps it", self.checkpoint_fault)
            raise
        self._shelves.forget(written)
        self._frozen = Changes()
        self.checkpoint_fault = None
        self.checkpointed_at = time.monotonic()
        for path in old:
            files.remove(path)

    def _after_batch(self) -> None:
        """Between two batches everything that is settled is in the journal that ends here."""
        if not self._checkpoint_wanted:
            return
        try:
            self._committer.rotate()
        except OSError as error:
            logger.bind(area="storage").error("no new journal: {}", error)
        else:
            for state in self._active.conversations.values():
                state.forget_old()
            self._frozen, self._active = self._active, Changes()
            self._frozen.number = self._committer.journal.base
        self._checkpoint_wanted = False
        self._frozen_now.set()

    def tend(self) -> None:
        """Called now and then: a checkpoint, when it is time for one."""
        late = time.monotonic() - self.checkpointed_at > self._settings.checkpoint_seconds
        if self._frozen or (late and self._active):
            due = True
        else:
            due = self._active.bytes > self._settings.checkpoint_bytes
        if due and not self._committer.fault:
            self.checkpoint()

    def backup(self, directory: str) -> dict[str, Any]:
        """See the contract."""
        with self._checkpointing:
            self._checkpoint()
            current = self._committer.journal
            sizes = {path: path.stat().st_size for path in self._journals()}
            sizes[current.path] = current.size  # what is behind it is not acknowledged yet
            return self._beside(copying.backup, self._directory, Path(directory), sizes)

    def observe_commits(self, observe: Callable[[float], None]) -> None:
        """Has the seconds that every commit took reported."""
        self._committer.observe = observe

    def status(self) -> dict[str, Any]:
        """See the contract."""
        committer = self._committer
        fault = committer.fault or self.checkpoint_fault
        return {
            "writable": committer.fault is None,
            "fault": fault,
            "journal_bytes": self._active.bytes + self._frozen.bytes,
            "commits": committer.commits,
            "commit_latency_s": round(committer.latency_s, 6),
            "cached_bytes": self._shelves.cached_bytes,
            "open_tickets": len(self._open),
        }

    def close(self) -> None:
        """See the contract."""
        try:
            if not self._committer.fault:
                self.checkpoint()
        except OSError:
            logger.bind(area="storage").error("stopping without a checkpoint")
        finally:
            self._committer.stop()
            self._beside.stop()
            self._lock.release()

    def _journals(self) -> list[Path]:
        return journal.journals(self._directory / "journal")

    def _open_journal(self, first: int) -> journal.Journal:
        sync = self._settings.sync
        opened = journal.Journal(self._directory / "journal", first, sync=sync)
        try:
            contents.begun(self._directory, first, sync=sync)
        except OSError:
            opened.discard()
            raise
        return opened

    def _replay(self) -> int:
        """Brings back what the files do not have yet; the number of the next frame."""
        number = 1
        for frame in journal.replay(self._directory / "journal"):
            for change in (change for commit in frame.commits for change in commit):
                self._apply(change)
            self._active.bytes += frame.end
            number = frame.number + 1
        newest = self._shelves.buckets("tickets")[-1:]
        stored = [id for name in newest for id in self._shelves.documents("tickets", name)]
        ids = [*stored, *self._open, *self._overlay("tickets")]
        self._last_ticket = max((seconds_in(id) or 0 for id in ids), default=0)
        return max(number, journal.next_number(self._directory / "journal"))
