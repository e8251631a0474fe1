"""The index in PostgreSQL, beside the messages: of the same stems, which are made here.

``unindexed`` names the messages that have no words yet, from the very commit on that wrote or
changed them. Which plan finds best depends on how frequent the words are: so the server sees them
(nothing is prepared). Where much is found it walks back through the newest, where little is it asks
the index of words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
from msgspec import Struct
from msgspec.structs import replace
from psycopg import conninfo, errors

from chatd.errors import Unavailable
from chatd.search.base import (
    LOW_BITS,
    Entry,
    Filter,
    Hit,
    choices,
    entry_of,
    facets_of,
    place_of,
    too_much,
    unwanted_kinds,
)
from chatd.search.query import Query, Term
from chatd.search.words import Stems
from chatd.store.postgres.committer import first_line
from chatd.store.postgres.connecting import Pool, connect
from chatd.store.postgres.moving import alone
from chatd.store.postgres.rows import fit, message_of, unfit

FINDING, CHANGING = 3, 1
LONGEST_MS = 5_000
FOREVER = 1 << 62
BATCH = 200
LOOKED_AT = 4_000
QUEUED_AT_ONCE = 10_000
LAST = (chr(0x10FFFF), 0)
FIRST = ("", 0)
AMONG = "place < %(until)s AND place >= %(since)s"
FOUND = """
    SELECT place, dialog, seq FROM {source} WHERE words @@ %(asked)s::tsquery AND {among}
    ORDER BY {order} DESC LIMIT %(limit)s"""
NEWEST = f"""
    (SELECT * FROM chatd.words WHERE {AMONG} ORDER BY place DESC LIMIT {LOOKED_AT}) AS newest"""
NEWEST_IN = f"""
    (SELECT * FROM chatd.words WHERE dialog = %(dialog)s AND {AMONG}
        ORDER BY place DESC LIMIT {LOOKED_AT}) AS newest"""
AMONG_NEWEST = FOUND.format(source=NEWEST, among="true", order="place")
AMONG_NEWEST_IN = FOUND.format(source=NEWEST_IN, among="true", order="place")
BY_WORDS = FOUND.format(source="chatd.words", among=AMONG, order="place + 0")  # not by ``place``
WAITING = """
    SELECT u.dialog, u.seq, u.rev, m.body, coalesce(t.site, '')
    FROM (SELECT * FROM chatd.unindexed WHERE (dialog, seq) < (%(dialog)s, %(seq)s)
        ORDER BY dialog DESC, seq DESC LIMIT %(limit)s) AS u
    JOIN chatd.messages m ON m.dialog = u.dialog AND m.seq = u.seq
    LEFT JOIN chatd.documents t ON t.kind = 'tickets' AND t.id = split_part(u.dialog, '/', 1)
    ORDER BY u.dialog DESC, u.seq DESC"""
GIVEN = """
    unnest(%(dialogs)s::text[], %(seqs)s::bigint[], %(revs)s::bigint[], %(places)s::bigint[],
        %(words)s::text[]) AS one (dialog, seq, rev, place, words)"""
PUT = f"""
    WITH put AS (INSERT INTO chatd.words (place, dialog, seq, words)
            SELECT place, dialog, seq, words::tsvector FROM {GIVEN} WHERE words <> ''
            ON CONFLICT (dialog, seq) DO UPDATE SET words = excluded.words),
        gone AS (DELETE FROM chatd.words w USING {GIVEN}
            WHERE one.words = '' AND w.dialog = one.dialog AND w.seq = one.seq)
    DELETE FROM chatd.unindexed u USING {GIVEN}
    WHERE u.dialog = one.dialog AND u.seq = one.seq AND u.rev = one.rev RETURNING 1"""
TAKEN = f"""
    SELECT w.place FROM chatd.words w LEFT JOIN {GIVEN}
        ON w.dialog = one.dialog AND w.seq = one.seq
    WHERE w.place = ANY (%(places)s::bigint[]) AND one.dialog IS NULL"""
QUEUE = """
    WITH page AS (SELECT dialog, seq, rev FROM chatd.messages
            WHERE (dialog, seq) > (%(dialog)s, %(seq)s) ORDER BY dialog, seq LIMIT %(limit)s),
        gone AS (DELETE FROM chatd.words w USING page
            WHERE w.dialog = page.dialog AND w.seq = page.seq),
        queued AS (INSERT INTO chatd.unindexed AS u (dialog, seq, rev)
            SELECT dialog, seq, rev FROM page
            ON CONFLICT (dialog, seq) DO UPDATE SET rev = greatest(u.rev, excluded.rev))
    SELECT dialog, seq FROM page ORDER BY dialog DESC, seq DESC LIMIT 1"""
QUEUE_ALL = """
    TRUNCATE chatd.words, chatd.unindexed;
    INSERT INTO chatd.unindexed (dialog, seq, rev) SELECT dialog, seq, rev FROM chatd.messages"""
COUNT = "SELECT count(*) FROM chatd.words"
ANALYZE = "ANALYZE chatd.words"
PACK = ("REINDEX INDEX CONCURRENTLY chatd.words_found", ANALYZE)


class Row(Struct, frozen=True):
    """A message with its words as the database takes them; none: nothing of it is found."""

    dialog: str
    seq: int
    rev: int
    place: int
    words: str


class StoredIndex:
    """What is found in a database, and what makes that so. It waits as greenlets do, but for
    :meth:`spell`. Unavailable where the database is."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._finding = Pool(hasten(dsn), FINDING, prepares=False)
        self._changing = Pool(dsn, CHANGING)
        self._stems = Stems()

    def find(self, query: Query, among: Filter, *, before: int, limit: int) -> list[Hit]:
        """The newest ``limit`` that are older than the place ``before`` (0: than nothing)."""
        asked = {
            "asked": match(query, among),
            "until": min(before or FOREVER, among.until << LOW_BITS or FOREVER),
            "since": among.since << LOW_BITS,
            "dialog": fit(among.dialogs[0]) if among.dialogs else "",
            "limit": limit,
        }
        newest = AMONG_NEWEST_IN if len(among.dialogs) == 1 else AMONG_NEWEST
        found = self._ask(newest, asked)
        if len(found) < limit:
            found = self._ask(BY_WORDS, asked)
        return [Hit(place, unfit(dialog), seq) for place, dialog, seq in found]

    def _ask(self, query: str, asked: Mapping[str, Any]) -> list[tuple[int, str, int]]:
        try:
            return self._finding.read(query, asked)
        except errors.QueryCanceled:
            raise too_much() from None

    def list_waiting(self, after: tuple[str, int], limit: int) -> list[Entry]:
        """Messages that have no words yet, the last dialogs and the last in them first."""
        params = {"dialog": fit(after[0]), "seq": after[1], "limit": limit}
        return [
            entry_of(message_of(seq, rev, body), site)
            for _, seq, rev, body, site in self._changing.read(WAITING, params)
        ]

    def spell(self, entries: Iterable[Entry]) -> list[Row]:
        """The words of messages: calls for no database, and is meant for a thread."""
        return [self._row(one) for one in entries]

    def put(self, rows: Sequence[Row]) -> None:
        """They are found from now on. What was changed meanwhile goes on waiting."""
        while True:
            rows = apart(rows, set())
            try:
                self._changing.read(PUT, params_of(rows))
            except errors.UniqueViolation:  # others were written at the same moment
                taken = self._changing.read(TAKEN, params_of(rows))
                rows = apart(rows, {place for (place,) in taken})
            else:
                return

    def queue_again(self) -> None:
        """All messages wait to be put anew. Nobody else waits meanwhile."""
        last = [FIRST]
        while last:
            (dialog, seq) = last[0]
            params = {"dialog": dialog, "seq": seq, "limit": QUEUED_AT_ONCE}
            last = self._changing.read(QUEUE, params)

    def analyze(self) -> None:
        """The server knows which words are frequent."""
        self._do(ANALYZE)

    def pack(self) -> None:
        """Nothing is kept of words that no message has any more. Others go on meanwhile; with many
        messages that takes minutes."""
        self._do(*PACK)

    def _do(self, *statements: str) -> None:
        try:
            with closing(connect(self._dsn)) as connection:
                connection.patience_s = None
                for statement in statements:
                    connection.execute(statement.encode())
        except psycopg.Error as error:
            raise Unavailable(f"PostgreSQL: {first_line(error)}") from None

    def count(self) -> int:
        """How many messages can be found."""
        ((count,),) = self._changing.read(COUNT, {})
        return int(count)

    def close(self) -> None:
        self._finding.close()
        self._changing.close()

    def _row(self, one: Entry) -> Row:
        facets = facets_of(facet, one.dialog_id, one.kind, one.site, one.sender_id)
        words = vector(self._stems.each(one.content), facets)
        return Row(fit(one.dialog_id), one.seq, one.rev, place_of(one), words)


