"""Operators' accounts: log out, create, list, new password, shut out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from chatd.domain import roles, scopes
from chatd.domain.participant import Operator
from chatd.domain.principal import Principal
from chatd.domain.scopes import Scope
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Conflict, Forbidden, Invalid, NotFound
from chatd.handlers.logins import hash_password
from chatd.live.connections import CLOSE_KICKED, Connection
from chatd.protocol.operators import (
    CreateOperator,
    ListOperators,
    Logout,
    SetDisabled,
    SetPassword,
    WhoAmI,
)
from chatd.protocol.results import LoggedOut, OneOperator, OperatorList
from chatd.runtime.loop import in_turns
from chatd.service import identity, pages, presence, views
from chatd.service.context import Context, Handlers, Services
from chatd.service.identity import clean_name
from chatd.store.base import Change, Put, Remove, Store

OTHER_SITES = "this is for sites that you do not serve: yours are {}"


def logout(cx: Context, command: Logout) -> LoggedOut:
    """→ how many sessions ``ended``: this one, or all of the operator's; with their connections.

    One that asks for its own end is answered first.
    """
    services, username = cx.services, cx.principal.operator or ""
    session = "" if command.everywhere else session_of(cx)
    if command.everywhere:
        changes = identity.end_sessions(services, username)
    else:
        changes = [Remove("sessions", session)] if session else []
    if changes:
        services.store.commit(*changes)
        services.tasks.spawn(f"logout:{username}", expel, services, username, "logged out", session)
    return LoggedOut(ended=len(changes))


def session_of(cx: Context) -> str:
    """The id of the session that gave a command, over HTTP or on a connection; none for a shell."""
    connection = cx.caller.connection
    token = cx.caller.token or (connection.key if connection else "")
    return token.partition(".")[0]


def who_am_i(cx: Context, command: WhoAmI) -> OneOperator:
    """→ ``operator``: who asks, as an account."""
    return answer(cx, oneself(cx))


def oneself(cx: Context) -> Operator:
    """The account of who asks; NotFound for a shell user without one."""
    return find(cx.services, cx.principal.operator or "")


def create(cx: Context, command: CreateOperator) -> OneOperator:
    """→ ``operator``; Conflict if the name is taken, also by who asks at the same instant."""
    services = cx.services
    check_role(services, command.role)
    check_sites(services, tuple(command.sites), command.role)
    check_grants(cx, command.role, tuple(command.sites))
    name = clean_name(command.display_name, "display_name")
    free_or_conflict(services, command.username)
    password_hash = hash_password(services, command.password)
    free_or_conflict(services, command.username)
    operator = Operator(
        id=command.username,
        name=name,
        role=command.role,
        password_hash=password_hash,
        sites=tuple(command.sites),
        capacity=command.capacity,
        takes_tickets=command.takes_tickets,
        created_at=to_text(services.now()),
        alias=new_alias(),
    )
    services.store.commit(Put(operator))
    return answer(cx, operator)


def new_alias() -> str:
    """What stands for a user name where customers see it."""
    return secrets.token_hex(8)


def give_aliases(store: Store) -> None:
    """To accounts of before there were any."""
    nameless = [one for one in store.all(Operator, limit=100_000) if not one.alias]
    if nameless:
        store.commit(*(Put(successor(one, alias=new_alias())) for one in nameless))


def check_sites(services: Services, sites: tuple[str, ...], role: str) -> None:
    """Operators serve sites that there are; administrators all of them."""
    allowed = list(services.config.sites)
    if unknown := [site for site in sites if site not in allowed]:
        text = f"no such site {unknown[0]!r}; allowed: {', '.join(allowed)}"
        raise Invalid(text, field="sites", allowed=allowed)
    if sites and role == "admin":
        raise Invalid("an administrator serves every site", field="sites")
    may = services.may_of(role) or frozenset()
    if sites and (wide := sorted(may & roles.OF_THE_HOUSE)):
        text = f"the role {role} serves every site: {wide[0]} is of no one site"
        raise Invalid(text, field="sites")


def check_role(services: Services, role: str) -> None:
    """A role that there is."""
    allowed = [*roles.BUILT_IN, *services.config.roles]
    if role not in allowed:
        text = f"no such role {role!r}; allowed: {', '.join(allowed)}"
        raise Invalid(text, field="role", allowed=allowed)


def check_grants(cx: Context, role: str, sites: tuple[str, ...]) -> None:
    """Who is no administrator gives nobody, and touches nobody who has, more than they may
    themselves, or for more sites."""
    who = cx.principal
    if who.role in ("admin", "act") or who.kind == "system":
        return
    if role == "admin":
        raise Forbidden("an administrator's account is for administrators")
    may = cx.services.may_of(role)
    check_has(who, roles.OF_OPERATORS if may is None else may)
    if who.sites and not (sites and set(sites) <= set(who.sites)):
        raise Forbidden(OTHER_SITES.format(", ".join(who.sites)))


def check_has(who: Principal, may: frozenset[str]) -> None:
    """Forbidden for more than one may oneself."""
    if who.may is not None and (more := sorted(may - who.may)):
        raise Forbidden(f"this is more than the role {who.role} may: {more[0]}", more=more[:20])


def free_or_conflict(services: Services, username: str) -> None:
    """Two accounts never share a name."""
    if services.store.get(Operator, username):
        raise Conflict(f"there is an operator {username!r} already")


def everybody(cx: Context, command: ListOperators) -> OperatorList:
    """→ ``operators`` in the order of their names: those who serve a site with who asks; whether
    there are ``more``, and the ``cursor`` that gets those."""
    services, who = cx.services, cx.principal
    everyone = services.store.all(Operator, after=command.cursor, limit=100_000)
    page = pages.list_page(
        cx,
        (one for one in everyone if views.is_colleague(who, one)),
        lambda one: views.operator_view(services, one, who),
        limit=command.limit,
        cursor=lambda one: one.id,
    )
    return OperatorList(operators=page.rows, more=page.more, cursor=page.cursor)


def set_password(cx: Context, command: SetPassword) -> OneOperator:
    """→ ``operator``; their sessions and connections end."""
    services = cx.services
    password_hash = hash_password(services, command.password)
    operator = successor(touch(cx, command.username), password_hash=password_hash)
    change(services, operator, *identity.end_sessions(services, operator.id))
    expel(services, operator.id, "new password")
    return answer(cx, operator)


def set_disabled(cx: Context, command: SetDisabled) -> OneOperator:
    """→ ``operator``; shutting out ends sessions and connections."""
    services = cx.services
    before = touch(cx, command.username)
    if before.disabled == command.disabled:
        state = "disabled" if before.disabled else "enabled"
        raise Conflict(f"operator {before.id} is {state} already")
    operator = successor(before, disabled=command.disabled)
    ended = identity.end_sessions(services, operator.id) if command.disabled else []
    change(services, operator, *ended)
    if command.disabled:
        expel(services, operator.id, "account disabled")
    return answer(cx, operator)


def change(services: Services, operator: Operator, *more: Change) -> None:
    services.store.commit(Put(operator), *more)


def expel(services: Services, username: str, why: str, session: str = "") -> None:
    """Ends an operator's connections, perhaps those of one session only."""
    services.nodes.tell("expel", username, why, session)
    expel_here(services, username, why, session)
    if not session or not identity.sessions(services, username):
        presence.shut_out(services, username)


