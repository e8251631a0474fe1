"""What is read from the database: what is durable, in one query each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from chatd.domain.conversation import Conversation
from chatd.domain.episode import Said
from chatd.domain.episode import count as count_said
from chatd.domain.message import Cursor, Message, words_of
from chatd.domain.ticket import Ticket, ticket_of
from chatd.store.base import NAMES, D, X, farthest_of
from chatd.store.postgres.connecting import Params, Pool
from chatd.store.postgres.rows import document_of, fit, message_of
from chatd.store.tiny.naming import SMALL, seconds_in
from chatd.store.tiny.state import PREVIEW

PART_S = 65_536  # the documents of so many seconds are a part
EVERYTHING, TIMELESS = "all", "standing"
UNCOUNTED = ("unsaid", "by_bot")
DOCUMENT = "SELECT body, seq, rev, said FROM chatd.documents WHERE kind = %(kind)s"
TOGETHER = """
    SELECT '[' || string_agg('[' || body || ',' || coalesce('[[' || said[3] || ',' || said[4]
        || '],[' || said[1] || ',' || said[2] || ']]', 'null') || ']', ',') || ']'
    FROM chatd.documents WHERE kind = %(kind)s
    AND number >= %(begin)s AND number < %(begin)s + %(span)s"""
MESSAGE = "SELECT seq, rev, body FROM chatd.messages WHERE dialog = %(dialog)s"
TICKET = "SELECT body, seq, rev FROM chatd.documents WHERE kind = 'tickets'"
# What was said last is sought among the newest: a program may fill a room with notices.
CONVERSATION = r"""
    SELECT d.last_seq, d.rev, d.customer_said, d.operators_said, m.seq, m.body, (
        SELECT json_agg(json_build_array(participant, delivered, read) ORDER BY moved)::text
        FROM chatd.receipts r WHERE r.dialog = d.id), (
        SELECT json_object_agg(seq, chatd.uncounted(body) ORDER BY seq)::text FROM (
            SELECT seq, body FROM chatd.messages u
            WHERE u.dialog = d.id AND chatd.uncounted(u.body) IS NOT NULL
            ORDER BY seq DESC LIMIT 200) AS latest)
    FROM chatd.dialogs d
    LEFT JOIN LATERAL (
        SELECT seq, body FROM chatd.messages w
        WHERE w.dialog = d.id AND w.seq > d.last_seq - 1000 AND NOT (
            w.body ~ ('^\{"id":"","dialog_id":"(?:[^"\\]|\\.)*","seq":0,"rev":0,'
                '"sender_type":"system","sender_id":"system",')
            AND position('"call_id":' IN w.body) = 0
            AND position('"kind":"said"' IN w.body) = 0)
        ORDER BY seq DESC LIMIT 1) AS m ON true
    WHERE d.id = %(dialog)s"""
RECEIPTS = """
    SELECT participant, delivered, read FROM chatd.receipts WHERE dialog = %(dialog)s
    ORDER BY moved"""
UNREAD = """
    SELECT FROM chatd.dialogs d LEFT JOIN chatd.receipts r
        ON r.dialog = d.id AND r.participant = %(participant)s
    WHERE d.id = %(dialog)s AND d.last_seq > coalesce(r.read, 0)"""
SET_BACK = """
    SELECT FROM chatd.dialogs, chatd.about WHERE id = %(dialog)s AND counts_from > %(rev)s
    AND dialogs.rev > counts_from"""
PARTS = """
    WITH RECURSIVE part AS (
        SELECT min(number) / %(span)s AS n FROM chatd.documents
            WHERE kind = %(kind)s AND number IS NOT NULL
        UNION ALL
        SELECT (SELECT min(number) / %(span)s FROM chatd.documents
            WHERE kind = %(kind)s AND number >= (part.n + 1) * %(span)s) FROM part
            WHERE part.n IS NOT NULL)
    SELECT n FROM part WHERE n IS NOT NULL"""
_receipts = msgspec.json.Decoder(list[tuple[str, int, int]])
_uncounted = msgspec.json.Decoder(dict[int, str])


class PostgresReads:
    """See :class:`chatd.store.base.Store`. ``counts_from``: smaller numbers of changes were told
    before data was set back, and some of them mean something that is gone."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        ((self.counts_from,),) = pool.read("SELECT counts_from FROM chatd.about", {})

    def _documents(self, kind: type[D], query: str, params: Params) -> list[D]:
        rows = self._pool.read(query, {"kind": NAMES[kind], **params})
        return [document_of(kind, *row) for row in rows]

    def _messages(self, query: str, params: Params) -> list[Message]:
        return [message_of(*row) for row in self._pool.read(query, params)]

    def get(self, kind: type[D], id: str) -> D | None:
        found = self._documents(kind, f"{DOCUMENT} AND id = %(id)s", {"id": fit(id)})
        return found[0] if found else None

    def all(self, kind: type[D], *, after: str | None = None, limit: int = 1000) -> Sequence[D]:
        query = f"{DOCUMENT} AND id > %(after)s ORDER BY id LIMIT %(limit)s"
        return self._documents(kind, query, {"after": fit(after or ""), "limit": limit})

    def parts(
        self, kind: type[D], *, since: str | None = None, until: str | None = None
    ) -> Sequence[str]:
        if NAMES[kind] in SMALL:
            return [EVERYTHING]
        rows = self._pool.read(PARTS, {"kind": NAMES[kind], "span": PART_S})
        first, last = (seconds_in(ticket_of(id)) if id else None for id in (since, until))
        return [
            str(number)
            for (number,) in rows
            if (first is None or first // PART_S <= number)
            and (last is None or number <= last // PART_S)
        ]

    def part(self, kind: type[D], name: str) -> Sequence[D]:
        if name == EVERYTHING:
            return self._documents(kind, f"{DOCUMENT} ORDER BY id", {})
        begin = int(name) * PART_S
        query = f"{DOCUMENT} AND number >= %(begin)s AND number < %(end)s ORDER BY number, id"
        return self._documents(kind, query, {"begin": begin, "end": begin + PART_S})

    def excerpts(
        self, kind: type[D], shape: type[X], *, since: str, until: str
    ) -> Iterator[Sequence[X]]:
        decoder = msgspec.json.Decoder(list[tuple[shape, tuple[Said, Said] | None]])  # type: ignore[valid-type]
        for name in reversed(self.parts(kind, since=since, until=until)):
            params = {"kind": NAMES[kind], "begin": int(name) * PART_S, "span": PART_S}
            ((text,),) = self._pool.read(TOGETHER, params)
            try:
                found = decoder.decode(text or "[]")
            except msgspec.ValidationError:  # one is not written as it is now
                yield [shape.of(one) for one in self.part(kind, name)]
            else:
                yield [count_said(one, *said) if said else one for one, said in found]

    def tickets(
        self,
        *,
        statuses: frozenset[str] | None = None,
        site: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Ticket]:
        wanted: dict[str, tuple[str, Any]] = {
            "statuses": ("status = ANY(%(statuses)s)", sorted(statuses or ())),
            "site": ("site = %(site)s", site),
            "before": ("number < %(before)s", seconds_in(before) if before else None),
        }
        asked = {"statuses": statuses is not None, "site": site is not None}
        asked["before"] = wanted["before"][1] is not None
        query = [TICKET, *(wanted[name][0] for name in wanted if asked[name])]
        params = {name: wanted[name][1] for name in wanted if asked[name]} | {"limit": limit}
        ordered = " AND ".join(query) + " ORDER BY number DESC, id DESC LIMIT %(limit)s"
        return self._documents(Ticket, ordered, params)

    def open_tickets(self) -> Sequence[Ticket]:
        return self._documents(Ticket, f"{TICKET} AND status <> 'closed'", {})

    def conversation(self, dialog_id: str) -> Conversation:
        rows = self._pool.read(CONVERSATION, {"dialog": fit(dialog_id)})
        if not rows:
            return Conversation(id=dialog_id)
        last_seq, rev, customer, operators, said, body, receipts, uncounted = rows[0]
        last = message_of(said, 0, body) if body else None
        unsaid, by_bot = uncounted_of(uncounted)
        return Conversation(
            id=dialog_id,
            last_seq=last_seq,
            rev=rev,
            last_said=last.seq if last else 0,
            last_at=last.created_at if last else "",
            last_text=last.content[:PREVIEW] if last else "",
            last_sender=last.sender_name if last else "",
            last_words=words_of(last) if last else None,
            receipts=cursors(_receipts.decode(receipts)) if receipts else {},
            said=(customer, operators),
            unsaid=unsaid,
            by_bot=by_bot,
        )

    def readers(self, dialog_id: str, *, limit: int, also: str) -> Mapping[str, Cursor]:
        """See the contract: everybody who is there is at most what a conversation keeps."""
        rows = self._pool.read(RECEIPTS, {"dialog": fit(dialog_id)})
        return farthest_of(cursors(rows), limit=limit, also=also)

    def is_behind(self, dialog_id: str, participant_id: str) -> bool:
        params = {"dialog": fit(dialog_id), "participant": fit(participant_id)}
        return bool(self._pool.read(UNREAD, params))

    def message(self, dialog_id: str, seq: int) -> Message | None:
        params = {"dialog": fit(dialog_id), "seq": seq}
        found = self._messages(f"{MESSAGE} AND seq = %(seq)s", params)
        return found[0] if found else None

    def message_asked(self, dialog_id: str, seq: int) -> Message | None:
        return self.message(dialog_id, seq)

    def find_sent(self, dialog_id: str, sender_id: str, client_id: str) -> Message | None:
        query = """
            SELECT m.seq, m.rev, m.body FROM chatd.sent s
            JOIN chatd.messages m ON m.dialog = s.dialog AND m.seq = s.seq
            WHERE s.dialog = %(dialog)s AND s.sender = %(sender)s AND s.client = %(client)s"""
        names = {"dialog": dialog_id, "sender": sender_id, "client": client_id}
        found = self._messages(query, {name: fit(value) for name, value in names.items()})
        return found[0] if found else None

    def history(
        self,
        dialog_id: str,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Message]:
        params = {"dialog": fit(dialog_id), "after": after, "before": before, "limit": limit}
        if after is not None:
            return self._messages(
                f"{MESSAGE} AND seq > %(after)s ORDER BY seq LIMIT %(limit)s", params
            )
        older = "" if before is None else "AND seq < %(before)s"
        query = f"{MESSAGE} {older} ORDER BY seq DESC LIMIT %(limit)s"
        return self._messages(query, params)[::-1]

    def list_changed(
        self, dialog_id: str, *, rev: int, seq: int, limit: int
    ) -> Sequence[Message] | None:
        """See the contract: an index knows of all of them."""
        params = {"dialog": fit(dialog_id), "rev": rev, "seq": seq, "limit": limit}
        if rev < self.counts_from and self._pool.read(SET_BACK, params):
            return None
        query = f"""{MESSAGE} AND rev > %(rev)s AND seq <= %(seq)s
            ORDER BY rev LIMIT %(limit)s + 1"""
        found = self._messages(query, params)
        return None if len(found) > limit else sorted(found, key=lambda one: one.seq)


def cursors(rows: Iterable[tuple[str, int, int]]) -> dict[str, Cursor]:
    """The receipts of a conversation."""
    return {participant: Cursor(delivered, read) for participant, delivered, read in rows}


def uncounted_of(told: str | None) -> tuple[list[int], list[int]]:
    """Which messages are not counted as unread: by nobody, not by staff."""
    kinds = _uncounted.decode(told or "{}")
    unsaid, by_bot = ([seq for seq in kinds if kinds[seq] == kind] for kind in UNCOUNTED)
    return unsaid, by_bot
