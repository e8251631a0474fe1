"""Who is told what: the events that the handlers announce on the topics of the hub."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatd.domain import topics
from chatd.domain.message import Message
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal, meet, of_operator
from chatd.domain.ticket import Ticket
from chatd.service import showing, views
from chatd.service.context import Services
from chatd.service.standing import Standing, scopes


def new_messages(services: Services, messages: Iterable[Message]) -> None:
    """New messages, to all who follow their conversation."""
    for message in messages:
        services.updates.tell_now(message.dialog_id)
        services.metrics.messages.count(message.sender_type)
        shown = showing.one(services, message)
        services.hub.publish(topics.dialog(message.dialog_id), "message:new", shown)


def ticket_activity(services: Services, ticket: Ticket) -> None:
    """New messages of a ticket, to its people who have other dialogs open (unread counts)."""
    catch_up(services, ticket.id)
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    own = operator_principal(services, ticket)
    for viewer in (customer, own) if own else (customer,):
        topic = topics.participant(viewer.id)
        view = {"dialog_id": ticket.id, "dialog": views.ticket_view(services, ticket, viewer)}
        services.hub.publish(topic, "dialog:update", view, key=f"activity:{ticket.id}")


def catch_up(services: Services, dialog_id: str) -> None:
    """What is announced next of a conversation goes over other topics, and must not overtake what
    became of its messages before: who has seen a ``rev`` has seen all below it."""
    services.updates.tell_now(dialog_id)
    services.hub.spread(topics.dialog(dialog_id))


def operator_principal(services: Services, ticket: Ticket) -> Principal | None:
    """The operator who answers a ticket, as a viewer."""
    operator = services.store.get(Operator, ticket.operator) if ticket.operator else None
    return of_operator(operator) if operator else None


def ticket_changed(services: Services, ticket: Ticket, change: str) -> None:
    """A ticket's status or operator changed: to its people, the queue's watchers and the log."""
    catch_up(services, ticket.id)
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    told = {"dialog_id": ticket.id, "change": change}
    view = views.ticket_view(services, ticket, customer)
    services.hub.publish(topics.participant(customer.id), "dialog:update", {**told, "dialog": view})
    own = operator_principal(services, ticket)
    staff = Principal(kind="system", id=own.id if own else "")
    view = views.ticket_view(services, ticket, staff)
    services.hub.publish(topics.staff(ticket.id), "dialog:update", {**told, "dialog": view})
    queue_changed(services, ticket, change)
    services.hub.publish(topics.EVENTS, "ticket", {**told, "status": ticket.status})


def queue_changed(services: Services, ticket: Ticket, change: str) -> None:
    """The queue moved: to those who watch it on that site."""
    data = {"change": change, "ticket": views.ticket_row(services, ticket)}
    tell_watchers(services, (ticket.site,), data)


def operator_changed(services: Services, operator: Operator | None, change: str) -> None:
    """An operator came, left, went away: to those who serve a site with them."""
    if operator is not None:
        tell_watchers(services, operator.sites, {"change": change, "ticket": None})


def tell_watchers(services: Services, sites: tuple[str, ...], data: dict[str, Any]) -> None:
    """To whoever watches one of these sites, each with the counters of all that they serve."""
    standing = Standing(services)
    for watched in scopes(services):
        if meet(watched, sites):
            counters = standing.counters(watched)
            services.hub.publish(topics.queue(watched), "queue:update", data | counters)


def presence(
    services: Services,
    dialog_id: str,
    who: Principal,
    status: str,
    *,
    skip: str | None = None,
    staff_only: bool = False,
) -> None:
    """Somebody came, left or went away; ``skip``: the connection that need not be told.
    ``staff_only``: somebody of a ticket's operators, whom the customer does not see."""
    person = services.presence.describe(who)
    data = {
        "dialog_id": dialog_id,
        "participant": {"id": who.id, "name": who.name, "kind": person.kind, "status": status},
    }
    key = f"presence:{dialog_id}:{who.id}"
    topic = topics.staff(dialog_id) if staff_only else topics.dialog(dialog_id)
    services.hub.publish(topic, "presence:update", data, key=key, skip=skip)
