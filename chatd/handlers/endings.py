"""What customers do about the end of their requests for help: they want nobody any more, they say
how it was."""

from __future__ import annotations

from msgspec.structs import replace

from chatd.config.sites import SiteSettings
from chatd.domain.rating import Rating, rateable_until
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import Conflict, Forbidden, Invalid
from chatd.handlers.tickets import answer
from chatd.protocol.endings import CancelTicket, RateTicket
from chatd.protocol.results import OneTicket
from chatd.service import tickets
from chatd.service.changes import current, settle
from chatd.service.context import Context, Handlers, Services


def cancel(cx: Context, command: CancelTicket) -> OneTicket:
    """→ ``ticket``, closed. Conflict for one that an operator has accepted by now, or that is over:
    says since when."""
    ticket, who = cx.ticket, cx.principal
    if ticket.status in ("active", "closed"):
        taken = ticket.status == "active"
        at = ticket.accepted_at if taken else ticket.closed_at
        text = f"{ticket.id} is {ticket.status} since {at}: only what waits can be cancelled"
        hint = "; ticket:close ends it" if taken else ""
        raise Conflict(text + hint, status=ticket.status, at=at)
    return answer(cx, tickets.close(cx.services, ticket, who.id, tickets.CANCELLED))


def rate(cx: Context, command: RateTicket) -> OneTicket:
    """→ ``ticket`` with its ``rating``; what was said before, said again, changes nothing. Conflict
    for one that is not closed, or was closed too long ago."""
    services, ticket = cx.services, cx.ticket
    check_rateable(services, ticket)
    if "\0" in command.comment:
        raise Invalid("a comment cannot hold the character U+0000", field="comment")
    said = command.score, command.comment.strip()
    before = ticket.rating
    if before and (before.score, before.comment) == said:
        return answer(cx, ticket)
    now = to_text(services.now())
    rating = Rating(score=said[0], comment=said[1], at=now)
    rated = replace(ticket, rating=rating, updated_at=now, version=ticket.version + 1)
    settle(services, rated, "rated")
    return answer(cx, current(services, ticket.id))


def check_rateable(services: Services, ticket: Ticket) -> None:
    """Conflict for a ticket whose customer may not rate it now, Forbidden where nobody may."""
    if not (services.config.sites.get(ticket.site) or SiteSettings()).rating:
        raise Forbidden(f"the site {ticket.site} asks for no ratings")
    if ticket.open:
        text = f"{ticket.id} is {ticket.status}: it can be rated once it is closed"
        raise Conflict(text, status=ticket.status)
    until = rateable_until(ticket.closed_at)
    if until is None or until < services.now():
        text = f"{ticket.id} was closed at {ticket.closed_at}: it could be rated for seven days"
        raise Conflict(text, status=ticket.status, at=ticket.closed_at)


HANDLERS: Handlers = {CancelTicket: cancel, RateTicket: rate}
