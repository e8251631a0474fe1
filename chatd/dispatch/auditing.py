"""What the audit log is told: each command of staff that acts, each log-in, and how they ended."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import FieldInfo

from chatd.config.pieces import keys_in
from chatd.dispatch.mistyped import Told
from chatd.domain.times import to_text
from chatd.protocol.commands import Command
from chatd.protocol.managing import Writes
from chatd.protocol.results import LoggedIn
from chatd.service.context import Caller, Services

LOGINS = frozenset({"operator:login", "passkey:login"})
LOGOUT = "operator:logout"  # is answered before its connections end, which waits for nothing
ACTS = frozenset(
    {
        *("ticket:request", "ticket:accept", "ticket:transfer", "ticket:return", "ticket:close"),
        *("ticket:reopen", "ticket:reply", "message:system", "message:edit", "message:delete"),
        *(LOGOUT, "operator:create", "operator:passwd", "operator:disable"),
        *("operator:set", "operator:remove", "operator:password", "operator:factor_off"),
        *("factor:begin", "factor:confirm", "factor:remove", "session:end"),
        *("operator:session_end", "operator:passkey_off"),
        *("passkey:begin", "passkey:confirm", "passkey:remove"),
        *("user:create", "user:passwd", "user:disable", "user:remove", "user:invite"),
        *("user:avatar", "token:create", "token:revoke", "search:rebuild"),
        *("connection:kick", "ban:add", "ban:remove", "log:level", "config:reload"),
        *("daemon:drain", "store:backup", "errand:retry", "errand:drop"),
        *("webhook:test", "webhook:replay", "webhook:open", "mail:test"),
        *(
            "ticket:update",
            "ticket:tag",
            "ticket:snooze",
            "ticket:transcript",
            "call:trace",
            "turn:test",
        ),
        *("call:record", "call:consent", "canned:put", "canned:remove"),
        *("site:put", "site:reset", "department:put", "department:reset", "department:remove"),
        *("member:mute", "member:unmute", "conversation:remove", "person:export"),
        *("person:forget", "ticket:draft", "ticket:summary", "bot:ask"),
        *("visitor:invite", "view:save", "view:remove"),
        *("push:subscribe", "push:unsubscribe"),
    }
)
# Changes nothing that anybody has: who was refused is told of, and what comes of it.
BEGINS = frozenset({"factor:begin", "passkey:begin"})
CONSENTS = frozenset({"call:consent"})  # of customers, too
# So many, or so urgent, that nobody waits until they are written.
MANY = frozenset(
    {
        *("message:send", "message:react", "presence:set"),
        *("call:start", "call:accept", "call:decline", "call:end"),
    }
)
ON_BEHALF = frozenset({"ticket:accept", "ticket:reply"})
TARGETS = (
    *("ticket_id", "dialog_id", "message_id", "username", "connection", "target", "area"),
    *("directory", "errand_id", "webhook", "what", "to", "call_id", "name"),
    "participant_id",
)
# Of whose values only the domain is told: the log is kept when somebody is forgotten.
ADDRESSES = frozenset({"contact", "to"})
VIEWS, OF_VIEWS = frozenset({"view:save", "view:remove"}), frozenset({"name", "was", "viewer"})
NAMES_PEOPLE = frozenset({"user:create"})  # who may be forgotten: by their user name alone
TOLD = frozenset(
    {
        *("operator", "display_name", "role", "sites", "capacity", "takes_tickets", "disabled"),
        *("everywhere", "reason", "seconds", "network", "sure", "level", *TARGETS),
        *("emoji", "remove", "status", "language", "site", "uses", "hours", "node", *ADDRESSES),
        *("on", "agree", "media", "viewer", "was", "failed", "scopes", "add", "priority", "notes"),
        *("department", "until", "new_name", "version", "session", "passkey", "keys"),
    }
)
LONGEST = 200
# Who is told of; and over what they come who have no connection.
VIA = {"operator": "http", "program": "http", "shell": "shell", "system": "signal"}


def record(
    services: Services,
    caller: Caller,
    command: Command,
    outcome: str,
    why: str = "",
    result: Any = None,
) -> None:
    """Tells the audit log of a command, if it is one that it is told of; ``why`` it was refused,
    or its ``result``: who logs in by a passkey names nobody."""
    event, audit = command.event, services.audit
    if event in LOGINS:
        said = entry(services, caller, command, outcome, why)
        if isinstance(result, LoggedIn):
            said["target"] = result.operator.username
        (audit.write if outcome == "done" else audit.write_failure)(said)
    elif caller.principal.kind not in VIA:
        if event in CONSENTS and outcome == "done":
            audit.write(entry(services, caller, command, outcome, why))
    elif event in BEGINS and outcome == "done":
        return
    elif event in ACTS or event in MANY:
        waits = event != LOGOUT and event not in MANY
        audit.write(entry(services, caller, command, outcome, why), wait=waits)


def entry(
    services: Services, caller: Caller, command: Command, outcome: str, why: str
) -> dict[str, Any]:
    """A command as the log keeps it: no texts, no passwords, nothing long."""
    told, fields = Told(services.config, outcome), {}
    names = told_of(command)
    for field in msgspec.structs.fields(command):
        value = getattr(command, field.name)
        if value == default_of(field):
            continue
        if field.name in names - ADDRESSES:
            fields[field.name] = told.tell(field.name, value)
            continue
        told.keep_quiet(value)
        if field.name in names:
            fields[field.name] = hide_mailbox(value)
    if isinstance(command, Writes):
        fields["keys"] = ", ".join(keys_in(command.piece))
    acts_as = fields.pop("operator", None) if command.event in ON_BEHALF else None
    target = next((fields.pop(name) for name in TARGETS if name in fields), None)
    why = told.without_quotes(why)
    return {
        "at": to_text(services.now()),
        "who": caller.principal.label,
        "via": via(caller),
        "address": caller.address,
        **(caller.process or {}),
        "command": command.event,
        "target": brief(target),
        "as": brief(acts_as),
        "arguments": {name: brief(value) for name, value in fields.items()},
        "outcome": outcome,
        **({"why": brief(why)} if why else {}),
    }


def told_of(command: Command) -> frozenset[str]:
    """The fields of a command that are told; saved views by their names alone."""
    if command.event in NAMES_PEOPLE:
        return TOLD - {"display_name"}
    return TOLD & OF_VIEWS if command.event in VIEWS else TOLD


def hide_mailbox(address: Any) -> str:
    """``…@shop.example``; of what is no address nothing."""
    _, at, domain = str(address).rpartition("@")
    return f"…{at}{domain}" if at else "…" if address else ""


def default_of(field: FieldInfo) -> Any:
    """What a field is when it is not named."""
    factory = field.default_factory
    return field.default if factory is msgspec.NODEFAULT else factory()


def via(caller: Caller) -> str:
    """Over which transport it came."""
    if caller.connection is not None:
        return caller.connection.transport
    return VIA.get(caller.principal.kind, "http")


def brief(value: Any) -> Any:
    """An argument, however long or odd it came."""
    return value if value is None or isinstance(value, bool | int) else str(value)[:LONGEST]
