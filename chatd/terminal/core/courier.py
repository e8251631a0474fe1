"""Takes what waits in the outbox to the daemon: in order, again where that helps, once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from chatd.terminal.core.link import NO_ANSWER, Link, Lost
from chatd.terminal.core.outbox import Unsent
from chatd.terminal.core.shapes import Refused

if TYPE_CHECKING:
    from chatd.terminal.core.session import Session

TRY_AGAIN = frozenset({"rate_limited", "unavailable", "internal"})
MOST_FAILURES = 3


class Courier:
    """One message at a time; what is refused for good, or what the daemon breaks over again and
    again, is told and given back. A conversation that must wait holds up no other."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._wake = asyncio.Event()
        self._resting: dict[str, float] = {}

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    async def deliver(self, link: Link) -> None:
        """As long as this connection lives."""
        while True:
            now = time.monotonic()
            self._resting = {id: until for id, until in self._resting.items() if until > now}
            entry = self.session.outbox.next(self._resting)
            if entry is None:
                await self._rest(now)
                continue
            try:
                await self._send_one(link, entry)
            except Lost as lost:
                if lost.reason == NO_ANSWER:
                    self._fail(entry, Refused("unavailable", NO_ANSWER, {}))
                return
            self.session.typist.resume(entry.dialog_id)

    async def _rest(self, now: float) -> None:
        self._wake.clear()
        until = min(self._resting.values(), default=None)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), None if until is None else until - now)

    def _fail(self, entry: Unsent, refused: Refused) -> None:
        """The daemon broke over it, this time."""
        entry.failures += 1
        if entry.failures >= MOST_FAILURES:
            self._give_back(entry, refused)

    def _give_back(self, entry: Unsent, refused: Refused) -> None:
        self.session.outbox.drop(entry.client_id)
        self.session.changed("messages", entry.dialog_id)
        self.session.given_back(entry)
        self.session.note_refused(entry.dialog_id, refused)
        self.session.notice(self.session.explain(refused))

    async def _send_one(self, link: Link, entry: Unsent) -> None:
        data: dict[str, Any] = {
            "dialog_id": entry.dialog_id,
            "content": entry.content,
            "action": entry.action,
            "client_id": entry.client_id,
        }
        if entry.reply_to is not None:
            data["reply_to"] = entry.reply_to
        try:
            answer = await link.ask("message:send", **data)
        except Refused as refused:
            if refused.code not in TRY_AGAIN:
                self._give_back(entry, refused)
                return
            after = float(refused.details.get("retry_after") or 1.0)
            self._resting[entry.dialog_id] = time.monotonic() + after
            if refused.code == "internal":
                self._fail(entry, refused)
            return
        seq = answer.get("message", {}).get("seq")
        self.session.outbox.note_stored(entry.client_id, seq if isinstance(seq, int) else 0)
        dialog = self.session.dialogs.get(entry.dialog_id)
        if dialog is None or not dialog.joined:
            self.session.outbox.drop(entry.client_id)
        else:
            self.session.outbox.drop_arrived(dialog.id, dialog.last_seq)
        self.session.changed("messages", entry.dialog_id)
