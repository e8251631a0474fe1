"""How rooms, tickets and operators look to who asks; what is not their business is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from chatd.context import Services
from chatd.domain import queue
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.domain.room import Room
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_epoch
from chatd.errors import Damaged

T = TypeVar("T")
V = TypeVar("V")


def room_view(services: Services, room: Room) -> dict[str, Any]:
    """A room, with how many people are in it."""
    return {
        "id": room.id,
        "kind": "room",
        "title": room.title or room.id,
        "topic": room.topic,
        "live_typing": room.live_typing,
        "read_only": room.read_only,
        "people": services.presence.count(room.id),
        "last_seq": services.store.conversation(room.id).last_seq,
    }


def readable(view: Callable[[T], V], things: Iterable[T]) -> list[V]:
    """The views of a list; what is damaged is left out, as the store has said by then."""
    found = []
    for thing in things:
        with suppress(Damaged):
            found.append(view(thing))
    return found


def ticket_view(services: Services, ticket: Ticket, viewer: Principal) -> dict[str, Any]:
    """A ticket as its customer or an operator sees it, with what that viewer has not read."""
    conversation = services.store.conversation(ticket.id)
    settings = services.config.tickets
    staff = viewer.serves(ticket.site)
    last = {
        "text": conversation.last_text,
        "sender_name": conversation.last_sender,
        "at": conversation.last_at,
    }
    view = {
        "id": ticket.id,
        "kind": "ticket",
        "site": ticket.site,
        "status": ticket.status,
        "customer_id": ticket.customer_id,
        "customer_name": ticket.customer_name,
        "operator_name": operator_name(services, ticket.operator),
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "requested_at": ticket.requested_at,
        "accepted_at": ticket.accepted_at,
        "closed_at": ticket.closed_at,
        "last_seq": conversation.last_seq,
        "last_message": last if conversation.last_seq else None,
        "unread": conversation.unread(viewer.id),
        "live_typing": settings.operator_drafts if staff else settings.customer_drafts,
        "sees_live_typing": settings.customer_drafts if staff else settings.operator_drafts,
    }
    if staff:
        view |= {
            "operator": ticket.operator,
            "closed_by": ticket.closed_by,
            "offered_to": ticket.offered_to,
            "version": ticket.version,
        }
    if ticket.status == "waiting":
        view |= place_in_queue(services, ticket)
    return view


def place_in_queue(services: Services, ticket: Ticket) -> dict[str, Any]:
    """``position`` (from 1, 0 for who does not wait) and ``expected_wait_s``."""
    position = queue.position(queue.in_order(services.store.open_tickets()), ticket.id)
    return {
        "position": position,
        "expected_wait_s": queue.expected_wait(position, services.pace.seconds),
        "operators_online": online_for(services, ticket.site),
    }


def queue_view(services: Services, viewer: Principal) -> dict[str, Any]:
    """Who waits, in order, of the sites that the viewer serves."""
    everybody = queue.in_order(services.store.open_tickets())
    waiting = [ticket for ticket in everybody if viewer.serves(ticket.site)]
    now, pace = services.now(), services.pace.seconds
    tickets = readable(lambda ticket: ticket_row(services, ticket), waiting)
    for position, view in enumerate(tickets, 1):
        waited = now - to_epoch(view["requested_at"] or view["created_at"])
        view |= {"position": position, "waited_s": round(max(0.0, waited), 1)}
        view |= {"expected_wait_s": queue.expected_wait(position, pace)}
    online = services.operators.available(now)
    return {"waiting": len(tickets), "operators_online": len(online), "tickets": tickets}


def ticket_row(services: Services, ticket: Ticket) -> dict[str, Any]:
    """A ticket as a row of the queue."""
    conversation = services.store.conversation(ticket.id)
    return {
        "id": ticket.id,
        "site": ticket.site,
        "status": ticket.status,
        "customer_id": ticket.customer_id,
        "customer_name": ticket.customer_name,
        "operator": ticket.operator,
        "offered_to": ticket.offered_to,
        "created_at": ticket.created_at,
        "requested_at": ticket.requested_at,
        "last_seq": conversation.last_seq,
        "last_message": {"text": conversation.last_text, "at": conversation.last_at},
    }


def operator_view(services: Services, operator: Operator) -> dict[str, Any]:
    """An operator without the password."""
    loads = queue.loads(services.store.open_tickets())
    return {
        "username": operator.id,
        "display_name": operator.name,
        "role": operator.role,
        "disabled": operator.disabled,
        "sites": list(operator.sites),
        "capacity": operator.capacity or services.config.tickets.capacity,
        "created_at": operator.created_at,
        "status": services.operators.status(operator.id, services.now()),
        "active": loads.get(operator.id, 0),
    }


def operator_name(services: Services, username: str | None) -> str | None:
    """The name that customers see; a shell user without an account goes by the user name."""
    if username is None:
        return None
    operator = services.store.get(Operator, username)
    return operator.name if operator else username


def online_for(services: Services, site: str) -> int:
    """How many operators of a site could take a ticket now."""
    names = services.operators.available(services.now())
    operators = (services.store.get(Operator, name) for name in names)
    return sum(1 for operator in operators if operator and operator.serves(site))
