"""Coming and going: entering and leaving conversations, operators on line, connections that end."""

from __future__ import annotations

from contextlib import suppress

from loguru import logger
from msgspec.structs import replace

from chatd.domain import policy, topics
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.errors import Damaged, Unavailable
from chatd.live.connections import Connection
from chatd.protocol.events import OperatorChange
from chatd.protocol.views import Participant
from chatd.runtime.loop import in_turns
from chatd.service import announce, colleagues, crowds, episodes, standing, visitors, voices
from chatd.service.context import Services


def enter(services: Services, dialog_id: str, connection: Connection) -> None:
    """Somebody came; the others are told, once per participant."""
    who = connection.principal
    if services.presence.enter(dialog_id, who, connection.id):
        if crowds.swallows(services, dialog_id):
            return
        status = services.presence.status(who.id)
        announce.presence(services, dialog_id, who, status, skip=connection.id)
        colleagues.tell(services, who, dialog_id)


def follow_queue(services: Services, connection: Connection) -> None:
    """Who watches the queue watches the part of it that is theirs now."""
    now = topics.queue(standing.scope_of(services, connection.principal))
    may = policy.judge(connection.principal, "queue:watch") is None
    for watched in [one for one in connection.topics if topics.is_queue(one)]:
        if may and watched == now:
            continue
        services.hub.unfollow(watched, connection)
        if may:
            services.hub.follow(now, connection)


def share_queue_anew(services: Services) -> None:
    """The departments are others: everybody watches their part of now, and is told to look."""
    for connection in in_turns(services.connections):
        follow_queue(services, connection)
    announce.tell_watchers(services, (), "operator_changed", None)


def look(services: Services, ticket_id: str, connection: Connection) -> None:
    """An operator has a ticket open without being announced: the other operators see them."""
    who = connection.principal
    if services.presence.enter(topics.staff(ticket_id), who, connection.id):
        status = services.presence.status(who.id)
        announce.presence(services, ticket_id, who, status, skip=connection.id, staff_only=True)
        colleagues.tell(services, who, ticket_id)


def within(services: Services, dialog_id: str, *, lookers: bool) -> list[Participant]:
    """Who is in a conversation, of a crowd the newest; ``lookers``: and which of its operators only
    look."""
    if dialog_id in services.crowds:
        return services.presence.within(dialog_id, crowds.NEWEST)
    people = services.presence.within(dialog_id)
    if lookers:
        known = {one.id for one in people}
        looking = services.presence.within(topics.staff(dialog_id))
        people += [one for one in looking if one.id not in known]
    return people


def leave(services: Services, dialog_id: str, connection: Connection) -> None:
    """Somebody left; what they wrote here over this connection goes with it, all with the last."""
    who = connection.principal
    for topic in (
        topics.dialog(dialog_id),
        topics.staff(dialog_id),
        topics.customer(dialog_id),
    ):
        services.hub.unfollow(topic, connection)
    voices.leave(services, dialog_id, connection)
    left = services.presence.leave(dialog_id, who.id, connection.id)
    dropped = False
    if not services.presence.has(dialog_id, who.id):
        drafted = services.drafts.clear(dialog_id, who.id)
        if drafted:
            announce.stopped_typing(services, announce.find_quietly(services, who, dialog_id), who)
        swallowed = left and crowds.swallows(services, dialog_id)
        if drafted or (left and not swallowed):
            announce.presence(services, dialog_id, who, "offline")
    elif dropped := services.drafts.clear(dialog_id, who.id, connection.id):
        announce.dropped_draft(services, dialog_id, who)
    stopped = services.presence.leave(topics.staff(dialog_id), who.id, connection.id)
    if stopped or (left and services.presence.has(topics.staff(dialog_id), who.id)):
        tell_status(services, dialog_id, who)
    if left or stopped or dropped:
        colleagues.tell(services, who, dialog_id)


