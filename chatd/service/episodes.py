"""What the changes of a ticket, and what is said in it, mean for its episode."""

from __future__ import annotations

from collections.abc import Iterable

from chatd.domain.episode import Counted, Episode, begun, followed, heard
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.domain.versions import successor
from chatd.errors import Damaged
from chatd.protocol.events import TicketChange
from chatd.service.context import Services
from chatd.store.base import Put

BEGINNINGS: frozenset[TicketChange] = frozenset({"opened", "reopened"})
COUNTS: dict[TicketChange, Counted] = {
    "offered": "offers",
    "offer_ended": "passes",
    "transferred": "transfers",
    "returned": "returns",
}


def of_change(
    services: Services,
    ticket: Ticket,
    change: TicketChange,
    messages: Iterable[Message],
    by: str,
) -> tuple[Put, ...]:
    """A ticket changed, and with it came messages; ``by``: who acts."""
    if change in BEGINNINGS:
        before = services.store.get(Ticket, ticket.id) if ticket.episode > 1 else None
        previous = before.episode_id if before else ""
        return (Put(heard(begun(ticket, by, previous=previous), messages, by)),)
    return changed(services, ticket, messages, by, COUNTS.get(change))


def of_message(services: Services, ticket: Ticket, message: Message, by: str) -> tuple[Put, ...]:
    """A message that changes nothing else of its ticket."""
    return changed(services, ticket, (message,), by, None)


def changed(
    services: Services,
    ticket: Ticket,
    messages: Iterable[Message],
    by: str,
    counted: Counted | None,
) -> tuple[Put, ...]:
    """The ticket's episode as it then is. Where its file is damaged nothing is: that stops no
    conversation."""
    try:
        known = services.store.get(Episode, ticket.episode_id)
    except Damaged:
        return ()
    if known is None:
        return (Put(heard(begun(ticket, "", partial=True), messages, by)),)
    return (Put(successor(heard(followed(known, ticket, counted), messages, by))),)
