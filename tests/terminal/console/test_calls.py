"""What calls an operator at the terminal: how often the bell is struck, what counts, when not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.events import AppBlur, AppFocus

from chatd.terminal.console import console, session
from chatd.terminal.ui.calling import STROKES, Strikes
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.terminal import seat
from tests.terminal.console.conftest import Arrive
from tests.terminal.seat import Customer, Seat, seated


class Audible(console.ConsoleApp):
    """Its bell is heard by a test."""

    rung = 0

    def bell(self) -> None:
        self.rung += 1


@asynccontextmanager
async def audible(
    daemon: Daemon, token: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Seat]:
    monkeypatch.setattr(seat, "ConsoleApp", Audible)
    async with seated(daemon, token, size=(110, 24)) as desk:
        yield desk


async def strokes(desk: Seat) -> int:
    """How often the bell was struck until now, and is not any more."""
    strikes = desk.app.calling.strikes
    await desk.until(lambda: time.monotonic() > strikes.until)
    rung: int = desk.app.rung
    return rung


async def rings(desk: Seat, before: int, kind: str) -> int:
    """Waits until it was struck as often as for this kind; all strokes by then."""
    await desk.until(lambda: desk.app.rung == before + STROKES[kind])
    return await strokes(desk)


async def looks_around(desk: Seat) -> None:
    """Waits until it is known who has room after what moved last."""
    await desk.until(lambda: desk.app.desk.seen_moves == desk.app.desk.moves)


def test_an_answer_that_nobody_looks_at_rings_and_counts_until_it_is_looked_at(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with audible(daemon, artem, monkeypatch) as desk:
            anna, boris = arrive("Анна"), arrive("Борис", "Верните чайник")
            await desk.accepts("Анна")
            await desk.accepts("Борис")
            rung = await strokes(desk)
            anna.says("вы тут?")
            await desk.is_told("Новый ответ: Анна")
            rung = await rings(desk, rung, "reply")
            await desk.sees("новое 1", "вы тут?")
            boris.says("я смотрю на вас")
            await desk.sees("Борис я смотрю на вас")
            assert await strokes(desk) == rung, "it is looked at"
            desk.app.post_message(AppBlur())
            await desk.until(lambda: not desk.app.app_focus)
            boris.says("а теперь нет")
            rung = await rings(desk, rung, "reply")
            await desk.sees("новое 2")
            desk.app.post_message(AppFocus())
            await desk.sees("новое 1")
            await desk.press("alt+up")
            await desk.sees("▶ Анна")
            await desk.sees_no("· новое")
            await desk.press("f12")
            await desk.sees("звонок выключен")
            boris.says("тихо")
            await desk.sees("новое 1", "тихо")
            assert await strokes(desk) == rung, "it is switched off"
            await desk.press("f12")
            vera = arrive("Вера", "Мне к вам")
            await desk.sees("ждут 1", " 1 Вера")
            taken = daemon.http("POST", f"/api/admin/support/accept/{vera.ticket}", {}, token=artem)
            assert taken[0] == 200
            await desk.sees("МОИ · 3", "ждут 0")
            rung = await strokes(desk)
            vera.says("ау")
            await desk.is_told("Новый ответ: Вера")
            assert await rings(desk, rung, "reply") == rung + 1, "one that was never opened, too"

    asyncio.run(scene())


def test_an_answer_that_came_while_the_line_was_lost_rings_when_it_is_back(
    artem: str, daemon: Daemon, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with audible(daemon, artem, monkeypatch) as desk:
            anna, boris = arrive("Анна"), arrive("Борис")
            await desk.accepts("Анна")
            await desk.accepts("Борис")
            rung, link = await strokes(desk), desk.app.desk.link
            assert link
            await link.ws.close()
            await desk.until(lambda: desk.app.desk.status == "waiting")
            anna.says("и снова я")
            boris.says("это вижу")
            desk.app.desk.hurry()
            await desk.sees("Борис это вижу", "новое 1")
            assert await rings(desk, rung, "reply") == rung + 1

    asyncio.run(scene())


def test_nobody_is_called_to_who_cannot_be_taken(
    make_daemon: MakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOOK_AGAIN", 0.2)
    daemon = make_daemon({"tickets": {"capacity": 1}})
    token, other = daemon.add_operator("artem", "Артём"), daemon.add_operator("olga", "Ольга")

    async def scene() -> None:
        async with audible(daemon, token, monkeypatch) as desk:
            Customer(daemon, "Анна", "?")
            await desk.accepts("Анна")
            rung = await strokes(desk)
            Customer(daemon, "Борис", "?")
            await desk.sees("ждут 1", " 1 Борис")
            await looks_around(desk)
            assert await strokes(desk) == rung, "nobody has room"
            async with seated(daemon, other) as colleague:
                rung = await rings(desk, rung, "waiting")
                await colleague.accepts("Борис")
                await desk.sees("ждут 0")
                rung = await strokes(desk)
                Customer(daemon, "Вера", "?")
                await desk.sees(" 1 Вера")
                await looks_around(desk)
                assert await strokes(desk) == rung, "nobody has room any more"
                await desk.press("f8")
                await desk.sees("моих 0")
                await rings(desk, rung, "waiting")

    asyncio.run(scene())


def test_of_what_comes_at_once_only_the_most_important_rings() -> None:
    strikes = Strikes()
    assert strikes.of("reply", 0.0) == STROKES["reply"]
    assert strikes.of("reply", 1.2) == 0, "still rings"
    assert strikes.of("named", 1.2) == STROKES["named"], "more important"
    assert strikes.of("given", 3.1) == 0
    assert strikes.of("reply", 3.3) == STROKES["reply"]
    strikes.muted = True
    assert strikes.of("named", 100.0) == 0
    assert sorted(set(STROKES.values())) == sorted(STROKES.values()), "told apart by ear"
