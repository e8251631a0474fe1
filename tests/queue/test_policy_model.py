"""The policy's table against a model that knows nothing of it: who may see and do what, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

import pytest

from chatd.config.settings import PeopleSettings, TicketSettings
from chatd.domain import policy
from chatd.domain.dialog import Dialog, Member
from chatd.domain.place import DialogPlace, NotesPlace, Place, RoomPlace, TicketPlace
from chatd.domain.principal import ANONYMOUS, Principal
from chatd.domain.room import Room
from chatd.domain.ticket import Ticket
from chatd.protocol.envelope import COMMANDS

SITES = ("bank", "blog", "shop")
ROOM, TICKET, NOTES, DIALOG = "room", "ticket", "notes", "dialog"
READING = {"dialog:join", "dialog:leave", "history:get"}
TALKING = {
    *("message:send", "message:edit", "message:delete", "message:react", "typing:start"),
    *("typing:stop", "draft:edit", "receipt:delivered", "receipt:read", "file:create"),
    *("room:enter", "call:start", "voice:join"),
}
OF_STAFF = {
    *(
        "message:system",
        "message:earlier",
        "ticket:accept",
        "ticket:transfer",
        "ticket:return",
    ),
    *(
        "ticket:reopen",
        "ticket:get",
        "ticket:customer",
        "ticket:reply",
        "ticket:tag",
        *("ticket:snooze", "ticket:draft", "ticket:summary"),
    ),
}
OF_THE_CUSTOMER_TOO = {
    *("ticket:request", "ticket:messages", "ticket:update", "ticket:transcript", "ticket:close"),
    "transcript:get",
}
OF_THE_CUSTOMER = {"ticket:rate", "ticket:cancel"}
READERS_TOO = READING | {"ticket:messages", "ticket:get", "ticket:customer", "transcript:get"}
OF_THOSE_INSIDE = {"dialog:quit", "dialog:mute"}
OF_THE_OWNER = {
    *("dialog:invite", "dialog:remove", "dialog:rename", "dialog:past", "dialog:hand_over"),
    *("dialog:link", "dialog:unlink"),
}
OF_WHO_MODERATES = {"member:mute", "member:unmute"}
OF_DIALOGS = OF_THOSE_INSIDE | OF_THE_OWNER
ABOUT = READING | TALKING | OF_STAFF | OF_THE_CUSTOMER_TOO | OF_DIALOGS | OF_WHO_MODERATES
ABOUT |= OF_THE_CUSTOMER
# About no place: by who one is, with what a shell user who may only read may ask as well.
ANYBODY = {"hello", "ping", "site:get", "operator:login", "person:login", "room:list"}
ANYBODY |= {"passkey:ask", "passkey:login"}
WHO_IS_SOMEBODY = {"presence:set", "file:remove"}
SEEN_BY_SOMEBODY = {"file:get", "search:messages"}  # and which, by the dialog that they are in
CUSTOMERS = {"ticket:open", "ticket:own", "visit:note", "identity:end"}
LOGGED_IN = {
    *("push:key", "push:subscribe", "push:unsubscribe"),
    *("call:accept", "call:decline", "call:end", "call:signal", "call:ice"),
    *("call:record", "call:consent", "call:quality"),
    *("voice:leave", "voice:set"),
}
NEWCOMERS = {"person:register"}
WITH_AN_ACCOUNT = {
    *("person:logout", "person:me", "person:find", "person:password"),
    "person:avatar",
    *("dialog:create", "dialog:list", "dialog:watch", "dialog:enter"),
}
AT_WORK = {
    "view:save",
    "view:remove",
    "visitor:invite",
    "ticket:mine",
    "mention:list",
    "operator:logout",
    "operator:me",
} | {
    *("operator:password", "factor:begin", "factor:confirm", "factor:remove"),
    *("session:list", "session:end"),
    *("passkey:list", "passkey:begin", "passkey:confirm", "passkey:remove"),
}
SEEN_AT_WORK = {
    *("ticket:list", "queue:get", "queue:watch", "canned:list", "hours:list", "operator:list"),
    *("connection:stats", "stats:get", "file:usage", "visitor:list", "visitor:watch"),
    *("report:get", "report:tickets", "view:list"),
}
RUNNING_IT = {
    *("operator:factor_off", "operator:session_end", "operator:passkey_off"),
    *("operator:create", "operator:passwd", "operator:set", "operator:remove", "operator:disable"),
    *("user:create", "user:passwd", "user:disable", "user:remove", "user:invite"),
    *("user:avatar", "token:create", "token:revoke", "conversation:remove"),
    "person:forget",
    *("connection:kick", "ban:add", "ban:remove", "log:level", "config:reload"),
    *("errand:retry", "errand:drop", "webhook:test", "webhook:replay", "webhook:open"),
    *("mail:test", "call:trace", "turn:test", "canned:put", "canned:remove"),
    *("site:put", "site:reset", "department:put", "department:reset", "department:remove"),
}
SEEN_RUNNING_IT = {"user:list", "connection:list", "ban:list", "log:levels", "daemon:status"} | {
    *(
        "operator:sessions",
        "operator:passkeys",
        "token:list",
        "errand:list",
        "webhook:list",
        "call:list",
        "board:get",
    ),
    *("site:list", "site:settings", "department:list", "department:settings"),
    "role:list",
}
AT_THE_MACHINE = {"daemon:drain", "store:backup", "file:write", "person:export", "search:rebuild"}
AT_THE_MACHINE |= {"bot:ask"}
SEEN_AT_THE_MACHINE = {"daemon:examine", "audit:read", "person:show"}
READERS = ANYBODY | SEEN_BY_SOMEBODY | SEEN_AT_WORK | SEEN_RUNNING_IT | SEEN_AT_THE_MACHINE


ONES_OWN = (
    {one for one in AT_WORK if one.startswith(("operator:", "factor:", "session:", "passkey:"))}
    | {"presence:set"}
    | ANYBODY
)
ONES_OWN |= {"push:key", "push:subscribe", "push:unsubscribe"}
# Of the configuration's roles: who looks, who answers and bans, who may nothing.
ROLES: dict[str, set[str]] = {
    "looker": {"dialog:join", "history:get", "ticket:get", "queue:get", "report:get"},
    "lead": {"message:send", "ticket:accept", "ban:add", "operator:set", "call:accept"},
    "nobody": set(),
}


def subsets() -> Iterator[tuple[str, ...]]:
    """Every choice of sites, none included."""
    return chain.from_iterable(combinations(SITES, size) for size in range(len(SITES) + 1))


def people() -> Iterator[Principal]:
    """Everybody there can be on three sites: each of their customers, one more visitor, a person,
    an operator for every choice of sites, an administrator, the shell's two, the daemon, nobody."""
    yield ANONYMOUS
    for site in SITES:
        yield Principal(kind="visitor", id=f"customer-{site}", site=site)
        yield Principal(kind="visitor", id=f"visitor-{site}", site=site)
        yield Principal(kind="visitor", id=f"person-{site}", site=site, account="anna")
    for sites in subsets():
        name = "+".join(sites) or "all"
        yield Principal(
            kind="operator", id=f"operator:{name}", operator=name, role="operator", sites=sites
        )
    yield Principal(kind="operator", id="operator:boss", operator="boss", role="admin")
    for role, may in ROLES.items():
        yield Principal(
            kind="operator", id=f"operator:{role}", operator=role, role=role, may=frozenset(may)
        )
    yield Principal(kind="shell", id="shell:root", name="root", role="act")
    yield Principal(kind="shell", id="shell:eva", name="eva", role="read")
    yield Principal(kind="system", id="system")


