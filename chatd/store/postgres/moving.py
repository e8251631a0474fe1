"""A database as a whole, to be copied from, or filled with what another store has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import groupby
from typing import Any

import msgspec
import psycopg
from psycopg import conninfo

from chatd.domain.message import Message, words_of
from chatd.domain.times import to_epoch, to_text
from chatd.errors import Conflict, Unavailable
from chatd.store.base import KINDS, Document, Put
from chatd.store.moving import AT_ONCE, Lot, Source
from chatd.store.postgres import schema
from chatd.store.postgres.claiming import Taken, take_alone, wait_for
from chatd.store.postgres.committer import first_line
from chatd.store.postgres.connecting import GreenConnection, Pool, connect
from chatd.store.postgres.pooling import refuse_pooler
from chatd.store.postgres.reading import (
    CONVERSATION,
    RECEIPTS,
    PostgresReads,
    cursors,
    uncounted_of,
)
from chatd.store.postgres.rows import body_of, fit, message_of, row_of_document, unfit
from chatd.store.tiny.sent import Sent
from chatd.store.tiny.state import CHANGED, PREVIEW, ConversationState

EMPTY = """
    SELECT NOT EXISTS (SELECT FROM chatd.documents) AND NOT EXISTS (SELECT FROM chatd.dialogs)"""
DIALOGS = "SELECT id FROM chatd.dialogs WHERE id > %(after)s ORDER BY id LIMIT %(limit)s"
SENT = """
    SELECT sender, client, seq, extract(epoch FROM at) FROM chatd.sent
    WHERE dialog = %(dialog)s ORDER BY sender, nth"""
CHANGES = """
    SELECT seq, rev FROM chatd.messages WHERE dialog = %(dialog)s AND version > 0
    ORDER BY rev DESC LIMIT %(limit)s"""
PUT_DOCUMENTS = """
    INSERT INTO chatd.documents (kind, id, version, body, number, status, site)
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS one
        (kind text, id text, version integer, body text, number bigint, status text, site text)
    ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, body = excluded.body,
        status = excluded.status, site = excluded.site"""
PUT_MESSAGES = """
    INSERT INTO chatd.messages (dialog, seq, rev, version, body)
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS one
        (dialog text, seq bigint, rev bigint, version integer, body text)
    ON CONFLICT (dialog, seq) DO NOTHING"""
PUT_DIALOGS = """
    INSERT INTO chatd.dialogs (id, last_seq, rev, readers, customer_said, operators_said)
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS one (id text, last_seq bigint, rev bigint,
        readers integer, customer_said bigint, operators_said bigint)
    ON CONFLICT (id) DO UPDATE SET last_seq = excluded.last_seq, rev = excluded.rev,
        readers = excluded.readers, customer_said = excluded.customer_said,
        operators_said = excluded.operators_said"""
PUT_RECEIPTS = """
    INSERT INTO chatd.receipts (dialog, participant, delivered, read, moved)
    SELECT dialog, participant, delivered, read, nextval('chatd.moves')
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS one
        (dialog text, participant text, delivered bigint, read bigint)"""
PUT_SENT = """
    INSERT INTO chatd.sent (dialog, sender, client, seq, nth, at)
    SELECT dialog, sender, client, seq, nth, to_timestamp(at)
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS one
        (dialog text, sender text, client text, seq bigint, nth bigint, at double precision)"""
DROP = (
    "DELETE FROM chatd.receipts WHERE dialog = ANY(%(dialogs)s)",
    "DELETE FROM chatd.sent WHERE dialog = ANY(%(dialogs)s)",
)
FINISH = """
    UPDATE chatd.about SET counts_from = %(counts_from)s, last_ticket = greatest(last_ticket,
        (SELECT max(number) FROM chatd.documents WHERE kind = 'tickets'))"""
_encoder = msgspec.json.Encoder()


class DatabaseSource(PostgresReads):
    """What is in a database."""

    def __init__(self, pool: Pool, name: str) -> None:
        super().__init__(pool)
        self.name = name

    def documents(self, kind: str) -> Iterator[Document]:
        """Page by page, by id."""
        after = ""
        type: Any = KINDS[kind]
        while page := self.all(type, after=after, limit=AT_ONCE):
            yield from page
            after = page[-1].id

    def conversations(self) -> Iterator[ConversationState]:
        """Page by page, by id."""
        after = ""
        while rows := self._pool.read(DIALOGS, {"after": after, "limit": AT_ONCE}):
            yield from (self._state(id) for (id,) in rows)
            (after,) = rows[-1]

    def _state(self, id: str) -> ConversationState:
        (row,) = self._pool.read(CONVERSATION, {"dialog": id})
        last_seq, rev, customer, operators, said, body, _, uncounted = row
        last = message_of(said, 0, body) if body else None
        unsaid, by_bot = uncounted_of(uncounted)
        rows = self._pool.read(CHANGES, {"dialog": id, "limit": CHANGED + 1})
        return ConversationState(
            id,
            last_seq=last_seq,
            rev=rev,
            last_said=last.seq if last else 0,
            last_at=last.created_at if last else "",
            last_text=last.content[:PREVIEW] if last else "",
            last_sender=last.sender_name if last else "",
            last_words=words_of(last) if last else None,
            receipts=cursors(self._pool.read(RECEIPTS, {"dialog": id})),
            sent=self._sent_in(id),
            changed=dict(rows[:CHANGED][::-1]),
            unknown_to=rows[CHANGED][1] if len(rows) > CHANGED else 0,
            said=(customer, operators),
            unsaid=unsaid,
            by_bot=by_bot,
        )

    def _sent_in(self, id: str) -> dict[str, Sent]:
        found = {}
        rows = self._pool.read(SENT, {"dialog": id})
        for sender, some in groupby(rows, key=lambda row: str(row[0])):
            mine = list(some)
            at = to_text(float(mine[-1][3]))
            found[sender] = Sent(at, {unfit(client): seq for _, client, seq, _ in mine})
        return found

    def messages(self, dialog_id: str, after: int) -> Iterator[Message]:
        while page := self.history(dialog_id, after=after, limit=AT_ONCE):
            yield from page
            after = page[-1].seq


@contextmanager
def alone(dsn: str) -> Iterator[GreenConnection]:
    """A connection while no chatd runs on the database, nor starts; Unavailable where one does."""
    try:
        refuse_pooler(dsn)
        with closing(connect(dsn)) as connection:
            wait_for(partial(take_alone, connection))
            schema.bring_up(connection, schema.steps())
            yield connection
    except Taken as taken:
        raise Unavailable(str(taken)) from None
    except psycopg.Error as error:
        raise Unavailable(f"PostgreSQL: {first_line(error)}") from None


@contextmanager
def reading(dsn: str) -> Iterator[DatabaseSource]:
    """A database on which no chatd runs."""
    with alone(dsn) as connection:
        schema.refuse_half_copied(connection)
        with source_at(dsn) as source:
            yield source


@contextmanager
def source_at(dsn: str) -> Iterator[DatabaseSource]:
    """What is in a database, whoever runs on it."""
    pool = Pool(dsn, 1)
    try:
        yield DatabaseSource(pool, f"database {place_of(dsn)}")
    finally:
        pool.close()


@contextmanager
def filling(dsn: str) -> Iterator[DatabaseTarget]:
    """A database on which no chatd runs, to be filled."""
    with alone(dsn) as connection:
        yield DatabaseTarget(connection, dsn)


def place_of(dsn: str) -> str:
    """Where it is, without who asks."""
    found = conninfo.conninfo_to_dict(dsn)
    return " ".join(f"{key}={found[key]}" for key in ("host", "port", "dbname") if key in found)


class DatabaseTarget:
    """Marked as half copied until it is whole."""

    def __init__(self, connection: GreenConnection, dsn: str) -> None:
        self._connection = connection
        self._dsn = dsn

    def begin(self, source: str) -> None:
        begun = self._one("SELECT copied_from FROM chatd.about")
        if begun is None:
            if not self._one(EMPTY):
                raise Conflict("the database is not empty: name one that is")
            self._do("UPDATE chatd.about SET copied_from = %(source)s", source=source)
        elif begun != source:
            raise Conflict(f"the database is the begun copy of {begun}")

    def put_documents(self, kind: str, documents: Sequence[Any]) -> None:
        self._put(PUT_DOCUMENTS, [row_of_document(Put(one), ()) for one in documents])

    def last_seq(self, dialog_id: str) -> int:
        query = "SELECT coalesce(max(seq), 0) FROM chatd.messages WHERE dialog = %(dialog)s"
        return int(self._one(query, dialog=fit(dialog_id)))

    def put_conversations(self, lots: Sequence[Lot]) -> None:
        states = [state for state, _ in lots]
        with self._connection.transaction():
            for statement in DROP:
                self._do(statement, dialogs=[fit(state.id) for state in states])
            self._put(PUT_MESSAGES, [row_of(one) for _, some in lots for one in some])
            self._put(PUT_DIALOGS, [dialog_row(state) for state in states])
            self._put(PUT_RECEIPTS, [row for state in states for row in receipt_rows(state)])
            self._put(PUT_SENT, [row for state in states for row in sent_rows(state)])

    @contextmanager
    def reading(self, counts_from: int) -> Iterator[Source]:
        self._do(FINISH, counts_from=counts_from)
        with source_at(self._dsn) as source:
            yield source

    def settle(self) -> None:
        self._do("ANALYZE")
        self._do("UPDATE chatd.about SET copied_from = NULL")

    def _put(self, statement: str, rows: Sequence[Any]) -> None:
        if rows:
            self._do(statement, rows=_encoder.encode(rows).decode())

    def _one(self, query: str, **params: Any) -> Any:
        row = self._connection.execute(query.encode(), params).fetchone()
        return row[0] if row else None

    def _do(self, statement: str, **params: Any) -> None:
        self._connection.execute(statement.encode(), params)


def row_of(message: Message) -> dict[str, Any]:
    """A message with the numbers that it has."""
    return {
        "dialog": fit(message.dialog_id),
        "seq": message.seq,
        "rev": message.rev,
        "version": message.version or 0,
        "body": body_of(message),
    }


def dialog_row(state: ConversationState) -> dict[str, Any]:
    """A conversation, but for what has tables of its own."""
    readers = len(state.receipts)
    return {
        "id": fit(state.id),
        "last_seq": state.last_seq,
        "rev": state.last_rev,
        "readers": readers,
        "customer_said": state.said[0],
        "operators_said": state.said[1],
    }


def receipt_rows(state: ConversationState) -> Iterator[dict[str, Any]]:
    """Receipts, in the order in which they moved."""
    for participant, one in state.receipts.items():
        numbers = {"delivered": one.delivered, "read": one.read}
        yield {"dialog": fit(state.id), "participant": fit(participant), **numbers}


def sent_rows(state: ConversationState) -> Iterator[dict[str, Any]]:
    """Client ids, in the order in which they were used."""
    for sender, sent in state.sent.items():
        for nth, (client, seq) in enumerate(sent.seqs.items(), 1):
            names = {"dialog": fit(state.id), "sender": fit(sender), "client": fit(client)}
            yield {**names, "seq": seq, "nth": nth, "at": second(sent.at)}


def second(time: str) -> float:
    """Of a time that an older system wrote in a way of its own: long ago."""
    try:
        return to_epoch(time)
    except ValueError:
        return 0.0
