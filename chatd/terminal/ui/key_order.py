"""Keys in their turn: none overtakes another, and none is for what is no longer in sight."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from textual import events

from chatd.terminal.ui.window import Window

if TYPE_CHECKING:
    from chatd.terminal.ui.screen import ClientApp

DONE_WITHIN = 0.5
OPEN_WITHIN = 2.0


class KeyOrder:
    """Left to itself the toolkit carries out what a key is bound to before the field has seen the
    letters that came earlier, in one burst; and while a conversation opens that was asked for, what
    is typed for it would stand in the field of the one before."""

    def __init__(self, app: ClientApp) -> None:
        self.app = app
        self._opened = asyncio.Event()
        self._opened.set()
        self._window: Window[Any] | None = None

    def opens(self, opening: asyncio.Task[None]) -> None:
        """Another conversation is asked for: keys wait until it is open, though not for long."""
        opened = self._opened = asyncio.Event()
        opening.add_done_callback(lambda _: opened.set())

    def ask(self) -> None:
        """What opens it asks something first: keys are for that."""
        self._opened.set()

    async def come(self, event: events.Event) -> bool:
        """Until the next key may be looked at; whether it may at all."""
        await self._wait_seen()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._opened.wait(), OPEN_WITHIN)
        return not self._is_late(event)

    async def _wait_seen(self) -> None:
        """Until the key before has been carried out."""
        for part in (self.app.focused, *self.app.screen_stack[-1:]):
            done = asyncio.Event()
            if part and part.call_later(done.set):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), DONE_WITHIN)

    def _is_late(self, event: events.Event) -> bool:
        """Enter, pressed while a window was open that a key before it has closed: it would send
        what is half-written below."""
        for top in self.app.screen_stack[-1:]:
            if isinstance(top, Window):
                self._window = top
        window = self._window
        if window is None or window in self.app.screen_stack or not isinstance(event, events.Key):
            return False
        return event.key == "enter" and event.time < window.closed_at
