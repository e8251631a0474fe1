"""Who may do what: one pure function over principal, command and place, read off a table.

A principal's *relation* is what it is to the place that a command is about. Who has none
to a ticket is told that it does not exist, so that asking for ids yields nothing.
"""

from __future__ import annotations

from typing import Literal

from chatd.domain import scopes
from chatd.domain.place import NOTHING, Place, Relation
from chatd.domain.principal import Principal
from chatd.errors import ChatdError, Forbidden, NotFound, needs_enrolling, nobody

Party = Literal[
    "anonymous",
    "visitor",
    "program",
    "member",
    "customer",
    "staff",
    "operator",
    "admin",
    "reader",
    "shell",
    "person",
    "insider",
    "owner",
    "locked",
    "self",
]

EVERYBODY: frozenset[Party] = frozenset(
    {"anonymous", "visitor", "operator", "admin", "reader", "shell"}
)
KNOWN: frozenset[Party] = frozenset({"visitor", "operator", "admin", "shell"})
LOGGED_IN: frozenset[Party] = frozenset({"visitor", "operator", "admin"})
TALKERS: frozenset[Party] = frozenset({"member", "customer", "staff"})
CARERS: frozenset[Party] = frozenset({"customer", "staff"})
STAFF: frozenset[Party] = frozenset({"staff"})
CUSTOMER: frozenset[Party] = frozenset({"customer"})
OPERATORS: frozenset[Party] = frozenset({"operator", "admin", "shell"})
WATCHERS: frozenset[Party] = OPERATORS | {"reader"}
LOOKERS: frozenset[Party] = STAFF | {"reader"}
INSIDERS: frozenset[Party] = frozenset({"insider"})
OWNER: frozenset[Party] = frozenset({"owner"})
PERSON: frozenset[Party] = frozenset({"person"})
PROGRAM: frozenset[Party] = frozenset({"program"})
ADMINS: frozenset[Party] = frozenset({"admin", "shell"})
ADMINS_AND_PROGRAMS: frozenset[Party] = ADMINS | PROGRAM
ADMIN_WATCHERS: frozenset[Party] = ADMINS | {"reader"}

