"""A data directory as a whole, to be copied from, or made as the copy of another store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chatd.config.settings import StoreSettings
from chatd.domain.message import Message
from chatd.errors import Conflict, Damaged
from chatd.store.base import NAMES, Document
from chatd.store.moving import AT_ONCE, Lot
from chatd.store.tiny import checkpoint, contents, filesystem, journal, maintenance
from chatd.store.tiny.checkpoint import Frozen
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.maintenance import FORMAT, Format
from chatd.store.tiny.naming import OPEN, SMALL, STANDING, bucket
from chatd.store.tiny.state import Changes, ConversationState
from chatd.store.tiny.store import TinyStore, open_store

FROM = "copied-from"
EVERYTHING = "all"


class DirectorySource:
    """What is in a data directory. Damaged, where not all of it can be read."""

    def __init__(self, store: TinyStore, name: str, counts_from: int) -> None:
        self._store = store
        self._files = store.files
        self.name = name
        self.counts_from = counts_from

    def documents(self, kind: str) -> Iterator[Document]:
        """Open tickets have a file of their own, which is newer than the others."""
        names = [EVERYTHING] if kind in SMALL else [STANDING, *self._files.buckets(kind)]
        newer = self._files.documents("tickets", OPEN) if kind == "tickets" else {}
        yield from newer.values()
        for name in names:
            documents = self._files.read_past_cache(kind, name)
            yield from (one for id, one in documents.items() if id not in newer)

    def conversations(self) -> Iterator[ConversationState]:
        for name in (STANDING, *self._files.buckets("conversations")):
            yield from self._files.read_past_cache("conversations", name).values()

    def messages(self, dialog_id: str, after: int) -> Iterator[Message]:
        while page := self._store.history(dialog_id, after=after, limit=AT_ONCE):
            yield from page
            after = page[-1].seq


@contextmanager
def reading(directory: Path, settings: StoreSettings) -> Iterator[DirectorySource]:
    """A directory that no daemon has, with everything in its files."""
    if maintenance.format_of(directory) is None:
        raise Conflict(f"{directory} is no data directory: there is nothing to copy")
    store = open_store(directory, settings)
    try:
        store.checkpoint()
        if damaged := store.list_impairments():
            raise Damaged(f"{directory} cannot be copied whole: {damaged[0]}")
        found = maintenance.format_of(directory)
        counts_from = found.counts_from if found else 0
        yield DirectorySource(store, f"directory {directory.absolute()}", counts_from)
    finally:
        store.close()


@contextmanager
def filling(directory: Path, settings: StoreSettings) -> Iterator[DirectoryTarget]:
    """A directory that there is not yet, or an empty one."""
    target = DirectoryTarget(directory, settings)
    try:
        yield target
    finally:
        target.release()


class DirectoryTarget:
    """Made beside, under another name, which it keeps until it is whole."""

    def __init__(self, directory: Path, settings: StoreSettings) -> None:
        self._directory = directory
        self._beside = directory.with_name(f"{directory.name}.copying")
        self._settings = settings
        self._open: dict[str, Any] = {}
        self._number = 0
        self._lock: DirectoryLock | None = None

    def begin(self, source: str) -> None:
        if self._directory.exists() and any(self._directory.iterdir()):
            raise Conflict(f"{self._directory} is not empty: name one that is, or that is not yet")
        mark = self._beside / FROM
        if not mark.exists():
            if self._beside.exists() and any(self._beside.iterdir()):
                raise Conflict(f"{self._beside} is in the way: it is no interrupted copy")
            filesystem.make_directory(self._beside / "journal")
            contents.start(self._beside)
            filesystem.replace(mark, source.encode())
        elif mark.read_text("utf-8") != source:
            raise Conflict(f"{self._beside} is the begun copy of {mark.read_text('utf-8')}")
        self._lock = DirectoryLock(self._beside)
        (self._beside / maintenance.FORMAT_FILE).unlink(missing_ok=True)
        top = contents.read_all(self._beside)
        self._number = top.number
        self._files = DataFiles(
            self._beside,
            top,
            segment_messages=self._settings.segment_messages,
            cache_bytes=self._settings.cache_bytes,
            sync=True,
        )

    def put_documents(self, kind: str, documents: Sequence[Any]) -> None:
        changes = Changes()
        changes.documents = {(NAMES[type(one)], one.id): one for one in documents}
        if kind == "tickets":
            self._open |= {one.id: one for one in documents if one.open}
        self._write(changes)

    def last_seq(self, dialog_id: str) -> int:
        found = self._files.documents("conversations", bucket("conversations", dialog_id))
        return found[dialog_id].last_seq if dialog_id in found else 0

    def put_conversations(self, lots: Sequence[Lot]) -> None:
        changes = Changes()
        for state, messages in lots:
            changes.conversations[state.id] = state
            changes.messages[state.id] = {one.seq: one for one in messages}
        self._write(changes)

    def _write(self, changes: Changes) -> None:
        self._number += 1
        changes.number = self._number
        frozen = Frozen(changes, self._open, [])
        checkpoint.write(self._files, frozen, lambda: None)
        self._files.forget([*frozen.written, *frozen.lists])
        if frozen.left:
            raise Damaged(f"{self._beside} cannot be read again: remove it, and begin again")

    @contextmanager
    def reading(self, counts_from: int) -> Iterator[DirectorySource]:
        self._begin_journal()
        made = Format(FORMAT, self._settings.segment_messages, counts_from=counts_from)
        maintenance.finish(self._beside, made.seal())
        self.release()
        with reading(self._beside, self._settings) as source:
            yield source

    def _begin_journal(self) -> None:
        """One that goes on behind the last checkpoint; what a look before has left goes."""
        where = self._beside / "journal"
        for path in journal.journals(where):
            filesystem.remove(path)
        made = journal.Journal(where, max(self._number, contents.FIRST), sync=True)
        made.settle()
        made.close()
        contents.note_journal(self._beside, made.base)

    def release(self) -> None:
        """Another may have it."""
        if self._lock:
            self._lock.release()
            self._lock = None

    def settle(self) -> None:
        (self._beside / FROM).unlink()
        with suppress(FileNotFoundError):
            self._directory.rmdir()
        filesystem.rename(self._beside, self._directory)
        filesystem.sync_directory(self._directory.parent)
