"""Whose ticket it is, as who looks after it sees them."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from chatd.domain.participant import Participant
from chatd.domain.ticket import Ticket
from chatd.protocol import visits
from chatd.protocol.visits import PageSeen
from chatd.service.context import Services
from chatd.service.devices import device_of

MOST_VISITS = 8


class ToldOf(Struct, frozen=True, kw_only=True):
    """What of somebody's pages is shown to who looks after their tickets."""

    visited: int = 0
    seen_at: str | None = None
    pages: list[PageSeen] = []
    referrer: str = ""
    language: str = ""
    timezone: str = ""
    device: str = ""


def customer_view(services: Services, ticket: Ticket, known: Participant | None) -> visits.Customer:
    """Whose ticket it is, with the pages that they have open now; ``known``: what is kept of them,
    if anything still is."""
    connections = services.connections.of(ticket.customer_id)
    open_now = [
        visits.Visit(since=one.since, origin=one.origin, agent=one.agent) for one in connections
    ]
    return visits.Customer(
        id=ticket.customer_id,
        name=ticket.customer_name,
        site=ticket.site,
        since=known.created_at if known else None,
        visits=sorted(open_now, key=lambda one: one.since)[-MOST_VISITS:],
        **asdict(told_of(known)),
    )


def told_of(known: Participant | None) -> ToldOf:
    """What is shown of a participant's visits."""
    visits = known.visits if known else None
    if visits is None:
        return ToldOf()
    return ToldOf(
        visited=visits.count,
        seen_at=visits.at,
        pages=[PageSeen(**asdict(one)) for one in reversed(visits.pages)],
        referrer=visits.referrer,
        language=visits.language,
        timezone=visits.timezone,
        device=device_of(visits.agent),
    )
