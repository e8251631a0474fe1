"""The index in a file of its own: SQLite's FTS5, over stems that are made here.

``messages`` holds the stems that ``words`` indexes. Facets (whose conversation, of which kind, site
and sender) are words of a column of their own, so that what is found among few is found quickly. A
row's number begins with the time, so that the newest are found first without sorting. What is taken
out leaves its words in older parts of the index until these are merged: that is done at once while
it costs little, and takes a twentieth of the time at most.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from msgspec import json

from chatd.errors import Unavailable
from chatd.search import beginnings
from chatd.search.base import (
    KINDS,
    LOW_BITS,
    Entry,
    Filter,
    Hit,
    Position,
    choices,
    facets_of,
    place_of,
    too_much,
    unwanted_kinds,
)
from chatd.search.query import Query, Term
from chatd.search.words import Stems
from chatd.store.tiny.filesystem import sync_directory

PLACE = Path("search", "index.db")  # in the data directory
FORMAT = 2
FOREVER = 1 << 62
LONGEST_S = 5.0
REST = 20
STEPS = 10_000
STEMS = 3
Row = tuple[int, str, int, str, str]  # as of ``messages``
TABLES = """
CREATE TABLE about(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE messages(id INTEGER PRIMARY KEY, dialog TEXT, seq INTEGER, body TEXT, facets TEXT);
CREATE UNIQUE INDEX places ON messages(dialog, seq);
CREATE TABLE conversations(dialog TEXT PRIMARY KEY, rev INTEGER, seq INTEGER) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
    body, facets, content='messages', content_rowid='id', tokenize='ascii', columnsize=0);
