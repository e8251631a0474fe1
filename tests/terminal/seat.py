"""An operator at the real console, on a screen of its own, against a real daemon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.events import Key
from textual.pilot import Pilot

from chatd.terminal.console.console import ConsoleApp
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.core.texts import Texts
from tests.client import Client
from tests.daemon import Daemon

LIVENESS = 30.0


class Seat:
    """Presses keys and looks at the screen, as its operator would."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        """The same in one piece."""
        return "\n".join(self.lines)

    async def until(self, check: Callable[[], Any]) -> None:
        """Waits until something is so."""
        deadline = time.monotonic() + LIVENESS
        while not check():
            assert time.monotonic() < deadline, f"never so on this screen:\n{self.text}"
            await self.pilot.pause(0.01)

    async def sees(self, *wanted: str) -> None:
        """Waits until all of it is on the screen."""
        await self.until(lambda: all(one in self.text for one in wanted))

    async def is_told(self, wanted: str) -> None:
        """Waits until the console says so, on however many lines."""
        await self.until(lambda: wanted in self.said)

    @property
    def said(self) -> str:
        """What the console says of itself, in one line."""
        boxes = [line.partition("▌")[2].strip() for line in self.lines if "▌" in line]
        return " ".join(one for one in boxes if one)

    async def sees_no(self, unwanted: str) -> None:
        """Waits until it is gone."""
        await self.until(lambda: unwanted not in self.text)

    async def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        await self.pilot.press(*keys)

    async def accepts(self, name: str) -> None:
        """Takes the customer who waits first, and has them open."""
        await self.sees(f" 1 {name}")
        await self.press("f5")
        await self.sees(f"{name} · ваш")

    async def types(self, text: str) -> None:
        """Letters into whatever has the focus, as fast as they are read."""
        for letter in text:
            self.app.post_message(Key(letter, letter))
        await self.pilot.pause()

    async def says(self, text: str) -> None:
        """A whole answer or command."""
        await self.types(text)
        self.app.post_message(Key("enter", "\r"))
        await self.pilot.pause()


@asynccontextmanager
async def seated(
    daemon: Daemon,
    token: str,
    size: tuple[int, int] = (80, 24),
    language: str = "ru",
    *,
    log_out: bool = False,
) -> AsyncIterator[Seat]:
    """An operator who has the queue before them."""
    app = ConsoleApp(ConsoleSession(daemon.address, token), Texts(language), log_out=log_out)
    async with app.run_test(size=size, notifications=True) as pilot:
        seat = Seat(app, pilot)
        await seat.until(lambda: app.session.board.known)
        yield seat


class Customer:
    """Somebody with a ticket, at the other end of the wire."""

    def __init__(self, daemon: Daemon, name: str, asks: str, **hello: Any) -> None:
        self.client = Client(daemon.address)
        self.client.hello(name=name, **hello)
        self.ticket: str = self.client.ask("ticket:open", content=asks)["ticket"]["id"]
        self.client.join(self.ticket)
        self.seq = 0

    def types(self, *ops: list[str | int]) -> None:
        """Edits of the draft."""
        self.seq += 1
        self.client.ask("draft:edit", dialog_id=self.ticket, seq=self.seq, ops=list(ops))

    def says(self, text: str) -> None:
        """A message."""
        self.client.say(self.ticket, text)

    async def hears(self, event: str = "message:new", **fields: Any) -> dict[str, Any]:
        """What the daemon tells the customer, while the console goes on."""
        return await asyncio.to_thread(self.client.expect, event, LIVENESS, **fields)

    def leaves(self) -> None:
        """Closes the browser."""
        self.client.ws.close()
