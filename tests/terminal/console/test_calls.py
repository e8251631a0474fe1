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
    async with seated(daemon, token, size=(110, 24)) as console:
        yield console


async def strokes(console: Seat) -> int:
    """How often the bell was struck until now, and is not any more."""
    strikes = console.app.calling.strikes
    await console.until(lambda: time.monotonic() > strikes.until)
    rung: int = console.app.rung
    return rung


async def rings(console: Seat, before: int, kind: str) -> int:
    """Waits until it was struck as often as for this kind; all strokes by then."""
    await console.until(lambda: console.app.rung == before + STROKES[kind])
    return await strokes(console)


async def looks_around(console: Seat) -> None:
    """Waits until it is known who has room after what moved last."""
    await console.until(lambda: console.app.session.seen_moves == console.app.session.moves)


def test_an_answer_that_nobody_looks_at_rings_and_counts_until_it_is_looked_at(
    artem: str, olga: str, daemon: Daemon, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with audible(daemon, artem, monkeypatch) as console:
            anna, boris = arrive("Анна"), arrive("Борис", "Верните чайник")
            await console.accepts("Анна")
            await console.accepts("Борис")
            rung = await strokes(console)
            anna.says("вы тут?")
            await console.is_told("Новый ответ: Анна")
            rung = await rings(console, rung, "reply")
            await console.sees("новое 1", "вы тут?")
            boris.says("я смотрю на вас")
            await console.sees("Борис я смотрю на вас")
            assert await strokes(console) == rung, "it is looked at"
            console.app.post_message(AppBlur())
            await console.until(lambda: not console.app.app_focus)
            boris.says("а теперь нет")
            rung = await rings(console, rung, "reply")
            await console.sees("новое 2")
            console.app.post_message(AppFocus())
            await console.sees("новое 1")
            await console.press("alt+up")
            await console.sees("▶ Анна")
            await console.sees_no("· новое")
            await console.press("f12")
            await console.sees("звонок выключен")
            boris.says("тихо")
            await console.sees("новое 1", "тихо")
            assert await strokes(console) == rung, "it is switched off"
            await console.press("f12")
            vera = arrive("Вера", "Мне к вам")
            await console.sees("ждут 1", " 1 Вера")
            taken = daemon.http("POST", f"/api/admin/support/accept/{vera.ticket}", {}, token=artem)
            assert taken[0] == 200
            await console.sees("МОИ · 3", "ждут 0")
            rung = await strokes(console)
            vera.says("ау")
            await console.is_told("Новый ответ: Вера")
            assert await rings(console, rung, "reply") == rung + 1, "one that was never opened, too"

    asyncio.run(scene())


def test_an_answer_that_came_while_the_line_was_lost_rings_when_it_is_back(
    artem: str, daemon: Daemon, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        async with audible(daemon, artem, monkeypatch) as console:
            anna, boris = arrive("Анна"), arrive("Борис")
            await console.accepts("Анна")
            await console.accepts("Борис")
            rung, link = await strokes(console), console.app.session.link
            assert link
            await link.ws.close()
            await console.until(lambda: console.app.session.status == "waiting")
            anna.says("и снова я")
            boris.says("это вижу")
            console.app.session.hurry()
            await console.sees("Борис это вижу", "новое 1")
            assert await rings(console, rung, "reply") == rung + 1

    asyncio.run(scene())


def test_nobody_is_called_to_who_cannot_be_taken(
    make_daemon: MakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOOK_AGAIN", 0.2)
    daemon = make_daemon({"tickets": {"capacity": 1}})
    token, other = daemon.add_operator("artem", "Артём"), daemon.add_operator("olga", "Ольга")

    async def scene() -> None:
        async with audible(daemon, token, monkeypatch) as console:
            Customer(daemon, "Анна", "?")
            await console.accepts("Анна")
            rung = await strokes(console)
            Customer(daemon, "Борис", "?")
            await console.sees("ждут 1", " 1 Борис")
            await looks_around(console)
            assert await strokes(console) == rung, "nobody has room"
            async with seated(daemon, other) as colleague:
                rung = await rings(console, rung, "waiting")
                await colleague.accepts("Борис")
                await console.sees("ждут 0")
                rung = await strokes(console)
                Customer(daemon, "Вера", "?")
                await console.sees(" 1 Вера")
                await looks_around(console)
                assert await strokes(console) == rung, "nobody has room any more"
                await console.press("f8")
                await console.sees("моих 0")
                await rings(console, rung, "waiting")

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
