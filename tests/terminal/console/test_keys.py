"""The console itself: keys, commands and mouse, any screen, English, restarts, its end."""

from __future__ import annotations

import asyncio

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.terminal.console.conftest import Arrive
from tests.terminal.seat import Customer, seated


def test_every_key_has_its_command(artem: str, olga: str, daemon: Daemon, arrive: Arrive) -> None:
    def do(action: str, ticket: str, token: str) -> None:
        path = f"/api/admin/support/{action}/{ticket}"
        assert daemon.http("POST", path, {}, token=token)[0] == 200

    async def scene() -> None:
        async with seated(daemon, artem) as console:
            anna = arrive()
            await console.sees(" 1 Анна")
            await console.says("/accept")
            await console.sees("Анна · ваш")
            await console.says("/note запомнить")
            await console.sees("Артём · заметка запомнить")
            await console.says("/return")
            await console.sees("Анна · ждёт")
            await console.says("/transfer artem")
            await console.sees("Анна · ваш")
            await console.says("/close")
            await console.sees("Анна · закрыт")
            await console.says("/reopen")
            await console.sees("Анна · ваш")
            await console.press("f8")
            await console.sees("Анна · закрыт", "Отменить")
            await console.says("/undo")
            await console.sees("Анна · ваш")
            await console.press("f9")
            await console.sees("Анна · ждёт")
            await console.press("ctrl+t")
            await console.sees("Анна · ваш")
            await console.says("/transfer olga")
            await console.sees("отвечает Ольга")
            for act in ("return", "accept"):
                await asyncio.to_thread(do, act, anna.ticket, olga)
            await console.press("ctrl+t")
            await console.is_told("Сейчас так нельзя: это уже сделано")
            await console.sees("отвечает Ольга")
            await console.says("/transfer artem")
            await console.sees("Анна · ваш")
            await console.press("ctrl+t")
            await console.sees("отвечает Ольга")
            await console.press("ctrl+t")
            await console.is_told("Отменять нечего")
            await console.says("/clothes")
            await console.is_told("Нет команды /clothes")
            said = [event["data"].get("content") or "" for event in anna.client.settle()]
            assert not any(text.startswith("/") or "запомнить" in text for text in said)

    asyncio.run(scene())


def test_the_mouse_does_it_as_well(artem: str, daemon: Daemon, arrive: Arrive) -> None:
    async def scene() -> None:
        async with seated(daemon, artem) as console:
            arrive("Анна"), arrive("Борис")
            await console.sees(" 2 Борис")
            row = next(y for y, line in enumerate(console.lines) if " 2 Борис" in line)
            await console.pilot.click(offset=(5, row))
            await console.sees("Борис · ждёт")
            await console.pilot.click(offset=(console.lines[-1].index("Принять"), 23))
            await console.sees("Борис · ваш", "▶ Борис")

    asyncio.run(scene())


def test_the_daemon_restarts_in_mid_conversation(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("artem", "Артём")

    async def scene() -> None:
        async with seated(daemon, token) as console:
            anna = Customer(daemon, "Анна", "Где заказ?")
            await console.accepts("Анна")
            anna.types(["i", "недопи"])
            await console.sees("недопи▏")
            await console.press("f10")
            await console.sees("отошёл")
            await asyncio.to_thread(daemon.stop)
            await console.sees("нет связи, попытка через", "Где заказ?")
            await console.sees_no("недопи▏")
            await console.says("написано без связи")
            await console.sees("не отправлено: 1", "⋯", "написано без связи")
            await console.press("f8")
            await console.is_told("Нет связи: попробуйте, когда она вернётся")
            await asyncio.to_thread(daemon.start)
            await console.sees("отошёл · Артём", "Анна · ваш", "МОИ · 1")
            with Client(daemon.address) as again:
                await asyncio.to_thread(again.hello, token=anna.client.token)
                await console.until(lambda: "⋯" not in console.text)
                messages = again.join(anna.ticket)["messages"]
                said = [one["content"] for one in messages]
                assert said.count("написано без связи") == 1
                again.ask("draft:edit", dialog_id=anna.ticket, seq=1, ops=[["i", "снова ту"]])
                await console.sees("✎   Анна снова ту▏")
                boris = Customer(daemon, "Борис", "И я")
                await console.sees(" 1 Борис")
                boris.leaves()

    asyncio.run(scene())


def test_in_english_and_on_a_wide_screen_there_is_a_card(
    artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, (120, 50), "en") as console:
            await console.sees("QUEUE · 0", "waiting 0 · on line ")
            anna = arrive()
            await console.sees(" 1 Анна")
            await console.press("f5")
            await console.sees("Анна · yours", anna.ticket, "Customer", "Operator", "^Q Quit")
            await console.sees("Bot Hi! How can I help?")
            await console.press("f1")
            await console.sees("accept the ticket shown", "/transfer NAME")
            await console.press("escape")
            await console.sees("Анна · yours")
            console.app.field.put("too much " * 50)
            await console.press("enter")
            await console.is_told("Too much: at most 200 is allowed")
            await console.press("f9")
            row = "1 Анна"
            await console.sees("QUEUE · 1", row)
            below = next(at for at, one in enumerate(console.lines) if row in one) + 1
            assert "shop · Где заказ?" in console.lines[below], "what people said last"

    asyncio.run(scene())


def test_the_daemons_session_ends_with_a_console_that_began_it(olga: str, daemon: Daemon) -> None:
    token = daemon.login("olga")

    async def scene() -> None:
        async with seated(daemon, token, log_out=True) as console:
            await console.sees("на связи · Ольга")
            assert daemon.http("GET", "/manager/me", token=token)[0] == 200

    asyncio.run(scene())
    assert daemon.http("GET", "/manager/me", token=token)[0] == 401


@pytest.mark.parametrize("size", [(20, 6), (30, 10), (50, 15), (60, 16), (200, 60)])
def test_it_works_on_any_screen_and_while_that_changes(
    size: tuple[int, int], artem: str, daemon: Daemon, arrive: Arrive
) -> None:
    async def scene() -> None:
        async with seated(daemon, artem, size) as console:
            anna = arrive("Анна", "?")
            await console.until(lambda: console.app.session.board.waiting())
            await console.press("f5")
            anna.types(["i", "слово"])
            await console.sees("слово▏")
            for width, height in ((80, 24), (25, 8), (130, 40)):
                await console.pilot.resize_terminal(width, height)
                await console.sees("слово▏")
            await console.sees("МОИ · 1", "Состояние ваш")

    asyncio.run(scene())
