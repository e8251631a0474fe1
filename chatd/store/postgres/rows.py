"""Changes as what the database is told of them, and what it answers as what was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.message import Message, message_id
from chatd.domain.ticket import Ticket, ticket_of
from chatd.store.base import (
    KINDS,
    NAMES,
    Advance,
    Append,
    Change,
    D,
    Expect,
    Forget,
    Put,
    Remove,
    Replace,
    expected_version,
)
from chatd.store.tiny.naming import seconds_in
from chatd.store.tiny.numbering import counts_in
from chatd.store.tiny.state import conversation_of, give_numbers, key, raises_rev_of

ESCAPED = re.compile(r"\\[\\0]")
UNESCAPED = {r"\0": "\0", r"\\": "\\"}
_encoder = msgspec.json.Encoder()
_messages = msgspec.json.Decoder(Message)
_documents: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind) for name, kind in KINDS.items()
}


class Row(Struct, frozen=True, omit_defaults=True):
    """A change, with the names that the functions in the database know. ``numbered``: raises
    ``rev``, and ``last_seq`` by so many. ``side``: who says it. ``counts``: gets what was said in
    the dialog. ``carries``: which change of the commit an errand has the message of."""

    op: str
    dialog: str | None = None
    kind: str | None = None
    id: str | None = None
    numbered: int | None = None
    side: str | None = None
    counts: bool = False
    seq: int | None = None
    version: int | None = None
    expected: int | None = None
    client: str | None = None
    delivered: int | None = None
    read: int | None = None
    number: int | None = None
    status: str | None = None
    site: str | None = None
    carries: int | None = None
    body: str | None = None


class Answer(Struct, frozen=True):
    """What one commit came to: the numbers that it was ``given``, per change; or why it changed
    nothing. ``stale``: one failed that it was decided by."""

    given: tuple[tuple[int | None, int | None], ...] = ()
    repeats: int | None = None
    id: str = ""
    missing: int | None = None
    overtaken: int | None = None
    body: str | None = None
    stale: bool = False


answers = msgspec.json.Decoder(tuple[Answer, ...])


def fit(text: str) -> str:
    """An id as the database takes it: without NUL, and no two the same."""
    if "\0" in text or "\\" in text:
        return text.replace("\\", "\\\\").replace("\0", "\\0")
    return text


def unfit(text: str) -> str:
    """What :func:`fit` made fit, as it was."""
    return ESCAPED.sub(lambda found: UNESCAPED[found[0]], text) if "\\" in text else text


def in_order(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Errands come last, behind the messages that they carry."""
    return tuple(sorted(changes, key=is_errand)) if any(map(is_errand, changes)) else (*changes,)


def is_errand(change: Change) -> bool:
    """Whether it may carry a message of its commit."""
    return isinstance(change, Put) and isinstance(change.document, Errand)


def encode(changes: Sequence[Change]) -> bytes:
    return _encoder.encode([row for change in changes for row in rows_of(change, changes)])


def rows_of(change: Change, changes: Sequence[Change]) -> Iterator[Row]:
    """Mostly one row; for many who are forgotten many."""
    if isinstance(change, Append):
        yield row_of_message(change.message)
    elif isinstance(change, Replace):
        message = change.message
        version = message.version or 0
        yield Row(
            "replace",
            dialog=fit(message.dialog_id),
            numbered=0,
            seq=message.seq,
            version=version,
            expected=version - 1,
            body=body_of(message),
        )
    elif isinstance(change, Advance):
        yield Row(
            "advance",
            dialog=fit(change.dialog_id),
            id=fit(change.participant_id),
            delivered=change.delivered,
            read=change.read,
        )
    elif isinstance(change, Forget):
        for id in change.participant_ids:
            yield Row("forget", dialog=fit(change.dialog_id), id=fit(id))
    elif isinstance(change, Put):
        yield row_of_document(change, changes)
    elif isinstance(change, Remove):
        expected = expected_version(change)
        yield Row("remove", kind=change.kind, id=fit(change.id), expected=expected)
    elif isinstance(change, Expect):
        yield Row("expect", kind=change.kind, id=fit(change.id), expected=change.version)
    else:
        yield Row("touch", dialog=fit(change.dialog_id), numbered=0)