RULES: dict[str, frozenset[Party]] = {
    "hello": EVERYBODY,
    "ping": EVERYBODY,
    "presence:set": KNOWN,
    "dialog:join": TALKERS | {"reader"},
    "dialog:leave": TALKERS | {"reader"},
    "dialog:create": PERSON,
    "dialog:list": PERSON,
    "dialog:watch": PERSON,
    "dialog:enter": PERSON,
    "dialog:invite": OWNER,
    "dialog:remove": OWNER,
    "dialog:rename": OWNER,
    "dialog:past": OWNER,
    "dialog:hand_over": OWNER,
    "dialog:link": OWNER,
    "dialog:unlink": OWNER,
    "dialog:quit": INSIDERS,
    "dialog:mute": INSIDERS,
    "call:start": TALKERS,
    "call:accept": LOGGED_IN,
    "call:decline": LOGGED_IN,
    "call:end": LOGGED_IN,
    "call:signal": LOGGED_IN,
    "call:ice": LOGGED_IN,
    "call:record": LOGGED_IN,
    "call:consent": LOGGED_IN,
    "call:quality": LOGGED_IN,
    "voice:join": TALKERS,
    "voice:leave": LOGGED_IN,
    "voice:set": LOGGED_IN,
    "call:list": ADMIN_WATCHERS,
    "call:trace": ADMINS,
    "turn:test": ADMINS,
    "member:mute": STAFF | OWNER,
    "member:unmute": STAFF | OWNER,
    "history:get": TALKERS | {"reader"},
    "message:send": TALKERS,
    "message:edit": TALKERS,
    "message:delete": TALKERS,
    "message:react": TALKERS,
    "message:earlier": STAFF,
    "message:system": STAFF,
    "typing:start": TALKERS,
    "typing:stop": TALKERS,
    "draft:edit": TALKERS,
    "receipt:delivered": TALKERS,
    "receipt:read": TALKERS,
    "file:create": TALKERS | {"self"},
    "file:write": frozenset({"shell"}),
    "file:get": KNOWN | {"reader"},
    "file:remove": KNOWN,
    "file:usage": WATCHERS,
    "ticket:open": frozenset({"visitor"}),
    "ticket:request": CARERS,
    "ticket:messages": CARERS | {"reader"},
    "ticket:accept": STAFF,
    "ticket:transfer": STAFF,
    "ticket:return": STAFF,
    "ticket:close": CARERS,
    "ticket:cancel": CUSTOMER,
    "ticket:reopen": STAFF,
    "ticket:get": LOOKERS,
    "ticket:customer": LOOKERS,
    "ticket:update": CARERS,
    "ticket:tag": STAFF,
    "ticket:snooze": STAFF,
    "ticket:rate": CUSTOMER,
    "ticket:draft": STAFF,
    "ticket:summary": STAFF,
    "bot:ask": frozenset({"shell"}),
    "ticket:transcript": CARERS,
    "transcript:get": CARERS | {"reader"},
    "ticket:reply": STAFF,
    "ticket:list": WATCHERS,
    "ticket:mine": OPERATORS,
    "ticket:own": frozenset({"visitor"}),
    "identity:end": frozenset({"visitor"}),
    "mention:list": OPERATORS,
    "queue:get": WATCHERS,
    "queue:watch": WATCHERS,
    "canned:list": WATCHERS,
    "view:list": WATCHERS,
    "view:save": OPERATORS,
    "view:remove": OPERATORS,
    "canned:put": ADMINS_AND_PROGRAMS,
    "canned:remove": ADMINS_AND_PROGRAMS,
    "hours:list": WATCHERS,
    "visit:note": frozenset({"visitor"}),
    "visitor:list": WATCHERS,
    "visitor:watch": WATCHERS,
    "visitor:invite": OPERATORS,
    "search:messages": KNOWN | {"reader"},
    "search:rebuild": frozenset({"shell"}),
    "site:get": EVERYBODY,
    "role:list": ADMIN_WATCHERS,
    "site:list": ADMIN_WATCHERS,
    "site:settings": ADMIN_WATCHERS,
    "site:put": ADMINS,
    "site:reset": ADMINS,
    "department:list": ADMIN_WATCHERS,
    "department:settings": ADMIN_WATCHERS,
    "department:put": ADMINS,
    "department:reset": ADMINS,
    "department:remove": ADMINS,
    "operator:login": EVERYBODY,
    "operator:password": OPERATORS,
    "operator:factor_off": ADMINS,
    "passkey:ask": EVERYBODY,
    "passkey:login": EVERYBODY,
    "passkey:list": OPERATORS,
    "passkey:begin": OPERATORS,
    "passkey:confirm": OPERATORS,
    "passkey:remove": OPERATORS,
    "operator:passkeys": ADMIN_WATCHERS,
    "operator:passkey_off": ADMINS,
    "operator:sessions": ADMIN_WATCHERS,
    "operator:session_end": ADMINS,
    "session:list": OPERATORS,
    "session:end": OPERATORS,
    "factor:begin": OPERATORS,
    "factor:confirm": OPERATORS,
    "factor:remove": OPERATORS,
    "operator:logout": OPERATORS,
    "operator:me": OPERATORS,
    "operator:create": ADMINS,
    "operator:list": WATCHERS,
    "operator:passwd": ADMINS,
    "operator:set": ADMINS,
    "operator:remove": ADMINS,
    "operator:disable": ADMINS,
    "person:register": frozenset({"anonymous", "visitor"}),
    "person:login": EVERYBODY,
    "person:logout": PERSON,
    "person:me": PERSON,
    "person:find": PERSON,
    "person:password": PERSON,
    "person:avatar": PERSON,
    "user:create": ADMINS,
    "user:list": ADMIN_WATCHERS,
    "user:passwd": ADMINS,
    "user:disable": ADMINS,
    "user:avatar": ADMINS,
    "user:remove": ADMINS,
    "user:invite": ADMINS,
    "token:create": ADMINS,
    "token:list": ADMIN_WATCHERS,
    "token:revoke": ADMINS,
    "token:me": PROGRAM,
    "report:get": WATCHERS,
    "report:tickets": WATCHERS,
    "board:get": ADMIN_WATCHERS,
    "room:list": EVERYBODY,
    "room:enter": TALKERS | {"locked"},
    "connection:list": ADMIN_WATCHERS,
    "connection:stats": WATCHERS,
    "connection:kick": ADMINS,
    "ban:add": ADMINS,
    "ban:remove": ADMINS,
    "ban:list": ADMIN_WATCHERS,
    "stats:get": WATCHERS,
    "log:level": ADMINS,
    "log:levels": ADMIN_WATCHERS,
    "config:reload": ADMINS,
    "conversation:remove": ADMINS,
    "daemon:status": ADMIN_WATCHERS,
    "daemon:examine": frozenset({"shell", "reader"}),
    "daemon:drain": frozenset({"shell"}),
    "store:backup": frozenset({"shell"}),
    "person:show": frozenset({"shell", "reader"}),
    "person:export": frozenset({"shell"}),
    "person:forget": ADMINS,
    "errand:list": ADMIN_WATCHERS,
    "errand:retry": ADMINS,
    "errand:drop": ADMINS,
    "webhook:list": ADMIN_WATCHERS,
    "webhook:test": ADMINS,
    "webhook:replay": ADMINS,
    "webhook:open": ADMINS,
    "mail:test": ADMINS,
    "push:key": LOGGED_IN,
    "push:subscribe": LOGGED_IN,
    "push:unsubscribe": LOGGED_IN,
    "audit:read": frozenset({"shell", "reader"}),
}
# One's own affairs, and what anybody may: whatever an operator's role is.
FREE = frozenset(
    {
        *(name for name, parties in RULES.items() if parties >= EVERYBODY),
        *("presence:set", "operator:logout", "operator:me", "operator:password"),
        *("factor:begin", "factor:confirm", "factor:remove", "session:list", "session:end"),
        *("passkey:list", "passkey:begin", "passkey:confirm", "passkey:remove"),
        *("push:key", "push:subscribe", "push:unsubscribe"),
    }
)
# What somebody may ask who has to have a second factor first.
ENROLLING = frozenset(
    {
        *("ping", "operator:login", "operator:logout", "operator:me"),
        *("factor:begin", "factor:confirm"),
        *("passkey:ask", "passkey:login", "passkey:list", "passkey:begin", "passkey:confirm"),
    }
)