def fill(dsn: str) -> None:
    """All that waits in a database on which no chatd runs gets its words."""
    index = StoredIndex(dsn)
    try:
        for entries in batches(index, BATCH):
            index.put(index.spell(entries))
        index.analyze()
    finally:
        index.close()


def batches(index: StoredIndex, size: int) -> Iterator[list[Entry]]:
    """All that waits, so many at a time."""
    after = LAST
    while entries := index.list_waiting(after, size):
        yield entries
        after = entries[-1].dialog_id, entries[-1].seq


def queue_all(dsn: str) -> None:
    """The index of a database on which no chatd runs is empty, and all that there is waits."""
    with alone(dsn) as connection:
        connection.patience_s = None
        connection.execute(QUEUE_ALL.encode())


def hasten(dsn: str) -> str:
    """A connection that gives up what takes too long, and does not compile what takes no time."""
    given = conninfo.conninfo_to_dict(dsn).get("options") or ""
    return conninfo.make_conninfo(
        dsn, options=f"{given} -c statement_timeout={LONGEST_MS} -c jit=off".strip()
    )


def params_of(rows: Sequence[Row]) -> dict[str, list[str] | list[int]]:
    """Rows as the statements take them."""
    return {
        "dialogs": [one.dialog for one in rows],
        "seqs": [one.seq for one in rows],
        "revs": [one.rev for one in rows],
        "places": [one.place for one in rows],
        "words": [one.words for one in rows],
    }


