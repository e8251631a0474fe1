"""What a program's token is good for: named scopes, each with the commands that it allows.

Who notes for people and who talks to customers are two: ``tickets:send`` is answering alone,
``tickets:write`` whatever moves a ticket as well. All that a scope allows is judged by the policy
too, as if an operator of the token's sites asked, and for what the policy has for programs: a scope
never gives more than that.
"""

from __future__ import annotations

from typing import Literal, get_args

from chatd.domain.participant import LoginSession
from chatd.domain.place import Kind
from chatd.domain.principal import Principal

Scope = Literal[
    "tickets:read",
    "tickets:write",
    "tickets:note",
    "tickets:send",
    "rooms:read",
    "figures:read",
    "canned:write",
]

SCOPES: dict[Scope, frozenset[str]] = {
    "tickets:read": frozenset(
        {
            *("ticket:list", "ticket:get", "ticket:customer", "ticket:messages"),
            *("transcript:get", "queue:get", "search:messages", "canned:list"),
            *("ticket:draft", "ticket:summary"),
        }
    ),
    "tickets:write": frozenset(
        {
            *("ticket:reply", "ticket:update", "ticket:request", "ticket:transfer"),
            *("ticket:return", "ticket:close", "ticket:reopen"),
        }
    ),
    "tickets:note": frozenset({"message:send"}),
    "tickets:send": frozenset({"ticket:reply"}),
    "rooms:read": frozenset({"room:list", "history:get", "search:messages"}),
    "figures:read": frozenset(
        {
            *("stats:get", "connection:stats", "operator:list", "hours:list"),
            *("report:get", "report:tickets"),
        }
    ),
    "canned:write": frozenset({"canned:list", "canned:put", "canned:remove"}),
}
# Good in one kind of place only.
WITHIN: dict[Scope, Kind] = {"tickets:note": "notes"}
ALWAYS = frozenset({"hello", "ping", "site:get", "token:me"})
NAMES: tuple[Scope, ...] = get_args(Scope)


def missing(scopes: tuple[str, ...], command: str, kind: Kind = "") -> str:
    """The scope that a program with these needs for a command as well, about a place of this kind;
    '' where it may, and a dash for what no scope allows there."""
    if command in ALWAYS:
        return ""
    allowing = [
        name
        for name, commands in SCOPES.items()
        if command in commands and WITHIN.get(name, kind) == kind
    ]
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
