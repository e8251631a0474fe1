"""The default store: a journal in front of TinyDB files, so that a message costs one append."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

from loguru import logger
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.episode import Episode
from chatd.domain.ticket import Ticket, id_of
from chatd.errors import Damaged, Unavailable
from chatd.protocol.views import Finding
from chatd.runtime.asking import ASKED
from chatd.runtime.threads import BoundedThreads
from chatd.store.base import (
    Advance,
    Append,
    Change,
    Committed,
    Expect,
    Forget,
    Put,
    Replace,
    Touch,
)
from chatd.store.tiny import contents, copying, dropping, filesystem, journal, maintenance
from chatd.store.tiny.checkpoint import Frozen, commits_left
from chatd.store.tiny.checkpointing import Checkpoints
from chatd.store.tiny.committer import Committer, Pending
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.journal import Carried, HalfMade
from chatd.store.tiny.lock import DirectoryLock, Exchanged
from chatd.store.tiny.naming import last_second, seconds_in
from chatd.store.tiny.numbering import Numbers
from chatd.store.tiny.parts import StoreParts
from chatd.store.tiny.state import Changes, answer_of, carrying, conversation_of, key

THREADS = 3  # the journal, a checkpoint, a backup


def open_store(directory: Path, settings: StoreSettings = StoreSettings()) -> TinyStore:  # noqa: B008
    """Opens a data directory, making it if need be; Unavailable if another daemon has it,
    Damaged (naming file and offset) rather than a guess."""
    maintenance.refuse_strange(directory)
    maintenance.refuse_half_restored(directory)
    filesystem.make_directory(directory)
    lock = DirectoryLock(directory)
    try:
        found = maintenance.prepare(directory, settings.segment_messages)
        settings = replace(settings, segment_messages=found.segment_messages)
        return TinyStore(directory, settings, lock, found.counts_from)
    except BaseException:
        lock.release()
        raise


class TinyStore(StoreParts):
    """See :class:`chatd.store.base.Store`: commits, checkpoints; reads as its layers do."""

    def __init__(
        self, directory: Path, settings: StoreSettings, lock: DirectoryLock, counts_from: int = 0
    ) -> None:
        top = contents.read_all(directory)
        super().__init__(
            DataFiles(
                directory,
                top,
                segment_messages=settings.segment_messages,
                cache_bytes=settings.cache_bytes,
                sync=settings.sync,
            ),
            counts_from,
        )
        self._directory = directory
        self._settings = settings
        self._lock = lock
        self._beside = BoundedThreads(THREADS)
        self._last_ticket = 0
        self._behind = set(self._journals())
        self._half_made: journal.Journal | None = None
        first = self._replay()
        contents.check_journals(directory, top)
        self._datafiles.look_for_files()
        self._committer = Committer(
            self._open_journal,
            first,
            self._read_ahead,
            self._settle,
            self._asked.clear,
            self._beside,
        )
        self._checkpoints = Checkpoints(
            self._freeze_now, self._thaw, lock.check, self._datafiles, self._beside
        )

    def confirm(self) -> None:
        """No other process keeps anything from becoming durable."""

    def commit(
        self, *changes: Change, then: Callable[[Committed], None] | None = None
    ) -> Committed:
        if repeat := self._find_repeat(changes):
            return self._first_again(repeat)
        self._check(changes)
        last: dict[str, Numbers] = {}
        changes = tuple([one for one in changes if type(one) is not Expect])
        asked = carrying(changes, tuple(self._number(changes, last)))
        result = answer_of(asked)
        record = journal.encode_commit(asked) if asked else b""
        pending = Pending(asked, record, result, then, last)
        self._committer.put(pending)  # a commit that is refused up to here has asked for nothing
        for change in asked:
            self._asked.take(change)
        self._asked.numbers |= last
        ASKED.get()()
        committed: Committed = pending.done.get()
        return committed

    def _first_again(self, repeat: tuple[str, int]) -> Committed:
        dialog_id, seq = repeat
        if seq > self._state(dialog_id).last_seq:
            self.commit()
        message = self.message(dialog_id, seq)
        return Committed((message,) if message else (), repeated=True)

    def _read_ahead(self, pending: Pending) -> None:
        """A commit is about to be written: the conversations that it changes are at hand from here
        on, for nothing may go wrong with what is durable. OSError when one cannot be read."""
        for change in pending.changes:
            if id := conversation_of(change):
                self._changing(id)

    def _settle(self, pending: Pending) -> None:
        """A commit is durable: what it asked for is so."""
        for change in pending.changes:
            self._apply(change)
        self._active.bytes += len(pending.record)
        for change in pending.changes:
            self._asked.settle(change)
        self._asked.settle_numbers(pending.numbers)

    def _apply(self, change: Change | Carried) -> None:
        active = self._active
        if isinstance(change, Append):
            message = change.message
            active.messages.setdefault(message.dialog_id, {})[message.seq] = message
            self._changing(message.dialog_id).append(message)
        elif isinstance(change, Replace):
            message = change.message
            active.messages.setdefault(message.dialog_id, {})[message.seq] = message
            self._changing(message.dialog_id).replace_message(message)
        elif isinstance(change, Advance):
            state = self._changing(change.dialog_id)
            state.advance(change.participant_id, change.delivered, change.read)
        elif isinstance(change, Forget):
            self._changing(change.dialog_id).forget(change.participant_ids)
        elif isinstance(change, Touch):
            self._changing(change.dialog_id).touch(change.rev)
        elif isinstance(change, Put):
            active.documents[key(change)] = change.document
            self._recent.pop(change.document.id, None)
            if isinstance(change.document, Ticket):
                self._keep_open(change.document)
            if change.rev:
                self._changing(change.document.id).touch(change.rev)
        elif isinstance(change, Carried):
            known = self._changing(change.state.id).merge(change.state)
            damaged = known.id in active.partial
            (active.partial if damaged else active.conversations)[known.id] = known
        else:
            active.documents[key(change)] = None
            self._recent.pop(change.id, None)

    def _keep_open(self, ticket: Ticket) -> None:
        if ticket.open:
            self._open[ticket.id] = ticket
        else:
            self._open.pop(ticket.id, None)

    def next_ticket_id(self, now: float) -> str:
        self._last_ticket = max(int(now), self._last_ticket + 1)
        while self._datafiles.is_out_of_service(self._last_ticket):
            self._last_ticket += 1
        return id_of(self._last_ticket)

    def checkpoint(self) -> None:
        self._checkpoints.run()

    def _freeze_now(self) -> Frozen | None:
        """What is durable in the journal and in no file, cut off between two batches. Where no new
        journal can be had, nothing is."""
        nothing = not self._active and not self._left and len(self._behind) < 2
        return None if nothing else self._committer.between(self._freeze)

    def _freeze(self) -> Frozen:
        commits = commits_left(self._left, self._active)
        ended = self._journals()
        self._committer.rotate([journal.encode_commit(commit) for commit in commits])
        for state in self._active.conversations.values():
            state.forget_old()
        self._frozen, self._active = self._active, Changes()
        self._frozen.number = self._committer.open_journal.base
        return Frozen(self._frozen, self._open, ended)

    def _thaw(self, frozen: Frozen) -> None:
        """It is in the files, but for what is left."""
        self._datafiles.forget([*frozen.written, *frozen.lists])
        self._frozen = Changes()
        for name in frozen.changes.documents:
            self._left.documents.pop(name, None)
        self._left.absorb(frozen.left)
        if not frozen.left:
            self._behind.difference_update(frozen.journals)

    def tend(self) -> None:
        """Called now and then: a checkpoint, when it is time for one. Where the directory was
        exchanged under us, Exchanged, and nothing is committed any more: what is acknowledged is in
        the one that was moved away."""
        try:
            self._lock.check()
        except Exchanged:
            self._committer.end("the daemon's directory was exchanged")
            raise
        late = time.monotonic() - self._checkpoints.at > self._settings.checkpoint_seconds
        if self._checkpoints.frozen:
            due = True
        elif self._committer.fault:
            due = False
        else:
            due = (late and bool(self._active)) or (
                self._active.bytes > self._settings.checkpoint_bytes
            )
        if due:
            self._checkpoints.attempt()

    def watch(self) -> None:
        self._committer.watch()

    def backup(self, directory: str) -> dict[str, Any]:
        return self._checkpoints.alone(self._backup, Path(directory))

    def _backup(self, directory: Path) -> dict[str, Any]:
        try:
            self._checkpoints.make()
        except OSError:
            raise Unavailable(f"no backup: {self._checkpoints.fault}") from None
        sizes = {path: path.stat().st_size for path in self._journals()}
        if current := self._committer.journal:
            sizes[current.path] = current.size  # what is behind it is not acknowledged yet
        return self._beside(copying.backup, self._directory, directory, sizes)

    @property
    def files(self) -> DataFiles:
        """What is in the files, for who goes through all of it while nobody commits."""
        return self._datafiles

    def examine(self) -> Iterable[Finding]:
        """``chatd verify`` reads the files."""
        return ()

    def starting(self) -> AbstractContextManager[None]:
        """No other daemon can start on it."""
        return nullcontext()

    def follow(self, told: Callable[[Committed], None]) -> None:
        self._committer.follow = told

    def observe_commits(self, observe: Callable[[float], None]) -> None:
        self._committer.observe = observe

    def status(self) -> dict[str, Any]:
        committer = self._committer
        damaged = self._datafiles.out_of_service()
        return {
            "writable": committer.fault is None,
            "fault": committer.fault,
            "files_writable": self._checkpoints.fault is None,
            "checkpoint_fault": self._checkpoints.fault,
            "damaged": ", ".join(damaged) or None,
            "damaged_files": len(self._datafiles.damaged),
            "journal_bytes": self._active.bytes + self._frozen.bytes,
            "commits": committer.commits,
            "commit_latency_s": round(committer.latency_s, 6),
            "cached_bytes": self._datafiles.cached_bytes,
            "open_tickets": len(self._open),
        }

    def list_impairments(self) -> list[str]:
        """What does not work although commits do, a sentence each."""
        found = [f"out of service: {one}" for one in self._datafiles.out_of_service()]
        return [*found, *filter(None, [self._checkpoints.fault])]

    def close(self) -> None:
        """See the contract; Damaged, when the journal was taken away from under what is in it."""
        gone = self._missing_journals()
        written = self._checkpoints.stop(self._settings.stop_seconds)
        committed = self._committer.stop()
        if written and committed:
            self._beside.stop()
            self._lock.release()
        else:  # the lock goes with the process, and so with who still writes
            logger.bind(area="storage").warning("stopping while the disk holds a file up")
        if gone and self._has_unstored():
            raise Damaged(f"what was acknowledged is in no file: {', '.join(gone)} is gone")

    def _missing_journals(self) -> list[str]:
        """Journals that were taken away from under us; where the whole directory was, they are in
        it still."""
        frozen = self._checkpoints.frozen
        needed = self._behind.difference(frozen.journals if frozen and frozen.stored else ())
        with suppress(Exchanged):
            self._lock.check()
            return sorted(path.name for path in needed if not path.exists())
        return []

    def _has_unstored(self) -> bool:
        """Whether anything is only here and in the journal."""
        frozen = self._checkpoints.frozen
        return bool(self._active or self._left or (frozen and not frozen.stored))

    def _journals(self) -> list[Path]:
        return journal.journals(self._directory / "journal")

    def _open_journal(self, first: int, carried: Sequence[bytes]) -> journal.Journal:
        """In use once its name is durable and the lists know of it. What fails on the way there
        is tried again with the same file."""
        self._lock.check()
        sync = self._settings.sync
        if self._half_made is None:
            where = self._directory / "journal"
            self._half_made = journal.Journal(where, first, sync=sync, carried=carried)
        try:
            self._half_made.settle()
            contents.note_journal(self._directory, first, sync=sync)
        except OSError as error:
            raise HalfMade(error.errno, error.strerror, error.filename) from None
        opened, self._half_made = self._half_made, None
        self._behind.add(opened.path)
        return opened

    def _replay(self) -> int:
        """Brings back what the files do not have yet; the number of the next frame."""
        number = 1
        for frame in journal.replay(self._directory / "journal", dropping.keep):
            for change in (change for commit in frame.commits for change in commit):
                self._apply(self._with_count(change))
            self._active.bytes += frame.end
            number = frame.number + 1
        ids = [*self._newest_stored_ids(), *self._open, *self._overlay("tickets")]
        self._last_ticket = max((seconds_in(id) or 0 for id in ids), default=0)
        return max(number, journal.next_number(self._directory / "journal"))

    def _with_count(self, change: Change | Carried) -> Change | Carried:
        """An episode from before conversations counted has counted all that came before it."""
        episode = change.document if isinstance(change, Put) else None
        if not isinstance(episode, Episode) or episode.counted is not None:
            return change
        return Put(replace(episode, counted=self._changing(episode.ticket).said))

    def _newest_stored_ids(self) -> list[str]:
        """Ids among which is the newest ticket that is in a file, or would be."""
        newest = self._datafiles.buckets("tickets")[-1:]
        readable = [id for name in newest for id in self._list_documents("tickets", name)]
        return readable or [id_of(last_second(name)) for name in newest]
