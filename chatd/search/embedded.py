"""The index in a file of its own: SQLite's FTS5, over stems that are made here.

``messages`` holds the stems that ``words`` indexes, and behind them the facets (whose conversation,
of which kind, site and sender), words that no text has, so that what is found among few is found
quickly. A row's number begins with the time, so that the newest are found first without sorting,
and a message is found by its own: at its place, or behind those that were there before, up to the
first gap. What is taken out leaves its words in older parts of the index until these are merged:
that is done at once while it costs little, and takes a twentieth of the time at most.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
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
FORMAT = 3
FOREVER = 1 << 62
LONGEST_S = 5.0
REST = 20
STEPS = 10_000
AT_ONCE = 50
HASHED_CHARS = 18
TEXT = 3
Row = tuple[int, str, int, str]  # as of ``messages``; what has no stems has no text either
TABLES = """
CREATE TABLE about(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE messages(id INTEGER PRIMARY KEY, dialog TEXT, seq INTEGER, text TEXT);
CREATE TABLE conversations(dialog TEXT PRIMARY KEY, rev INTEGER, seq INTEGER) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
    text, content='messages', content_rowid='id', tokenize="ascii tokenchars '='", columnsize=0);
"""
PUT_IN = "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)"
PUT_MANY = PUT_IN + ", (?, ?, ?, ?)" * (AT_ONCE - 1)
TOP = "SELECT ifnull(max(id), 0) FROM messages"
INDEX = """INSERT INTO words(rowid, text) SELECT id, text FROM messages WHERE id > ?
    UNION ALL SELECT id, text FROM messages WHERE id IN (SELECT value FROM json_each(?))"""
AT = "SELECT id, dialog, seq, text FROM messages WHERE id = ?"
ALL_OF = """SELECT m.id, m.dialog, m.seq, m.text
    FROM words JOIN messages m ON m.id = words.rowid WHERE words MATCH ?"""
TAKE_OUT = "INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)"
HOLD = "UPDATE messages SET dialog = NULL, seq = NULL, text = NULL WHERE id = ?"
KNOWN = """SELECT dialog, seq FROM conversations
    WHERE dialog IN (SELECT value FROM json_each(?))"""
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
        reached = farthest(entries)
        with self._writing() as db:
            top: int = db.execute(TOP).fetchone()[0]
            indexed = [id for id in self._put_rows(db, entries, reached) if id <= top]
            # All in one statement: before each of them FTS5 writes down what it was told so far.
            db.execute(INDEX, (top, json.encode(indexed).decode()))
            db.executemany(NOTED, reached.values())
        self.tidy()

    def note(self, revs: Mapping[str, int]) -> None:
        with self._writing() as db:
            db.executemany(NOTED, [(dialog_id, rev, 0) for dialog_id, rev in revs.items()])

    def forget(self, dialog_id: str) -> None:
        with self._writing() as db:
            for found in db.execute(ALL_OF, (quote(facet("d", dialog_id)),)).fetchall():
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
            found = self._open_writer().execute("SELECT count(seq) FROM messages").fetchone()
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
        text = " ".join(self._stems.each(one.content))
        if text:
            text += spell_facets(one.dialog_id, one.kind, one.site, one.sender_id)
        return place_of(one), one.dialog_id, one.seq, text

    def _put_rows(
        self, db: sqlite3.Connection, entries: Sequence[Entry], dialogs: Iterable[str]
    ) -> list[int]:
        """The places whose words are to be indexed. What comes behind all that there is of its
        conversation, as nearly always, is put where its time says; else, and where others are
        already there, each message is looked for by itself."""
        known = dict(db.execute(KNOWN, (json.encode(list(dialogs)).decode(),)))
        newest = {(one.dialog_id, one.seq): one for one in entries}
        rows = [(one, self._row(one)) for one in newest.values()]
        fresh, others = dict[int, Row](), list[tuple[Entry, Row]]()
        for one, row in rows:
            is_behind = one.seq > known.get(one.dialog_id, 0)
            if is_behind and not row[TEXT]:
                continue
            if not is_behind or fresh.setdefault(row[0], row) is not row:
                others.append((one, row))
        if not put_all(db, list(fresh.values())):
            db.execute("ROLLBACK")
            db.execute("BEGIN IMMEDIATE")
            fresh, others = {}, rows
        indexed = list(fresh)
        for one, row in others:
            is_new = one.changed or one.seq > known.get(one.dialog_id, 0)
            indexed += self._put_in(db, row, is_known=not is_new)
        return indexed

    def _put_in(self, db: sqlite3.Connection, row: Row, *, is_known: bool) -> list[int]:
        """The place whose words are to be indexed, if there are any. What was there before is
        looked for, and stays if it said the same. What ``is_known`` is perhaps where another time
        put it: the data was set back, and this was written since."""
        place, dialog_id, seq, text = row
        while (former := db.execute(AT, (place,)).fetchone()) and former[1:3] != (dialog_id, seq):
            place += 1
        if former and former[TEXT] == text:
            return []
        if not former and is_known:
            of_dialog = db.execute(ALL_OF, (quote(facet("d", dialog_id)),))
            former = next((found for found in of_dialog if found[2] == seq), None)
        if former:
            self._take_out(db, former)
        if not text:
            return []
        db.execute("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?)", (place, *row[1:]))
        return [place]

    def _take_out(self, db: sqlite3.Connection, found: Row) -> None:
        """Where others were put behind it, its place is held, so that they are found."""
        id, _, _, text = found
        db.execute(TAKE_OUT, (id, text))
        is_amid = db.execute(AT, (id + 1,)).fetchone()
        db.execute(HOLD if is_amid else "DELETE FROM messages WHERE id = ?", (id,))
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


def put_all(db: sqlite3.Connection, rows: Sequence[Row]) -> bool:
    """Whether there was nothing yet at any of their places. Many in a statement: between two of
    them a thread has to wait for Python's turn."""
    before, many = db.total_changes, len(rows) - len(rows) % AT_ONCE
    for since in range(0, many, AT_ONCE):
        db.execute(PUT_MANY, [*chain.from_iterable(rows[since : since + AT_ONCE])])
    db.executemany(PUT_IN, rows[many:])
    return db.total_changes - before == len(rows)