def places() -> Iterator[tuple[str, Room | Ticket | Dialog, Place]]:
    """Every room by the sites it is for, every site's ticket and its notes, a group of two people
    that is the first one's: kind, what it is, as a place."""
    members = tuple(Member(f"person-{site}", "anna", "") for site in SITES[:2])
    group = Dialog(
        id="dlg-1", form="group", site="bank", owner="person-bank", members=members, created_at=""
    )
    yield DIALOG, group, DialogPlace(group.id, group, PeopleSettings())
    for sites in subsets():
        room = Room(id="+".join(sites) or "lobby", sites=sites)
        yield ROOM, room, RoomPlace(room.id, room)
    for site in SITES:
        ticket = Ticket(
            id=f"TKT-{site}",
            site=site,
            status="active",
            customer_id=f"customer-{site}",
            customer_name="",
            created_at="",
            updated_at="",
        )
        yield TICKET, ticket, TicketPlace(ticket.id, ticket, TicketSettings())
        yield NOTES, ticket, NotesPlace(f"{ticket.id}/notes", ticket, TicketSettings())


def works_for(who: Principal, sites: set[str]) -> bool:
    """The model: whether somebody is staff of one of these sites."""
    if who.kind in ("shell", "system") or who.role == "admin":
        return True
    return who.kind == "operator" and bool((set(who.sites) or set(SITES)) & sites)


