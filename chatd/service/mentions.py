"""Operators who are named in the notes of a ticket are told, wherever they are."""

from __future__ import annotations

from chatd.domain import topics
from chatd.domain.mention import mentions
from chatd.domain.message import Message
from chatd.domain.participant import Operator
from chatd.domain.principal import of_operator
from chatd.domain.ticket import Ticket, ticket_of
from chatd.protocol.events import NoteMention
from chatd.protocol.views import Ticket as Shown
from chatd.service import announce, views
from chatd.service.context import Services

LONGEST = 200


def call(services: Services, ticket: Ticket, message: Message) -> None:
    """Tells those who serve the ticket's site and are there, but not who wrote it."""
    if "@" not in message.content:
        return
    now = services.store.get(Ticket, ticket_of(message.dialog_id)) or ticket
    for username in services.operators.present():
        operator = services.store.get(Operator, username)
        if operator is None or operator.disabled or not operator.serves(ticket.site):
            continue
        viewer = of_operator(operator)
        if viewer.id != message.sender_id and mentions(
            message.content, (operator.id, operator.name)
        ):
            view = views.ticket_view(services, now, viewer)
            announce.tell(services, topics.participant(viewer.id), mention(view, message))


def mention(ticket: Shown, note: Message) -> NoteMention:
    """What somebody who is named in a note is told."""
    return NoteMention(
        ticket=ticket,
        dialog_id=note.dialog_id,
        seq=note.seq,
        sender_id=note.sender_id,
        sender_name=note.sender_name,
        text=note.content[:LONGEST],
    )
