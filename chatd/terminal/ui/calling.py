"""Calls whoever does not look: the terminal's bell, and a count in its title."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatd.domain.message import Message
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.heard import Heard

if TYPE_CHECKING:
    from chatd.terminal.ui.screen import ClientApp

APART = 0.25
QUIET_FOR = 1.0
# A terminal has one sound: how often it is struck tells what for.
STROKES = {"reply": 1, "waiting": 2, "given": 3, "named": 4}
KEEP, BACK = "\x1b[22;2t", "\x1b[23;2t"


class Strikes:
    """How often the bell is struck: of what comes at once only for what is most important, and
    once. ``muted``: never."""

    def __init__(self) -> None:
        self.muted = False
        self.until = float("-inf")
        self.loudest = 0

    def of(self, kind: str, now: float) -> int:
        """At this moment, for news of this kind."""
        strokes, rings = STROKES[kind], now < self.until
        if self.muted or (rings and strokes <= self.loudest):
            return 0
        self.loudest, self.until = strokes, now + QUIET_FOR + APART * strokes
        return strokes


class Calling:
    """The bell and the title of a client's terminal. ``judge(dialog, message)``: whether to call
    for a message, asked once of each that comes."""

    def __init__(self, app: ClientApp) -> None:
        self.app = app
        self.judge: Callable[[Dialog, Message], None] = lambda dialog, message: None
        self.heard = Heard()
        self.strikes = Strikes()
        self.wanting = 0
        self.title = ""

    def hear(self, dialog_id: str) -> None:
        """Something came in a conversation."""
        followed = self.app.session.dialogs
        if dialog := followed.get(dialog_id):
            for message in self.heard.fresh(dialog, followed):
                self.judge(dialog, message)

    def attends(self, dialog_id: str) -> bool:
        """Whether this conversation is before the eyes of who sits here."""
        return self.app.app_focus and self.app.shows(dialog_id)

    def ring(self, kind: str) -> None:
        """Rings as often as this kind does."""
        for number in range(self.strikes.of(kind, time.monotonic())):
            if number:
                self.app.set_timer(APART * number, self.app.bell)
            else:
                self.app.bell()

    def count(self, wanting: int) -> None:
        """The title tells how many conversations want something of who sits here."""
        self.wanting = wanting
        title = f"({wanting}) {self.app.TITLE}" if wanting else str(self.app.TITLE)
        if title != self.title:
            self.write(f"{'' if self.title else KEEP}\x1b]2;{title}\x1b\\")
            self.title = title

    def end(self) -> None:
        """The title is as it was."""
        if self.title:
            self.write(BACK)

    def write(self, sequence: str) -> None:
        """To the terminal itself, where there is one."""
        if not self.app.is_headless and self.app._driver is not None:
            self.app._driver.write(sequence)
