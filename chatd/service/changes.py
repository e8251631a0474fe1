"""A ticket's changes, committed with the messages that belong to them and announced in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loguru import logger
from msgspec.structs import replace

from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import NotFound
from chatd.protocol.events import TicketChange
from chatd.service import (
    announce,
    answers,
    attachments,
    episodes,
    mailing,
    promising,
    pushing,
    webhooks,
)
from chatd.service.context import Services
from chatd.service.standing import Standing
from chatd.store.base import Append, Change, Committed, Expect, Put

LOG = logger.bind(area="tickets")


def settle(
    services: Services,
    ticket: Ticket,
    change: TicketChange,
    *messages: Message,
    by: str = "",
    also: tuple[Change, ...] = (),
) -> Committed:
    """Commits a changed ticket with its episode and messages, and announces all of it; ``by``: who
    acts. No ticket is stored in any other way: this keeps the queue and the episodes in step."""
    ticket = promising.of_change(services, ticket, messages)
    noted = episodes.of_change(services, ticket, change, messages, by)
    caused = mailing.of_change(services, ticket, change, messages, noted)
    noted = caused.noted
    errands = [*webhooks.of_ticket(services, ticket, change, messages), *caused.errands]
    errands += pushing.of_change(services, ticket, change, messages)

    def publish(done: Committed) -> None:
        services.errands.put(errands)
        answers.note(services, noted)
        services.waiting.put(ticket, services.now())
        if ticket.status != "waiting":
            services.places.forget(ticket.id)
        announce.new_messages(services, done.messages)
        if ticket.id in services.answering and ticket.status != "bot":
            announce.bot_stops_typing(services, ticket)
        announce.tell_ticket(services, ticket, change)

    sent = attachments.sending(services, *messages)
    # The episode comes first: one that begins counts what is said after it.
    asked = (*also, *noted, *sent, *map(Append, messages), Put(ticket), *map(Put, errands))
    done = services.store.commit(*asked, then=publish)
    LOG.info(
        "{ticket} {change}",
        ticket=ticket.id,
        change=change.replace("_", " "),
        status=ticket.status,
        operator=ticket.operator,
        offered_to=ticket.offered_to,
        site=ticket.site,
        customer=ticket.customer_id,
    )
    return done


def add(services: Services, ticket: Ticket, message: Message, by: str) -> Message:
    """Commits a message that changes nothing else of its ticket, which is still as it was read, and
    the episode where that is told anything new; returns it as stored."""
    if message.sender_type == "admin" and promising.awaits_answer(ticket):
        told = replace(ticket, updated_at=message.created_at, version=ticket.version + 1)
        return settle(services, told, "answered", message, by=by).messages[-1]
    noted = episodes.of_message(services, ticket, message, by)
    caused = mailing.of_message(services, ticket, message, noted)
    noted = caused.noted
    errands = [*webhooks.of_message(services, message, (ticket.site,)), *caused.errands]
    errands += pushing.of_message(services, ticket, message)

    def publish(done: Committed) -> None:
        services.errands.put(errands)
        answers.note(services, noted)
        announce.new_messages(services, done.messages)
        announce.ticket_activity(services, ticket)

    sent = attachments.sending(services, message)
    still = Expect("tickets", ticket.id, ticket.version)
    asked = (still, *noted, Append(message), *sent, *map(Put, errands))
    done = services.store.commit(*asked, then=publish)
    return done.messages[-1]


def request(services: Services, ticket: Ticket, *said: Message) -> Committed:
    """A person is wanted: from the bot to the queue, with what was said of it."""
    now, offline = to_text(services.now()), Standing(services).is_unattended(ticket.site)
    wanted = ticket.after("request", now, requested_at=now, offline=offline)
    return settle(services, wanted, "waiting", *said)


def current(services: Services, ticket_id: str) -> Ticket:
    """The ticket as it is now."""
    ticket = services.store.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound("no such ticket")
    return ticket


def reread(services: Services, tickets: Iterable[Ticket]) -> Iterator[Ticket]:
    """Each ticket as it is when its turn comes: what is done with one waits for the disk, and
    meanwhile people change the others."""
    for ticket in tickets:
        now = services.store.get(Ticket, ticket.id)
        if now is not None:
            yield now
