"""From data format 5, which has no episodes: they are made of what its tickets say.

No file of the old directory is touched before what was made is written beside it (in
``migrating``) and read again: what fails up to there leaves everything as it was. Then the new
files get their names, the list of lists and ``format.json`` last. Where that is interrupted it
begins again, and as long as ``format.json`` says so the directory is one of format 5. Where a file
of tickets is damaged nothing is done, unless it is told to go on without: it stays out of service.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

from msgspec import Struct

from chatd.domain.episode import Episode, episodes_of
from chatd.domain.ticket import Ticket
from chatd.errors import Damaged
from chatd.locale.counting import count_of
from chatd.store.base import Put
from chatd.store.tiny import contents, filesystem, journal, sealed
from chatd.store.tiny.datafiles import DataFiles
from chatd.store.tiny.journal import damage
from chatd.store.tiny.naming import OPEN, bucket

KIND = "episodes"
PLACE = "migrating"
AT_ONCE = 50_000
LISTS = f"contents/{KIND}-"


class Found(Struct, frozen=True):
    """How many tickets there are, and how many episodes they tell of."""

    tickets: int
    episodes: int

    def __str__(self) -> str:
        return f"{count_of(self.episodes, 'episode')} of {count_of(self.tickets, 'ticket')}"


def look(directory: Path, segment_messages: int, *, damaged: bool) -> Found:
    """What there is to be made; Damaged where not all can be read, unless that may be so. Changes
    nothing."""
    counts = [
        len(episodes_of(one)) for one in Tickets(directory, segment_messages, damaged=damaged)
    ]
    return Found(len(counts), sum(counts))


def make(directory: Path, segment_messages: int, *, damaged: bool) -> Found:
    """Makes and reads it again, then gives it its place; ``format.json`` is left to the caller."""
    place = directory / PLACE
    clear(directory)
    try:
        tickets = Tickets(directory, segment_messages, damaged=damaged)
        found = write(tickets, place, segment_messages)
        check(tickets, place, found, segment_messages)
        put_in_place(directory, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return found


def clear(directory: Path) -> None:
    """Takes away what an interrupted one has left."""
    shutil.rmtree(directory / PLACE, ignore_errors=True)
    shutil.rmtree(directory / KIND, ignore_errors=True)
    for path in (directory / "contents").glob(f"{KIND}-*.json"):
        filesystem.remove(path)


class Tickets:
    """All tickets of a directory that nobody changes, each as it is by now."""

    def __init__(self, directory: Path, segment_messages: int, *, damaged: bool) -> None:
        self.top = without(contents.read_all(directory))
        self._damaged = damaged
        self._files = DataFiles(
            directory, self.top, segment_messages=segment_messages, cache_bytes=1, sync=False
        )
        self._newer: dict[str, Ticket] = {}
        with self._going_on():
            self._newer |= self._files.documents("tickets", OPEN)
        for frame in journal.replay(directory / "journal"):
            for change in (change for commit in frame.commits for change in commit):
                if isinstance(change, Put) and isinstance(change.document, Ticket):
                    self._newer[change.document.id] = change.document

    def __iter__(self) -> Iterator[Ticket]:
        for name in self._files.buckets("tickets"):
            stored: dict[str, Ticket] = {}
            with self._going_on():
                stored = self._files.read_past_cache("tickets", name)
            yield from (one for id, one in stored.items() if id not in self._newer)
        yield from self._newer.values()

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        try:
            yield
        except Damaged:
            if not self._damaged:
                raise


def without(top: contents.List) -> contents.List:
    """The list of lists, but for those that an interrupted one has put there."""
    files = {name: at for name, at in top.files.items() if not name.startswith(LISTS)}
    return contents.List(top.number, top.size, files)


def write(tickets: Tickets, place: Path, segment_messages: int) -> Found:
    """Writes the files and the lists of them; so many at once, however many there are."""
    number, counted = tickets.top.number, 0
    files = DataFiles(
        place, tickets.top, segment_messages=segment_messages, cache_bytes=1, sync=True
    )
    written: set[str] = set()

    def counting() -> Iterator[Ticket]:
        nonlocal counted
        for ticket in tickets:
            counted += 1
            yield ticket

    made, total = chain.from_iterable(map(episodes_of, counting())), 0
    while some := list(islice(made, AT_ONCE)):
        total += len(some)
        for name, documents in by_file(some).items():
            whole = f"{KIND}/{name}" not in written
            written.add(files.write_documents(KIND, name, documents, number, whole=whole))
    contents.record(place, tickets.top, written, number)
    return Found(counted, total)


def by_file(episodes: Iterable[Episode]) -> dict[str, dict[str, Episode]]:
    """The documents of each file."""
    found: dict[str, dict[str, Episode]] = {}
    for one in episodes:
        found.setdefault(bucket(KIND, one.id), {})[one.id] = one
    return found


def check(tickets: Tickets, place: Path, found: Found, segment_messages: int) -> None:
    """Reads what was written as the daemon would; Damaged where it is not what the tickets say."""
    top = contents.read_all(place)
    files = DataFiles(
        place, top, segment_messages=segment_messages, cache_bytes=1 << 24, sync=False
    )
    for ticket in tickets:
        for wanted in episodes_of(ticket):
            if files.document(KIND, wanted.id) != wanted:
                path = sealed.path_of(place, f"{KIND}/{bucket(KIND, wanted.id)}")
                raise damage(path, 0, f"{wanted.id} was not written as it is")
    there = sum(len(files.documents(KIND, name)) for name in files.buckets(KIND))
    if there != found.episodes:
        raise damage(place, 0, f"{found.episodes} episodes were made, {there} are there")


def put_in_place(directory: Path, place: Path) -> None:
    """The new files get their names, the list that says so last."""
    if (place / KIND).exists():
        filesystem.rename(place / KIND, directory / KIND)
        filesystem.sync_directory(directory)
    last = sealed.path_of(place, contents.ALL)
    lists = sorted(path for path in (place / "contents").glob("*.json") if path != last)
    for path in [*lists, last]:
        filesystem.rename(path, directory / "contents" / path.name)
        filesystem.sync_directory(directory / "contents")
