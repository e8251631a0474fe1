"""Reads a whole data directory, and compares what is there with what has to be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Raw

from chatd.errors import Damaged, Unavailable
from chatd.store.base import Append, Put, Remove, Replace
from chatd.store.tiny import attached, contents, journal, maintenance, migrate, sealed
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.journal import damage
from chatd.store.tiny.lock import DirectoryLock
from chatd.store.tiny.naming import TYPES, bucket, folder, segment_name
from chatd.store.tiny.sealed import Listed, SealedFile
from chatd.store.tiny.state import ConversationState, document, key

Seqs = dict[str, set[int]]
NO_LIST = contents.List(0, 0, {})


def verify(directory: Path, found: list[Damaged] | None = None) -> dict[str, Any]:
    """Reads everything, under the directory's lock; Damaged names the first file and offset that
    does not add up, unless what is ``found`` is wanted. Says how much there is."""
    maintenance.refuse_none(directory)
    try:
        lock = DirectoryLock(directory)
    except Unavailable as error:
        raise Unavailable(
            f"{error.message}: verify a backup of it, which 'chatd backup DIRECTORY' makes"
        ) from None
    try:
        return read_all(directory, found)
    finally:
        lock.release()


def read_all(directory: Path, found: list[Damaged] | None = None) -> dict[str, Any]:
    """Every file and frame of a directory that nobody changes, counted. What is damaged in files
    is added to ``found``, where it is given; else, and in the journal, it ends the reading."""
    format = maintenance.format_of(directory)
    assert format is not None
    if format.format < maintenance.LISTED:
        segment_messages = migrate.segment_messages(directory, 1)
        top = NO_LIST
    else:
        segment_messages = format.segment_messages
        top = contents.read_all(directory)
    datafiles = DataFiles(
        directory, top, segment_messages=segment_messages, cache_bytes=1, sync=False
    )
    return Reader(directory, datafiles, top, found).read()


class Reader:
    """One pass over a directory."""

    def __init__(
        self,
        directory: Path,
        datafiles: DataFiles,
        top: contents.List,
        found: list[Damaged] | None,
    ) -> None:
        self._found = found
        self._directory = directory
        self._datafiles = datafiles
        self._top = top
        self._read_list = contents.reader(directory, top)
        self._journal: Seqs = {}
        self._known: set[str] = set()
        self._attached: dict[str, dict[str, Any]] = {"files": {}, "blobs": {}}
        self._changed: dict[str, dict[str, Any]] = {"files": {}, "blobs": {}}
        self._files = self._messages = 0

    def read(self) -> dict[str, Any]:
        commits = self._read_journal()
        if self._top.number:
            contents.check_journals(self._directory, self._top)
        for kind in TYPES:
            for file, listed in self._files_of(kind):
                with self._noting():
                    kept = self._datafiles.read_bucket(kind, file, listed)
                    self._files += 1
                    if kind == "conversations":
                        self._check_conversations(kept)
                    if kind in self._attached:
                        self._attached[kind] |= kept.documents
        for dialog_id in set(self._journal) - self._known:
            with self._noting():
                self._check_conversation(self._nobody(dialog_id), ConversationState(dialog_id))
        with self._noting():
            self._find_strangers()
        attached_files = self._check_attached()
        return {
            "files": self._files,
            "messages_in_files": self._messages,
            "commits_in_journal": commits,
            "attached_files": attached_files,
        }

    def _check_attached(self) -> int:
        """How many files people have sent, with all their bytes. Where a file of the store is
        damaged that says which these are, nobody knows."""
        known = {
            kind: {id: one for id, one in (found | self._changed[kind]).items() if one is not None}
            for kind, found in self._attached.items()
        }
        if not self._found:
            uses, blobs = attached.count_uses(known["files"]), known["blobs"]
            for digest in sorted(uses.keys() | blobs.keys()):
                with self._noting():
                    path = attached.path_of(self._directory, digest)
                    attached.check_one(path, digest, blobs.get(digest), uses[digest])
        return len(known["files"])

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except Damaged as error:
            self._note(error)

    def _note(self, error: Damaged) -> None:
        if self._found is None:
            raise error
        self._found.append(error)

    def _list_or_none(self, name: str) -> contents.List:
        try:
            return self._read_list(name)
        except Damaged as error:
            self._note(error)
            return NO_LIST

    def _read_journal(self) -> int:
        commits = 0
        for frame in journal.replay(self._directory / "journal"):
            commits += len(frame.commits)
            for change in (change for commit in frame.commits for change in commit):
                if isinstance(change, Append | Replace):
                    message = change.message
                    self._journal.setdefault(message.dialog_id, set()).add(message.seq)
                elif isinstance(change, Put | Remove):
                    kind, id = key(change)
                    if kind in self._changed:
                        self._changed[kind][id] = document(change)
        return commits

    def _files_of(self, kind: str) -> Iterator[tuple[str, Listed]]:
        """A kind's files, those that are there and those that should be."""
        lists = dict(contents.lists(self._top, self._list_or_none, f"{kind}-"))
        self._files += len(lists) - 1
        names = {f"{kind}/{file}" for file in contents.names_in(self._directory / kind)}
        for found in lists.values():
            names.update(name for name in found.files if name.startswith(f"{kind}/"))
        for name in sorted(names):
            found = lists.get(contents.list_of(name), NO_LIST)
            listed = found.entry(name) if self._top.number else sealed.UNKNOWN
            yield name.partition("/")[2], listed

    def _nobody(self, dialog_id: str) -> SealedFile[Any]:
        """The file that a conversation would be in that is only in the journal yet."""
        name = bucket("conversations", dialog_id)
        return self._datafiles.read_bucket("conversations", name, sealed.UNKNOWN)

    def _check_conversations(self, kept: SealedFile[Any]) -> None:
        for state in kept.documents.values():
            self._known.add(state.id)
            with self._noting():
                self._check_conversation(kept, state)

    def _check_conversation(self, kept: SealedFile[Any], state: ConversationState) -> None:
        """Each message up to the last is in its segment or in the journal, and no other is."""
        journaled = self._journal.get(state.id, set())
        last = max(state.last_seq, *journaled, 0)
        present = contents.names_in(self._directory / folder(state.id))
        for index in range(self._datafiles.segment(last) + 1):
            name = segment_name(state.id, index)
            listed = self._datafiles.segment_entry(kept, state.id, index)
            segment = self._datafiles.read_segment(name, Raw, listed)
            path = sealed.path_of(self._directory, name)
            self._files += bool(segment.size)
            self._messages += len(segment.documents)
            there = journaled | set(segment.documents)
            for seq in self._datafiles.seqs(index, last):
                if seq not in there:
                    raise damage(path, 0, f"message {seq} of {last} is missing")
            if strange := [seq for seq in segment.documents if seq > last]:
                raise damage(path, 0, f"message {strange[0]} is there, where {last} is the last")
            present.discard(name.rpartition("/")[2])
        for stranger in sorted(present):
            path = sealed.path_of(self._directory, f"{folder(state.id)}/{stranger}")
            raise damage(path, 0, f"no message is in it, where {last} is the last")

    def _find_strangers(self) -> None:
        """Messages of conversations that nobody knows: a file of conversations is lost."""
        directory = self._directory / "messages"
        known = {folder(id).partition("/")[2] for id in self._known | set(self._journal)}
        for found in sorted(directory.iterdir()) if directory.is_dir() else ():
            if found.name not in known and contents.names_in(found):
                raise damage(found, 0, "messages of a conversation that is in no file")
