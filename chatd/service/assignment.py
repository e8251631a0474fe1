"""What the queue does by itself: offers, offers that run out, tickets of who stays away, places."""

from __future__ import annotations

from loguru import logger
from msgspec.structs import asdict, replace

from chatd.domain import queue, topics
from chatd.domain.department import parts_of
from chatd.domain.participant import Operator
from chatd.domain.queue import Candidate
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.protocol.events import DialogUpdate, TicketChange
from chatd.service import announce, automatic, departments, presence, standing
from chatd.service.changes import reread, settle
from chatd.service.context import Services
from chatd.service.standing import Standing
from chatd.service.tickets import offer_to, return_to_queue, wake

FRONT = 20
TOLD_A_ROUND = 200


def turn(services: Services) -> None:
    """One round of all of it; called every second."""
    wake_snoozed(services)
    return_tickets_of_the_absent(services)
    end_unanswered_offers(services)
    if services.config.tickets.assignment == "auto":
        offer_waiting(services)
    automatic.turn(services)
    tell_places(services)


def return_tickets_of_the_absent(services: Services) -> None:
    """Back to the queue, when their operator stays off line past the period of grace, which begins
    when they leave, or when they are given the ticket although they are not there."""
    presence.notice_silence(services)
    grace = services.config.tickets.grace_seconds
    for username in services.waiting.holders():
        absent = services.operators.absent_for(username)
        if absent is None or absent < grace or not services.store.get(Operator, username):
            continue
        for ticket in reread(services, services.waiting.of(username)):
            late = services.waiting.with_for(ticket) >= grace
            at_hand = ticket.status == "active" and not ticket.snoozed_until
            if late and at_hand and ticket.operator == username:
                return_to_queue(services, ticket)
                left = logger.bind(area="tickets", ticket=ticket.id, account=username)
                left.info("{} left by {}", ticket.id, username)


def wake_snoozed(services: Services) -> None:
    """To hand again, when the time has come that they were put aside until."""
    now = to_text(services.now())
    for ticket in reread(services, services.waiting.asleep(now)):
        if ticket.status == "active" and ticket.snoozed_until and ticket.snoozed_until <= now:
            wake(services, ticket)


def end_unanswered_offers(services: Services) -> None:
    """On to the next operator, when one does not answer in time or is no longer there."""
    patience = services.config.tickets.answer_seconds
    for ticket in reread(services, services.waiting.offers()):
        if ticket.status != "waiting" or not ticket.offered_to:
            continue
        late = services.waiting.with_for(ticket) >= patience
        if late or not takes(services, ticket.offered_to, ticket):
            passed = (*ticket.passed, ticket.offered_to)
            offer(services, ticket, None, passed, "offer_ended")


def takes(services: Services, username: str, ticket: Ticket) -> bool:
    """Whether an offer to this operator may go on."""
    operator = services.store.get(Operator, username)
    if operator is None or not operator.serves(ticket.site):
        return False
    if ticket.department in departments.outside(services, username):
        return False
    return standing.is_available(services, operator)


def offer_waiting(services: Services) -> None:
    """First come first served: each ticket that nobody is asked about, to the least loaded.

    No more of them are looked at than there can be offers, however many wait."""
    while candidates := [one for one in everybody(services) if one.free]:
        if not offer_next(services, candidates):
            return


def offer_next(services: Services, candidates: list[Candidate]) -> bool:
    """One offer to one of those with room, or a new round where all have let a ticket pass; True
    when something was done."""
    for ticket in first_unoffered(services, candidates):
        if chosen := queue.choose(ticket, candidates):
            offer(services, ticket, chosen.operator.id, ticket.passed, "offered")
            return True
        if ticket.passed and queue.choose(replace(ticket, passed=()), candidates):
            offer(services, ticket, None, (), "offer_round")
            return True
    return False


def first_unoffered(services: Services, candidates: list[Candidate]) -> list[Ticket]:
    """The first of the lines that are somebody's work who has room, whom nobody is asked about."""
    lines = [
        line
        for line in services.waiting.lines()
        if any(one.serves(*parts_of(line)) for one in candidates)
    ]
    running = len(services.waiting.offers())
    first = services.waiting.waiting(lines, limit=running + 1)
    return [
        one for one in reread(services, first) if one.status == "waiting" and not one.offered_to
    ]


def everybody(services: Services) -> list[Candidate]:
    """The operators who take tickets and are available, with their loads."""
    default, loads = services.config.tickets.capacity, services.waiting.all_loads()
    return [
        Candidate(
            one,
            loads.get(one.id, 0),
            one.capacity or default,
            max(services.waiting.last_change(one.id), services.operators.arrival(one.id)),
            departments.outside(services, one.id),
        )
        for one in standing.takers(services)
    ]


def offer(
    services: Services,
    ticket: Ticket,
    to: str | None,
    passed: tuple[str, ...],
    change: TicketChange,
) -> None:
    """Stores whom a ticket is offered to, and tells the queue's watchers."""
    now = to_text(services.now())
    offered = replace(
        ticket,
        **offer_to(to, now),
        passed=passed,
        version=ticket.version + 1,
        updated_at=now,
    )
    settle(services, offered, change)


def tell_places(services: Services) -> None:
    """Those who wait learn their place and wait when these are others than they were last told:
    the first of each line every round, the rest by and by, so that no round is long."""
    now, places = Standing(services), services.places
    for ticket in to_be_told(services):
        topic = topics.participant(ticket.customer_id)
        if not services.connections.has(ticket.customer_id):
            continue
        place = now.place(ticket)
        wait = place.expected_wait_s
        half_minutes = None if wait is None else round(wait / 30)
        if places.is_news(ticket.id, place.position, half_minutes, place.operators_online):
            update = DialogUpdate(dialog_id=ticket.id, change="position", **asdict(place))
            announce.tell(services, topic, update)


def to_be_told(services: Services) -> list[Ticket]:
    """Whose turn it is: the front of every line, and the next of all who stand behind."""
    front, behind = [], []
    for name, length in services.waiting.lines().items():
        line = services.waiting.waiting((name,), limit=length)
        front += line[:FRONT]
        behind += line[FRONT:length]
    first = services.places.take_turns(len(behind), TOLD_A_ROUND)
    return front + behind[first : first + TOLD_A_ROUND]
