"""Places: their kinds, what each of them lets whom do and hear, and that nobody else asks which."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, TypeGuard, get_args

import pytest
from msgspec.structs import replace

from chatd.config.settings import PeopleSettings, TicketSettings
from chatd.domain import place, places, topics
from chatd.domain.dialog import Dialog, Member
from chatd.domain.place import (
    ABSENT,
    NOTHING,
    DialogPlace,
    NotesPlace,
    Place,
    RoomPlace,
    TicketPlace,
)
from chatd.domain.places import KINDS
from chatd.domain.principal import Principal
from chatd.domain.room import Room
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden
from chatd.service.views import VIEWS

CHATD = Path(place.__file__).parents[1]
# What keeps things asks what it keeps; and this one is where it is known.
ALLOWED = {"domain/place.py", "domain/ticket.py", "domain/file.py"}
PLACES = {"Room", "Ticket", *(kind.__name__ for kind in (*KINDS, place.OfTicket, place.Place))}
FORMS = {"TKT-", "TKT", "/notes", "dlg-", "NOTES", "TICKET"}
TESTS = {"startswith", "endswith", "removesuffix", "removeprefix", "partition", "rpartition"}
TICKET = Ticket(
    id="TKT-1",
    site="shop",
    status="active",
    customer_id="p-1",
    customer_name="Аня",
    created_at="",
    updated_at="",
    closed_at="noon",
    closed_by="olga",
)
TERMS = TicketSettings(max_message_chars=123, customer_drafts="indicator", operator_drafts="full")
CUSTOMER = Principal(kind="visitor", id="p-1", site="shop")
STRANGER = Principal(kind="visitor", id="p-2", site="shop")
OPERATOR = Principal(kind="operator", id="operator:o", operator="o", sites=("shop",))
ELSEWHERE = Principal(kind="operator", id="operator:e", operator="e", sites=("blog",))
DIALOG_TERMS = PeopleSettings(max_message_chars=67, live_typing="indicator")
GROUP = Dialog(
    id="dlg-1",
    form="group",
    site="shop",
    owner="p-1",
    members=(Member("p-1", "anna", "noon"), Member("p-2", "boris", "noon", 4)),
    created_at="noon",
)
A_GROUP = DialogPlace("dlg-1", GROUP, DIALOG_TERMS)
A_TICKET = TicketPlace("TKT-1", TICKET, TERMS)
NOTES = NotesPlace("TKT-1/notes", TICKET, TERMS)
ROOM = RoomPlace("tea", Room(id="tea", live_typing="off", capacity=7, max_message_chars=45))


def asking(tree: ast.AST) -> list[int]:
    """The lines that ask which kind of place something is."""
    return [node.lineno for node in ast.walk(tree) if asks(node)]


def asks(node: ast.AST) -> TypeGuard[ast.expr]:
    """``isinstance(…, Ticket)``, ``….endswith(NOTES)``, ``place.kind == …``."""
    if isinstance(node, ast.Compare):
        return any(is_kind(side) for side in (node.left, *node.comparators))
    if not isinstance(node, ast.Call):
        return False
    words = {word for one in node.args for word in names(one)}
    if isinstance(node.func, ast.Name):
        return node.func.id in ("isinstance", "issubclass") and bool(words & PLACES)
    if isinstance(node.func, ast.Attribute) and node.func.attr in TESTS:
        return bool(words & FORMS)
    return False


def is_kind(side: ast.expr) -> bool:
    """Whether this is the kind of a place."""
    return isinstance(side, ast.Attribute) and side.attr == "kind" and "place" in names(side)


def names(node: ast.AST) -> set[str]:
    """All names and texts in an expression."""
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    found |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return found | {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}


def test_nothing_but_the_place_asks_which_kind_it_is() -> None:
    found = {
        f"{name}:{line}"
        for path in CHATD.rglob("*.py")
        if (name := path.relative_to(CHATD).as_posix()) not in ALLOWED
        and not name.startswith(("store/", "terminal/"))
        for line in asking(ast.parse(path.read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "isinstance(cx.place, Ticket)",
        "isinstance(cx.place, (Room, Other))",
        "dialog_id.endswith(NOTES)",
        "dialog_id.startswith('TKT-')",
        "cx.place.kind == 'room'",
        "'room' != place.kind",
    ],
)
def test_a_test_of_kind_would_be_seen(line: str) -> None:
    assert asking(ast.parse(line)) == [1]


def test_every_kind_says_what_it_is_and_how_it_looks() -> None:
    kinds = {kind.kind for kind in KINDS}
    assert kinds == set(get_args(place.Kind)) - {""}
    assert VIEWS.keys() == kinds - {"avatars"}, "which nobody looks into"


@pytest.mark.parametrize(
    ("dialog_id", "kind", "id_field"),
    [
        ("lobby", RoomPlace, "dialog_id"),
        ("notes", RoomPlace, "dialog_id"),
        ("TKT-1730053200", TicketPlace, "ticket_id"),
        ("dlg-67a1b2c3-9f", DialogPlace, "dialog_id"),
        ("TKT-1730053200/notes", NotesPlace, "dialog_id"),
        ("", RoomPlace, "dialog_id"),
    ],
)
def test_an_id_says_of_which_kind_it_is(dialog_id: str, kind: type[Place], id_field: str) -> None:
    assert places.kind_of(dialog_id) is kind
    assert kind.id_field == id_field


class House:
    """One room and one ticket; who asked for which."""

    rooms = {"tea": ROOM.room}
    terms = TERMS
    dialog_terms = DIALOG_TERMS

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def ticket_for(self, who: Principal, ticket_id: str) -> Ticket | None:
        self.asked.append((who.id, ticket_id))
        return TICKET if ticket_id == TICKET.id and who is not STRANGER else None

    def has_entered(self, who: Principal, room: Room) -> bool:
        return who is not STRANGER

    def dialog_for(self, who: Principal, dialog_id: str) -> Dialog | None:
        self.asked.append((who.id, dialog_id))
        return GROUP if dialog_id == GROUP.id and who is not STRANGER else None


@pytest.mark.parametrize(
    ("dialog_id", "found", "asked"),
    [
        ("tea", ROOM, []),
        ("coffee", None, []),
        ("TKT-1", A_TICKET, [("p-1", "TKT-1")]),
        ("TKT-1/notes", NOTES, [("p-1", "TKT-1")]),
        ("TKT-2", None, [("p-1", "TKT-2")]),
        ("dlg-1", A_GROUP, [("p-1", "dlg-1")]),
        ("dlg-2", None, [("p-1", "dlg-2")]),
        ("tea/notes", None, [("p-1", "tea")]),
    ],
)
def test_a_place_is_found_by_its_id(dialog_id: str, found: Place | None, asked: Any) -> None:
    house = House()
    assert places.find(house, CUSTOMER, dialog_id) == found
    assert house.asked == asked
    assert not dialog_id.startswith("TKT-") or places.find(house, STRANGER, dialog_id) is None


def test_each_side_of_a_ticket_hears_its_own_and_notes_are_one_side() -> None:
    both, staff, customer = (
        topics.dialog("TKT-1"),
        topics.staff("TKT-1"),
        topics.customer("TKT-1"),
    )
    assert A_TICKET.follows(CUSTOMER) == (both, customer)
    assert A_TICKET.follows(OPERATOR) == (both, staff)
    assert NOTES.follows(OPERATOR) == (topics.dialog("TKT-1/notes"),)
    assert ROOM.follows(STRANGER) == ROOM.follows(OPERATOR) == (topics.dialog("tea"),)


def test_who_watches_whom_type() -> None:
    staff, customer = topics.staff("TKT-1"), topics.customer("TKT-1")
    assert A_TICKET.audiences(CUSTOMER) == {staff: "indicator"}
    assert A_TICKET.audiences(OPERATOR) == {staff: "full", customer: "full"}
    shy = TicketPlace("TKT-1", TICKET, TicketSettings(operator_drafts="off"))
    assert shy.audiences(OPERATOR) == {staff: "full", customer: "off"}
    assert NOTES.audiences(OPERATOR) == {topics.dialog("TKT-1/notes"): "full"}
    assert ROOM.audiences(STRANGER) == {topics.dialog("tea"): "off"}


def test_how_long_a_message_may_be_and_how_many_people() -> None:
    assert (A_TICKET.max_message_chars, NOTES.max_message_chars, ROOM.max_message_chars) == (
        123,
        123,
        45,
    )
    assert (A_TICKET.capacity, NOTES.capacity, ROOM.capacity) == (None, None, 7)


def test_as_what_people_write() -> None:
    assert A_TICKET.sender_type(CUSTOMER) == "customer"
    assert A_TICKET.sender_type(OPERATOR) == NOTES.sender_type(OPERATOR) == "admin"
    assert ROOM.sender_type(OPERATOR) == ROOM.sender_type(STRANGER) == "member"


def test_whose_it_is() -> None:
    assert (A_TICKET.site, NOTES.site, ROOM.site) == ("shop", "shop", "")
    assert (A_TICKET.ticket, NOTES.ticket, ROOM.ticket) == (TICKET, TICKET, None)
    assert (A_TICKET.area, NOTES.area, ROOM.area) == ("tickets", "tickets", "rooms")
    assert [one.has_customer for one in (A_TICKET, NOTES, ROOM)] == [True, False, False]
    assert [one.shows_lookers for one in (A_TICKET, NOTES, ROOM)] == [True, True, False]
    assert [one.is_for_all for one in (A_TICKET, NOTES, ROOM)] == [False, False, True]


def test_in_a_read_only_room_only_operators_write() -> None:
    quiet = RoomPlace("tea", replace(ROOM.room, read_only=True))
    quiet.check_writable(OPERATOR)
    with pytest.raises(Forbidden, match="tea is read-only"):
        quiet.check_writable(STRANGER)
    for one in (ROOM, A_TICKET, NOTES):
        one.check_writable(CUSTOMER)


def test_a_room_of_operators_is_there_for_nobody_else_and_no_webhook_is_told_of_it() -> None:
    office = RoomPlace("tea", replace(ROOM.room, operators_only=True))
    assert [office.relation(one) for one in (CUSTOMER, OPERATOR)] == ["stranger", "staff"]
    assert not office.is_for_all and office.webhook_sites is None
    of_shop = RoomPlace("tea", replace(office.room, sites=("shop",)))
    assert [of_shop.relation(one) for one in (CUSTOMER, OPERATOR, ELSEWHERE)] == [
        *("stranger", "staff", "stranger")
    ]
    assert ROOM.webhook_sites == () and ROOM.is_for_all


def test_a_room_with_a_password_is_locked_to_who_did_not_give_it() -> None:
    house = House()
    house.rooms = {"tea": replace(ROOM.room, lock="x")}
    for who, found in ((CUSTOMER, "member"), (STRANGER, "locked")):
        room = places.find(house, who, "tea")
        assert room and room.relation(who) == found
    shut = replace(ROOM, entered=False)
    assert [shut.relation(one) for one in (OPERATOR, ELSEWHERE)] == ["staff", "staff"]
    away = replace(shut, room=replace(ROOM.room, sites=("blog",)))
    assert away.relation(CUSTOMER) == "stranger"


def test_a_room_of_members_is_there_for_who_has_an_account_and_for_operators() -> None:
    club = RoomPlace("tea", replace(ROOM.room, members_only=True, sites=("shop",)))
    anna, elsewhere = replace(CUSTOMER, account="anna"), replace(CUSTOMER, site="blog", account="x")
    assert [club.relation(one) for one in (CUSTOMER, anna, elsewhere, OPERATOR)] == [
        *("stranger", "member", "stranger", "staff")
    ]
    assert not RoomPlace("tea", replace(ROOM.room, members_only=True)).is_for_all
    assert ROOM.relation(CUSTOMER) == ROOM.relation(anna) == "member"


@pytest.mark.parametrize("kind", [TicketPlace, NotesPlace])
def test_what_was_said_in_a_closed_ticket_stands(kind: type[TicketPlace | NotesPlace]) -> None:
    kind("TKT-1", TICKET, TERMS).check_unsettled()
    with pytest.raises(Conflict, match="TKT-1 is closed") as refused:
        kind("TKT-1", replace(TICKET, status="closed"), TERMS).check_unsettled()
    assert refused.value.details == {"status": "closed", "by": "olga", "at": "noon"}
    ROOM.check_unsettled()


def test_who_is_what_to_it() -> None:
    assert [A_TICKET.relation(one) for one in (CUSTOMER, STRANGER, OPERATOR, ELSEWHERE)] == [
        *("customer", "stranger", "staff", "stranger")
    ]
    assert [NOTES.relation(one) for one in (CUSTOMER, OPERATOR)] == ["stranger", "staff"]
    assert [ROOM.relation(one) for one in (CUSTOMER, ELSEWHERE)] == ["member", "staff"]
    nobody = replace(TICKET, customer_id="")
    unknown = Principal(kind="visitor", id="")
    assert TicketPlace("TKT-1", nobody, TERMS).relation(unknown) == "stranger"


def test_what_is_not_there_is_nobodys_and_what_is_about_nothing_is_not_judged_by_it() -> None:
    for one in (CUSTOMER, OPERATOR):
        assert (ABSENT.relation(one), NOTHING.relation(one)) == ("stranger", "none")
    assert (ABSENT.area, ABSENT.audiences(CUSTOMER), ABSENT.ticket) == ("rooms", {}, None)
    assert (ABSENT.max_message_chars, ABSENT.is_for_all, ABSENT.webhook_sites) == (0, False, None)
    assert not Place.is_named("tea") and Place.find(House(), CUSTOMER, "tea") is None


def test_a_room_is_open_to_all_and_shows_all_unless_it_is_said_otherwise() -> None:
    room = Room(id="tea")
    assert (room.live_typing, room.read_only, room.sites) == ("full", False, ())
    assert not room.operators_only and not room.members_only
    assert (room.capacity, room.crowd, room.max_message_chars) == (10_000, 300, 8_000)


@pytest.mark.parametrize(("crowd", "calm"), [(300, 250), (2, 1), (1, 0), (0, 0), (7, 5)])
def test_a_crowd_ends_when_it_is_a_sixth_smaller(crowd: int, calm: int) -> None:
    assert Room(id="tea", crowd=crowd).calm == calm


def test_a_dialog_is_its_people_s_whoever_else_asks() -> None:
    anna, boris = (replace(one, account="x") for one in (CUSTOMER, STRANGER))
    assert [A_GROUP.relation(one) for one in (anna, boris)] == ["owner", "insider"]
    outside = (CUSTOMER, OPERATOR, Principal(kind="shell", id="shell", role="act"))
    eva = replace(anna, id="p-3")
    assert {A_GROUP.relation(one) for one in (*outside, eva)} == {"stranger"}
    assert [A_GROUP.moderates(one) for one in (anna, boris)] == [True, False]
    assert [A_GROUP.begins_after(one) for one in (anna, boris, eva)] == [0, 4, 0]
    assert A_GROUP.people == ("p-1", "p-2") and ROOM.people == A_TICKET.people == ()
    assert A_GROUP.dialog is GROUP and ROOM.dialog is A_TICKET.dialog is None
    assert A_GROUP.site == "shop" and A_GROUP.max_message_chars == 67
    assert A_GROUP.audiences(anna) == {topics.dialog("dlg-1"): "indicator"}
    assert A_GROUP.webhook_sites is None and A_GROUP.capacity is None
    assert not A_GROUP.is_for_all and not A_GROUP.calls_named
    assert A_GROUP.sender_type(anna) == "member"


def test_an_administrator_moderates_where_they_may_come() -> None:
    boss = replace(OPERATOR, role="admin")
    assert ROOM.moderates(boss) and not ROOM.moderates(OPERATOR) and not ROOM.moderates(CUSTOMER)
    assert not A_GROUP.moderates(boss)


def test_a_group_whose_owner_goes_is_that_of_who_is_in_it_longest() -> None:
    three = GROUP.with_member(Member("p-3", "vera", "late"))
    assert (three.version, three.without_member("p-2").owner) == (2, "p-1")
    left = three.without_member("p-1")
    assert left.owner == "p-2" and [one.id for one in left.members] == ["p-2", "p-3"]
    assert left.version == 3 and left.without_member("p-2").without_member("p-3").owner == ""
    assert three.by_name("vera") == three.member("p-3") and three.by_name("p-3") is None