def apart(rows: Iterable[Row], taken: set[int]) -> list[Row]:
    """Each with a place of its own."""
    found = []
    for row in rows:
        place = row.place
        while place in taken:
            place += 1
        taken.add(place)
        found.append(replace(row, place=place))
    return found


def vector(stems: Iterable[str], facets: Iterable[str]) -> str:
    """A text as the database finds it; none where it has no words."""
    places = dict[str, list[str]]()
    for place, stem in enumerate(stems, 1):
        places.setdefault(stem, []).append(str(place))
    if not places:
        return ""
    words = (f"{quote(stem)}:{','.join(where)}" for stem, where in places.items())
    return " ".join((*words, *map(quote, facets)))


def facet(sign: str, value: str) -> str:
    """A word that no message can have: none begins so."""
    return f"={sign}{fit(value)}"


def match(query: Query, among: Filter) -> str:
    """The query as the database reads it."""
    asked = [spell(term) for term in query.wanted]
    asked += [f"!{spell(term)}" for term in query.unwanted]
    asked += [f"!{quote(facet('k', kind))}" for kind in unwanted_kinds(among)]
    asked += [f"({' | '.join(map(quote, some))})" for some in choices(among, facet)]
    return " & ".join(asked)


def spell(term: Term) -> str:
    phrase = " <-> ".join(map(quote, term.stems))
    return f"({phrase} | {quote(term.prefix)}:*)" if term.prefix else f"({phrase})"


def quote(text: str) -> str:
    """Nothing in it means anything to the database."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
