"""Folders of Markdown, found by their words: what a bot answers from."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gevent.lock import RLock
from msgspec import Struct

from chatd.bot.base import Passage
from chatd.runtime.threads import BoundedThreads
from chatd.search.markdown import passages_of
from chatd.search.words import Stems

MOST_FILES, MOST_BYTES, MOST_OF_ONE = 1_000, 16_777_216, 1_048_576
AT_ONCE = 5  # passages that are found
ASKED_WORDS = 40
TABLE = "CREATE VIRTUAL TABLE words USING fts5(title, body, content='', tokenize='ascii')"
PUT = "INSERT INTO words(rowid, title, body) VALUES (?, ?, ?)"
FIND = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, 3.0, 1.0), rowid LIMIT ?"
IDLE = """
а без более бы был была были было быть в вам вами вас ваш ваша ваше ваши во вот все всё вы где да
для до его ее её если есть еще ещё же за и из или им их к как какая какие какой когда кто ли мне
мной можно мой моя моё мои мы на надо нам нас наш не него нее неё нет ни но ну о об он она они оно
от по под при про с сам свой себя со та так такой там те тебя то тоже только ты у уже хочу чего чем
что чтобы эта эти это этот я подскажите скажите пожалуйста привет здравствуйте здравствуй добрый
день вечер утро спасибо благодарю хорошо понятно ладно ок помогите помочь
a am an and any are as at be been but by can could did do does for from had has have he hello help
her hey hi him his how i if in is it its me my no not of ok okay on or our please she should so some
tell thank thanks that the their them then there they this to us want was we were what when where
which who why will with would yes you your
"""


class Unfit(Exception):
    """A folder cannot be answered from; the text says why."""


class Knowledge:
    """What a folder holds, as it was read. Its calls take no time, and are for one thread at a
    time."""

    def __init__(self, found: Iterable[Passage], files: int, mark: object) -> None:
        self.passages = list(found)
        self.files, self.mark = files, mark
        self._stems = Stems()
        self._idle = frozenset(self._stems.each(IDLE))
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(TABLE)
        self._db.executemany(PUT, map(self._row, range(len(self.passages)), self.passages))

    def _row(self, number: int, one: Passage) -> tuple[int, str, str]:
        return number, " ".join(self._stems.each(one.title)), " ".join(self._stems.each(one.text))

    def words_of(self, question: str) -> list[str]:
        """The stems that something can be found by: not those that are in every question."""
        stems = dict.fromkeys(self._stems.each(question))
        return [one for one in stems if one not in self._idle][:ASKED_WORDS]

    def find(self, words: Sequence[str]) -> list[Passage]:
        """The passages that have most of these, the best first."""
        if not words:
            return []
        asked = " OR ".join(f'"{one}"' for one in words)
        return [self.passages[number] for (number,) in self._db.execute(FIND, (asked, AT_ONCE))]


class Shelf(Struct, frozen=True):
    """What came of reading a folder: ``why`` it could not be, or what there is now."""

    folder: str
    files: int = 0
    passages: int = 0
    why: str = ""


class Library:
    """Each folder is read when it is asked for first, and again when somebody says so and a file in
    it has changed; by a thread beside the loop. One that cannot be read stays as it was."""

    def __init__(self) -> None:
        self._read = dict[str, Knowledge]()
        self._threads, self._turn = BoundedThreads(1), RLock()

    def open(self, folder: str) -> Knowledge:
        """What a folder holds; Unfit where that cannot be read."""
        if folder not in self._read:
            with self._turn:
                if folder not in self._read:
                    self._read[folder] = self._threads(read, folder, None)
        return self._read[folder]

    def refresh(self, folders: Iterable[str]) -> list[Shelf]:
        """These are as their files are now; which changed, or could not be read. What is of no use
        any more is let go."""
        wanted = dict.fromkeys(folders)
        with self._turn:
            for gone in self._read.keys() - wanted.keys():
                del self._read[gone]
            shelves = [self._refresh(one) for one in wanted]
        return [one for one in shelves if one]

    def _refresh(self, folder: str) -> Shelf | None:
        before = self._read.get(folder)
        try:
            now = self._threads(read, folder, before)
        except Unfit as unfit:
            return Shelf(folder, why=str(unfit))
        self._read[folder] = now
        return None if now is before else Shelf(folder, now.files, len(now.passages))

    def stop(self) -> None:
        """Nothing more is read."""
        self._threads.stop()


def read(folder: str, before: Knowledge | None) -> Knowledge:
    """A folder as it is now, which may be as it was; Unfit where it is none, or too much."""
    try:
        found = list(files_of(Path(folder)))
        mark = [(str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found]
        if before and before.mark == mark:
            return before
        passages = [
            passage
            for path, _ in found
            for passage in passages_of(
                path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")
            )
        ]
    except OSError as error:
        raise Unfit(f"{error.filename or folder}: {error.strerror}") from None
    return Knowledge(passages, len(found), mark)


def files_of(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Its files of Markdown, in order; Unfit where they are too many, or too large."""
    total, count = 0, 0
    if not folder.is_dir():
        raise Unfit(f"{folder}: no such folder")
    for path in sorted(folder.rglob("*.md")):
        if not path.is_file():
            continue
        stat = path.stat()
        count, total = count + 1, total + stat.st_size
        if stat.st_size > MOST_OF_ONE:
            raise Unfit(f"{path}: a file has at most {MOST_OF_ONE} bytes")
        if count > MOST_FILES or total > MOST_BYTES:
            raise Unfit(f"{folder}: at most {MOST_FILES} files and {MOST_BYTES} bytes of them")
        yield path, stat
