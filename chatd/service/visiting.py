"""Where visitors are, and how often they came, as their pages tell it; who is told of that."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from chatd.domain import topics, visit
from chatd.domain.participant import Participant
from chatd.domain.principal import Principal
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.domain.versions import rerun, successor
from chatd.errors import Damaged, RateLimited, Unavailable
from chatd.protocol.events import CustomerUpdate
from chatd.protocol.visits import Here
from chatd.service import announce, customers, visitors
from chatd.service.context import Caller, Services
from chatd.store.base import Put

NEWEST = 5


def note(services: Services, who: Principal, here: Here | None, caller: Caller) -> None:
    """A visitor's page says where they are; too often is as if it had not. Where nothing can be
    stored that is no reason to send them away."""
    if here is None or who.kind != "visitor" or caller.connection is None:
        return
    noted = False
    with suppress(RateLimited, Unavailable):
        services.limiter.hit("pages_per_participant", who.id)
        services.limiter.hit("pages_per_address", caller.address)
        rerun(partial(keep, services, who.id, told_by(services, here, caller)))
        noted = True
    visitors.enter(services, caller.connection, moved=noted)


def keep(services: Services, participant_id: str, told: visit.Told) -> None:
    """Stores what was told, where it is worth that."""
    known = services.store.get(Participant, participant_id)
    if known is None:
        return
    site = services.config.sites.get(known.site)
    history = site is not None and site.pages
    now = visit.after(known.visits, told, to_text(services.now()), history=history)
    if now is not known.visits:
        moved = successor(known, visits=now)
        services.store.commit(Put(moved), then=lambda done: tell_carers(services, moved))


def tell_carers(services: Services, who: Participant) -> None:
    """Those who have a ticket of a customer open are told where the customer is."""
    for ticket_id in who.tickets[-NEWEST:]:
        tell_carers_of(services, ticket_id, who)


def tell_carers_of(services: Services, ticket_id: str, who: Participant) -> None:
    """Of one ticket, while it is open; what cannot be read is told another time."""
    with suppress(Damaged):
        ticket = services.store.get(Ticket, ticket_id)
        if ticket and ticket.open:
            told = customers.customer_view(services, ticket, who)
            update = CustomerUpdate(ticket_id=ticket_id, customer=told)
            announce.tell(services, topics.staff(ticket_id), update)


def told_by(services: Services, here: Here, caller: Caller) -> visit.Told:
    """What a page tells, as far as it is believed."""
    connection = caller.connection
    origin, agent = (connection.origin, connection.agent) if connection else (None, "")
    return visit.Told(
        page=visit.page_of(here.page, here.title, to_text(services.now()), origin),
        referrer=visit.referrer_of(here.referrer),
        language=visit.language_of(here.language),
        timezone=visit.zone_of(here.timezone),
        agent=agent,
    )
