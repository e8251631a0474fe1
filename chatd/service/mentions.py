"""Operators who are named in the notes of a ticket are told, wherever they are; who is not there
finds it when they come back, until they have read the note."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from msgspec.structs import asdict

from chatd.domain import policy, topics
from chatd.domain.mention import Mention, mentions
from chatd.domain.message import Message
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket, ticket_of
from chatd.domain.times import to_epoch
from chatd.protocol.events import NoteMention
from chatd.protocol.results import Mention as Shown
from chatd.service import announce, views
from chatd.service.context import Services
from chatd.store.base import Change, Put, Remove

LONGEST = 200
MOST = 100
EVERYBODY = 100_000


def in_note(services: Services, note: Message) -> list[Mention]:
    """One for each operator of the ticket's site who is named in a note, but who wrote it."""
    ticket = services.store.get(Ticket, ticket_of(note.dialog_id)) if "@" in note.content else None
    if ticket is None:
        return []
    return [
        Mention(
            id=new_id(operator.id, note.created_at),
            operator=operator.id,
            dialog_id=note.dialog_id,
            at=note.created_at,
            sender_id=note.sender_id,
            sender_name=note.sender_name,
            text=note.content[:LONGEST],
        )
        for operator in services.store.all(Operator, limit=EVERYBODY)
        if not operator.disabled
        and operator.serves(ticket.site)
        and policy.judge(services.as_operator(operator), "mention:list") is None
        and services.as_operator(operator).id != note.sender_id
        and mentions(note.content, (operator.id, operator.name))
    ]


def new_id(username: str, at: str) -> str:
    """In the order of an operator's mentions."""
    return f"{username} {int(to_epoch(at) * 1000):x}-{secrets.token_hex(4)}"


def of(services: Services, username: str) -> list[Mention]:
    """Those that an operator has not read, the oldest first."""
    own = f"{username} "
    found = services.store.all(Mention, after=own, limit=MOST + 1)
    return list(takewhile(lambda one: one.id.startswith(own), found))


def keep(services: Services, named: Sequence[Mention]) -> Iterator[Change]:
    """Until they are read; of very many the latest of each operator."""
    for one in named:
        yield Put(one)
        before = of(services, one.operator)
        yield from forget(before[: max(0, len(before) + 1 - MOST)])


def settle(
    services: Services, who: Principal, dialog_id: str, seq: int | None = None
) -> list[Change]:
    """What an operator has read when they have read a ticket's notes up to here; none: all."""
    own = [one for one in of(services, who.operator or "") if one.dialog_id == dialog_id]
    if not own or seq is None or seq >= services.store.conversation(dialog_id).last_seq:
        return forget(own)
    last = services.store.message(dialog_id, seq)
    return forget(one for one in own if last and one.at <= last.created_at)


def forget(some: Iterable[Mention]) -> list[Change]:
    """They are kept no longer."""
    return [Remove("mentions", one.id) for one in some]


def withdraw(services: Services, note: Message) -> list[Change]:
    """A note is deleted: it names nobody any more."""
    wanted = (note.dialog_id, note.created_at, note.sender_id)
    named = (one for each in in_note(services, note) for one in of(services, each.operator))
    return forget(one for one in named if (one.dialog_id, one.at, one.sender_id) == wanted)


def call(services: Services, named: Sequence[Mention], note: Message) -> None:
    """Tells those who are there; ``note``: as it is stored."""
    there = set(services.operators.present()) if named else set()
    for one in named:
        operator = services.store.get(Operator, one.operator) if one.operator in there else None
        if operator is None:
            continue
        viewer = services.as_operator(operator)
        if shown := show(services, one, viewer):
            news = NoteMention(seq=note.seq, **asdict(shown))
            announce.tell(services, topics.participant(viewer.id), news)


def show(services: Services, one: Mention, viewer: Principal) -> Shown | None:
    """A mention as who is named sees it; none where the ticket is gone, or not theirs to see."""
    ticket = services.store.get(Ticket, ticket_of(one.dialog_id))
    if ticket is None or not viewer.serves(ticket.site):
        return None
    return Shown(
        id=one.id,
        ticket=views.ticket_view(services, ticket, viewer),
        dialog_id=one.dialog_id,
        at=one.at,
        sender_id=one.sender_id,
        sender_name=one.sender_name,
        text=one.text,
    )