def tell_status(services: Services, dialog_id: str, who: Principal) -> None:
    """How somebody is in a conversation, to those who see them there."""
    if dialog_id in services.crowds:
        return
    status = services.presence.status(who.id)
    if services.presence.has(dialog_id, who.id):
        announce.presence(services, dialog_id, who, status)
        return
    looks = services.presence.has(topics.staff(dialog_id), who.id)
    if who.is_staff:
        status = status if looks else "offline"
        announce.presence(services, dialog_id, who, status, staff_only=True)


def leave_all(services: Services, connection: Connection) -> None:
    """Out of every conversation."""
    for dialog_id in connection.dialogs():
        leave(services, dialog_id, connection)


def disconnect(services: Services, connection: Connection) -> None:
    """A connection has ended, or was replaced: all that it held is let go. Harmless twice."""
    services.connections.remove(connection)
    let_go(services, connection)


def let_go(services: Services, connection: Connection) -> None:
    """A connection is its participant's no longer: with their last one goes what they were
    writing, and that they were away."""
    who = connection.principal
    leave_all(services, connection)
    visitors.leave(services, connection)
    services.hub.drop(connection)
    if who.operator:
        disconnect_operator(services, who.operator, connection)
    if services.connections.has(who.id, but=connection):
        for dialog_id in services.drafts.forget(who.id, connection.id):
            announce.dropped_draft(services, dialog_id, who)
            colleagues.tell(services, who, dialog_id)
    else:
        services.presence.set_away(who.id, False)
        for dialog_id in services.drafts.forget(who.id):
            announce.stopped_typing(services, announce.find_quietly(services, who, dialog_id), who)
            announce.presence(services, dialog_id, who, "offline")
            colleagues.tell(services, who, dialog_id)
        episodes.note_whereabouts(services, who)


def rename(services: Services, who: Principal) -> None:
    """A participant goes by the name that they gave last, wherever they are; the others there
    are told of a new one."""
    if services.connections.has_elsewhere(who.id):
        services.nodes.tell("rename", who)
    rename_here(services, who)


def rename_here(services: Services, who: Principal) -> None:
    """On the connections of this process."""
    connections = services.connections.of(who.id)
    for connection in connections:
        if connection.principal is not who:
            connection.principal = replace(who, account=connection.principal.account)
    for dialog_id in sorted({dialog for one in connections for dialog in one.dialogs()}):
        renamed = [
            services.presence.rename(circle, who) for circle in (dialog_id, topics.staff(dialog_id))
        ]
        if any(renamed):
            tell_status(services, dialog_id, who)
            colleagues.tell(services, who, dialog_id)


def connect_operator(services: Services, username: str, connection: Connection) -> None:
    """An operator's connection began."""
    if services.operators.connect(username, connection.id):
        note_arrival(services, username)


def note_arrival(services: Services, username: str) -> None:
    """An operator is on line from now on."""
    logger.bind(area="tickets", account=username).info("operator {} is on line", username)
    tell_colleagues(services, username, "operator_online")


def note_operator(services: Services, username: str) -> None:
    """An operator asked something over HTTP."""
    if services.operators.note_seen(username):
        note_arrival(services, username)


def shut_out(services: Services, username: str) -> None:
    """An operator is not here any more, also if lately seen over HTTP."""
    if services.operators.forget(username):
        note_departure(services, username)


def notice_silence(services: Services) -> None:
    """Operators who asked over HTTP and do so no more have left like those whose connection
    ended."""
    for username in services.operators.drop_silent():
        note_departure(services, username)


def disconnect_operator(services: Services, username: str, connection: Connection) -> None:
    """An operator's connection ended; with the last one the period of grace begins."""
    if services.operators.disconnect(username, connection.id):
        note_departure(services, username)


def note_departure(services: Services, username: str) -> None:
    """An operator is off line from now on."""
    logger.bind(area="tickets", account=username).info("operator {} is off line", username)
    tell_colleagues(services, username, "operator_offline")


def tell_colleagues(services: Services, username: str, change: OperatorChange) -> None:
    """Those who serve a site with an operator, and those who wait there, soon; nobody, where the
    account cannot be read."""
    with suppress(Damaged, Unavailable, OSError):
        announce.tell_operator(services, services.store.get(Operator, username), change)
