"""What files there must be, and how new each is: lists, sealed as the files that they list.

``contents/all`` lists the files that there is one of (``tickets/open``, ``operators/all`` …) and
other lists, which have the files of a thousand times each (``contents/tickets-0001753``), so that
a checkpoint writes as much after ten years as on the first day. Where one time has many files,
they have a list of their own, which stands in that of the time. The segments of a conversation
are listed in its own state. ``contents/journal`` knows the newest journal.

A checkpoint writes files, then lists, then ``all``, each with its number, and then removes the
journals that it has made needless. Its number is that of the first frame it does *not* hold. So
a file may be newer than its list says (a crash came between), and never older; and the journal
begins at the latest with the frame that ``all`` has for its number.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from chatd.store.tiny import journal, sealed
from chatd.store.tiny.journal import damage
from chatd.store.tiny.sealed import Listed

ALL = "contents/all"
JOURNAL = "contents/journal"
FIRST = 1
LISTED_BY = (10, 7)  # digits of a name: of a time, of a thousand times
Read = Callable[[str], "List"]


class Entry(Struct, frozen=True):
    """A file, and the number of the checkpoint that wrote it last."""

    file: str
    number: int


class List(Struct, frozen=True):
    """A list as it was read: the number of its checkpoint, and those of its files."""

    number: int
    size: int
    files: dict[str, int]

    def entry(self, name: str) -> Listed:
        """What it knows of a file. One that it does not name can only be younger than itself."""
        number = self.files.get(name)
        if number is None:
            return Listed(must=False, least=self.number + 1)
        return Listed(must=True, least=number)


def list_of(name: str) -> str:
    """The list that a file or another list stands in: that of all whose names begin alike."""
    kind, _, file = name.partition("/")
    if kind == "contents":
        kind, _, file = file.partition("-")
    if file.isdigit():
        for digits in LISTED_BY:
            if len(file) > digits:
                return f"contents/{kind}-{file[:digits]}"
    return ALL


def read(directory: Path, name: str, listed: Listed) -> List:
    """A list; an empty one where there is none and none has to be."""
    sheet = sealed.read(directory, name, Entry, listed)
    named = {entry.file: entry.number for entry in sheet.documents.values()}
    return List(sheet.number, sheet.size, named)


def read_all(directory: Path) -> List:
    """The list of lists."""
    return read(directory, ALL, Listed(must=True, least=FIRST))


def lists(top: List, read: Read, kind: str = "") -> Iterator[tuple[str, List]]:
    """All lists, or those with files of one kind, each behind the one that it stands in."""
    waiting = [(ALL, top)]
    while waiting:
        name, found = waiting.pop()
        yield name, found
        inner = [one for one in found.files if one.startswith(f"contents/{kind}")]
        waiting += [(one, read(one)) for one in inner]


def reader(directory: Path, top: List) -> Read:
    """Reads a list as it has to be, and for that the one that it stands in."""

    def read_one(name: str) -> List:
        if name == ALL:
            return top
        return read(directory, name, read_one(list_of(name)).entry(name))

    return read_one


def write(
    directory: Path, name: str, files: dict[str, int], number: int, *, sync: bool = True
) -> List:
    entries = [Entry(file, at) for file, at in sorted(files.items())]
    sealed.write(directory, name, dict(enumerate(entries, 1)), number, sync=sync)
    return List(number, 0, files)


def record(
    directory: Path,
    top: List,
    names: Iterable[str],
    number: int,
    *,
    as_of: int | None = None,
    sync: bool = True,
) -> tuple[List, list[str]]:
    """Files were written by this checkpoint: lists them; the new list of lists, and which lists it
    wrote. ``as_of``: the number of the list of lists, where that is not the checkpoint's."""
    waiting: dict[str, dict[str, int]] = {ALL: {}}
    for name in names:
        waiting.setdefault(list_of(name), {})[name] = number
    read_one, written = reader(directory, top), []
    while len(waiting) > 1:
        name = max(waiting, key=len)  # what others stand in has a shorter name
        files = read_one(name).files | waiting.pop(name)
        write(directory, name, files, number, sync=sync)
        waiting.setdefault(list_of(name), {})[name] = number
        written.append(name)
    files = top.files | waiting[ALL]
    number = number if as_of is None else as_of
    return write(directory, ALL, files, number, sync=sync), [*written, ALL]


def start(directory: Path) -> None:
    """The lists of a directory that nothing is in yet."""
    write(directory, ALL, {}, FIRST)
    note_journal(directory, 0)


def note_journal(directory: Path, base: int, *, sync: bool = True) -> None:
    """A journal that begins with this frame exists, and is about to be used."""
    sealed.write(directory, JOURNAL, {1: Entry("journal", base)}, base, sync=sync)


def check_journals(directory: Path, top: List) -> None:
    """Whether the journals are there that the lists know of, by the frames they begin with."""
    newest = sealed.read(directory, JOURNAL, Entry, Listed(must=True, least=0)).number
    where = directory / "journal"
    bases = journal.bases(where)
    if newest and newest not in bases:
        raise damage(where, 0, f"the journal that begins with frame {newest} is missing")
    if bases != sorted(bases):
        raise damage(where, 0, f"its files begin with the frames {bases}: they are out of order")
    if bases and not min(bases) <= top.number <= max(bases):
        raise damage(
            sealed.path_of(directory, ALL),
            0,
            f"the files are of checkpoint {top.number}, the journal has frames from "
            f"{min(bases)} and from {max(bases)} on: one of both is an old copy, or incomplete",
        )


def names_in(directory: Path) -> set[str]:
    """The sheets in a directory."""
    try:
        with os.scandir(directory) as found:
            return {one.name[:-5] for one in found if one.name.endswith(".json")}
    except FileNotFoundError:
        return set()
