"""Policy, ticket states, drafts and the queue, as tables."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.config.settings import TicketSettings
from chatd.domain import policy
from chatd.domain.message import seq_of
from chatd.domain.origins import admits
from chatd.domain.place import NotesPlace, RoomPlace, TicketPlace
from chatd.domain.principal import ANONYMOUS, Principal
from chatd.domain.room import Room
from chatd.domain.ticket import TRANSITIONS, Ticket
from chatd.domain.times import to_epoch, to_text
from chatd.errors import ChatdError, Conflict
from chatd.protocol.envelope import COMMANDS

TICKET = Ticket(
    id="TKT-1",
    site="shop",
    status="waiting",
    customer_id="p-1",
    customer_name="Аня",
    created_at="2026-11-21T10:00:00.000Z",
    updated_at="2026-11-21T10:00:00.000Z",
)
CUSTOMER = Principal(kind="visitor", id="p-1", site="shop")
STRANGER = Principal(kind="visitor", id="p-2", site="shop")
OPERATOR = Principal(kind="operator", id="operator:o", role="operator", operator="o")
ELSEWHERE = Principal(
    kind="operator", id="operator:e", role="operator", operator="e", sites=("blog",)
)
ADMIN = Principal(kind="operator", id="operator:a", role="admin", operator="a")
PERSON = Principal(kind="visitor", id="p-3", site="shop", account="vera")
SHELL = Principal(kind="shell", id="shell:root", role="act")
READER = Principal(kind="shell", id="shell:ro", role="read")
EVERYONE = {
    "anonymous": ANONYMOUS,
    "customer": CUSTOMER,
    "stranger": STRANGER,
    "operator": OPERATOR,
    "elsewhere": ELSEWHERE,
    "admin": ADMIN,
    "shell": SHELL,
    "reader": READER,
}
STAFF = {"operator", "admin", "shell"}
ABOUT_A_TICKET = {
    "dialog:join": {"customer", "reader"} | STAFF,
    "dialog:leave": {"customer", "reader"} | STAFF,
    "dialog:invite": set(),
    "dialog:remove": set(),
    "dialog:rename": set(),
    "dialog:past": set(),
    "dialog:hand_over": set(),
    "dialog:link": set(),
    "dialog:unlink": set(),
    "dialog:quit": set(),
    "dialog:mute": set(),
    "room:enter": {"customer"} | STAFF,
    "member:mute": STAFF,
    "member:unmute": STAFF,
    "history:get": {"customer", "reader"} | STAFF,
    "message:send": {"customer"} | STAFF,
    "message:edit": {"customer"} | STAFF,
    "message:delete": {"customer"} | STAFF,
    "message:react": {"customer"} | STAFF,
    "message:earlier": STAFF,
    "message:system": STAFF,
    "typing:start": {"customer"} | STAFF,
    "typing:stop": {"customer"} | STAFF,
    "draft:edit": {"customer"} | STAFF,
    "receipt:delivered": {"customer"} | STAFF,
    "receipt:read": {"customer"} | STAFF,
    "file:create": {"customer"} | STAFF,
    "call:start": {"customer"} | STAFF,
    "voice:join": {"customer"} | STAFF,
    "ticket:request": {"customer"} | STAFF,
    "ticket:messages": {"customer", "reader"} | STAFF,
    "ticket:accept": STAFF,
    **dict.fromkeys(("ticket:transfer", "ticket:return", "ticket:reopen"), STAFF),
    "ticket:close": {"customer"} | STAFF,
    "ticket:get": {"reader"} | STAFF,
    "ticket:customer": {"reader"} | STAFF,
    "ticket:reply": STAFF,
    "ticket:update": {"customer"} | STAFF,
    "ticket:tag": STAFF,
    **dict.fromkeys(("ticket:snooze", "ticket:draft", "ticket:summary"), STAFF),
    **{name: {"customer"} for name in ("ticket:rate", "ticket:cancel")},
    "ticket:transcript": {"customer"} | STAFF,
    "transcript:get": {"customer", "reader"} | STAFF,
}
ALL = set(EVERYONE)
PERSONS = ALL - {"anonymous", "reader"}
WATCHERS = STAFF | {"reader", "elsewhere"}
SEEN_RUNNING_IT = {"admin", "shell", "reader"}
LOGGED_IN = PERSONS - {"shell"}
ABOUT_NOTHING = {
    "hello": ALL,
    "ping": ALL,
    "room:list": ALL,
    "operator:login": ALL,
    "site:get": ALL,
    **dict.fromkeys(("canned:list", "hours:list"), WATCHERS),
    "view:list": WATCHERS,
    "view:save": STAFF | {"elsewhere"},
    "view:remove": STAFF | {"elsewhere"},
    "canned:put": {"admin", "shell"},
    "canned:remove": {"admin", "shell"},
    **dict.fromkeys(("role:list", "site:list", "site:settings"), SEEN_RUNNING_IT),
    **dict.fromkeys(("department:list", "department:settings"), SEEN_RUNNING_IT),
    **{one: {"admin", "shell"} for one in ("site:put", "site:reset")},
    **{one: {"admin", "shell"} for one in ("department:put", "department:reset")},
    "department:remove": {"admin", "shell"},
    "presence:set": PERSONS,
    "ticket:open": {"customer", "stranger"},
    "ticket:list": WATCHERS,
    "ticket:mine": STAFF | {"elsewhere"},
    "ticket:own": {"customer", "stranger"},
    "identity:end": {"customer", "stranger"},
    "search:messages": PERSONS | {"reader"},
    "search:rebuild": {"shell"},
    "bot:ask": {"shell"},
    "mention:list": STAFF | {"elsewhere"},
    "queue:get": WATCHERS,
    "queue:watch": WATCHERS,
    **dict.fromkeys(("visitor:list", "visitor:watch"), WATCHERS),
    "visit:note": {"customer", "stranger"},
    "visitor:invite": STAFF | {"elsewhere"},
    "operator:logout": STAFF | {"elsewhere"},
    "operator:me": STAFF | {"elsewhere"},
    "operator:list": WATCHERS,
    **dict.fromkeys(("operator:password", "factor:begin"), STAFF | {"elsewhere"}),
    **dict.fromkeys(("factor:confirm", "factor:remove"), STAFF | {"elsewhere"}),
    "operator:factor_off": {"admin", "shell"},
    **dict.fromkeys(("session:list", "session:end"), STAFF | {"elsewhere"}),
    **dict.fromkeys(("passkey:ask", "passkey:login"), ALL),
    **dict.fromkeys(("passkey:list", "passkey:begin"), STAFF | {"elsewhere"}),
    **dict.fromkeys(("passkey:confirm", "passkey:remove"), STAFF | {"elsewhere"}),
    "operator:passkeys": {"admin", "shell", "reader"},
    "operator:passkey_off": {"admin", "shell"},
    "operator:sessions": {"admin", "shell", "reader"},
    "operator:session_end": {"admin", "shell"},
    "connection:stats": WATCHERS,
    "stats:get": WATCHERS,
    "person:register": {"anonymous", "customer", "stranger"},
    "person:login": ALL,
    "person:logout": set(),
    "person:me": set(),
    "person:find": set(),
    "person:password": set(),
    "person:avatar": set(),
    "dialog:create": set(),
    "dialog:list": set(),
    "dialog:watch": set(),
    "dialog:enter": set(),
    "user:create": {"admin", "shell"},
    "user:list": {"admin", "shell", "reader"},
    "user:passwd": {"admin", "shell"},
    "user:disable": {"admin", "shell"},
    "user:avatar": {"admin", "shell"},
    "user:remove": {"admin", "shell"},
    "conversation:remove": {"admin", "shell"},
    "user:invite": {"admin", "shell"},
    "report:get": WATCHERS,
    "report:tickets": WATCHERS,
    "board:get": {"admin", "shell", "reader"},
    "token:create": {"admin", "shell"},
    "token:list": {"admin", "shell", "reader"},
    "token:revoke": {"admin", "shell"},
    "token:me": set(),
    "operator:create": {"admin", "shell"},
    "operator:passwd": {"admin", "shell"},
    "operator:disable": {"admin", "shell"},
    "operator:set": {"admin", "shell"},
    "operator:remove": {"admin", "shell"},
    "connection:list": {"admin", "shell", "reader"},
    "connection:kick": {"admin", "shell"},
    "ban:add": {"admin", "shell"},
    "ban:remove": {"admin", "shell"},
    "ban:list": {"admin", "shell", "reader"},
    "log:level": {"admin", "shell"},
    "log:levels": {"admin", "shell", "reader"},
    "config:reload": {"admin", "shell"},
    "daemon:drain": {"shell"},
    "daemon:status": {"admin", "shell", "reader"},
    "daemon:examine": {"shell", "reader"},
    "store:backup": {"shell"},
    "person:show": {"shell", "reader"},
    "person:export": {"shell"},
    "person:forget": {"admin", "shell"},
    "audit:read": {"shell", "reader"},
    "file:write": {"shell"},
    "file:get": PERSONS | {"reader"},
    "file:remove": PERSONS,
    "file:usage": WATCHERS,
    "mail:test": {"admin", "shell"},
    "push:key": LOGGED_IN,
    "push:subscribe": LOGGED_IN,
    "push:unsubscribe": LOGGED_IN,
    **dict.fromkeys(("call:accept", "call:decline", "call:end", "call:signal"), LOGGED_IN),
    **dict.fromkeys(("call:ice", "call:record", "call:consent", "call:quality"), LOGGED_IN),
    "voice:leave": LOGGED_IN,
    "voice:set": LOGGED_IN,
    "call:list": {"admin", "shell", "reader"},
    "call:trace": {"admin", "shell"},
    "turn:test": {"admin", "shell"},
    "errand:list": {"admin", "shell", "reader"},
    "errand:retry": {"admin", "shell"},
    "errand:drop": {"admin", "shell"},
    "webhook:list": {"admin", "shell", "reader"},
    "webhook:test": {"admin", "shell"},
    "webhook:replay": {"admin", "shell"},
    "webhook:open": {"admin", "shell"},
}


def test_every_command_has_its_row_and_there_is_no_other() -> None:
    assert ABOUT_A_TICKET.keys() | ABOUT_NOTHING.keys() == COMMANDS.keys() == policy.RULES.keys()
    for name, command in COMMANDS.items():
        assert (command.about is not None) == (name in ABOUT_A_TICKET), name


@pytest.mark.parametrize(
    ("command", "who"), list(itertools.product(sorted(ABOUT_A_TICKET), sorted(EVERYONE)))
)
def test_about_a_ticket(command: str, who: str) -> None:
    principal = EVERYONE[who]
    refused = policy.judge(principal, command, TicketPlace("TKT-1", TICKET, TicketSettings()))
    assert (refused is None) == (who in ABOUT_A_TICKET[command])
    if who in ("stranger", "elsewhere"):
        assert isinstance(refused, ChatdError) and refused.code == "not_found"


@pytest.mark.parametrize(
    ("command", "who"), list(itertools.product(sorted(ABOUT_NOTHING), sorted(EVERYONE)))
)
def test_about_nothing(command: str, who: str) -> None:
    refused = policy.judge(EVERYONE[who], command)
    assert (refused is None) == (who in ABOUT_NOTHING[command])


OF_AN_ACCOUNT = {
    *("person:logout", "person:me", "person:find", "person:password", "person:avatar"),
    *("dialog:create", "dialog:list", "dialog:watch", "dialog:enter"),
}


@pytest.mark.parametrize("command", sorted(ABOUT_NOTHING))
def test_a_person_may_what_a_visitor_may_and_is_asked_about_their_account(command: str) -> None:
    person = replace(STRANGER, account="anna")
    own = command in OF_AN_ACCOUNT
    refused = policy.judge(person, command)
    assert (refused is None) == ("stranger" in ABOUT_NOTHING[command] or own)


@pytest.mark.parametrize("who", sorted(EVERYONE))
def test_notes_are_for_the_ticket_s_operators_only(who: str) -> None:
    principal = EVERYONE[who]
    notes = NotesPlace("TKT-1/notes", TICKET, TicketSettings())
    allowed = policy.judge(principal, "message:send", notes) is None
    assert allowed == (who in STAFF)


def test_rooms_are_for_the_members_of_their_sites() -> None:
    open_room, shop, blog = (
        Room(id="a"),
        Room(id="b", sites=("shop",)),
        Room(id="c", sites=("blog",)),
    )
    for room, allowed in ((open_room, True), (shop, True), (blog, False)):
        place = RoomPlace(room.id, room)
        assert (policy.judge(CUSTOMER, "message:send", place) is None) == allowed
    daemon = Principal(kind="system", id="system")
    assert policy.judge(daemon, "message:system", RoomPlace("c", blog)) is None


@pytest.mark.parametrize("status", ["bot", "waiting", "active", "closed"])
@pytest.mark.parametrize(
    "action", ["request", "accept", "transfer", "return", "close", "reopen", "resume"]
)
def test_a_ticket_moves_as_the_table_says_or_says_why_not(status: str, action: str) -> None:
    from msgspec.structs import replace

    ticket = replace(TICKET, status=status, operator="artem", closed_by="olga")
    if (status, action) in TRANSITIONS:
        moved = ticket.after(action, "later")  # type: ignore[arg-type]
        assert moved.status == TRANSITIONS[status, action]  # type: ignore[index]
        assert moved.version == ticket.version + 1 and moved.updated_at == "later"
    else:
        with pytest.raises(Conflict, match=f"is {status}") as refused:
            ticket.after(action, "later")  # type: ignore[arg-type]
        assert refused.value.details["status"] == status


@given(st.integers(0, 4_000_000_000_000))
def test_times_go_there_and_back(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert abs(to_epoch(to_text(seconds)) - seconds) < 0.0015


@pytest.mark.parametrize(
    ("id", "seq"),
    [
        ("lobby:12", 12),
        ("lobby:-1", None),
        ("lobby:١", None),
        ("other:1", None),
        ("kitchen:1", None),
    ],
)
def test_a_message_s_id_says_where_it_is(id: str, seq: int | None) -> None:
    assert seq_of(id, "lobby") == seq


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (("self",), "http://chat.example", True),
        (("self",), "http://evil.example", False),
        (("self",), "null", False),
        (("https://shop.example",), "https://shop.example", True),
        (("https://shop.example/",), "https://SHOP.example", True),
        (("https://shop.example",), "https://shop.example.evil", False),
        (("https://shop.example",), "http://shop.example", False),
        (("*",), "null", True),
        ((), "https://shop.example", False),
    ],
)
def test_origins(origins: tuple[str, ...], origin: str, allowed: bool) -> None:
    assert admits(origins, origin, "chat.example") == allowed


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("stranger", "operator:set is not for a visitor"),
        ("person", "operator:set is not for a person"),
        ("operator", "operator:set is not for an operator"),
        ("reader", "operator:set is not for a read-only shell user"),
    ],
)
def test_who_may_not_is_told_what_they_are(who: str, told: str) -> None:
    refused = policy.judge({**EVERYONE, "person": PERSON}[who], "operator:set")
    assert refused is not None and (refused.code, refused.message) == ("forbidden", told)
    upper = policy.judge(ADMIN, "daemon:drain")
    assert upper is not None and upper.message == "daemon:drain is not for an administrator"


def test_who_is_nobody_yet_is_asked_who_they_are_and_not_told_what_there_is() -> None:
    for place in (TicketPlace("TKT-1", TICKET, TicketSettings()), RoomPlace("a", Room(id="a"))):
        refused = policy.judge(ANONYMOUS, "message:send", place)
        assert refused is not None and refused.code == "unauthenticated"
    unknown = policy.judge(ADMIN, "no:such")
    assert unknown is not None and unknown.code == "forbidden", "what is in no table nobody may"


def test_a_room_is_named_to_whom_it_is_for() -> None:
    for_all, shop, blog = (Room(id="r", sites=sites) for sites in ((), ("shop",), ("blog",)))
    rooms = [RoomPlace("r", room) for room in (for_all, shop, blog)]
    named = {who: [policy.lists(one, room) for room in rooms] for who, one in EVERYONE.items()}
    assert (named["anonymous"], named["customer"]) == ([True, False, False], [True, True, False])
    assert (named["elsewhere"], named["operator"]) == ([True, False, True], [True, True, True])
    roles = [replace(OPERATOR, may=frozenset({one})) for one in ("dialog:join", "ticket:list")]
    assert [policy.lists(one, rooms[0]) for one in roles] == [True, False]
    member = policy.judge(CUSTOMER, "message:system", rooms[0])
    assert member and member.code == "forbidden", "a room that is known is not hidden"
