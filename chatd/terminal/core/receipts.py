"""Tells how far one has read: at most every 300 ms, and again until the daemon has taken it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from chatd.terminal.core.courier import TRY_AGAIN
from chatd.terminal.core.link import Lost
from chatd.terminal.core.shapes import Refused

if TYPE_CHECKING:
    from chatd.terminal.core.session import Session

EVERY = 0.3


class Receipts:
    """One cursor per conversation."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._waiting: dict[str, int] = {}
        self._told_at: dict[str, float] = {}
        self._due: dict[str, asyncio.TimerHandle] = {}

    def read(self, dialog_id: str, seq: int) -> None:
        """Everything up to there has been seen."""
        self._waiting[dialog_id] = max(seq, self._waiting.get(dialog_id, 0))
        self._later(dialog_id, self._told_at.get(dialog_id, 0.0) + EVERY - time.monotonic())

    def again(self) -> None:
        """A new connection: what the last one did not take."""
        for dialog_id in self._waiting:
            self._later(dialog_id, EVERY)

    def _later(self, dialog_id: str, wait: float) -> None:
        if dialog_id not in self._due:
            loop = asyncio.get_running_loop()
            self._due[dialog_id] = loop.call_later(max(0.0, wait), self._tell, dialog_id)

    def _tell(self, dialog_id: str) -> None:
        del self._due[dialog_id]
        seq = self._waiting.get(dialog_id)
        if seq and self.session.link:
            self._told_at[dialog_id] = time.monotonic()
            self.session.spawn(self._send(dialog_id, seq))

    async def _send(self, dialog_id: str, seq: int) -> None:
        try:
            await self.session.ask("receipt:read", dialog_id=dialog_id, seq=seq)
        except Lost:
            return
        except Refused as refused:
            if refused.code in TRY_AGAIN:
                self._later(dialog_id, float(refused.details.get("retry_after") or 1.0))
                return
        if self._waiting.get(dialog_id) == seq:
            del self._waiting[dialog_id]
