"""How a full-screen client ends: asked to, told to by the system, or with its terminal gone."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from typing import TYPE_CHECKING

from chatd.terminal.core.aside import Aside, Leftover
from chatd.terminal.ui import leftover

if TYPE_CHECKING:
    from chatd.terminal.ui.screen import ClientApp

GOODBYE_WITHIN = 2.0
# A terminal that is gone takes no more output, and who waits for it would wait for ever.
GONE_WITHIN = 10
ENDED_BY = 128


class Leaving:
    """Waits a moment for what is still on its way, says what was not sent, and puts it aside where
    there is nobody to say it to."""

    def __init__(self, app: ClientApp) -> None:
        self.app = app
        self.gone = False
        self._aside: Aside | None = None
        self._taken_up = False

    @property
    def aside(self) -> Aside:
        """Where this client puts it, and found it."""
        if self._aside is None:
            self._aside = Aside(self.app.session.url, self.app.kept_for)
        return self._aside

    async def take_up(self) -> None:
        """Once connected, what an earlier client had to put aside is in its fields again."""
        if self._taken_up:
            return
        self._taken_up = True
        session, places = self.app.session, dict[str, None]()
        for dialog_id, text in self.aside.take():
            self.app.put_back(dialog_id, text)
            places[leftover.place(session, dialog_id)] = None
        if places:
            self.app.tell(self.app.texts("kept_back", places=", ".join(places)))

    def listen(self) -> None:
        """The system asks, too: by TERM, and by HUP when the terminal goes."""
        if not self.app.is_headless:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self.begin, ENDED_BY + signal.SIGTERM)
            loop.add_signal_handler(signal.SIGHUP, self.hang_up)

    def check(self) -> None:
        """A terminal may go without a word, too."""
        screen = sys.__stderr__
        if screen and not (self.app.is_headless or self.gone or screen.isatty()):
            self.hang_up()

    def hang_up(self) -> None:
        """Nobody sees this any longer: what was written is safe before anything else is done."""
        self.gone = True
        signal.alarm(GONE_WITHIN)
        self.put_aside(self.leftovers())
        self.begin(ENDED_BY + signal.SIGHUP)

    def begin(self, status: int = 0) -> None:
        """Ends the client, a moment later where what was written is still on its way."""
        self.app.run_worker(self.leave(status), group="leave", exclusive=True)

    async def leave(self, status: int) -> None:
        """Waits until the daemon has it, as long as it may still have it soon."""
        session, until = self.app.session, time.monotonic() + GOODBYE_WITHIN
        while session.outbox.waiting() and session.status == "online":
            if time.monotonic() > until:
                break
            await asyncio.sleep(0.02)
        self.app.exit(return_code=status)

    def leftovers(self) -> list[Leftover]:
        """What was written and not sent."""
        return [*leftover.waiting(self.app.session), *self.app.field_texts()]

    def put_aside(self, left: list[Leftover]) -> None:
        """For the next client of this user."""
        with contextlib.suppress(OSError):
            self.aside.put(left)

    def part(self) -> int:
        """When it has ended: says what was not sent; the exit status."""
        left = self.leftovers()
        if self.gone:
            self.put_aside(left)
        told = leftover.tell_left(self.app.session, self.app.texts, left)
        return self.app.return_code or told
