"""What the webhooks are told: the errands that are stored with what caused them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, to_builtins
from msgspec.structs import asdict

from chatd.domain.errand import WEBHOOK_EVENTS, Errand, WebhookEvent
from chatd.domain.message import Message
from chatd.domain.principal import meet
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errands.webhooks import KIND
from chatd.service import views
from chatd.service.context import Services

NAMED: dict[str, WebhookEvent] = {event: event for event in WEBHOOK_EVENTS}


def of_ticket(
    services: Services, ticket: Ticket, change: str, messages: Iterable[Message]
) -> list[Errand]:
    """A ticket changed, and with it came messages."""
    if not services.config.webhooks:
        return []
    sites = (ticket.site,)
    made = [one for message in messages for one in of_message(services, message, sites)]
    if (event := NAMED.get(f"ticket.{change}")) is None:
        return made
    data = {"ticket": ticket_data(services, ticket)}
    return [*errands(services, event, sites, data), *made]


def of_message(
    services: Services,
    message: Message,
    sites: tuple[str, ...] | None,
    event: WebhookEvent = "message.created",
) -> list[Errand]:
    """A message was written, edited or deleted, in a place of these sites (see
    :attr:`chatd.domain.place.Place.webhook_sites`)."""
    if not services.config.webhooks or sites is None:
        return []
    return errands(services, event, sites, {}, message)


def errands(
    services: Services,
    event: WebhookEvent,
    sites: tuple[str, ...],
    data: dict[str, Any],
    message: Message | None = None,
) -> list[Errand]:
    """One for each webhook that wants it; of no sites: of all."""
    now = services.now()
    made: list[Errand] = []
    for name, webhook in services.config.webhooks.items():
        if (webhook.events and event not in webhook.events) or not meet(webhook.sites, sites):
            continue
        if services.webhooks.refusal_of(name):
            continue
        if not services.errands.has_room(name, webhook.most_waiting):
            continue
        id = services.new_errand.id(now)
        made.append(Errand(id, KIND, name, event, to_text(now), data, message, next_at=now))
    return made


def ticket_data(services: Services, ticket: Ticket) -> dict[str, Any]:
    """A ticket as webhooks are told of it."""
    return {
        "id": ticket.id,
        "site": ticket.site,
        "status": ticket.status,
        "version": ticket.version,
        "episode": ticket.episode,
        "customer_id": ticket.customer_id,
        "customer_name": ticket.customer_name,
        "operator": ticket.operator,
        "operator_name": views.operator_name(services, ticket.operator),
        "created_at": ticket.created_at,
        "requested_at": ticket.requested_at,
        "accepted_at": ticket.accepted_at,
        "closed_at": ticket.closed_at,
        "closed_by": ticket.closed_by,
        "outcome": ticket.outcome,
        "rating": ticket.rating and asdict(ticket.rating),
        "department": ticket.department,
        "targets": None if (told := views.targets_of(ticket)) is UNSET else to_builtins(told),
    }
