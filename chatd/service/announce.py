"""Who is told what: the events that the handlers announce on the topics of the hub."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatd.domain import topics
from chatd.domain.message import Message
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal, meet, of_operator
from chatd.domain.ticket import Ticket
from chatd.domain.topics import Topic
from chatd.service import showing, views
from chatd.service.context import Services
from chatd.service.standing import Standing, scopes


def new_messages(services: Services, messages: Iterable[Message]) -> None:
    """New messages, to all who follow their conversation."""
    for message in messages:
        services.updates.tell_now(message.dialog_id)
        services.metrics.messages.count(message.sender_type)
        shown = showing.one(services, message)
        topic, id, rev = topics.dialog(message.dialog_id), message.dialog_id, message.rev
        services.hub.publish(topic, "message:new", shown, dialog_id=id, rev=rev)


def ticket_activity(services: Services, ticket: Ticket) -> None:
    """New messages of a ticket, to its people who have other dialogs open (unread counts)."""
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    own = operator_principal(services, ticket)
    for viewer in (customer, own) if own else (customer,):
        topic = topics.participant(viewer.id)
        view = {"dialog_id": ticket.id, "dialog": views.ticket_view(services, ticket, viewer)}
        dialog_changed(services, topic, view, key=f"activity:{ticket.id}")


def dialog_changed(
    services: Services, topic: Topic, data: dict[str, Any], key: str | None = None
) -> None:
    """A conversation's view, on a topic of those whose view it is: behind what became of its
    messages before, and ahead of what comes after, so that each ``rev`` is seen after all below."""
    dialog_id: str = data["dialog_id"]
    services.updates.tell_now(dialog_id)
    services.hub.spread(topics.dialog(dialog_id))
    rev = data["dialog"]["rev"] if data["dialog"] else 0
    services.hub.publish(topic, "dialog:update", data, key=key, dialog_id=dialog_id, rev=rev)
    services.hub.spread(topic)


def operator_principal(services: Services, ticket: Ticket) -> Principal | None:
    """The operator who answers a ticket, as a viewer."""
    operator = services.store.get(Operator, ticket.operator) if ticket.operator else None
    return of_operator(operator) if operator else None


def ticket_changed(services: Services, ticket: Ticket, change: str) -> None:
    """A ticket's status or operator changed: to its people, the queue's watchers and the log."""
    customer = Principal(kind="visitor", id=ticket.customer_id, site=ticket.site)
    told = {"dialog_id": ticket.id, "change": change}
    view = views.ticket_view(services, ticket, customer)
    dialog_changed(services, topics.participant(customer.id), {**told, "dialog": view})
    own = operator_principal(services, ticket)
    staff = Principal(kind="system", id=own.id if own else "")
    view = views.ticket_view(services, ticket, staff)
    dialog_changed(services, topics.staff(ticket.id), {**told, "dialog": view})
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
