"""Tells the others what one types: at most every 50 ms, only what place and user allow."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from chatd.terminal.core.drafts import OwnDraft
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import to_sendable

if TYPE_CHECKING:
    from chatd.terminal.core.session import Session

EVERY = 0.05
FLAG_EVERY = 3.0


class Typist:
    """One draft per conversation. ``private``: the others see «печатает…» only."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.private = False
        self._drafts: dict[str, OwnDraft] = {}
        self._fields: dict[str, tuple[str, int]] = {}
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._told_at: dict[str, float] = {}
        self._flag_at: dict[str, float] = {}

    def note_text(self, dialog_id: str, text: str, caret: int) -> None:
        """The field as it is now; told at once, or when 50 ms have passed since the last time."""
        safe = to_sendable(text)
        self._fields[dialog_id] = (safe, min(caret, len(safe)))
        if dialog_id in self._due:
            return
        wait = self._told_at.get(dialog_id, 0.0) + EVERY - time.monotonic()
        if wait <= 0:
            self._tell(dialog_id)
        else:
            self._later(dialog_id, wait)

    def note_sent(self, dialog_id: str) -> None:
        """The draft has become a message."""
        self._fields.pop(dialog_id, None)
        self._flag_at.pop(dialog_id, None)
        if timer := self._due.pop(dialog_id, None):
            timer.cancel()
        self._of(dialog_id).became_message()

    def resume(self, dialog_id: str) -> None:
        """A message was stored or refused: what is being written behind it may be told. Told any
        earlier, it would be cleared by the message, as the draft that this came from."""
        if dialog_id in self._fields:
            self._tell(dialog_id)

    def set_private(self, private: bool) -> None:
        """Hides one's drafts from now on, or shows them again."""
        self.private = private
        for dialog_id in list(self._fields):
            self._flag_at.pop(dialog_id, None)
            self._tell(dialog_id)

    def forget(self) -> None:
        """A new connection: the daemon has let go of every draft."""
        self._drafts.clear()
        self._flag_at.clear()
        for dialog_id in self._fields:
            self._later(dialog_id, EVERY)

    def _of(self, dialog_id: str) -> OwnDraft:
        return self._drafts.setdefault(dialog_id, OwnDraft())

    def _later(self, dialog_id: str, wait: float) -> None:
        if dialog_id not in self._due:
            loop = asyncio.get_running_loop()
            self._due[dialog_id] = loop.call_later(wait, self._tell, dialog_id)

    def _tell(self, dialog_id: str) -> None:
        if timer := self._due.pop(dialog_id, None):
            timer.cancel()
        dialog = self.session.dialogs.get(dialog_id)
        if dialog is None or not dialog.joined or self.session.link is None:
            return
        if self.session.outbox.waits(dialog_id):
            return
        self._told_at[dialog_id] = time.monotonic()
        text, caret = self._fields.get(dialog_id, ("", 0))
        policy = dialog.place.live_typing
        shown = policy == "full" and not self.private
        edit = self._of(dialog_id).edit(text if shown else "", caret if shown else 0)
        if edit is not None:
            self.session.spawn(self._send(dialog_id, edit))
        if not shown and policy != "off":
            self._flag(dialog_id, bool(text))
        if not text:
            self._fields.pop(dialog_id, None)

    def _flag(self, dialog_id: str, typing: bool) -> None:
        now, last = time.monotonic(), self._flag_at.get(dialog_id)
        if typing and (last is None or now - last >= FLAG_EVERY):
            self._flag_at[dialog_id] = now
            self.session.spawn(self.session.ask("typing:start", dialog_id=dialog_id))
        elif not typing and last is not None:
            del self._flag_at[dialog_id]
            self.session.spawn(self.session.ask("typing:stop", dialog_id=dialog_id))

    async def _send(self, dialog_id: str, edit: dict[str, Any]) -> None:
        """A refused edit (one was lost, or too many came) is made good by a reset."""
        try:
            await self.session.ask("draft:edit", dialog_id=dialog_id, **edit)
        except Refused as refused:
            draft = self._of(dialog_id)
            if refused.code in ("conflict", "rate_limited") and not draft.lost:
                draft.lose_count()
                self._later(dialog_id, float(refused.details.get("retry_after") or EVERY))
