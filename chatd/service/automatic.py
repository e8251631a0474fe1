"""What a site says by itself to customers who wait: each at most once in a request for help.

It is the house that speaks, not an operator: no figure takes it for an answer, and nothing answers
to it, so that it never goes on by itself."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from chatd.config.automatic import AutomaticSettings
from chatd.domain.ticket import Automatic, Ticket
from chatd.domain.times import to_text
from chatd.errors import Damaged, Overtaken, Unavailable
from chatd.service import compose
from chatd.service.changes import reread, settle
from chatd.service.context import Services

A_ROUND = 100


def turn(services: Services) -> None:
    """Says what is due, so much of it at a time; called every second."""
    speaking = {
        name: site.automatic
        for name, site in services.config.sites.items()
        if site.automatic.waits or site.automatic.away or site.automatic.still_waits
    }
    if not speaking:
        return
    found = (one for one in services.waiting if one.site in speaking)
    due = [one for one in found if choose(services, one, speaking[one.site])]
    for ticket in reread(services, due[:A_ROUND]):
        if rule := choose(services, ticket, speaking[ticket.site]):
            with suppress(Overtaken, Unavailable, Damaged):  # then it is due in the next round
                say(services, ticket, rule)


def choose(services: Services, ticket: Ticket, texts: AutomaticSettings) -> Automatic | None:
    """What a ticket's customer is to be told now."""
    if ticket.status != "waiting":
        return None
    first: Automatic = "away" if ticket.offline else "waits"
    if getattr(texts, first) and not {"waits", "away"} & {*ticket.automatic}:
        return first
    if ticket.offline or not texts.still_waits or "still_waits" in ticket.automatic:
        return None
    late = services.waiting.wait_s(ticket) >= texts.still_seconds
    return "still_waits" if late else None


def say(services: Services, ticket: Ticket, rule: Automatic) -> None:
    """Stored with the ticket, which knows from then on that it was said."""
    texts = services.config.sites[ticket.site].automatic
    message = compose.system(
        services,
        ticket.site,
        ticket.id,
        getattr(texts, rule),
        meta={"kind": "automatic", "rule": rule},
    )
    told = replace(
        ticket,
        automatic=(*ticket.automatic, rule),
        updated_at=to_text(services.now()),
        version=ticket.version + 1,
    )
    settle(services, told, "answered", message)
