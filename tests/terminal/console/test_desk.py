"""The console itself: keys, commands and mouse, any screen, English, restarts, its end."""

from __future__ import annotations

import asyncio

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.terminal.console.conftest import Arrive
from tests.terminal.seat import Customer, seated


def test_every_key_has_its_command(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.says("/accept")
            await desk.sees("Анна · ваш")
            await desk.says("/note запомнить")
            await desk.sees("Артём · заметка запомнить")
            await desk.says("/return")
            await desk.sees("Анна · ждёт")
            await desk.says("/transfer artem")
            await desk.sees("Анна · ваш")
            await desk.says("/close")
            await desk.sees("Анна · закрыт")
            await desk.says("/reopen")
            await desk.sees("Анна · ваш")
            await desk.says("/clothes")
            await desk.is_told("Нет команды /clothes")
            said = [event["data"].get("content") or "" for event in anna.client.settle()]
            assert not any(text.startswith("/") or "запомнить" in text for text in said)

    asyncio.run(scene())


def test_the_mouse_does_it_as_well(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as desk:
            arrive("Анна"), arrive("Борис")
            await desk.sees(" 2 Борис")
            row = next(y for y, line in enumerate(desk.lines) if " 2 Борис" in line)
            await desk.pilot.click(offset=(5, row))
            await desk.sees("Борис · ждёт")
            await desk.pilot.click(offset=(desk.lines[-1].index("Принять"), 23))
            await desk.sees("Борис · ваш", "▶ Борис")

    asyncio.run(scene())


def test_the_daemon_restarts_in_mid_conversation(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("artem", "Артём")

    async def scene() -> None:
        async with seated(daemon, token) as desk:
            anna = Customer(daemon, "Анна", "Где заказ?")
            await desk.accepts("Анна")
            anna.types(["i", "недопи"])
            await desk.sees("недопи▏")
            await desk.press("f10")
            await desk.sees("отошёл")
            await asyncio.to_thread(daemon.stop)
            await desk.sees("нет связи, попытка через", "Где заказ?")
            await desk.sees_no("недопи▏")
            await desk.says("написано без связи")
            await desk.sees("не отправлено: 1", "⋯", "написано без связи")
            await desk.press("f8")
            await desk.is_told("Нет связи: попробуйте, когда она вернётся")
            await asyncio.to_thread(daemon.start)
            await desk.sees("отошёл · Артём", "Анна · ваш", "МОИ · 1")
            with Client(daemon.address) as again:
                await asyncio.to_thread(again.hello, token=anna.client.token)
                await desk.until(lambda: "⋯" not in desk.text)
                messages = again.join(anna.ticket)["messages"]
                said = [one["content"] for one in messages]
                assert said.count("написано без связи") == 1
                again.ask("draft:edit", dialog_id=anna.ticket, seq=1, ops=[["i", "снова ту"]])
                await desk.sees("✎   Анна снова ту▏")
                boris = Customer(daemon, "Борис", "И я")
                await desk.sees(" 1 Борис")
                boris.leaves()

    asyncio.run(scene())


def test_in_english_and_on_a_wide_screen_there_is_a_card(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, (120, 36), "en") as desk:
            await desk.sees("QUEUE · 0", "waiting 0 · on line ")
            anna = arrive()
            await desk.sees(" 1 Анна")
            await desk.press("f5")
            await desk.sees("Анна · yours", anna.ticket, "Customer", "Operator", "^Q Quit")
            await desk.press("f1")
            await desk.sees("accept the ticket shown", "/transfer NAME")
            await desk.press("escape")
            await desk.sees("Анна · yours")
            desk.app.field.put("too much " * 50)
            await desk.press("enter")
            await desk.is_told("Too much: at most 200 is allowed")

    asyncio.run(scene())


def test_the_daemons_session_ends_with_a_console_that_began_it(olga: str, daemon: Daemon) -> None:
    token = daemon.login("olga")

    async def scene() -> None:
        async with seated(daemon, token, log_out=True) as desk:
            await desk.sees("на связи · Ольга")
            assert daemon.http("GET", "/manager/me", token=token)[0] == 200

    asyncio.run(scene())
    assert daemon.http("GET", "/manager/me", token=token)[0] == 401


@pytest.mark.parametrize("size", [(20, 6), (30, 10), (50, 15), (60, 16), (200, 60)])
def test_it_works_on_any_screen_and_while_that_changes(
    size: tuple[int, int], artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, size) as desk:
            anna = arrive("Анна", "?")
            await desk.until(lambda: desk.app.desk.board.waiting())
            await desk.press("f5")
            anna.types(["i", "слово"])
            await desk.sees("слово▏")
            for width, height in ((80, 24), (25, 8), (130, 40)):
                await desk.pilot.resize_terminal(width, height)
                await desk.sees("слово▏")
            await desk.sees("МОИ · 1", "Состояние ваш")

    asyncio.run(scene())
