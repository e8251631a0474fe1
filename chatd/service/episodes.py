"""What the changes of a ticket, and what is said in it, mean for its episode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from chatd.domain.episode import Counted, Episode, begin, count_messages, follow
from chatd.domain.message import Message
from chatd.domain.participant import Participant
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import rerun, successor
from chatd.errors import Damaged, Overtaken, Unavailable
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

HERE_S = 60.0  # who asks over HTTP is here as long as that, as operators are


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
        new = begin(ticket, by, previous=previous)
        return (Put(note_messages(services, ticket, new, messages, by)),)
    return puts_after(services, ticket, messages, by, COUNTS.get(change))


def of_message(services: Services, ticket: Ticket, message: Message, by: str) -> tuple[Put, ...]:
    """A message that changes nothing else of its ticket: one that its episode follows already."""
    return puts_after(services, ticket, (message,), by, None, follows=True)


def puts_after(
    services: Services,
    ticket: Ticket,
    messages: Iterable[Message],
    by: str,
    counted: Counted | None,
    *,
    follows: bool = False,
) -> tuple[Put, ...]:
    """The ticket's episode as it then is. Where its file is damaged nothing is: that stops no
    conversation."""
    try:
        known = services.store.get(Episode, ticket.episode_id)
    except Damaged:
        return ()
    if known is None:
        new = begin(ticket, "", partial=True)
        return (Put(note_messages(services, ticket, new, messages, by)),)
    now = known if follows else follow(known, ticket, counted)
    return (Put(note_messages(services, ticket, now, messages, by, version=known.version + 1)),)


def note_messages(
    services: Services,
    ticket: Ticket,
    episode: Episode,
    messages: Iterable[Message],
    by: str,
    **also: Any,
) -> Episode:
    """With these messages, and where the customer is."""
    left_at = left_since(services, ticket, episode.customer_left_at)
    return count_messages(episode, messages, by, customer_left_at=left_at, **also)


def left_since(services: Services, ticket: Ticket, before: str | None) -> str | None:
    """Since when a ticket's customer is gone, as far as is known: after a start perhaps only that
    they are by now; ``before``: as was known."""
    customer = ticket.customer_id
    if services.connections.of(customer):
        return None
    now, seen = services.now(), services.connections.last_seen(customer)
    if seen is not None and seen > now - HERE_S:
        return None
    return max(before or "", to_text(seen) if seen else "") or to_text(now)


def newest_first(services: Services, ticket: Ticket) -> Iterator[Episode]:
    """A ticket's episodes, as far back as they are kept and can be read."""
    id = ticket.episode_id
    with suppress(Damaged):
        while known := services.store.get(Episode, id) if id else None:
            yield known
            id = known.previous


def note_whereabouts(services: Services, who: Principal) -> None:
    """Somebody came, or their last connection has ended: where they are a customer, their open
    tickets' episodes say since when they are gone. Nobody waits for that to be stored."""
    if who.kind == "visitor" and services.waiting.open_count(who.id):
        services.tasks.spawn("whereabouts", keep_whereabouts, services, who.id)


def keep_whereabouts(services: Services, customer_id: str) -> None:
    """Stores it as it is by now; what changes meanwhile is read again."""
    at = to_text(services.now())

    def attempt() -> None:
        left_at = None if services.connections.of(customer_id) else at
        if moved := [*elsewhere(services, customer_id, left_at)]:
            services.store.commit(*map(Put, moved))

    with suppress(Overtaken, Unavailable, Damaged):  # no room, or unreadable, or it stops
        rerun(attempt)


def elsewhere(services: Services, customer_id: str, left_at: str | None) -> Iterator[Episode]:
    """The episodes of a customer's open tickets that say something else."""
    customer = services.store.get(Participant, customer_id)
    for ticket_id in customer.tickets if customer else ():
        with suppress(Damaged):
            ticket = services.store.get(Ticket, ticket_id)
            known = services.store.get(Episode, ticket.episode_id) if ticket else None
            if ticket and ticket.open and known and bool(known.customer_left_at) != bool(left_at):
                yield successor(replace(known, customer_left_at=left_at))
