"""How the screen looks, as kept in ``looks``: refresh with ``ACCEPT_LOOKS=1``, read the diff."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import msgspec
import pytest
from textual.pilot import Pilot

from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.shapes import DraftEdit, Joined, Me, Place, Typing
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.chat import ChatApp
from chatd.terminal.rooms.session import ChatSession as Session
from tests.terminal.looks import check

PEOPLE = {"p-1": "Анна", "p-2": "Борис", "p-3": "Вера", "p-4": "Марк"}
Then = Callable[[ChatApp, Pilot[None]], Awaitable[None]]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day as they are on the wire."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Still(Session):
    """A session at one moment: connected, and nothing moves."""

    wait_s = 7

    async def run(self) -> None:
        """Says that it is connected."""
        self.me, self.met = Me("p-1", "Анна"), True
        self.rooms = {id: Place(id, title=id.title()) for id in ("lobby", "tea", "hush")}
        self.status = "online"
        self.changed("status", "")
        await asyncio.Event().wait()


def message(seq: int, who: str, content: str, **more: object) -> dict[str, object]:
    """A message as it comes over the wire."""
    return {
        "id": f"lobby:{seq}",
        "dialog_id": "lobby",
        "seq": seq,
        "sender_type": "member",
        "sender_id": who,
        "sender_name": PEOPLE[who],
        "content": content,
        "created_at": f"2026-11-2{seq // 4}T10:0{seq}:00.000Z",
        **more,
    }


LOBBY = {
    "dialog": {"id": "lobby", "title": "Lobby", "topic": "Обо всём", "last_seq": 6},
    "participants": [
        {"id": id, "name": name, "status": "away" if id == "p-4" else "online"}
        for id, name in PEOPLE.items()
    ],
    "drafts": [{"participant_id": "p-2", "name": "Борис", "seq": 1, "text": "пишу и испра"}],
    "messages": [
        message(1, "p-2", "Доброе утро! Кто смотрел вчерашний запуск? 🚀"),
        message(2, "p-3", "Я!\nДве минуты восторга", reactions={"👍": ["p-1", "p-2"]}),
        message(3, "p-3", "ошибка", edited_at="2026-11-20T10:03:30Z"),
        message(4, "p-4", "ищет наушники", meta={"kind": "action"}),
        message(5, "p-2", "", deleted_at="2026-11-21T10:06:00Z"),
        message(6, "p-1", "Где запись?"),
    ],
}


def shown(name: str, then: Then, size: tuple[int, int] = (80, 24), **options: bool) -> None:
    """The lobby at one moment, after something was done there."""

    async def main() -> None:
        session = Still("http://chat.example", name="Анна")
        app = ChatApp(session, Texts("ru"), "lobby", **options)
        app.field.cursor_blink = False
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            dialog = session.dialogs.setdefault("lobby", app_dialog())
            app.show(dialog.id)
            await then(app, pilot)
            await pilot.pause(0.1)
            check(name, app)

    asyncio.run(main())


def app_dialog() -> Dialog:
    """The lobby."""
    joined = msgspec.convert(LOBBY, Joined)
    dialog = Dialog(joined.dialog)
    dialog.enter(joined)
    edit = DraftEdit("lobby", "p-3", "Вера", 1, reset="смотрите сюда")
    dialog.edit_draft(edit)
    dialog.edit_draft(DraftEdit("lobby", "p-3", "Вера", 2, ops=[["c", 9]]))
    dialog.types(Typing("lobby", "p-4", "Марк"), time.monotonic() + 1000)
    return dialog


async def nothing(app: ChatApp, pilot: Pilot[None]) -> None:
    """As it is."""


async def writing(app: ChatApp, pilot: Pilot[None]) -> None:
    """One writes oneself, hidden."""
    app.field.put("Спасибо, посмотрю вечером")
    app.switch_private()


async def searching(app: ChatApp, pilot: Pilot[None]) -> None:
    """A command is begun."""
    app.field.put("/re")


async def helped(app: ChatApp, pilot: Pilot[None]) -> None:
    """F1."""
    await pilot.press("f1")


async def lost(app: ChatApp, pilot: Pilot[None]) -> None:
    """The connection is gone, and something was written since."""
    app.session.status = "waiting"
    app.session.dialogs["lobby"].lose_line()
    app.session.send("lobby", "пишу без связи")
    app.soon("status")


def test_the_room() -> None:
    shown("room", nothing)


def test_the_room_in_the_light() -> None:
    shown("light", nothing, light=True)


def test_the_room_on_a_wide_screen() -> None:
    shown("wide", writing, size=(120, 30))


def test_the_room_on_a_small_screen() -> None:
    shown("small", writing, size=(44, 14))


def test_the_hints() -> None:
    shown("hints", searching)


def test_the_help() -> None:
    shown("help", helped)


def test_without_a_connection() -> None:
    shown("lost", lost)


def test_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown("colourless", nothing)