def row_of_message(message: Message) -> Row:
    """A new message, with nothing of its place."""
    return Row(
        "append",
        dialog=fit(message.dialog_id),
        id=fit(message.sender_id),
        numbered=1,
        side=message.sender_type,
        version=message.version or 0,
        client=fit(message.client_id) if message.client_id else None,
        body=body_of(message),
    )


def row_of_document(change: Put, changes: Sequence[Change]) -> Row:
    """A document, with what it is found by."""
    document = change.document
    dialog_id = conversation_of(change) or counts_in(change)
    return Row(
        "put",
        dialog=fit(dialog_id) if dialog_id else None,
        numbered=0 if isinstance(document, Ticket) else None,
        counts=isinstance(document, Episode),
        kind=NAMES[type(document)],
        id=fit(document.id),
        version=getattr(document, "version", 0),
        expected=expected_version(change),
        number=seconds_in(ticket_of(document.id)),
        status=document.status if isinstance(document, Ticket) else None,
        site=document.site if isinstance(document, Ticket) else None,
        carries=carried_by(document, changes),
        body=_encoder.encode(document).decode(),
    )


def carried_by(document: Any, changes: Sequence[Change]) -> int | None:
    """The change that makes the message of an errand, if one of these does."""
    if not isinstance(document, Errand) or document.message is None:
        return None
    places = (
        place
        for place, change in enumerate(changes)
        if isinstance(change, Append | Replace) and change.message is document.message
    )
    return next(places, None)


def body_of(message: Message) -> str:
    """A message without its place, which is in columns."""
    return _encoder.encode(replace(message, id="", seq=0, rev=0)).decode()


def message_of(seq: int, rev: int, body: str) -> Message:
    """A message with its numbers."""
    found = _messages.decode(body)
    return replace(found, id=message_id(found.dialog_id, seq), seq=seq, rev=rev)


def document_of(
    kind: type[D], body: str, seq: int | None, rev: int | None, said: Sequence[int] | None = None
) -> D:
    """A document; an errand with the numbers of its message, an episode with what was ``said``."""
    found: Any = _documents[NAMES[kind]].decode(body)
    if said and isinstance(found, Episode):
        found = found.count((said[2], said[3]), since=(said[0], said[1]))
    if seq and rev and isinstance(found, Errand) and found.message:
        id = message_id(found.message.dialog_id, seq)
        found = replace(found, message=replace(found.message, id=id, seq=seq, rev=rev))
    document: D = found
    return document


def give_all_numbers(changes: Sequence[Change], answer: Answer) -> Iterator[Change]:
    """The changes with the numbers that they were given."""
    given = iter(answer.given)
    for change in changes:
        if isinstance(change, Forget):
            for _ in change.participant_ids:
                next(given)
            yield change
            continue
        seq, rev = next(given)
        yield give_numbers(change, seq or 0, rev or 0) if raises_rev_of(change) else change


def dialogs_of(changes: Iterable[Change]) -> set[str]:
    """The conversations that are touched."""
    found = (conversation_of(change) or counts_in(change) for change in changes)
    return {fit(id) for id in found if id}


def documents_of(changes: Iterable[Change]) -> set[str]:
    """The documents that others may change as well: ``KIND ID``."""
    found = set()
    for change in changes:
        if isinstance(change, Put) and is_made_up(change):
            continue
        if isinstance(change, Put | Remove | Expect):
            kind, id = key(change)
            found.add(f"{kind} {fit(id)}")
    return found


def is_made_up(change: Put) -> bool:
    """Whether its id was made for it just now, so that nobody else can know it."""
    return getattr(change.document, "version", 0) == 1 and expected_version(change) is None
