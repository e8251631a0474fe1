"""Where each thing lies: documents in files by kind and time, messages in segments by number.

What an id says about time says in which file a document is, so that finding one among millions
takes one file and no index in memory. A file that was read is kept in a cache bounded in bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Raw

from chatd.domain.message import Message
from chatd.domain.ticket import ticket_of
from chatd.store import sheets
from chatd.store.base import KINDS
from chatd.store.state import ConversationState

BUCKET_SECONDS_BITS = 12
OPEN = "open"
SMALL = frozenset({"operators", "sessions", "bans"})
TYPES: dict[str, type[Any]] = {**KINDS, "conversations": ConversationState}
T = TypeVar("T")
_messages = msgspec.json.Decoder(Message)


def bucket(kind: str, id: str) -> str:
    """The name of the file that a document of this kind lies in."""
    if kind in SMALL:
        return "all"
    seconds = seconds_in(ticket_of(id))
    return "standing" if seconds is None else f"{seconds >> BUCKET_SECONDS_BITS:010d}"


def seconds_in(id: str) -> int | None:
    """The time in an id like ``TKT-1730053200`` or ``p-67a1b2c3-9f…``, if it has one."""
    prefix, _, rest = id.partition("-")
    try:
        if prefix == "TKT":
            return int(rest)
        return int(rest.partition("-")[0], 16) if prefix == "p" else None
    except ValueError:
        return None


class Shelves:
    """Reads and writes the checkpoint's files below a directory."""

    def __init__(
        self, directory: Path, *, segment_messages: int, cache_bytes: int, sync: bool
    ) -> None:
        self._directory = directory
        self._segment = segment_messages
        self._cache: OrderedDict[Path, tuple[int, dict[Any, Any]]] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._sync = sync
        self.cached_bytes = 0

    def document(self, kind: str, id: str) -> Any | None:
        """A document, if there is one."""
        return self.documents(kind, bucket(kind, id)).get(id)

    def documents(self, kind: str, name: str) -> dict[str, Any]:
        """All documents of a file, by id."""
        path = self.path(kind, name)
        return self._cached(path, lambda: by_id(sheets.read(path, kind, TYPES[kind])))

    def buckets(self, kind: str) -> list[str]:
        """The names of a kind's files that are named by time, oldest first."""
        return sorted(path.stem for path in (self._directory / kind).glob("[0-9]*.json"))

    def message(self, dialog_id: str, seq: int) -> Message | None:
        """A message, if it is in a segment. Cached segments are kept as they were written: of
        what a page takes from them, a fourth is read, and as objects they weigh twice as much."""
        path = self.segment_path(dialog_id, seq)
        segment: dict[int, Raw] = self._cached(path, lambda: sheets.read(path, "messages", Raw))
        found = segment.get(seq)
        return None if found is None else sheets.document(path, found, _messages)

    def write_documents(
        self, kind: str, name: str, changed: dict[str, Any], *, whole: bool = False
    ) -> Path:
        """Rewrites a file with changed documents (``None``: removed), or with nothing else."""
        path = self.path(kind, name)
        before = {} if whole else by_id(sheets.read(path, kind, TYPES[kind]))
        merged = {id: one for id, one in (before | changed).items() if one is not None}
        sheets.write(path, kind, dict(enumerate(merged.values(), 1)), sync=self._sync)
        return path

    def write_messages(self, dialog_id: str, messages: Iterable[Message]) -> Iterator[Path]:
        """Rewrites the segments that these messages belong to."""
        segments: dict[Path, dict[int, Message]] = {}
        for message in messages:
            path = self.segment_path(dialog_id, message.seq)
            segments.setdefault(path, {})[message.seq] = message
        for path, changed in segments.items():
            merged = sheets.read(path, "messages", Message) | changed
            sheets.write(path, "messages", dict(sorted(merged.items())), sync=self._sync)
            yield path

    def path(self, kind: str, name: str) -> Path:
        """The file of a kind's bucket."""
        return self._directory / kind / f"{name}.json"

    def segment_path(self, dialog_id: str, seq: int) -> Path:
        """The file of a message: so many messages of a conversation each."""
        number = (seq - 1) // self._segment
        return self._directory / "messages" / quote(dialog_id, safe="") / f"{number:06d}.json"

    def forget(self, paths: Iterable[Path]) -> None:
        """These files have changed."""
        for path in paths:
            size, _ = self._cache.pop(path, (0, {}))
            self.cached_bytes -= size

    def _cached(self, path: Path, read: Any) -> dict[Any, Any]:
        if path in self._cache:
            self._cache.move_to_end(path)
            return self._cache[path][1]
        content: dict[Any, Any] = read()
        size = path.stat().st_size if content else 64
        self._cache[path] = (size, content)
        self.cached_bytes += size
        while self.cached_bytes > self._cache_bytes and len(self._cache) > 1:
            _, (old, _) = self._cache.popitem(last=False)
            self.cached_bytes -= old
        return content


def by_id(documents: dict[int, Any]) -> dict[str, Any]:
    """Documents under their own ids instead of TinyDB's numbers."""
    return {document.id: document for document in documents.values()}
