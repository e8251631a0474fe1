"""Operators' accounts as they are changed and removed, with what that means for who is at work."""

from __future__ import annotations

from loguru import logger
from msgspec import UNSET
from msgspec.structs import asdict

from chatd.domain import policy
from chatd.domain.participant import Operator
from chatd.domain.places import find
from chatd.domain.versions import successor
from chatd.errors import Conflict, Invalid
from chatd.handlers import operators, passkeys
from chatd.live.connections import Connection
from chatd.protocol.operators import RemoveOperator, SetOperator
from chatd.protocol.results import OneOperator, RemovedOperator
from chatd.runtime.loop import in_turns
from chatd.service import announce, identity, mentions, presence
from chatd.service.changes import reread
from chatd.service.context import Context, Handlers, Services
from chatd.service.identity import clean_name
from chatd.service.tickets import return_to_queue
from chatd.store.base import Put, Remove

LOG = logger.bind(area="admin")


def change(cx: Context, command: SetOperator) -> OneOperator:
    """→ ``operator`` as changed; what is not named stays. It holds at once, also on live
    connections: who no longer serves a site has none of its tickets and follows none."""
    services, before = cx.services, operators.touch(cx, command.username)
    named = {key: value for key, value in asdict(command).items() if value is not UNSET}
    del named["username"]
    if not named:
        raise Invalid("nothing to change was named", field="username")
    if "display_name" in named:
        named["name"] = clean_name(named.pop("display_name"), "display_name")
    role, sites = named.get("role", before.role), tuple(named.get("sites", before.sites))
    if role == "admin" and "sites" not in named:
        sites = ()
    if role != before.role:
        operators.check_role(services, role)
    operators.check_sites(services, sites, role)
    operators.check_grants(cx, role, sites)
    operator = successor(before, **(named | {"sites": sites}))
    services.store.commit(Put(operator))
    changed = ", ".join(sorted(named))
    LOG.bind(account=operator.id).info("operator {} changed: {}", operator.id, changed)
    apply(services, before, operator)
    return operators.answer(cx, operator)


def apply(services: Services, before: Operator, operator: Operator) -> None:
    """A changed account at work."""
    services.nodes.tell("serve", operator.id, before.sites)
    serve_here(services, operator)
    for ticket in reread(services, services.waiting.of(operator.id)):
        lost = ticket.status == "active" and not operator.serves(ticket.site)
        if lost and ticket.operator == operator.id:
            return_to_queue(services, ticket)
    for one in (before, operator):
        announce.tell_operator(services, one, "operator_changed")


def serve_here(services: Services, operator: Operator) -> None:
    """On the connections to this process."""
    who = services.as_operator(operator)
    presence.rename_here(services, who)
    for connection in services.connections.of(who.id):
        if identity.is_foreign(connection.principal, connection.sites):
            operators.put_out(services, connection, identity.FOREIGN)
        else:
            follow_what_is_served(services, connection)


def follow_what_is_served(services: Services, connection: Connection) -> None:
    """Out of the dialogs of other sites; who watches the queue watches their part of now."""
    for dialog_id in connection.dialogs():
        place = find(services, connection.principal, dialog_id)
        if place and policy.judge(connection.principal, "dialog:join", place):
            presence.leave(services, dialog_id, connection)
    presence.follow_queue(services, connection)


def apply_roles(services: Services) -> None:
    """The roles are others: who is at work has what is theirs now."""
    connected = {one.principal.operator for one in in_turns(services.connections)}
    connected = {one.principal.operator for one in in_turns(services.connections)}
    for username in sorted(filter(None, connected)):
        account = services.store.get(Operator, username)
        if account:
            serve_here(services, account)


def remove(cx: Context, command: RemoveOperator) -> RemovedOperator:
    """→ ``username`` of who is no operator any more: no session, no connection is left, and what
    they answered waits again. What they wrote stays under their name."""
    services, operator = cx.services, operators.touch(cx, command.username)
    if cx.principal.operator == operator.id and cx.principal.kind == "operator":
        raise Conflict("nobody removes themselves: ask another administrator")
    ended = identity.end_sessions(services, operator.id)
    called = mentions.forget(mentions.of(services, operator.id))
    known = passkeys.forget_holders(operator.passkeys)
    gone = Remove("operators", operator.id, operator.version)
    services.store.commit(gone, *known, *ended, *called)
    operators.expel(services, operator.id, "account removed")
    for ticket in reread(services, services.waiting.of(operator.id)):
        if ticket.status == "active" and ticket.operator == operator.id:
            return_to_queue(services, ticket)
    announce.tell_operator(services, operator, "operator_removed")
    LOG.bind(account=operator.id).info("operator {} removed", operator.id)
    return RemovedOperator(username=operator.id)


HANDLERS: Handlers = {SetOperator: change, RemoveOperator: remove}
