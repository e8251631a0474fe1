"""What the queue does by itself: offers, offers that run out, tickets of who stays away, places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loguru import logger
from msgspec.structs import replace

from chatd.context import Services
from chatd.domain import queue, topics
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.domain.queue import Candidate
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch, to_text
from chatd.handlers import presence, views
from chatd.handlers.changes import settle
from chatd.handlers.tickets import returned_to_queue


def turn(services: Services) -> None:
    """One round of all of it; called every second."""
    return_tickets_of_the_absent(services)
    if services.config.tickets.assignment == "auto":
        end_unanswered_offers(services)
        offer_waiting(services)
    tell_places(services)


def return_tickets_of_the_absent(services: Services) -> None:
    """Back to the queue, when their operator stays off line past the period of grace."""
    presence.notice_silence(services)
    deadline = services.now() - services.config.tickets.grace_seconds
    for username, since in list(services.absences.items()):
        if services.operators.status(username, services.now()) != "offline":
            services.absences.pop(username, None)
        elif since <= deadline:
            for ticket in fresh(services, services.store.open_tickets()):
                if ticket.status == "active" and ticket.operator == username:
                    returned_to_queue(services, ticket)
                    logger.bind(area="tickets").info("{} left by {}", ticket.id, username)
            services.absences.pop(username, None)


def fresh(services: Services, tickets: Iterable[Ticket]) -> Iterator[Ticket]:
    """Each ticket as it is when its turn comes: what is done with one waits for the disk, and
    meanwhile people change the others."""
    for ticket in tickets:
        now = services.store.get(Ticket, ticket.id)
        if now is not None:
            yield now


def end_unanswered_offers(services: Services) -> None:
    """On to the next operator, when one does not answer in time or is no longer there."""
    for ticket in fresh(services, services.store.open_tickets()):
        if ticket.status != "waiting" or not ticket.offered_to or not ticket.offered_at:
            continue
        now = services.now()
        there = ticket.offered_to in services.operators.available(now)
        late = now - to_epoch(ticket.offered_at) >= services.config.tickets.answer_seconds
        if late or not there:
            passed = (*ticket.passed, ticket.offered_to)
            offer(services, ticket, None, passed, "offer_ended")


def offer_waiting(services: Services) -> None:
    """First come first served: each ticket that nobody is asked about, to the least loaded."""
    operators = candidates(services)
    for ticket in fresh(services, queue.in_order(services.store.open_tickets())):
        if ticket.status != "waiting" or ticket.offered_to:
            continue
        if chosen := queue.choose(ticket, operators):
            offer(services, ticket, chosen.id, ticket.passed, "offered")
            operators = candidates(services)
        elif ticket.passed and queue.choose(replace(ticket, passed=()), operators):
            offer(services, ticket, None, (), "offer_round")


def candidates(services: Services) -> list[Candidate]:
    """The operators who are on line and not away, with their loads."""
    loads = queue.loads(services.store.open_tickets())
    found = (services.store.get(Operator, name) for name in available(services))
    default = services.config.tickets.capacity
    return [
        Candidate(one, loads.get(one.id, 0), one.capacity or default)
        for one in found
        if one and not one.disabled
    ]


def available(services: Services) -> list[str]:
    """Who may be offered something."""
    return services.operators.available(services.now())


def offer(
    services: Services, ticket: Ticket, to: str | None, passed: tuple[str, ...], change: str
) -> None:
    """Stores whom a ticket is offered to, and tells the queue's watchers."""
    now = to_text(services.now())
    offered = replace(
        ticket,
        offered_to=to,
        offered_at=now if to else None,
        passed=passed,
        version=ticket.version + 1,
        updated_at=now,
    )
    settle(services, offered, change)


def tell_places(services: Services) -> None:
    """Those who wait learn their place when it may have changed, at most once a round."""
    if not services.pace.moved:
        return
    services.pace.moved = False
    pace = services.pace.seconds
    for position, ticket in enumerate(queue.in_order(services.store.open_tickets()), 1):
        customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
        if not services.connections.of(customer.id):
            continue
        place = {
            "position": position,
            "expected_wait_s": queue.expected_wait(position, pace),
            "operators_online": views.online_for(services, ticket.site),
        }
        topic = topics.participant(customer.id)
        data = {"dialog_id": ticket.id, "change": "position", **place}
        services.hub.publish(topic, "dialog:update", data, key=f"place:{ticket.id}")


def remember_absences(services: Services) -> None:
    """After a start nobody is on line yet: whoever has tickets is given the period of grace."""
    for ticket in services.store.open_tickets():
        if ticket.operator and services.store.get(Operator, ticket.operator):
            services.absences.setdefault(ticket.operator, services.now())