OWN: dict[str, frozenset[Party]] = {
    "anonymous": frozenset({"anonymous"}),
    "visitor": frozenset({"visitor"}),
    "operator": frozenset({"operator"}),
    "program": frozenset({"operator", "program"}),
    "shell": frozenset({"shell"}),
    "system": frozenset({"shell"}),
}
ADMIN: frozenset[Party] = frozenset({"operator", "admin"})
READER: frozenset[Party] = frozenset({"reader"})
RELATED: dict[Relation, frozenset[Party]] = {
    "none": frozenset(),
    "member": frozenset({"member"}),
    "customer": frozenset({"customer"}),
    "staff": frozenset({"staff"}),
    "insider": frozenset({"member", "insider"}),
    "owner": frozenset({"member", "insider", "owner"}),
    "locked": frozenset({"locked"}),
    "stranger": frozenset(),
    "self": frozenset({"self"}),
}


def lists(principal: Principal, place: Place) -> bool:
    """Whether a place is named to a principal; who is nobody yet is told of those for everybody."""
    if principal.kind == "anonymous":
        return place.is_for_all
    if principal.may is not None and "dialog:join" not in principal.may:
        return False
    return place.relation(principal) != "stranger"


def parties(principal: Principal, related: Relation) -> frozenset[Party]:
    """All that a principal counts as; a shell user who may only read is never staff."""
    if principal.kind == "shell" and principal.role == "read":
        return frozenset() if related == "stranger" else READER
    of_admin = principal.role == "admin" or principal.may is not None
    own = ADMIN if of_admin else OWN[principal.kind]
    return own | RELATED[related] | (PERSON if principal.account else frozenset())


def judge(principal: Principal, command: str, place: Place = NOTHING) -> ChatdError | None:
    """``None`` if the principal may, else the error that says no. ``place``: what the command is
    about."""
    if principal.kind == "program":
        needed = scopes.missing(principal.scopes, command, place.kind)
        if needed:
            return Forbidden(out_of_scope(command, needed))
    if principal.must_enrol and command not in ENROLLING:
        return needs_enrolling()
    if principal.may is not None and command not in principal.may | FREE:
        return Forbidden(f"{command} is not for the role {principal.role}")
    allowed = RULES.get(command, frozenset())
    related = place.relation(principal)
    if allowed & parties(principal, related):
        return None
    if principal.kind == "anonymous":
        return nobody()
    if related == "stranger":
        return NotFound("no such dialog")
    if related == "locked":
        return Forbidden("this room asks for a password: room:enter", password=True)
    if related == "insider" and "owner" in allowed:
        return Forbidden(f"{command} is for the owner of a group")
    return Forbidden(f"{command} is not for {describe(principal)}")


def out_of_scope(command: str, needed: str) -> str:
    """Why a program's token is not good for a command."""
    if needed == "-":
        return f"{command} is not for programs: no scope of a token allows it"
    return f"{command} needs a token with the scope {needed}"


def describe(principal: Principal) -> str:
    """What a principal is, for the error that it is told."""
    if principal.role in ("operator", "read"):
        return "an operator" if principal.role == "operator" else "a read-only shell user"
    if principal.account:
        return "a person"
    if principal.kind == "program":
        return "a program"
    return {"visitor": "a visitor", "operator": "an administrator"}.get(principal.kind, "this user")
