"""Conversations that a customer does not go on with are closed, as their site says, after a word of
warning; by what is stored alone, so that a restart, or another node, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from loguru import logger
from msgspec.structs import replace

from chatd.config.sites import SiteSettings
from chatd.domain.episode import SIDES
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch, to_text
from chatd.errors import Conflict, Damaged, Overtaken, Unavailable
from chatd.service import compose, own_acts, tickets
from chatd.service.changes import current, settle
from chatd.service.context import Services
from chatd.service.own_acts import SYSTEM

LOG = logger.bind(area="tickets")
RECENT = 50  # messages that are looked at for the last one of a person
LOOK_S = 30.0


class Watch:
    """Judges each ticket when it may be time for it, and not before."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._later: dict[str, float] = {}

    def turn(self) -> None:
        """One round; called every second."""
        now, before = self._services.now(), self._later
        self._later = {}
        for ticket, site in self._list():
            due = before.get(ticket.id, 0.0)
            if not now < due <= now + 60 * site.auto_close:  # the clock may have been set
                due = now + LOOK_S
                with suppress(Conflict, Damaged, Overtaken, Unavailable):  # looked at another time
                    due = judge(self._services, current(self._services, ticket.id), site)
            self._later[ticket.id] = due

    def _list(self) -> Iterator[tuple[Ticket, SiteSettings]]:
        """Tickets that somebody answers and has not put aside, of sites that close them."""
        services = self._services
        closing = {name: one for name, one in services.config.sites.items() if one.auto_close}
        for operator in services.waiting.holders() if closing else ():
            for ticket in list(services.waiting.of(operator)):
                at_hand = ticket.status == "active" and not ticket.snoozed_until
                if at_hand and ticket.site in closing:
                    yield ticket, closing[ticket.site]


def judge(services: Services, ticket: Ticket, site: SiteSettings) -> float:
    """Warns, or closes, if it is time; when to look again."""
    now, lasts = services.now(), 60.0 * site.auto_close
    warns = 60.0 * site.warn_minutes
    last, seq, since = last_word(services, ticket)
    if ticket.status != "active" or ticket.snoozed_until or last != "admin":
        return now + lasts - warns  # whatever is said now, it is not sooner
    warned = epoch_of(ticket.warned_at)
    if warns and warned <= since:
        if now < since + lasts - warns:
            return since + lasts - warns
        warn(services, ticket, site)
        return now + warns
    due = warned + warns if warns else max(since, epoch_of(ticket.woken_at)) + lasts
    if now < due:
        return due
    if services.calls.within(ticket.id):
        return now + LOOK_S
    close(services, ticket, seq)
    return now + LOOK_S


def epoch_of(time: str | None) -> float:
    """The time; long ago for none."""
    return to_epoch(time) if time else 0.0


def last_word(services: Services, ticket: Ticket) -> tuple[str, int, float]:
    """Which side said the last word, how far the conversation is numbered by then, and since when
    nobody has said anything, in a call neither."""
    last = services.store.conversation(ticket.id).last_seq
    recent = services.store.history(ticket.id, after=max(0, last - RECENT), limit=2 * RECENT)
    spoken = [one for one in recent if one.sender_type in SIDES]
    heard = [one.created_at for one in recent if one.sender_type in SIDES or one.type == "call"]
    since = max(map(epoch_of, (*heard, ticket.accepted_at)))
    return (spoken[-1].sender_type if spoken else ""), recent[-1].seq if recent else last, since


def warn(services: Services, ticket: Ticket, site: SiteSettings) -> None:
    """The customer is told that it will be closed."""
    at, minutes = to_text(services.now()), site.warn_minutes
    warned = replace(ticket, warned_at=at, updated_at=at, version=ticket.version + 1)
    notice = compose.notice(services, warned, "ticket_closing_soon", minutes=minutes)
    settle(services, warned, "warned", notice)


def close(services: Services, ticket: Ticket, said: int) -> None:
    """Closes it, and opens it again where its customer wrote at that very moment. ``said``: the
    last message that it was decided by."""
    tickets.close(services, ticket, SYSTEM, tickets.SILENCE)
    note_closing(services, ticket)
    since = services.store.history(ticket.id, after=said, limit=RECENT)
    if any(one.sender_type == "customer" for one in since):
        closed = current(services, ticket.id)
        if not closed.open:
            tickets.reopen(services, closed, by=ticket.customer_id)


def note_closing(services: Services, ticket: Ticket) -> None:
    """Tells the audit log, which is told of who closes tickets."""
    own_acts.note(services, "ticket:close", ticket.id, reason="silence")
    LOG.info("{} closed after silence", ticket.id, site=ticket.site)
