"""Beginnings of words, looked for among the newest messages before FTS5 is asked for them: it
gathers all that has any word which begins so before it gives the first, which takes long where that
is much; and where it is much, there is some of it among the newest."""

from __future__ import annotations

import sqlite3

from chatd.search.base import Filter
from chatd.search.query import Query

NEWEST = 1_000
MANY = 100  # of so many conversations and sites each of the newest would be looked for
FIND = f"""SELECT id, dialog, seq FROM (
    SELECT m.id, m.dialog, m.seq, ' ' || m.text || ' ' AS said
    FROM words JOIN messages m ON m.id = words.rowid
    WHERE words MATCH ? AND words.rowid < ? AND words.rowid >= ?
    ORDER BY words.rowid DESC LIMIT {NEWEST}) WHERE %s LIMIT ?"""
SAID = "(instr(said, ' ' || ?) OR instr(said, ' ' || ? || ' '))"
ARE_MORE = f"""SELECT 1 FROM words WHERE words MATCH ? AND rowid < ? AND rowid >= ?
    ORDER BY rowid DESC LIMIT 1 OFFSET {NEWEST}"""
Row = tuple[int, str, int]  # place, conversation, number


def without(query: Query) -> Query:
    """All else that is looked for."""
    return Query(tuple(term for term in query.wanted if not term.prefix), query.unwanted)


def is_worth(query: Query, among: Filter) -> bool:
    """Whether to look there."""
    facets = len(among.dialogs) + len(among.sites) + len(among.also)
    return facets <= MANY and any(term.prefix for term in query.wanted)


def find(
    db: sqlite3.Connection, query: Query, given: tuple[str, int, int], limit: int
) -> list[Row] | None:
    """The newest that have the beginnings, among those ``given`` by all else, as FTS5 reads it, and
    places before and from; nothing where the newest of these have too few, and there are more."""
    begins = [term for term in query.wanted if term.prefix]
    terms = [part for term in begins for part in (term.prefix, *term.stems)]
    asked = FIND % " AND ".join([SAID] * len(begins))
    found = db.execute(asked, (*given, *terms, limit)).fetchall()
    if len(found) < limit and db.execute(ARE_MORE, given).fetchone():
        return None
    return found
