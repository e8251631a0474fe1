"""Where one may write nothing for a while: until when, and why."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chatd.domain.times import to_text
from chatd.terminal.core.shapes import Refused

if TYPE_CHECKING:
    from chatd.terminal.core.dialog import Dialog
    from chatd.terminal.rooms.session import ChatSession


class Mutes:
    """By dialog what an error says of it: ``muted_until`` and ``why``."""

    def __init__(self, session: ChatSession) -> None:
        self.session = session
        self._held: dict[str, dict[str, Any]] = {}

    def against(self, dialog_id: str) -> Refused | None:
        """What keeps one from writing in a conversation now; it ends by itself."""
        held = self._held.get(dialog_id)
        if held is None or held["muted_until"] <= to_text(time.time()):
            return None
        return Refused("forbidden", "", held)

    def look(self, dialog: Dialog) -> None:
        """As those who are there see it, oneself among them. Why, is told to whom it concerns, with
        whatever they are refused."""
        own = dialog.people.get(self.session.me.id)
        if own is None:
            return
        before = self._held.get(dialog.id, {}).get("muted_until", "")
        if own.muted_until > to_text(time.time()) and own.muted_until != before:
            self._held[dialog.id] = {"muted_until": own.muted_until, "why": ""}
            self.session.spawn(self._ask_why(dialog.id))
        elif not own.muted_until:
            self._held.pop(dialog.id, None)

    async def _ask_why(self, dialog_id: str) -> None:
        try:
            await self.session.ask("typing:stop", dialog_id=dialog_id)
        except Refused as refused:
            self.learn(dialog_id, refused)

    def learn(self, dialog_id: str, refused: Refused) -> None:
        """What one was refused there, perhaps for this."""
        until, why = (refused.details.get(name) for name in ("muted_until", "why"))
        if isinstance(until, str):
            self._held[dialog_id] = {"muted_until": until, "why": why}
            self.session.changed("people", dialog_id)
