"""A customer's new name, and what their site signs of them, in all of their tickets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from msgspec.structs import replace

from chatd.domain.participant import Participant
from chatd.domain.signed import sign
from chatd.domain.ticket import Ticket
from chatd.domain.versions import rerun
from chatd.errors import Damaged, Overtaken, Unavailable
from chatd.service.changes import settle
from chatd.service.context import Services


def spread(services: Services, participant: Participant) -> None:
    """Somebody goes by another name from now on. Nobody waits for their tickets to say so."""
    if participant.tickets:
        services.tasks.spawn("naming", keep, services, participant.id)


def keep(services: Services, id: str) -> None:
    """Stores it as it is by now; a ticket that changes meanwhile is read again."""

    def attempt() -> None:
        for ticket in otherwise_named(services, id):
            settle(services, ticket, "renamed")

    with suppress(Overtaken):
        rerun(attempt)


def otherwise_named(services: Services, id: str) -> Iterator[Ticket]:
    """The tickets that say something else of them, newest first, as they are to be."""
    customer = services.store.get(Participant, id)
    for ticket_id in reversed(customer.tickets if customer else ()):
        with suppress(Damaged, Unavailable):
            ticket = services.store.get(Ticket, ticket_id)
            if customer and ticket and ticket.customer_id == id:
                now = replace(ticket, customer_name=customer.name)
                now = sign(now, customer.signed, customer.name) if customer.signed else now
                if now != ticket:
                    yield replace(now, version=ticket.version + 1)
