"""Takes what waits in the outbox to the daemon: in order, again where that helps, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatd.terminal.core.link import Link, Lost
from chatd.terminal.core.outbox import Unsent
from chatd.terminal.core.shapes import Refused

if TYPE_CHECKING:
    from chatd.terminal.core.session import Session

TRY_AGAIN = frozenset({"rate_limited", "unavailable", "internal"})


class Courier:
    """One message at a time; what is refused for good is told and left out."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    async def deliver(self, link: Link) -> None:
        """As long as this connection lives."""
        while True:
            entry = self.session.outbox.next()
            if entry is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            try:
                await self._send_one(link, entry)
            except Lost:
                return
            self.session.typist.resume(entry.dialog_id)

    async def _send_one(self, link: Link, entry: Unsent) -> None:
        data = {"dialog_id": entry.dialog_id, "content": entry.content, "action": entry.action}
        try:
            answer = await link.ask("message:send", client_id=entry.client_id, **data)
        except Refused as refused:
            if refused.code in TRY_AGAIN:
                await asyncio.sleep(float(refused.details.get("retry_after") or 1.0))
                return
            self.session.outbox.drop(entry.client_id)
            self.session.changed("messages", entry.dialog_id)
            self.session.given_back(entry)
            self.session.notice(self.session.explain(refused))
            return
        seq = answer.get("message", {}).get("seq")
        self.session.outbox.note_stored(entry.client_id, seq if isinstance(seq, int) else 0)
        dialog = self.session.dialogs.get(entry.dialog_id)
        if dialog is None or not dialog.joined:
            self.session.outbox.drop(entry.client_id)
        else:
            self.session.outbox.drop_arrived(dialog.id, dialog.last_seq)
        self.session.changed("messages", entry.dialog_id)
