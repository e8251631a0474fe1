"""Who is told what: the events that the handlers announce on the topics of the hub."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatd.context import Services
from chatd.domain import topics
from chatd.domain.message import Message
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal, of_operator, operator_id
from chatd.domain.ticket import Ticket
from chatd.handlers import views


def new_messages(services: Services, messages: Iterable[Message]) -> None:
    """New messages, to all who follow their conversation."""
    for message in messages:
        services.metrics.messages.count(message.sender_type)
        services.hub.publish(topics.dialog(message.dialog_id), "message:new", message)


def ticket_activity(services: Services, ticket: Ticket) -> None:
    """New messages of a ticket, to its people who have other dialogs open (unread counts)."""
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    own = operator_principal(services, ticket)
    for viewer in (customer, own) if own else (customer,):
        topic = topics.participant(viewer.id)
        view = {"dialog_id": ticket.id, "dialog": views.ticket_view(services, ticket, viewer)}
        services.hub.publish(topic, "dialog:update", view, key=f"activity:{ticket.id}")


def operator_principal(services: Services, ticket: Ticket) -> Principal | None:
    """The operator who answers a ticket, as a viewer."""
    operator = services.store.get(Operator, ticket.operator) if ticket.operator else None
    return of_operator(operator) if operator else None


def ticket_changed(services: Services, ticket: Ticket, change: str) -> None:
    """A ticket's status or operator changed: to its people, the queue's watchers and the log."""
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    told = {"dialog_id": ticket.id, "change": change}
    view = views.ticket_view(services, ticket, customer)
    services.hub.publish(topics.participant(customer.id), "dialog:update", {**told, "dialog": view})
    staff = Principal(kind="system", id=operator_id(ticket.operator or ""))
    view = views.ticket_view(services, ticket, staff)
    services.hub.publish(topics.staff(ticket.id), "dialog:update", {**told, "dialog": view})
    queue_changed(services, ticket, change)
    services.hub.publish(topics.EVENTS, "ticket", {**told, "status": ticket.status})


def queue_changed(services: Services, ticket: Ticket | None, change: str) -> None:
    """The queue moved, or who is on line: to those who watch it, and soon to those who wait."""
    services.pace.moved = True
    data = {"change": change, "ticket": views.ticket_row(services, ticket) if ticket else None}
    sites = [ticket.site] if ticket else list(services.config.sites)
    services.hub.publish(topics.QUEUE, "queue:update", data | counters(services, None))
    for site in sites:
        services.hub.publish(topics.queue(site), "queue:update", data | counters(services, site))


def counters(services: Services, site: str | None) -> dict[str, Any]:
    """How many wait and how many operators are on line, on one site or on all."""
    waiting = [one for one in services.store.open_tickets() if one.status == "waiting"]
    if site is None:
        online = len(services.operators.available(services.now()))
        return {"waiting": len(waiting), "operators_online": online}
    return {
        "waiting": sum(1 for ticket in waiting if ticket.site == site),
        "operators_online": views.online_for(services, site),
    }


def presence(
    services: Services, dialog_id: str, who: Principal, status: str, *, skip: str | None = None
) -> None:
    """Somebody came, left or went away; ``skip``: the connection that need not be told."""
    person = services.presence.describe(who)
    data = {
        "dialog_id": dialog_id,
        "participant": {"id": who.id, "name": who.name, "kind": person.kind, "status": status},
    }
    key = f"presence:{dialog_id}:{who.id}"
    services.hub.publish(topics.dialog(dialog_id), "presence:update", data, key=key, skip=skip)