def expel_here(services: Services, username: str, why: str, session: str) -> None:
    """Those to this process."""
    for connection in in_turns(services.connections):
        if connection.principal.operator == username and connection.key.startswith(session):
            put_out(services, connection, why)


def put_out(services: Services, connection: Connection, why: str) -> None:
    """Ends a connection that is nobody's any more."""
    presence.disconnect(services, connection)
    connection.close(CLOSE_KICKED, why)


def find(services: Services, username: str) -> Operator:
    """The account, or NotFound."""
    operator = services.store.get(Operator, username)
    if operator is None:
        raise NotFound(f"no such operator {username!r}")
    return operator


def check_scopes(cx: Context, named: Sequence[Scope], sites: tuple[str, ...]) -> None:
    """A token is good for nothing that who makes it may not."""
    if cx.principal.may is not None:
        may = frozenset[str]().union(*(scopes.SCOPES[one] for one in named))
        check_has(cx.principal, may & roles.PERMISSIONS)
    if (own := cx.principal.sites) and not (sites and set(sites) <= set(own)):
        raise Forbidden(OTHER_SITES.format(", ".join(own)))


def look_at(cx: Context, username: str) -> Operator:
    """An account whose ways in are shown; Forbidden where it has more than an operator who asks."""
    operator = find(cx.services, username)
    if cx.principal.kind == "operator":
        check_grants(cx, operator.role, operator.sites)
    return operator


def touch(cx: Context, username: str) -> Operator:
    """An account that is to be changed; Forbidden where it has more than who asks."""
    operator = find(cx.services, username)
    check_grants(cx, operator.role, operator.sites)
    return operator


def answer(cx: Context, operator: Operator) -> OneOperator:
    """The answer that most of these give."""
    return OneOperator(operator=views.operator_view(cx.services, operator, cx.principal))


HANDLERS: Handlers = {
    Logout: logout,
    WhoAmI: who_am_i,
    CreateOperator: create,
    ListOperators: everybody,
    SetPassword: set_password,
    SetDisabled: set_disabled,
}
