"""Cuts the last frame of the last journal, where it is damaged and the start refuses because of it.

Nothing else is ever cut: behind any other damage there is something that is whole, and which of
both to give up is for a backup to decide, not for us.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec
from msgspec import Struct

from chatd.errors import Conflict, Damaged
from chatd.locale.counting import count_of
from chatd.store.tiny import filesystem, journal, maintenance
from chatd.store.tiny.lock import DirectoryLock

SHOWN = 10
_appended = re.compile(rb'\{"type":"append"')
_dialogs = re.compile(rb'"dialog_id":("(?:[^"\\]|\\.)*")')


class Cut(Struct, frozen=True):
    """What is cut, or would be: where, how much, and what it held as far as it can be read.
    ``commits`` is ``None`` where they cannot be told apart. ``kept``: the copy of it."""

    path: Path
    offset: int
    bytes: int
    commits: int | None
    messages: int
    dialogs: list[str]
    why: str
    kept: Path | None = None

    def __str__(self) -> str:
        many = len(self.dialogs) - SHOWN
        dialogs = ", ".join(self.dialogs[:SHOWN]) + (f" and {many} more" if many > 0 else "")
        commits = "a number of commits"
        if self.commits is not None:
            commits = count_of(self.commits, "commit")
        return (
            f"the last frame of {self.path}, {self.bytes} bytes from byte {self.offset} on "
            f"({self.why}). As far as it can be read, it holds "
            f"{count_of(self.messages, 'message')} of {commits}"
            f"{f', in {dialogs}' if dialogs else ''}. They may have been acknowledged"
        )


def look(directory: Path) -> Cut | None:
    """What :func:`repair` would cut; ``None`` where the journal is in order. Damaged, where
    something else is damaged than it can cut."""
    lock = hold(directory)
    try:
        return find(directory)
    finally:
        lock.release()


def repair(directory: Path) -> Cut | None:
    """Cuts it, and keeps a copy beside."""
    lock = hold(directory)
    try:
        found = find(directory)
        return found and cut(directory, found)
    finally:
        lock.release()


def hold(directory: Path) -> DirectoryLock:
    """The lock of a data directory."""
    maintenance.refuse_none(directory)
    return DirectoryLock(directory)


def find(directory: Path) -> Cut | None:
    """Reads the journal up to the damage in it."""
    try:
        for _ in journal.replay(directory / "journal"):
            continue
    except Damaged as error:
        return judge(directory, error)
    return None


def judge(directory: Path, error: Damaged) -> Cut:
    """The damaged frame, if it is the last one of the last journal."""
    path = last(directory)
    if error.details["file"] != str(path):
        raise elsewhere(error, f"{path.name} comes after it, and is younger")
    data = path.read_bytes()
    offset = damaged_frame(data, error.details["offset"])
    if offset is None:
        raise elsewhere(error, "no frame begins there")
    if offset == journal.FIRST_LINE:
        raise elsewhere(error, "the first frame of a journal takes over from the ones before")
    if follows(data, offset):
        raise elsewhere(error, "whole frames follow it")
    return describe(path, offset, data[offset:], error)


def last(directory: Path) -> Path:
    """The youngest journal that has anything in it."""
    *older, path = journal.journals(directory / "journal")
    while older and path.stat().st_size < journal.FIRST_LINE:
        path = older.pop()
    return path


def damaged_frame(data: bytes, offset: int) -> int | None:
    """Where the frame begins that damage was found in."""
    at = journal.FIRST_LINE
    while at < offset and (header := journal.read_header(data, at)) and header[1] <= offset:
        at = header[1]
    return at if at <= offset else None


def follows(data: bytes, offset: int) -> bool:
    """Whether a frame begins behind the one here; no payload can look like one: it is one line."""
    at = data.find(b"\nF ", offset)
    while at >= 0:
        if journal.read_header(data, at + 1):
            return True
        at = data.find(b"\nF ", at + 1)
    return False


def describe(path: Path, offset: int, frame: bytes, error: Damaged) -> Cut:
    """What can be read of a damaged frame."""
    payload = frame[journal.HEADER :]
    try:
        commits: int | None = len(msgspec.json.decode(payload, type=list[msgspec.Raw]))
    except msgspec.DecodeError:
        commits = None
    found = dict.fromkeys(name_of(quoted) for quoted in _dialogs.findall(payload))
    return Cut(
        path,
        offset,
        len(frame),
        commits,
        len(_appended.findall(payload)),
        list(found),
        str(error.details["what"]),
    )


def name_of(quoted: bytes) -> str:
    """A dialog's name, as it stands in JSON that may be damaged."""
    try:
        return msgspec.json.decode(quoted, type=str)
    except msgspec.DecodeError:
        return quoted.decode("utf-8", "backslashreplace")


def cut(directory: Path, found: Cut) -> Cut:
    """Copies what is cut, then cuts it; who was told of it is to read anew."""
    with found.path.open("rb") as file:
        file.seek(found.offset)
        frame = file.read()
    kept = free_name(found.path)
    filesystem.replace(kept, frame)
    maintenance.set_back(directory)
    descriptor = os.open(found.path, os.O_WRONLY)
    try:
        filesystem.truncate(descriptor, found.offset)
        filesystem.sync(descriptor)
    finally:
        filesystem.close(descriptor)
    for _ in journal.replay(directory / "journal"):
        continue
    return msgspec.structs.replace(found, kept=kept)


def free_name(path: Path) -> Path:
    """A name beside a journal that nothing has yet."""
    number = 1
    while (candidate := path.with_name(f"{path.name}.cut-{number}")).exists():
        number += 1
    return candidate


def elsewhere(error: Damaged, why: str) -> Conflict:
    """What is damaged cannot be cut."""
    where = f"{error.details['file']}: damaged at byte {error.details['offset']}"
    return Conflict(
        f"{where}: {error.details['what']}. This is not cut, for {why}. Restore a backup with "
        f"'chatd restore BACKUP --force': it keeps what is there beside, for a look"
    )
