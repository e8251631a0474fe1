"""Programs' tokens, as who runs the daemon makes, lists and takes them back."""

from __future__ import annotations

from chatd.domain.ids import new_id
from chatd.domain.participant import LoginSession
from chatd.domain.times import to_text
from chatd.domain.tokens import digest
from chatd.errors import Conflict, NotFound
from chatd.handlers import operators
from chatd.protocol.programs import (
    CreateToken,
    ListTokens,
    ProgramToken,
    RevokeToken,
    ShowToken,
    TokenList,
    TokenMade,
    TokenRevoked,
    TokenShown,
)
from chatd.runtime.loop import in_turns
from chatd.service import identity, pages
from chatd.service.context import Context, Handlers, Services
from chatd.service.expiry import has_ended
from chatd.store.base import Change, Put, Remove

MOST = 1_000


def create(cx: Context, command: CreateToken) -> TokenMade:
    """→ ``token``, told this once, and what it is. Conflict while another of this name is good, or
    for one too many."""
    services, now = cx.services, cx.services.now()
    sites = tuple(dict.fromkeys(command.sites))
    operators.check_sites(services, sites, "operator")
    operators.check_scopes(cx, command.scopes, sites)
    with services.turns.one_at_a_time("token:create"):
        known = of_programs(services)
        outdated: list[Change] = [
            Remove("sessions", one.id) for one in known if has_ended(services, one)
        ]
        if any(one.program == command.name and not has_ended(services, one) for one in known):
            raise Conflict(f"there is a token {command.name!r} already: revoke it first")
        if len(known) - len(outdated) >= MOST:
            raise Conflict(f"{MOST} tokens are good, as many as there may be", allowed=MOST)
        token, secret = services.tokens.make(new_id("s", now))
        made = LoginSession(
            id=token.partition(".")[0],
            token_hash=digest(secret),
            created_at=to_text(now),
            expires_at=to_text(now + command.seconds),
            program=command.name,
            scopes=tuple(dict.fromkeys(command.scopes)),
            sites=sites,
            by=cx.principal.label,
        )
        services.store.commit(Put(made), *outdated)
    return TokenMade(token=token, made=view(made))


def everything(cx: Context, command: ListTokens) -> TokenList:
    """→ ``tokens`` in the order of their names; whether there are ``more``, and the ``cursor`` that
    gets those. Those that have run out are not listed."""
    services, after = cx.services, command.cursor or ""
    good = (one for one in of_programs(services) if not has_ended(services, one))
    page = pages.list_page(
        cx,
        sorted((one for one in good if one.program > after), key=lambda one: one.program),
        view,
        limit=command.limit,
        cursor=lambda one: one.program,
    )
    return TokenList(tokens=page.rows, more=page.more, cursor=page.cursor)


def revoke(cx: Context, command: RevokeToken) -> TokenRevoked:
    """→ ``name`` of the token that is good no more; NotFound where there is none."""
    services = cx.services
    found = [one for one in of_programs(services) if one.program == command.name]
    if not found:
        raise NotFound(f"no such token {command.name!r}")
    services.store.commit(*(Remove("sessions", one.id) for one in found))
    for one in found:
        services.nodes.tell("revoke", one.id)
        expel_here(services, one.id)
    return TokenRevoked(name=command.name)


def show(cx: Context, command: ShowToken) -> TokenShown:
    """→ ``token``, without what proves it."""
    session = identity.session_of(cx.services, cx.principal)
    if session is None:
        raise NotFound("no such token")
    return TokenShown(token=view(session))


def expel_here(services: Services, session: str) -> None:
    """Ends what was connected by a token to this process."""
    for connection in in_turns(services.connections):
        if connection.principal.id == f"program:{session}":
            operators.put_out(services, connection, "token taken back")


def of_programs(services: Services) -> list[LoginSession]:
    """Their tokens, those that have run out and were not cleared away yet, too."""
    return [one for one in identity.sessions(services, "") if one.program]


def view(token: LoginSession) -> ProgramToken:
    """As it is listed: never what is kept of its secret."""
    return ProgramToken(
        name=token.program,
        scopes=list(token.scopes),
        sites=list(token.sites),
        by=token.by,
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at or None,
    )


HANDLERS: Handlers = {
    CreateToken: create,
    ListTokens: everything,
    RevokeToken: revoke,
    ShowToken: show,
}