"""
PUT_IN = "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)"
INDEX = """INSERT INTO words(rowid, body, facets) SELECT id, body, facets FROM messages
    WHERE id IN (SELECT value FROM json_each(?))"""
ALL_OF = "SELECT id, body, facets FROM messages WHERE dialog = ?"
FORMER = f"{ALL_OF} AND seq = ?"
TAKE_OUT = "INSERT INTO words(words, rowid, body, facets) VALUES ('delete', ?, ?, ?)"
NOTED = """INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT(dialog)
    DO UPDATE SET rev = max(rev, excluded.rev), seq = max(seq, excluded.seq)"""
FIND = """SELECT m.id, m.dialog, m.seq FROM words JOIN messages m ON m.id = words.rowid
    WHERE words MATCH ? AND words.rowid < ? AND words.rowid >= ?
    ORDER BY words.rowid DESC LIMIT ?"""


class EmbeddedIndex:
    """See :class:`chatd.search.base.Index`."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._mark = mark_of(path)
        self._stems = Stems()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._tidy_at = 0.0
        self.whole, self.untidy = False, False

    def claim(self) -> None:
        with suppress(FileNotFoundError):
            self._mark.unlink()
            sync_directory(self._mark.parent)
            self.whole = True

    def open(self) -> None:
        with self._fence():
            if self._reader is None:
                self._connect()
            self._note(format=FORMAT)  # whether there is room for anything
        self.untidy = self.untidy or not self.whole

    def _connect(self) -> None:
        self.close()
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._writer = connect(self._path)
        self._path.chmod(0o600)
        if self._about("format") != FORMAT:
            self._writer.close()
            remove(self._path)
            self._writer = connect(self._path)
            self._writer.executescript(f"BEGIN; {TABLES} COMMIT;")
            self.whole = False
        self._reader = connect(self._path)

    def put(self, entries: Sequence[Entry]) -> None:
        newest = {(one.dialog_id, one.seq): one for one in entries}.values()
        new, others = list[Row](), list[Row]()
        for one in newest:
            row = self._row(one)
            (others if one.changed or not row[STEMS] else new).append(row)
        with self._writing() as db:
            indexed = self._put_new(db, new) + [self._put_in(db, row) for row in others]
            # All in one statement: before each of them FTS5 writes down what it was told so far.
            db.execute(INDEX, (json.encode(indexed).decode(),))
            db.executemany(NOTED, farthest(entries))
        self.tidy()

    def note(self, revs: Mapping[str, int]) -> None:
        with self._writing() as db:
            db.executemany(NOTED, [(dialog_id, rev, 0) for dialog_id, rev in revs.items()])

    def forget(self, dialog_id: str) -> None:
        with self._writing() as db:
            for found in db.execute(ALL_OF, (dialog_id,)).fetchall():
                self._take_out(db, found)
            db.execute("DELETE FROM conversations WHERE dialog = ?", (dialog_id,))
        self.untidy = True
        self.tidy(now=True)

    def clear(self) -> None:
        self.close()
        remove(self._path)
        self.whole = False
        self.open()

    def position(self, dialog_id: str) -> Position:
        with self._fence():
            found = self._open_writer().execute(
                "SELECT rev, seq FROM conversations WHERE dialog = ?", (dialog_id,)
            )
            return Position(*(found.fetchone() or ()))

    def dialogs(self) -> list[str]:
        with self._fence():
            return [id for (id,) in self._open_writer().execute("SELECT dialog FROM conversations")]

    def find(self, query: Query, among: Filter, *, before: int, limit: int) -> list[Hit]:
        if (db := self._reader) is None:
            raise unavailable()
        end = time.monotonic() + LONGEST_S
        db.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        within = min(before or FOREVER, among.until << LOW_BITS or FOREVER), among.since << LOW_BITS
        found: list[beginnings.Row] | None = None
        try:
            with self._fence():
                if beginnings.is_worth(query, among):
                    rest = match(beginnings.without(query), among)
                    found = beginnings.find(db, query, (rest, *within), limit)
                if found is None:
                    found = db.execute(FIND, (match(query, among), *within, limit)).fetchall()
                return [Hit(*row) for row in found]
        except OSError:
            if time.monotonic() > end:
                raise too_much() from None
            raise

    def count(self) -> int:
        with self._fence():
            found = self._open_writer().execute("SELECT count(*) FROM messages").fetchone()
            return int(found[0])

    def tidy(self, now: bool = False) -> None:
        if not self.untidy or (self._clock() < self._tidy_at and not now):
            return
        began = self._clock()
        with self._writing() as db:
            db.execute("INSERT INTO words(words) VALUES ('optimize')")
        with self._fence():
            busy, _, _ = self._open_writer().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.untidy = bool(busy)
        self._tidy_at = self._clock() + REST * (self._clock() - began)

    def seal(self) -> None:
        self.tidy(now=True)
        with self._fence():
            self._open_writer().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._mark.touch(0o600)
        sync_directory(self._mark.parent)

    def close(self) -> None:
        for db in (self._reader, self._writer):
            if db is not None:
                with suppress(sqlite3.Error):
                    db.close()
        self._reader = self._writer = None

    def _row(self, one: Entry) -> Row:
        stems = " ".join(self._stems.each(one.content))
        facets = spell_facets(one.dialog_id, one.kind, one.site, one.sender_id)
        return place_of(one), one.dialog_id, one.seq, stems, facets

    def _put_new(self, db: sqlite3.Connection, rows: Sequence[Row]) -> list[int | None]:
        """The places whose words are to be indexed. Where all are new, as nearly always, each finds
        the place that its time gives it; else they are looked at one by one."""
        before = db.total_changes
        db.executemany(PUT_IN, rows)
        if db.total_changes - before == len(rows):
            return [row[0] for row in rows]
        db.execute("ROLLBACK")
        db.execute("BEGIN IMMEDIATE")
        return [self._put_in(db, row) for row in rows]

    def _put_in(self, db: sqlite3.Connection, row: Row) -> int | None:
        """The place whose words are to be indexed, if there are any. What was there before is
        looked for, and stays if it said the same."""
        place, dialog_id, seq, stems, facets = row
        if stems and put_at(db, row):
            return place
        if before := db.execute(FORMER, (dialog_id, seq)).fetchone():
            if before[1:] == (stems, facets):
                return None
            self._take_out(db, before)
        while stems and not put_at(db, (place, *row[1:])):
            place += 1
        return place if stems else None

    def _take_out(self, db: sqlite3.Connection, found: tuple[int, str, str]) -> None:
        db.execute(TAKE_OUT, found)
        db.execute("DELETE FROM messages WHERE id = ?", found[:1])
        self.untidy = True

    def _about(self, name: str) -> int:
        with suppress(sqlite3.OperationalError):  # an empty file has no such table
            found = self._open_writer().execute("SELECT value FROM about WHERE name = ?", (name,))
            return int((found.fetchone() or (0,))[0])
        return 0

    def _note(self, **values: int) -> None:
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", values.items())

    def _open_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            raise OSError("the index is not open")
        return self._writer

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._fence(), self._open_writer() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db

    @contextmanager
    def _fence(self) -> Iterator[None]:
        """What the disk does to us is an OSError; what is damaged is let go."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from None
        except sqlite3.ProgrammingError:  # it was closed just now, by who makes it anew
            raise unavailable() from None
        except sqlite3.DatabaseError as error:
            self.close()
            remove(self._path)
            self.whole = False
            raise OSError(f"the index was damaged and is made anew: {error}") from None


def put_at(db: sqlite3.Connection, row: Row) -> bool:
    """Whether there was nothing at the place yet, and nothing of this message anywhere."""
    return bool(db.execute(PUT_IN, row).rowcount)


def farthest(entries: Sequence[Entry]) -> Iterable[tuple[str, int, int]]:
    """Of each conversation, up to which change and message it is indexed with these."""
    found: dict[str, tuple[str, int, int]] = {}
    for one in entries:
        _, rev, seq = found.get(one.dialog_id, ("", 0, 0))
        found[one.dialog_id] = one.dialog_id, max(rev, one.rev), max(seq, one.seq)
    return found.values()


def mark_of(path: Path) -> Path:
    """What is beside an index that was left whole: to take it away again takes no room."""
    return path.with_name(f"{path.name}-whole")


def unavailable() -> Unavailable:
    """It is opened, or made anew."""
    return Unavailable("nothing can be searched just now; try again", retry_after=1)


def remove(path: Path) -> None:
    """The file of an index, and those beside it, are gone."""
    mark_of(path).unlink(missing_ok=True)
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose threads take turns. This process alone has the file: what connections
    share is in memory then, and not in a mapped file, which on a full disk would end the process
    by SIGBUS. The last changes may be gone when the power fails, the file is whole all the same:
    how far it is says which they were."""
    address = f"{path.absolute().as_uri()}?vfs=unix-excl"
    db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    for pragma in (
        *("journal_mode = WAL", "synchronous = NORMAL"),
        *("secure_delete = ON", "cache_size = -16000"),
    ):
        db.execute(f"PRAGMA {pragma}")
    return db


