"""The checkpoint's files, read and written. One that was read is kept in a cache bounded in bytes.

A file that is damaged, or that the disk does not give out, is never read or written again until the
next start: what is in it is out of service, and with a segment the whole conversation.
"""

from __future__ import annotations

import errno
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec
from loguru import logger
from msgspec import Raw
from msgspec.structs import replace

from chatd.domain.ids import WINDOW_BITS
from chatd.domain.message import Message
from chatd.errors import Damaged
from chatd.store.base import X
from chatd.store.tiny import contents, filesystem, sealed
from chatd.store.tiny.cutting import cut_out, decode, is_cut
from chatd.store.tiny.journal import damage
from chatd.store.tiny.naming import STANDING, TYPES, bucket, folder, segment_name
from chatd.store.tiny.sealed import Listed, SealedFile, Sheet
from chatd.store.tiny.state import ConversationState

WEIGHT = 3  # documents in memory weigh so much more than in their file
UNREADABLE = frozenset({errno.EIO, errno.EACCES, errno.EUCLEAN, errno.EBADMSG, errno.EISDIR})
T = TypeVar("T")
Cached = SealedFile[Any] | contents.List
_messages = msgspec.json.Decoder(Message)


class DataFiles:
    """Reads and writes the checkpoint's files below a directory."""

    def __init__(
        self,
        directory: Path,
        top: contents.List,
        *,
        segment_messages: int,
        cache_bytes: int,
        sync: bool,
    ) -> None:
        self._directory = directory
        self._segment = segment_messages
        self._top = self._next_top = top
        self._cache: OrderedDict[str, Cached] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._sync = sync
        self.cached_bytes = 0
        self.damaged: dict[str, Damaged] = {}
        self._closed_dialogs: dict[str, Damaged] = {}

    def document(self, kind: str, id: str) -> Any | None:
        """A document, if there is one."""
        return self._file_with(kind, id).documents.get(id)

    def documents(self, kind: str, name: str) -> dict[str, Any]:
        """All documents of a file, by id."""
        return self._bucket(kind, name).documents

    def read_past_cache(self, kind: str, name: str) -> dict[str, Any]:
        """The same, for a thread: nothing of it is kept."""
        file = f"{kind}/{name}"
        return dict(self.read_bucket(kind, name, self._entry(file)).documents)

    def entries(self, kind: str, names: Iterable[str]) -> list[tuple[str, Listed]]:
        """Files with what is known of each, for the loop; without those of which nobody knows."""
        found = list[tuple[str, Listed]]()
        for name in names:
            with suppress(Damaged):
                found.append((name, self._entry(f"{kind}/{name}", cached=True)))
        return found

    def excerpts(
        self, kind: str, files: Iterable[tuple[str, Listed]], shape: type[X], soon: Iterable[str]
    ) -> list[X]:
        """What a shape has of all documents of some files, for a thread; the disk fetches meanwhile
        what is asked for ``soon``. What is damaged is left out."""
        filesystem.read_ahead(sealed.path_of(self._directory, f"{kind}/{name}") for name in soon)
        found = list[X]()
        for name, listed in files:
            with suppress(Damaged):
                found += self._excerpts(kind, name, shape, listed)
        return found

    def _excerpts(self, kind: str, name: str, shape: type[X], listed: Listed) -> Iterable[X]:
        with suppress(Damaged):
            return self.read_bucket(kind, name, listed, shape).documents.values()
        whole = self.read_bucket(kind, name, listed).documents.values()
        return [shape.of(one) for one in whole]  # one is not written as it is now

    def buckets(self, kind: str) -> list[str]:
        """The names of a kind's files that are named by time, oldest first."""
        names = {name for name in contents.names_in(self._directory / kind) if name.isdigit()}
        for _, found in contents.lists(self._top, self._list_or_none, f"{kind}-"):
            files = (name.partition("/") for name in found.files)
            names.update(file for of, _, file in files if of == kind and file.isdigit())
        return sorted(names)

    def look_for_files(self) -> None:
        """Notes what is listed and not there, looking at names alone, so that it is known from
        the start on; of conversations, those that stand for ever."""
        there: dict[str, set[str]] = {}
        gone = []
        for _, listed in contents.lists(self._top, self._list_or_none):
            for name in listed.files:
                kind, _, file = name.partition("/")
                if kind not in there:
                    there[kind] = contents.names_in(self._directory / kind)
                if file not in there[kind]:
                    gone.append(name)
        with suppress(Damaged):
            kept = self._bucket("conversations", STANDING)
            for id in kept.documents:
                present = contents.names_in(self._directory / folder(id))
                count = len(self.segment_numbers(kept, id))
                names = [segment_name(id, index) for index in range(count)]
                gone += [name for name in names if name.rpartition("/")[2] not in present]
        for name in gone:
            self._note_damage(
                name, damage(sealed.path_of(self._directory, name), 0, sealed.MISSING)
            )

    def message(self, dialog_id: str, seq: int) -> Message:
        """A message that is in a segment; Damaged when it is not there. Cached segments are kept
        as they were written: of what a page takes from them, a fourth is read, and as objects
        they weigh twice as much."""
        index = self.segment(seq)
        name = segment_name(dialog_id, index)

        def read() -> SealedFile[Raw]:
            kept = self._file_with("conversations", dialog_id)
            return self.read_segment(name, Raw, self.segment_entry(kept, dialog_id, index))

        segment: SealedFile[Raw] = self._get_cached(name, read)
        path = sealed.path_of(self._directory, name)
        found = segment.documents.get(seq)
        try:
            if found is None:
                what = f"message {seq} is not in it" if segment.documents else sealed.MISSING
                raise damage(path, 0, what)
            return sealed.document(path, found, _messages)
        except Damaged as error:
            raise self._note_damage(name, error) from None

    def check(self, dialog_id: str) -> None:
        """Damaged, when a file of this conversation is known to be: it is out of service."""
        if self.damaged:
            known = self.damaged.get(f"conversations/{bucket('conversations', dialog_id)}")
            if known := known or self._closed_dialogs.get(folder(dialog_id)):
                raise known

    def is_out_of_service(self, seconds: int) -> bool:
        """Whether a conversation or ticket that begins now would lie in a damaged file."""
        name = f"{seconds >> WINDOW_BITS:010d}"
        return any(f"{kind}/{name}" in self.damaged for kind in ("conversations", "tickets"))

    def out_of_service(self) -> list[str]:
        """What is: the conversation, or the file that holds it among others."""
        files = [name.split("/") for name in list(self.damaged)]
        names = [unquote(one[1]) if len(one) > 2 else "/".join(one) for one in files]
        return list(dict.fromkeys(names))

    def write_documents(
        self, kind: str, name: str, changed: dict[str, Any], number: int, *, whole: bool = False
    ) -> str:
        """Rewrites a file with changed documents (``None``: removed), or with nothing else."""
        file = f"{kind}/{name}"
        if whole and file in self.damaged:
            raise self.damaged[file]
        before = {} if whole else self._read_past_cache(kind, name).documents
        self._write_bucket(file, before | changed, number)
        return file

    def write_conversations(
        self,
        name: str,
        changed: Mapping[str, ConversationState],
        messages: Mapping[str, Mapping[int, Message]],
        number: int,
        turn: Callable[[], None],
    ) -> tuple[list[str], list[str]]:
        """Rewrites the segments that these conversations' messages belong to, then the file of
        the conversations, which lists them; what it wrote, and the conversations of which it
        could not, because a segment is damaged. ``turn`` is called before each file."""
        file = f"conversations/{name}"
        before = self._read_past_cache("conversations", name)
        written, left, states = [file], [], dict(before.documents)
        if not before.number:  # what data format 2 has left lists no segments itself
            for id, state in before.documents.items():
                states[id] = replace(state, segments=tuple(self.segment_numbers(before, id)))
        for id, state in changed.items():
            segments = self.segment_numbers(before, id)
            try:
                for index, some in self._by_segment(messages.get(id, {})).items():
                    turn()
                    listed = self.segment_entry(before, id, index)
                    written.append(self._write_segment(id, index, some, number, listed))
                    segments += [0] * (index + 1 - len(segments))
                    segments[index] = number
            except Damaged:
                left.append(id)
            else:
                states[id] = replace(state, segments=tuple(segments))
        turn()
        self._write_bucket(file, states, number)
        return written, left

    def list_written(self, names: Iterable[str], number: int) -> list[str]:
        """The checkpoint has written these files: lists them; which lists it wrote."""
        inside = [name for name in names if not name.startswith("messages/")]
        self._next_top, written = contents.record(
            self._directory, self._top, inside, number, sync=self._sync
        )
        return written

    def segment(self, seq: int) -> int:
        """The segment of a message: so many messages of a conversation each."""
        return (seq - 1) // self._segment

    def seqs(self, index: int, last: int) -> range:
        """The messages of a segment, up to the conversation's last."""
        return range(index * self._segment + 1, min(last, (index + 1) * self._segment) + 1)

    def forget(self, names: Iterable[str]) -> None:
        """These files have changed."""
        for name in names:
            if name == contents.ALL:
                self._top = self._next_top
            before = self._cache.pop(name, None)
            self.cached_bytes -= weight(name, before) if before else 0

    def read_bucket(
        self, kind: str, name: str, listed: Listed, shape: type[Any] | None = None
    ) -> SealedFile[Any]:
        """A file of documents by their own ids, past the cache; of each what a ``shape`` has."""
        sheet = sealed.read_sheet(self._directory, f"{kind}/{name}", listed)
        return decode(kind, name, sheet, shape)

    def read_segment(self, name: str, type: type[T], listed: Listed) -> SealedFile[T]:
        """A file of messages by their ``seq``, past the cache."""

        def belongs(documents: dict[int, Any]) -> bool:
            ids = {self.segment(seq) for seq in documents}
            return not documents or (len(ids) == 1 and name == self._owner(documents, ids.pop()))

        return sealed.read(self._directory, name, type, listed, belongs)

    def segment_numbers(self, kept: SealedFile[ConversationState], dialog_id: str) -> list[int]:
        """The numbers of a conversation's segments; 0 for those that data format 2 has left."""
        state = kept.documents.get(dialog_id)
        if state is None:
            return []
        if kept.number:
            return list(state.segments)
        return [0] * (self.segment(state.last_seq) + 1)

    def segment_entry(
        self, kept: SealedFile[ConversationState], dialog_id: str, index: int
    ) -> Listed:
        """What a file of conversations knows of a segment."""
        segments = self.segment_numbers(kept, dialog_id)
        if index < len(segments):
            return Listed(must=True, least=segments[index])
        return Listed(must=False, least=kept.number + 1 if kept.number else 0)

    def _file_with(self, kind: str, id: str) -> SealedFile[Any]:
        """The file that a document lies in, if there is one; of a large one of which few are asked
        for, without most of the others."""
        name = bucket(kind, id)
        file = f"{kind}/{name}"

        def read() -> SealedFile[Any]:
            sheet = sealed.read_sheet(self._directory, file, self._entry(file, cached=True))
            return sheet if sheet and is_cut(kind, sheet) else decode(kind, name, sheet)

        found: SealedFile[Any] = self._get_cached(file, read)
        if isinstance(found, Sheet) and not cut_out(found, TYPES[kind], id):
            return self._bucket(kind, name)
        return found

    def _bucket(self, kind: str, name: str) -> SealedFile[Any]:
        file = f"{kind}/{name}"
        kept = self._cache.get(file)

        def read() -> SealedFile[Any]:
            if isinstance(kept, Sheet):
                return decode(kind, name, kept)
            return self.read_bucket(kind, name, self._entry(file, cached=True))

        if isinstance(kept, Sheet):
            self.forget([file])
        found: SealedFile[Any] = self._get_cached(file, read)
        return found

    def _read_past_cache(self, kind: str, name: str) -> SealedFile[Any]:
        file = f"{kind}/{name}"
        found: SealedFile[Any] = self._guard(
            file, lambda: self.read_bucket(kind, name, self._entry(file))
        )
        return found

    def _entry(self, name: str, *, cached: bool = False) -> Listed:
        """``cached`` for the event loop only: a checkpoint's thread reads past the cache."""
        read = self._list if cached else contents.reader(self._directory, self._top)
        return read(contents.list_of(name)).entry(name)

    def _list(self, name: str) -> contents.List:
        if name == contents.ALL:
            return self._top

        def read() -> contents.List:
            listed = self._list(contents.list_of(name)).entry(name)
            return contents.read(self._directory, name, listed)

        found: contents.List = self._get_cached(name, read)
        return found

    def _list_or_none(self, name: str) -> contents.List:
        try:
            return self._list(name)
        except Damaged:
            return contents.List(0, 0, {})

    def _owner(self, documents: dict[int, Any], index: int) -> str:
        first = next(iter(documents.values()))
        message = _messages.decode(first) if isinstance(first, Raw) else first
        return segment_name(message.dialog_id, index)

    def _by_segment(self, messages: Mapping[int, Message]) -> dict[int, dict[int, Message]]:
        segments: dict[int, dict[int, Message]] = {}
        for seq, message in sorted(messages.items()):
            segments.setdefault(self.segment(seq), {})[seq] = message
        return segments

    def _write_segment(
        self, id: str, index: int, changed: dict[int, Message], number: int, listed: Listed
    ) -> str:
        name = segment_name(id, index)
        before = self._guard(name, lambda: self.read_segment(name, Message, listed))
        merged = before.documents | changed
        sealed.write(self._directory, name, dict(sorted(merged.items())), number, sync=self._sync)
        return name

    def _write_bucket(self, file: str, documents: Mapping[str, Any], number: int) -> None:
        present = [one for one in documents.values() if one is not None]
        numbered = dict(enumerate(present, 1))
        sealed.write(self._directory, file, numbered, number, sync=self._sync)

    def _guard(self, name: str, read: Callable[[], Any]) -> Any:
        """What is read; Damaged, and that for good, when it cannot be."""
        if name in self.damaged:
            raise self.damaged[name]
        try:
            return read()
        except Damaged as error:
            raise self._note_damage(name, error) from None
        except OSError as error:
            if error.errno not in UNREADABLE:
                raise
            path = sealed.path_of(self._directory, name)
            fault = damage(path, 0, f"it cannot be read: {error.strerror}")
            raise self._note_damage(name, fault) from None

    def _note_damage(self, name: str, error: Damaged) -> Damaged:
        if name not in self.damaged:
            if name.startswith("messages/"):
                self._closed_dialogs[name.rpartition("/")[0]] = error
            self.damaged[name] = error
            logger.bind(area="storage").error("out of service: {}", error)
        return error

    def _get_cached(self, name: str, read: Callable[[], Any]) -> Any:
        """What is not there is not kept in mind: there is no end of it."""
        if name in self._cache:
            self._cache.move_to_end(name)
            return self._cache[name]
        content: Cached = self._guard(name, read)
        if not content.size:
            return content
        self._cache[name] = content
        self.cached_bytes += weight(name, content)
        while self.cached_bytes > self._cache_bytes and len(self._cache) > 1:
            self.cached_bytes -= weight(*self._cache.popitem(last=False))
        return content


def weight(name: str, content: Cached) -> int:
    """What a file in the cache counts for, in bytes; messages are kept as they were written."""
    as_written = isinstance(content, Sheet) or name.startswith("messages/")
    return content.size * (1 if as_written else WEIGHT)
