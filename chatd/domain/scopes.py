"""What a program's token is good for: named scopes, each with the commands that it allows.

Whatever a scope allows is judged by the policy as well, as if an operator of the token's sites
asked: a scope never gives more than that.
"""

from __future__ import annotations

from typing import Literal, get_args

from chatd.domain.participant import LoginSession
from chatd.domain.principal import Principal

Scope = Literal["tickets:read", "tickets:write", "rooms:read", "figures:read"]

SCOPES: dict[Scope, frozenset[str]] = {
    "tickets:read": frozenset(
        {
            *("ticket:list", "ticket:get", "ticket:customer", "ticket:messages"),
            *("transcript:get", "queue:get", "search:messages"),
            *("ticket:draft", "ticket:summary"),
        }
    ),
    "tickets:write": frozenset(
        {
            *("ticket:reply", "ticket:update", "ticket:request", "ticket:transfer"),
            *("ticket:return", "ticket:close", "ticket:reopen"),
        }
    ),
    "rooms:read": frozenset({"room:list", "history:get", "search:messages"}),
    "figures:read": frozenset(
        {
            *("stats:get", "connection:stats", "operator:list", "hours:list"),
            *("report:get", "report:tickets"),
        }
    ),
}
ALWAYS = frozenset({"hello", "ping", "site:get"})
NAMES: tuple[Scope, ...] = get_args(Scope)


def missing(scopes: tuple[str, ...], command: str) -> str:
    """The scope that a program with these needs for a command as well; '' where it may, and a dash
    for what no scope allows."""
    if command in ALWAYS:
        return ""
    allowing = [name for name, commands in SCOPES.items() if command in commands]
    if any(name in scopes for name in allowing):
        return ""
    return next(iter(allowing), "-")


def of_program(session: LoginSession) -> Principal:
    """The principal of a program's token."""
    return Principal(
        kind="program",
        id=f"program:{session.id}",
        name=f"program:{session.program}",
        sites=session.sites,
        scopes=session.scopes,
    )
