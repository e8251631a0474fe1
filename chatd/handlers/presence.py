"""Coming and going: entering and leaving conversations, operators on line, connections that end."""

from __future__ import annotations

from loguru import logger

from chatd.context import Services
from chatd.handlers import announce
from chatd.live.connections import Connection

NOT_DIALOGS = ("queue", "events", "participant:")


def entered(connection: Connection) -> list[str]:
    """The conversations that a connection follows."""
    return [
        topic
        for topic in connection.topics
        if not topic.startswith(NOT_DIALOGS) and not topic.endswith(("/staff", "/customer"))
    ]


def enter(services: Services, dialog_id: str, connection: Connection) -> None:
    """Somebody came; the others are told, once per participant."""
    who = connection.principal
    if services.presence.enter(dialog_id, who, connection.id):
        status = services.presence.status(who.id)
        announce.presence(services, dialog_id, who, status, skip=connection.id)


def leave(services: Services, dialog_id: str, connection: Connection) -> None:
    """Somebody left; with their last connection goes their draft."""
    who = connection.principal
    for topic in (
        dialog_id,
        announce.staff_topic(dialog_id),
        announce.customer_topic(dialog_id),
    ):
        services.hub.unfollow(topic, connection)
    if services.presence.leave(dialog_id, who.id, connection.id):
        services.drafts.clear(dialog_id, who.id)
        announce.presence(services, dialog_id, who, "offline")


def leave_all(services: Services, connection: Connection) -> None:
    """Out of every conversation."""
    for dialog_id in entered(connection):
        leave(services, dialog_id, connection)


def gone(services: Services, connection: Connection) -> None:
    """A connection has ended, or was replaced: all that it held is let go. Harmless twice."""
    leave_all(services, connection)
    services.hub.drop(connection)
    services.connections.remove(connection)
    if connection.principal.operator:
        operator_left(services, connection.principal.operator, connection)


def operator_came(services: Services, username: str, connection: Connection) -> None:
    """An operator's connection began."""
    before = services.operators.status(username, services.now())
    services.operators.connect(username, connection.id)
    services.absences.pop(username, None)
    if before == "offline":
        logger.bind(area="tickets").info("operator {} is on line", username)
        announce.queue_changed(services, None, "operator_online")


def operator_left(services: Services, username: str, connection: Connection) -> None:
    """An operator's connection ended; with the last one the period of grace begins."""
    services.operators.disconnect(username, connection.id)
    if services.operators.status(username, services.now()) == "offline":
        logger.bind(area="tickets").info("operator {} is off line", username)
        services.absences.setdefault(username, services.now())
        announce.queue_changed(services, None, "operator_offline")