def farthest(entries: Iterable[Entry]) -> dict[str, tuple[str, int, int]]:
    """Of each conversation, up to which change and message it is indexed with these."""
    revs, seqs = dict[str, int](), dict[str, int]()
    for one in entries:
        if one.rev > revs.get(one.dialog_id, -1):
            revs[one.dialog_id] = one.rev
        if one.seq > seqs.get(one.dialog_id, -1):
            seqs[one.dialog_id] = one.seq
    return {id: (id, rev, seqs[id]) for id, rev in revs.items()}


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
    """A word that no message can have, short whatever it stands for: each of its letters costs."""
    is_plain = value.isascii() and (value.isalnum() or not value) and value == value.lower()
    if is_plain and len(value) < HASHED_CHARS:
        return f"={sign}{value}"
    return f"={sign}{blake2b(value.encode(), digest_size=HASHED_CHARS // 2).hexdigest()}"


@lru_cache(maxsize=4096)
def spell_facets(dialog_id: str, kind: str, site: str, sender_id: str) -> str:
    """Those of a message, behind its stems: who says something says more in the same place."""
    return "".join(f" {one}" for one in facets_of(facet, dialog_id, kind, site, sender_id))


def match(query: Query, among: Filter) -> str:
    """The query as FTS5 reads it."""
    wanted = [spell(term) for term in query.wanted]
    wanted += [any_of(some) for some in choices(among, facet)]
    wanted = wanted or [any_of([facet("k", kind) for kind in among.kinds or KINDS])]
    asked = " AND ".join(wanted)
    unwanted = [spell(term) for term in query.unwanted]
    unwanted += [quote(facet("k", kind)) for kind in unwanted_kinds(among)]
    for one in unwanted:
        asked = f"({asked}) NOT {one}"
    return asked


def any_of(some: list[str]) -> str:
    return f"({' OR '.join(map(quote, some))})"


def spell(term: Term) -> str:
    phrase = quote(" ".join(term.stems))
    return f"({phrase} OR {quote(term.prefix)}*)" if term.prefix else phrase


def quote(text: str) -> str:
    """Letters and digits, spaces between them, the sign of a facet: nothing in it means anything to
    FTS5."""
    return f'"{text}"'
