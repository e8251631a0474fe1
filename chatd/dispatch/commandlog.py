"""What the log says of commands: a line for each at debug, of who is refused something at info."""

from __future__ import annotations

from functools import cache
from typing import Any

from loguru import logger

from chatd.domain.place import Place
from chatd.errors import ChatdError
from chatd.protocol.commands import Command, Hello
from chatd.service.context import Caller, Services

AREAS = {
    "hello": "connections",
    "ping": "connections",
    "presence": "connections",
    "connection": "connections",
    "ban": "connections",
    "site": "connections",
    "dialog": "rooms",
    "draft": "rooms",
    "file": "rooms",
    "history": "rooms",
    "member": "rooms",
    "message": "rooms",
    "receipt": "rooms",
    "room": "rooms",
    "search": "rooms",
    "typing": "rooms",
    "board": "tickets",
    "canned": "tickets",
    "department": "tickets",
    "view": "tickets",
    "conversation": "tickets",
    "hours": "tickets",
    "mention": "tickets",
    "queue": "tickets",
    "ticket": "tickets",
    "transcript": "tickets",
    "bot": "tickets",
    "call": "calls",
    "voice": "calls",
    "turn": "calls",
    "store": "storage",
    "errand": "errands",
    "webhook": "errands",
    "mail": "errands",
    "push": "errands",
    "audit": "admin",
    "config": "admin",
    "daemon": "admin",
    "log": "admin",
    "operator": "admin",
    "role": "admin",
    "factor": "admin",
    "passkey": "admin",
    "session": "admin",
    "visit": "connections",
    "visitor": "connections",
    "identity": "connections",
    "person": "connections",
    "user": "admin",
    "token": "admin",
    "stats": "admin",
    "report": "admin",
}
LOGS = {area: logger.bind(area=area) for area in AREAS.values()}
TOLD: set[str] = set()  # areas that tell of every command; as the log's levels are set
TRUSTED = frozenset({"operator", "program", "shell"})
DENIALS = frozenset({"forbidden", "not_found", "unauthenticated"})
LONGEST_ID = 80
# What changes the daemon or somebody's access: told of whatever the level, as it is rare.
NOTED = frozenset(
    {
        *("operator:create", "operator:passwd", "operator:disable", "operator:set"),
        *("operator:remove", "connection:kick", "ban:add", "ban:remove", "log:level"),
        *("operator:factor_off", "operator:password", "factor:confirm", "factor:remove"),
        *("session:end", "operator:session_end"),
        *("passkey:confirm", "passkey:remove", "operator:passkey_off"),
        *("user:create", "user:passwd", "user:disable", "user:remove", "user:invite"),
        *("user:avatar", "token:create", "token:revoke", "search:rebuild"),
        *("member:mute", "member:unmute", "conversation:remove", "person:export"),
        "person:forget",
        *("config:reload", "daemon:drain", "store:backup", "errand:retry", "errand:drop"),
        *("site:put", "site:reset", "department:put", "department:reset", "department:remove"),
        *("webhook:test", "webhook:replay", "webhook:open", "mail:test"),
        *("call:trace", "turn:test", "bot:ask"),
    }
)
TARGETS = (
    *("username", "target", "connection", "area", "directory"),
    *("errand_id", "webhook", "what", "to", "call_id", "name"),
    *("department", "site"),
)


@cache
def area_of(event: str, of_place: str) -> str:
    """Where a command belongs: what is done in a place, with those of its kind."""
    area = AREAS.get(event.partition(":")[0], "admin")
    return of_place if area == "rooms" else area


def note_outcome(
    caller: Caller, command: Command, place: Place, outcome: str, seconds: float
) -> None:
    """One command, whatever came of it; where nobody asked for that, next to nothing is done."""
    area = area_of(command.event, place.area)
    noted = outcome == "done" and command.event in NOTED
    if not noted and area not in TOLD:
        return
    LOGS[area].log(
        "INFO" if noted else "DEBUG",
        "{command} {outcome}",
        command=command.event,
        outcome=outcome,
        dialog=dialog_of(command),
        target=target_of(command) if noted else None,
        principal=caller.principal.label,
        connection=caller.connection.id if caller.connection else None,
        address=caller.address,
        ms=round(seconds * 1e3, 2),
    )


def note_refusal(
    services: Services,
    caller: Caller,
    command: Command,
    place: Place,
    error: ChatdError,
) -> None:
    """Who may do something, and did not get it, is told of each time; strangers as seldom as all
    who are refused something."""
    who = caller.principal
    if who.kind in TRUSTED:
        LOGS[area_of(command.event, place.area)].info(
            "{command} refused: {why}",
            command=command.event,
            why=error.message[:200],
            outcome=error.code,
            dialog=dialog_of(command),
            principal=who.label,
            address=caller.address,
        )
    elif is_news(command, error):
        what = " ".join(filter(None, (command.event, dialog_of(command), error.message)))
        fields = {"command": command.event, "dialog": dialog_of(command) or ""}
        services.refusals.count(error.code, what, caller.address, who.id, **fields)


def is_news(command: Command, error: ChatdError) -> bool:
    """Whether this is a refusal that nobody has told of yet; of who comes, whatever it is for."""
    denied = error.code in DENIALS or command.event == Hello.event
    return denied and not (error.reason or error.noted)


def target_of(command: Command) -> str | None:
    """Whom or what it was done to."""
    found = (getattr(command, name, None) for name in TARGETS)
    return next((str(one)[:LONGEST_ID] for one in found if one), None)


def dialog_of(command: Command) -> str | None:
    """What a command is about, as far as it is worth telling."""
    about: Any = getattr(command, command.about) if command.about else None
    return str(about)[:LONGEST_ID] if about else None
