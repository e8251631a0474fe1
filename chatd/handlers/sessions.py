"""Where operators are logged in, listed and ended: by themselves, and by who looks after them."""

from __future__ import annotations

from chatd.domain.participant import LoginSession
from chatd.errors import NotFound
from chatd.handlers import operators
from chatd.protocol.results import LoggedOut
from chatd.protocol.sessions import (
    EndSession,
    EndSessionOf,
    ListSessions,
    ListSessionsOf,
    OpenSession,
    SessionList,
    Where,
)
from chatd.service import identity, pages
from chatd.service.context import Context, Handlers
from chatd.service.devices import device_of
from chatd.service.expiry import has_ended
from chatd.store.base import Remove

ENDED = "session ended"


def own(cx: Context, command: ListSessions) -> SessionList:
    """→ ``sessions``; whether there are ``more``, and the ``cursor`` that gets those."""
    return everything(cx, operators.oneself(cx).id, command)


def of_operator(cx: Context, command: ListSessionsOf) -> SessionList:
    """→ ``sessions`` of the operator; ``more`` and ``cursor`` as of one's own."""
    return everything(cx, operators.look_at(cx, command.username).id, command)


def everything(cx: Context, username: str, command: ListSessions | ListSessionsOf) -> SessionList:
    """A page of those that are good."""
    services, asking, after = cx.services, operators.session_of(cx), command.cursor or ""
    good = (one for one in identity.sessions(services, username) if not has_ended(services, one))
    page = pages.list_page(
        cx,
        (one for one in good if one.id > after),
        lambda one: view(one, asking),
        limit=command.limit,
        cursor=lambda one: one.id,
    )
    return SessionList(sessions=page.rows, more=page.more, cursor=page.cursor)


def end_own(cx: Context, command: EndSession) -> LoggedOut:
    """→ how many ``ended``, with their connections; NotFound for one that is not one's own. Who
    ends the one that asks is answered first."""
    asking, username = operators.session_of(cx), operators.oneself(cx).id
    found = identity.sessions(cx.services, username)
    return end(cx, username, choose(found, command.session, but=asking))


def end_of_operator(cx: Context, command: EndSessionOf) -> LoggedOut:
    """→ how many ``ended``, with their connections; NotFound for one that is not theirs."""
    operator = operators.touch(cx, command.username)
    found = identity.sessions(cx.services, operator.id)
    return end(cx, operator.id, choose(found, command.session))


def choose(found: list[LoginSession], named: str | None, but: str = "") -> list[str]:
    """Which of them are to end: the one that is named, else all but one."""
    ids = [one.id for one in found]
    if named is None:
        return [id for id in ids if id != but]
    if named not in ids:
        raise NotFound(f"no such session {named!r}")
    return [named]


def end(cx: Context, username: str, ids: list[str]) -> LoggedOut:
    """They are good for nothing from now on, on every node."""
    services, asking = cx.services, operators.session_of(cx)
    if ids:
        services.store.commit(*(Remove("sessions", id) for id in ids))
    for id in ids:
        if id == asking:
            expelled = (operators.expel, services, username, ENDED, id)
            services.tasks.spawn(f"logout:{username}", *expelled)
        else:
            operators.expel(services, username, ENDED, id)
    return LoggedOut(ended=len(ids))


def view(session: LoginSession, asking: str) -> OpenSession:
    """As it is listed: never what is kept of its secret."""
    return OpenSession(
        id=session.id,
        where=where_of(session.agent),
        address=session.address,
        device=device_of(session.agent),
        created_at=session.created_at,
        used_at=session.used_at or session.created_at,
        expires_at=session.expires_at,
        current=session.id == asking,
    )


def where_of(agent: str) -> Where:
    """In what it was begun, by what that says of itself."""
    if agent.startswith("Mozilla/"):
        return "browser"
    return "terminal" if agent.startswith("chatd/") else "other"


HANDLERS: Handlers = {
    ListSessions: own,
    EndSession: end_own,
    ListSessionsOf: of_operator,
    EndSessionOf: end_of_operator,
}
