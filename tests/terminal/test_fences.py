"""Terminals of which each list holds rows that cannot be drawn: the rows beside them are."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, ValidationError

from chatd.terminal.console import board, card, rows, search
from chatd.terminal.console import picker as picking
from chatd.terminal.console.console import ConsoleApp
from chatd.terminal.console.session import Colleague, ConsoleSession
from chatd.terminal.core import shapes
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.palette import Palette
from chatd.terminal.core.texts import Texts
from chatd.terminal.core.told import convert_list, read
from chatd.terminal.rooms.chat import ChatApp
from chatd.terminal.rooms.session import ChatSession as Session
from chatd.terminal.ui import panels
from tests.client import Client
from tests.daemon import Daemon
from tests.terminal.relay import relayed
from tests.terminal.seat import Customer, Seat
from tests.terminal.stage import Stage
from tests.twins import ODD, TWIN, beside, spoilt, twins

UNSHOWN = "Это не показать"
FEW = [{"toString": 1}, 7]
PERSON = {"id": "p-1", "name": "Аня", "kind": "member", "status": "online"}
ROOM = {"id": "lobby", "kind": "room", "title": "Лобби", "topic": "", "people": 1, "last_seq": 0}
TICKET = {
    "id": "TKT-1", "site": "shop", "status": "waiting", "customer_id": "p-1",
    "customer_name": "Аня", "operator": None, "created_at": "2026-11-20T10:00:00Z",
    "requested_at": None, "unread": 0,
    "last_message": {"text": "да", "sender_name": "Аня", "at": "2026-11-20T10:00:00Z"},
}  # fmt: skip
COLLEAGUE = {
    "username": "olga", "display_name": "Ольга", "status": "online", "disabled": False,
    "takes_tickets": True, "active": 0, "capacity": 5, "sites": ["shop"],
}  # fmt: skip
DRAFT = {"participant_id": "p-1", "name": "Аня", "seq": 1, "text": "пишу"}
CANNED = {"site": "shop", "name": "hours", "text": "С 9 до 18"}
KINDS: list[tuple[type[Struct], dict[str, Any], str, str]] = [
    (shapes.Person, PERSON, "id", "name"),
    (shapes.Place, ROOM, "id", "title"),
    (board.Row, TICKET, "id", "customer_name"),
    (Colleague, COLLEAGUE, "username", "display_name"),
    (shapes.Snapshot, DRAFT, "participant_id", "name"),
    (shapes.Canned, CANNED, "name", "text"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=4), one, max_size=3),
    max_leaves=6,
)
STABLE = settings(max_examples=60, derandomize=True, database=None, deadline=None)


@pytest.mark.parametrize(("kind", "row", "key", "named"), KINDS)
def test_of_a_list_everything_is_read_that_can_be(
    kind: type[Struct], row: dict[str, Any], key: str, named: str
) -> None:
    odd = list(twins(row, key, named, ODD))
    found = convert_list([*odd, row], kind)
    assert found[-1] == read(row, kind)
    names = {getattr(one, named) for one in found}
    assert TWIN in names
    # Left out is only what has no name to tell it by, or lacks what is used of it.
    must = {field for field in (key, "site", "text", "seq") if field in row}
    kept = [one for one in odd if isinstance(one, dict) and fits(one, row, must)]
    assert len(kept) <= len(found) - 1 < len(odd)


def fits(one: dict[str, Any], row: dict[str, Any], must: set[str]) -> bool:
    """Whether what is used of a row is of its kind."""
    return all(type(one.get(name)) is type(row[name]) for name in must)


@pytest.mark.parametrize(("kind", "row", "key", "named"), KINDS)
def test_arbitrary_members_are_read_or_refused(
    kind: type[Struct], row: dict[str, Any], key: str, named: str
) -> None:
    @STABLE
    @given(st.fixed_dictionaries({}, optional=dict.fromkeys(row, JSON)))
    def check(members: dict[str, Any]) -> None:
        told = {**row, **members}
        try:
            one = read(told, kind)
        except ValidationError:
            return
        draw(one)

    check()


def draw(one: Any) -> None:
    """As a list draws it: nothing that can be read fails there."""
    texts, palette = Texts("ru"), Palette()
    if isinstance(one, board.Row):
        row = rows.waiting(one, 1, texts, now=1.8e9, me="x", dark=True, width=24)
        assert row.plain.count("\n") == 1
        said = rows.news(one, None, texts)
        assert rows.own(one, 1, said, shown=True, width=24).plain.count("\n") == 1
        console = ConsoleSession("127.0.0.1:1", "")
        assert search.Search(console, texts).line(one, 24).plain.count("\n") == 1
        dialog = Dialog(shapes.Place(id=one.id))
        assert card.card(console, texts, one, dialog, lambda who: "red").plain
    elif isinstance(one, shapes.Person):
        dialog = Dialog(shapes.Place(id="lobby"))
        dialog.people[one.id] = one
        assert panels.people(dialog, "", texts, palette, dark=True, rows=9).plain.count("\n") == 1
    elif isinstance(one, shapes.Snapshot):
        draft = shapes.read({"dialog": ROOM, "messages": [], "drafts": [DRAFT]}, shapes.Joined)
        assert draft.drafts
    elif isinstance(one, shapes.Canned):
        offer = picking.Offer(one.name, one.text, one.text)
        assert picking.Picker.line(picking.Picker.__new__(picking.Picker), offer).plain


def test_what_is_read_and_cannot_be_drawn_is_said_in_the_readers_language() -> None:
    assert panels.unshown(Texts("ru")).plain == UNSHOWN
    assert panels.unshown(Texts("en")).plain == "This cannot be shown"
    texts = Texts("ru")
    away = shapes.Person("p-2", "Борис", status="away")
    dialog = Dialog(shapes.Place(id="lobby"))
    broken = shapes.Person("p-1", "Аня", status=[])  # type: ignore[arg-type]
    dialog.people = {"p-1": broken, "p-2": away}
    shown = panels.people(dialog, "", texts, Palette(), dark=True, rows=9)
    assert shown.plain.split("\n")[1:] == [UNSHOWN, "◐ Борис"]


def test_the_rows_of_a_room_beside_strange_ones(daemon: Daemon) -> None:
    boris = Client(daemon.address)
    boris.hello(name="Борис")
    boris.join("lobby")
    boris.say("lobby", "До")
    boris.ask("draft:edit", dialog_id="lobby", seq=0, reset="пишу, пишу")

    async def scene(address: str) -> None:
        app = ChatApp(Session(f"http://{address}", name="Анна"), Texts("ru"), "lobby")
        async with app.run_test(size=(100, 60), notifications=True) as pilot:
            stage = Stage(app, pilot)
            await stage.sees("Борис", "Анна", "Lobby", "До", "пишу, пишу", TWIN)
            places = app.places()
            assert places["lobby"].title == "Lobby" and len(places) > len(ODD) / 2
            await stage.says("Я здесь")
            await asyncio.to_thread(boris.expect, "message:new", 20, content="Я здесь")

    with relayed(daemon.address, lambda told: beside_all(told, FEW)) as relay:
        asyncio.run(scene(relay.address))
    boris.ws.close()


def beside_all(told: Any, values: list[Any]) -> Any:
    """Twins in every list but that of messages, whose numbers have no gaps."""
    mixed = beside(told, values)
    if isinstance(told, dict) and "messages" in told:
        mixed["messages"] = told["messages"]
    return mixed


def test_the_rows_of_a_console_beside_strange_ones(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём")
    daemon.add_operator("olga", "Ольга")
    anna = Customer(daemon, "Анна", "Где заказ?")

    async def scene(address: str) -> None:
        app = ConsoleApp(ConsoleSession(address, token), Texts("ru"))
        async with app.run_test(size=(120, 60), notifications=True) as pilot:
            seat = Seat(app, pilot)
            await seat.until(lambda: app.session.seated)
            await seat.sees("Анна", TWIN)
            await seat.until(lambda: "Ольга" in app.session.names.values())
            app.open(anna.ticket)
            await seat.sees("Где заказ?")
            await seat.press("f5")
            await seat.sees("Анна · ваш")
            await seat.press("f7")
            await seat.types("анна")
            await seat.sees(anna.ticket)
            await seat.press("escape", "f6")
            await seat.sees(f"{TWIN} (")
            await seat.types("ольга")
            await seat.sees("Ольга (olga)")
            await seat.press("escape")
            await seat.says("Сейчас")
            await anna.hears(content="Сейчас")

    with relayed(daemon.address, lambda told: beside_all(told, FEW)) as relay:
        asyncio.run(scene(relay.address))


SPARED = frozenset({"participant", "dialog_id", "seq", "id", "token"})


def test_arbitrary_answers_end_no_terminal(daemon: Daemon) -> None:
    token = daemon.add_operator("artem", "Артём")
    anna = Customer(daemon, "Анна", "Где заказ?")

    async def scene(address: str, boris: Client) -> None:
        app = ChatApp(Session(f"http://{address}", name="Вера"), Texts("ru"), "lobby")
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            stage = Stage(app, pilot)
            await stage.until(lambda: app.dialog is not None)
            await stage.says("Слышно?")
            await asyncio.to_thread(boris.expect, "message:new", content="Слышно?")
        console = ConsoleApp(ConsoleSession(address, token), Texts("ru"))
        async with console.run_test(size=(120, 30), notifications=True) as pilot:
            seat = Seat(console, pilot)
            await seat.until(lambda: console.session.seated)
            for key in ("f5", "f7", "escape", "f6", "escape", "f8"):
                await seat.press(key)
            assert console.return_code is None

    with Client(daemon.address) as boris:
        boris.hello(name="Борис"), boris.join("lobby")
        for seed in range(3):
            with relayed(
                daemon.address, lambda told, s=seed: spoilt(told, random.Random(s), 0.2, SPARED)
            ) as relay:
                asyncio.run(scene(relay.address, boris))
    assert anna.ticket
