"""What customers ask about themselves: their own tickets, and to be nobody here again."""

from __future__ import annotations

from chatd.domain.participant import Participant
from chatd.domain.tokens import digest
from chatd.errors import Conflict, NotFound
from chatd.protocol.customers import EndIdentity, ListCustomersTickets
from chatd.protocol.results import Done, TicketList
from chatd.service import pages, subjects, views, visits
from chatd.service.context import Context, Handlers


def list_tickets(cx: Context, command: ListCustomersTickets) -> TicketList:
    """→ ``tickets``; whether there are ``more``, and the ``cursor`` that gets those."""
    services = cx.services
    customer = services.store.get(Participant, cx.principal.id)
    own = subjects.own_tickets(services, customer) if customer else []
    page = pages.place_page(
        cx,
        own,
        lambda one: views.ticket_view(services, one, cx.principal),
        limit=command.limit,
        cursor=command.cursor,
    )
    return TicketList(tickets=page.rows, more=page.more, cursor=page.cursor)


def end_identity(cx: Context, command: EndIdentity) -> Done:
    """→ nothing but that it is done; the connections by the same token end behind the answer."""
    services, connection = cx.services, cx.caller.connection
    who = services.store.get(Participant, cx.principal.id)
    if who is None:
        raise NotFound("no such participant")
    if who.signed is None:
        raise Conflict("no site has said who this is: nothing is to be ended")
    secret = connection.secret if connection else (cx.caller.token or "").partition(".")[2]
    subjects.end_device(services, who, secret)
    hashed = digest(secret)
    services.nodes.tell("end_device", who.id, hashed)
    services.tasks.spawn("identity:end", visits.end_device, services, who.id, hashed)
    return Done()


HANDLERS: Handlers = {ListCustomersTickets: list_tickets, EndIdentity: end_identity}
