"""The real screen without a terminal, connected to a real daemon, and what tests ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.events import Key
from textual.pilot import Pilot

from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.chat import ChatApp
from chatd.terminal.rooms.session import ChatSession as Session

PATIENCE = 30.0
ON_ITS_WAY = "⋯"


@dataclass
class Stage:
    """One person at the screen."""

    app: ChatApp
    pilot: Pilot[None]

    async def until(self, check: Callable[[], Any]) -> Any:
        """The first true answer of a check."""
        deadline = time.monotonic() + PATIENCE
        while not (answer := check()):
            assert time.monotonic() < deadline, f"never true; the screen:\n{self.text()}"
            await self.pilot.pause(0.01)
        return answer

    async def sees(self, *texts: str) -> None:
        """Waits until all of these stand on the screen."""
        await self.until(lambda: all(text in self.text() for text in texts))

    async def sees_stored(self, text: str) -> None:
        """Waits until this message stands there and is no longer on its way: what is done with
        one's last message is done with the last one stored."""
        await self.until(lambda: (row := self.line(text)) and ON_ITS_WAY not in row)

    async def misses(self, text: str) -> None:
        """Waits until this does not stand on the screen."""
        await self.until(lambda: text not in self.text())

    async def types(self, text: str) -> None:
        """Presses a key per letter, as fast as they can be read."""
        for letter in text:
            key = Key("enter", "\r") if letter == "\n" else Key(letter, letter)
            self.app.post_message(key)
        await self.pilot.pause()

    async def says(self, text: str) -> None:
        """Types a line and sends it."""
        await self.types(f"{text}\n")

    def text(self) -> str:
        """Every line of the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def line(self, part: str) -> str:
        """The line of the screen that has this in it."""
        return next((line for line in self.text().splitlines() if part in line), "")


@contextlib.asynccontextmanager
async def entered(
    address: str, who: str, room: str = "lobby", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Stage]:
    """Somebody in a room."""
    app = ChatApp(Session(f"http://{address}", name=who), Texts("ru"), room)
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.until(lambda: app.dialog is not None)
        await stage.sees(who)
        yield stage


def play(scene: Callable[[], Awaitable[None]]) -> None:
    """Runs a scene to its end."""

    async def main() -> None:
        await scene()

    asyncio.run(main())
