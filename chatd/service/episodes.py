"""What the changes of a ticket, and what is said in it, mean for its episode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from msgspec.structs import replace

from chatd.domain.episode import Counted, Episode, after_messages, begin, follow
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
# Who comes back for that was gone when it ended, or was not: that stays as it was.
AFTERWARDS: frozenset[TicketChange] = frozenset({"rated"})
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
    messages: Sequence[Message],
    by: str,
) -> tuple[Put, ...]:
    """A ticket changed, and with it came messages; ``by``: who acts."""
    if change in BEGINNINGS:
        before = services.store.get(Ticket, ticket.id) if ticket.episode > 1 else None
        new = begin(ticket, by, previous=before.episode_id if before else "")
        new = take_over_mail(services, new)
        return (Put(note(services, ticket, new, messages, by)),)
    with suppress(Damaged):  # that stops no conversation
        known = services.store.get(Episode, ticket.episode_id)
        if known is None:
            return (begin_late(services, ticket, messages, by),)
        now = follow(known, ticket, COUNTS.get(change))
        if ticket.closed_at and not known.closed_at:
            left = services.store.conversation(ticket.id).unread(ticket.customer_id)
            now = replace(now, unread=left)
        if change not in AFTERWARDS:
            now = note(services, ticket, now, messages, by)
        return (Put(successor(now)),)
    return ()


def take_over_mail(services: Services, new: Episode) -> Episode:
    """What was mailed, and what will be, holds beyond an episode: nothing is mailed twice."""
    with suppress(Damaged):
        last = services.store.get(Episode, new.previous) if new.previous else None
        if last:
            return replace(new, digest=last.digest, mailed=last.mailed, mails=last.mails)
    return new


def of_message(services: Services, ticket: Ticket, message: Message, by: str) -> tuple[Put, ...]:
    """A message that changes nothing else of its ticket. Mostly that is no news for its episode:
    how many there are is counted by the conversation."""
    with suppress(Damaged):
        known = services.store.get(Episode, ticket.episode_id)
        if known is None:
            return (begin_late(services, ticket, (message,), by),)
        now = note(services, ticket, known, (message,), by)
        return () if now is known else (Put(successor(now)),)
    return ()


def begin_late(services: Services, ticket: Ticket, messages: Sequence[Message], by: str) -> Put:
    """The episode of a ticket that nothing is kept of."""
    new = begin(ticket, "", partial=True)
    return Put(note(services, ticket, new, messages, by))


def note(
    services: Services, ticket: Ticket, episode: Episode, messages: Sequence[Message], by: str
) -> Episode:
    """With these messages, and where the customer is; the same one where that is no news."""
    left_at = left_since(services, ticket, episode)
    return after_messages(episode, messages, by, left_at)


def is_here(services: Services, ticket: Ticket) -> bool:
    """Whether a ticket's customer is connected, or has asked something lately."""
    return services.connections.has(ticket.customer_id) or has_asked(services, ticket)


def has_asked(services: Services, ticket: Ticket) -> bool:
    """Whether a ticket's customer, who may have no connection, has asked something lately."""
    seen = services.connections.last_seen(ticket.customer_id)
    return seen is not None and seen > services.now() - HERE_S


def left_since(services: Services, ticket: Ticket, episode: Episode) -> str | None:
    """Since when a ticket's customer is gone, as far as is known: after a start perhaps only that
    they are by now. Who was here when somebody accepted has not gone before, whenever they asked
    last."""
    if services.connections.has(ticket.customer_id) or has_asked(services, ticket):
        return None
    seen, before = services.connections.last_seen(ticket.customer_id), episode.customer_left_at
    if seen is None:
        return before or to_text(services.now())
    return max(before or episode.accepted_at or "", to_text(seen))


def newest_first(services: Services, ticket: Ticket) -> Iterator[Episode]:
    """A ticket's episodes, as far back as they are kept and can be read; the newest with what was
    said since it was stored."""
    with suppress(Damaged):
        said = services.store.conversation(ticket.id).said
        known = services.store.get(Episode, ticket.episode_id)
        while known:
            yield known.count(said) if known.id == ticket.episode_id else known
            known = services.store.get(Episode, known.previous) if known.previous else None


def note_whereabouts(services: Services, who: Principal) -> None:
    """Somebody came, or their last connection has ended: where they are a customer, their open
    tickets' episodes say since when they are gone. Nobody waits for that to be stored."""
    if who.kind == "visitor":
        note_whereabouts_of(services, who.id)


def note_whereabouts_of(services: Services, customer_id: str) -> None:
    """The same, of who may be a customer."""
    if services.waiting.open_count(customer_id):
        services.tasks.spawn("whereabouts", keep_whereabouts, services, customer_id)


def keep_whereabouts(services: Services, customer_id: str) -> None:
    """Stores it as it is by now; what changes meanwhile is read again."""
    at = to_text(services.now())

    def attempt() -> None:
        left_at = None if services.connections.has(customer_id) else at
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