def may(who: Principal, command: str, kind: str, about: Room | Ticket | Dialog) -> bool:
    """The model: whether a command about this is possible for somebody."""
    if who.may is not None and command not in who.may:
        return False
    if isinstance(about, Dialog):
        inside = command in READING | TALKING | OF_THOSE_INSIDE
        own = who.id == "person-bank" and command in OF_THE_OWNER | OF_WHO_MODERATES
        return own or (inside and who.id in ("person-bank", "person-blog"))
    if command in OF_DIALOGS:
        return False
    if command in OF_THE_CUSTOMER:
        return kind == TICKET and isinstance(about, Ticket) and who.id == about.customer_id
    sites = {about.site} if isinstance(about, Ticket) else set(about.sites) or set(SITES)
    if who.kind == "shell" and who.role == "read":
        return command in READERS_TOO
    if works_for(who, sites):
        return True
    if who.kind != "visitor" or command in OF_STAFF | OF_WHO_MODERATES or kind == NOTES:
        return False
    if isinstance(about, Ticket):
        return who.id == about.customer_id
    return who.site in sites and command in READING | TALKING


def may_at_all(who: Principal, command: str) -> bool:
    """The model: whether a command about no place is possible for somebody."""
    if who.may is not None:
        return command in ONES_OWN | set(who.may)
    return may_by_rank(who, command)


def may_by_rank(who: Principal, command: str) -> bool:
    """The same, of who has no role of the configuration's."""
    if who.kind == "shell" and who.role == "read":
        return command in READERS
    allowed = set(ANYBODY)
    if who.kind != "anonymous":
        allowed |= WHO_IS_SOMEBODY | SEEN_BY_SOMEBODY
    if who.kind == "visitor":
        allowed |= CUSTOMERS
    if who.kind in ("visitor", "operator"):
        allowed |= LOGGED_IN
    if who.kind in ("anonymous", "visitor"):
        allowed |= NEWCOMERS
    if who.account:
        allowed |= WITH_AN_ACCOUNT
    if who.kind in ("operator", "shell", "system"):
        allowed |= AT_WORK | SEEN_AT_WORK
    if who.role == "admin" or who.kind in ("shell", "system"):
        allowed |= RUNNING_IT | SEEN_RUNNING_IT
    if who.kind in ("shell", "system"):
        allowed |= AT_THE_MACHINE | SEEN_AT_THE_MACHINE
    return command in allowed


def test_the_model_knows_every_command_about_a_place() -> None:
    assert {name for name, command in COMMANDS.items() if command.about} == ABOUT


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - ABOUT))
def test_who_may_do_what_is_about_no_place(command: str) -> None:
    for who in people():
        refused = policy.judge(who, command)
        assert (refused is None) == may_at_all(who, command), (who.id or who.kind, refused)
        if refused:
            wanted = "unauthenticated" if who.kind == "anonymous" else "forbidden"
            assert refused.code == wanted


@pytest.mark.parametrize("command", sorted(ABOUT))
def test_the_policy_is_the_model(command: str) -> None:
    for who in people():
        for kind, about, place in places():
            if kind in (ROOM, DIALOG) and command.startswith("ticket:"):
                continue  # dispatch looks for tickets only
            refused = policy.judge(who, command, place)
            told = (who.id or who.kind, place.id, command, refused)
            assert (refused is None) == may(who, command, kind, about), told


def test_who_may_see_nothing_of_a_place_is_not_told_that_it_is_there() -> None:
    for who in people():
        if who.may is not None:
            continue  # staff of its site, who is told what their role lacks
        for kind, about, place in places():
            if who.kind == "anonymous" or any(may(who, one, kind, about) for one in ABOUT):
                continue
            for command in ABOUT:
                refused = policy.judge(who, command, place)
                assert refused and refused.code == "not_found", (who.id, place.id, command)


def test_a_room_is_named_to_exactly_those_who_may_join_it() -> None:
    for who in people():
        for kind, about, place in places():
            if isinstance(about, Room):
                joins = may(who, "dialog:join", kind, about)
                anybodys = who.kind == "anonymous" and not about.sites
                assert policy.lists(who, place) == (joins or anybodys), (who.id, place.id)