@lru_cache(maxsize=4096)
def facet(sign: str, value: str) -> str:
    """A word that no message can have in its own column: letters and digits only."""
    return sign + value.encode().hex()


@lru_cache(maxsize=4096)
def spell_facets(dialog_id: str, kind: str, site: str, sender_id: str) -> str:
    """Those of a message: who says something says more in the same place."""
    return " ".join(facets_of(facet, dialog_id, kind, site, sender_id))


def match(query: Query, among: Filter) -> str:
    """The query as FTS5 reads it."""
    wanted = [f"(body : {spell(term)})" for term in query.wanted]
    wanted += [facets_in(some) for some in choices(among, facet)]
    wanted = wanted or [facets_in([facet("k", kind) for kind in among.kinds or KINDS])]
    asked = " AND ".join(wanted)
    unwanted = [f"(body : {spell(term)})" for term in query.unwanted]
    unwanted += [facets_in([facet("k", kind)]) for kind in unwanted_kinds(among)]
    for one in unwanted:
        asked = f"({asked}) NOT {one}"
    return asked


def facets_in(some: list[str]) -> str:
    return f"(facets : ({' OR '.join(map(quote, some))}))"


def spell(term: Term) -> str:
    phrase = quote(" ".join(term.stems))
    return f"({phrase} OR {quote(term.prefix)}*)" if term.prefix else phrase


def quote(text: str) -> str:
    """Letters and digits, and spaces between them: nothing in it means anything to FTS5."""
    return f'"{text}"'
