"""The default store: a journal in front of TinyDB files, so that a message costs one append."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.lock import Semaphore
from loguru import logger
from msgspec.structs import replace

from chatd.config import StoreSettings
from chatd.domain.conversation import Conversation
from chatd.domain.message import Message, message_id
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, NotFound
from chatd.store import files, journal, maintenance
from chatd.store.base import Advance, Append, Change, Committed, D, Put, Remove, Replace
from chatd.store.committer import Committer, Pending
from chatd.store.journal import NAMES
from chatd.store.lock import DirectoryLock
from chatd.store.shelves import SMALL, Shelves, bucket, seconds_in
from chatd.store.state import Asked, Changes, ConversationState

OPEN = "open"
SEARCHED = 20_000


def open_store(directory: Path, settings: StoreSettings = StoreSettings()) -> TinyStore:  # noqa: B008
    """Opens a data directory, making it if need be; Unavailable if another daemon has it,
    Damaged (naming file and offset) rather than a guess."""
    files.make_directory(directory)
    lock = DirectoryLock(directory)
    try:
        maintenance.prepare(directory, settings.segment_messages)
        return TinyStore(directory, settings, lock)
    except BaseException:
        lock.release()
        raise


class TinyStore:
    """See :class:`chatd.store.base.Store`.

    Every change lives in one of four places, looked at in this order: *asked* (queued, not
    durable), *active* (durable in the journal), *frozen* (being written to the files), the files.
    """

    def __init__(self, directory: Path, settings: StoreSettings, lock: DirectoryLock) -> None:
        self._directory = directory
        self._settings = settings
        self._lock = lock
        self._shelves = Shelves(
            directory,
            segment_messages=settings.segment_messages,
            cache_bytes=settings.cache_bytes,
            sync=settings.sync,
        )
        self._asked = Asked()
        self._active = Changes()
        self._frozen = Changes()
        self._open: dict[str, Ticket] = dict(self._shelves.documents("tickets", OPEN))
        self._last_ticket = 0
        self._checkpointing = Semaphore()
        self._checkpoint_wanted = False
        self._frozen_now = Event()
        self.checkpoint_fault: str | None = None
        self.checkpointed_at = time.monotonic()
        first = self._replay()
        self._committer = Committer(
            self._open_journal, first, self._settle, self._asked.clear, self._after_batch
        )

    # writing

    def commit(
        self, *changes: Change, then: Callable[[Committed], None] | None = None
    ) -> Committed:
        """See the contract."""
        if repeat := self._repeated(changes):
            return self._first_again(repeat)
        numbered = tuple(self._ask(changes))
        messages = tuple(change.message for change in numbered if isinstance(change, Append))
        result = Committed(messages)
        pending = Pending(numbered, journal.encode_commit(numbered), result, then)
        self._committer.put(pending)
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

    def _ask(self, changes: Sequence[Change]) -> Iterator[Change]:
        """Checks all, then takes all: nothing is asked of a commit that is refused."""
        for change in changes:
            if isinstance(change, Put) and isinstance(change.document, Ticket):
                self._check_version(change.document)
            elif isinstance(change, Replace):
                self._check_exists(change.message)
        for change in changes:
            yield self._take(change)

    def _check_version(self, ticket: Ticket) -> None:
        stored = self.get(Ticket, ticket.id)
        if ticket.version != (stored.version + 1 if stored else 1):
            word = stored.last_word() if stored else {}
            raise Conflict(f"{ticket.id} was changed by somebody else meanwhile", **word)

    def _check_exists(self, message: Message) -> None:
        if self.message(message.dialog_id, message.seq) is None:
            raise NotFound(f"no message {message.seq} in {message.dialog_id}")

    def _take(self, change: Change) -> Change:
        if isinstance(change, Put):
            document = change.document
            self._asked.documents[NAMES[type(document)], document.id] = document
        elif isinstance(change, Remove):
            self._asked.documents[change.kind, change.id] = None
        elif isinstance(change, Append):
            return Append(self._number(change.message))
        return change

    def _number(self, message: Message) -> Message:
        dialog_id = message.dialog_id
        seq = self._asked.seqs.get(dialog_id) or self._state(dialog_id).last_seq
        seq += 1
        self._asked.seqs[dialog_id] = seq
        if message.client_id:
            self._asked.sent[dialog_id, message.sender_id, message.client_id] = seq
        return replace(message, seq=seq, id=message_id(dialog_id, seq))

    def _settle(self, pending: Pending) -> None:
        """A commit is durable: what it asked for is so."""
        for change in pending.changes:
            self._apply(change)
        self._active.bytes += len(pending.record)
        for change in pending.changes:
            self._unask(change)

    def _apply(self, change: Change) -> None:
        active = self._active
        if isinstance(change, Append):
            message = change.message
            active.messages.setdefault(message.dialog_id, {})[message.seq] = message
            self._changing(message.dialog_id).appended(message)
        elif isinstance(change, Replace):
            active.messages.setdefault(change.message.dialog_id, {})[change.message.seq] = (
                change.message
            )
        elif isinstance(change, Advance):
            state = self._changing(change.dialog_id)
            state.advanced(change.participant_id, change.delivered, change.read)
        elif isinstance(change, Put):
            document = change.document
            active.documents[NAMES[type(document)], document.id] = document
            if isinstance(document, Ticket):
                self._keep_open(document)
        else:
            active.documents[change.kind, change.id] = None

    def _keep_open(self, ticket: Ticket) -> None:
        if ticket.open:
            self._open[ticket.id] = ticket
        else:
            self._open.pop(ticket.id, None)

    def _unask(self, change: Change) -> None:
        asked = self._asked
        if isinstance(change, Put | Remove):
            kind = change.kind if isinstance(change, Remove) else NAMES[type(change.document)]
            document = None if isinstance(change, Remove) else change.document
            id = change.id if isinstance(change, Remove) else change.document.id
            if (kind, id) in asked.documents and asked.documents[kind, id] is document:
                del asked.documents[kind, id]
        elif isinstance(change, Append):
            message = change.message
            if asked.seqs.get(message.dialog_id) == message.seq:
                del asked.seqs[message.dialog_id]
            if message.client_id:
                asked.sent.pop((message.dialog_id, message.sender_id, message.client_id), None)

    # reading

    def get(self, kind: type[D], id: str) -> D | None:
        """See the contract."""
        name = NAMES[kind]
        for changes in (self._asked.documents, self._active.documents, self._frozen.documents):
            if (name, id) in changes:
                found: D | None = changes[name, id]
                return found
        if name == "tickets" and id in self._open:
            return self._open[id]  # type: ignore[return-value]
        stored: D | None = self._shelves.document(name, id)
        return stored

    def all(self, kind: type[D], *, after: str | None = None, limit: int = 1000) -> Sequence[D]:
        """See the contract."""
        name = NAMES[kind]
        if name not in SMALL:
            raise ValueError(f"{name} are too many to list")
        merged = self._shelves.documents(name, bucket(name, "")) | self._overlay(name)
        ids = sorted(id for id, one in merged.items() if one and (after is None or id > after))
        return [merged[id] for id in ids[:limit]]

    def _overlay(self, name: str) -> dict[str, Any | None]:
        """What is not in the files yet, of one kind."""
        found: dict[str, Any | None] = {}
        for changes in (self._frozen.documents, self._active.documents, self._asked.documents):
            found.update({id: one for (kind, id), one in changes.items() if kind == name})
        return found

    def tickets(
        self,
        *,
        statuses: frozenset[str] | None = None,
        site: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Ticket]:
        """See the contract."""
        found: list[Ticket] = []
        for ticket in self._newest_first(before, open_only="closed" not in (statuses or "closed")):
            fits = (statuses is None or ticket.status in statuses) and site in (None, ticket.site)
            if fits:
                found.append(ticket)
            if len(found) == limit:
                break
        return found

    def _newest_first(self, before: str | None, *, open_only: bool) -> Iterator[Ticket]:
        end = seconds_in(before) if before else None
        overlay: dict[str, Any] = {**self._open, **self._overlay("tickets")}
        names = {bucket("tickets", id) for id in overlay}
        if not open_only:
            names |= set(self._shelves.buckets("tickets"))
        for name in sorted(names, reverse=True):
            if end is not None and name > bucket("tickets", before or ""):
                continue
            stored = {} if open_only else self._shelves.documents("tickets", name)
            merged = stored | {
                id: one for id, one in overlay.items() if bucket("tickets", id) == name
            }
            for ticket in sorted(merged.values(), key=lambda one: one.id, reverse=True):
                if end is None or (seconds_in(ticket.id) or 0) < end:
                    yield ticket

    def open_tickets(self) -> Sequence[Ticket]:
        """See the contract."""
        asked = {id: one for (kind, id), one in self._asked.documents.items() if kind == "tickets"}
        return [one for one in (self._open | asked).values() if one and one.open]

    def conversation(self, dialog_id: str) -> Conversation:
        """See the contract."""
        return self._state(dialog_id).view()

    def _state(self, dialog_id: str) -> ConversationState:
        return (
            self._active.conversations.get(dialog_id)
            or self._frozen.conversations.get(dialog_id)
            or self._shelves.document("conversations", dialog_id)
            or ConversationState(dialog_id)
        )

    def _changing(self, dialog_id: str) -> ConversationState:
        state = self._state(dialog_id)
        self._active.conversations[dialog_id] = state
        return state

    def message(self, dialog_id: str, seq: int) -> Message | None:
        """See the contract."""
        for changes in (self._active, self._frozen):
            found = changes.messages.get(dialog_id, {}).get(seq)
            if found is not None:
                return found
        if not 0 < seq <= self._state(dialog_id).last_seq:
            return None
        return self._shelves.message(dialog_id, seq)

    def sent(self, dialog_id: str, sender_id: str, client_id: str) -> Message | None:
        """See the contract."""
        seq = self._state(dialog_id).sent_seq(sender_id, client_id)
        return self.message(dialog_id, seq) if seq else None

    def _sent_seq(self, dialog_id: str, sender_id: str, client_id: str) -> int | None:
        asked = self._asked.sent.get((dialog_id, sender_id, client_id))
        return asked or self._state(dialog_id).sent_seq(sender_id, client_id)

    def history(
        self,
        dialog_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Message]:
        """See the contract."""
        last = self._state(dialog_id).last_seq
        if after is not None:
            first, end = after + 1, min(last, after + limit)
        else:
            end = last if before is None else min(last, before - 1)
            first = max(1, end - limit + 1)
        found = (self.message(dialog_id, seq) for seq in range(first, end + 1))
        return [message for message in found if message]

    def search(
        self, text: str, *, dialog_ids: Sequence[str] | None = None, limit: int = 50
    ) -> Sequence[Message]:
        """See the contract."""
        wanted, found = text.casefold(), []
        for dialog_id in dialog_ids or ():
            last = self._state(dialog_id).last_seq
            for seq in range(last, max(0, last - SEARCHED), -1):
                message = self.message(dialog_id, seq)
                if message and wanted in message.content.casefold():
                    found.append(message)
                if len(found) == limit:
                    return found
        return found

    def next_ticket_id(self, now: float) -> str:
        """See the contract."""
        self._last_ticket = max(int(now), self._last_ticket + 1)
        return f"TKT-{self._last_ticket}"

    # keeping

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
            written = gevent.get_hub().threadpool.apply(self._write, (self._frozen,))
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
            self._frozen, self._active = self._active, Changes()
        self._checkpoint_wanted = False
        self._frozen_now.set()

    def _write(self, changes: Changes) -> list[Path]:
        """In a native thread: frozen changes into their files, in an order in which a reader of
        the files alone never meets a ticket that is nowhere."""
        written: list[Path] = []
        for dialog_id, messages in changes.messages.items():
            written += self._shelves.write_messages(dialog_id, messages.values())
        grouped: dict[tuple[str, str], dict[str, Any | None]] = {}
        for state in changes.conversations.values():
            state.forget_old()
            name = "conversations", bucket("conversations", state.id)
            grouped.setdefault(name, {})[state.id] = state
        for (kind, id), document in changes.documents.items():
            if kind != "tickets" or not (document and document.open):
                grouped.setdefault((kind, bucket(kind, id)), {})[id] = document
        for (kind, file), documents in grouped.items():
            written.append(self._shelves.write_documents(kind, file, documents))
        if any(kind == "tickets" for kind, _ in changes.documents):
            open_now: dict[str, Any] = dict(self._open)
            written.append(self._shelves.write_documents("tickets", OPEN, open_now, whole=True))
        return written

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
            copy = gevent.get_hub().threadpool.apply
            report: dict[str, Any] = copy(maintenance.copy, (self._directory, Path(directory)))
        return report

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
            self._lock.release()

    def _journals(self) -> list[Path]:
        return journal.journals(self._directory / "journal")

    def _open_journal(self, first: int) -> journal.Journal:
        return journal.Journal(self._directory / "journal", first, sync=self._settings.sync)

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
