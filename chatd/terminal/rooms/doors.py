"""Rooms with a password: it is asked for until it is right, or nobody gives one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chatd.terminal.core.shapes import Refused

if TYPE_CHECKING:
    from chatd.terminal.core.dialog import Dialog
    from chatd.terminal.rooms.session import ChatSession

Ask = Callable[[str, Refused | None], Awaitable[str | None]]


async def nobody(dialog_id: str, wrong: Refused | None) -> str | None:
    """There is nobody to be asked."""
    return None


class Doors:
    """``given``: a password that one has come with, which is tried before anybody is asked.
    ``ask``: the person, for that of a room; told what became of the one before."""

    def __init__(self, session: ChatSession) -> None:
        self.session = session
        self.given: str | None = None
        self.ask: Ask = nobody
        self._one = asyncio.Lock()

    async def join(self, dialog_id: str) -> Dialog:
        """Follows a conversation, through its door where it has one. One question at a time: who
        waited may be let in by the answer to another."""
        try:
            return await self.session.follower.join(dialog_id)
        except Refused as refused:
            if not is_locked(refused):
                raise
        async with self._one:
            wrong, given = None, self.given
            while True:
                try:
                    return await self.session.follower.join(dialog_id)
                except Refused as refused:
                    if not is_locked(refused):
                        raise
                    password = given or await self.ask(dialog_id, wrong)
                    if not password:
                        raise
                given, wrong = None, await self.enter(dialog_id, password)

    async def enter(self, dialog_id: str, password: str) -> Refused | None:
        """Why not, where another try may help."""
        try:
            await self.session.ask("room:enter", dialog_id=dialog_id, password=password)
        except Refused as refused:
            if not is_locked(refused) and refused.code != "rate_limited":
                raise
            return refused
        return None


def is_locked(refused: Refused) -> bool:
    """Whether it takes a password, or another one."""
    return refused.details.get("password") is True
