"""The session of ``chatd chat``: rooms, and of who has an account the list of their dialogs."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from chatd.errors import NotFound
from chatd.terminal.core.courier import TRY_AGAIN
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.listing import Listing
from chatd.terminal.core.lists import MOST_PAGES
from chatd.terminal.core.session import Session
from chatd.terminal.core.shapes import (
    Joined,
    Listed,
    News,
    OneDialog,
    Place,
    ReceiptUpdate,
    Refused,
    Typing,
    VoiceUpdate,
)
from chatd.terminal.core.told import read
from chatd.terminal.rooms.doors import Doors, is_locked
from chatd.terminal.rooms.mutes import Mutes

INVITATION = "/invite/"


class ChatSession(Session):
    """Adds to ``changed``: list (of dialogs), news (somebody has written in one of them), gone (a
    conversation that one is in no longer, as ``gone`` has it), voice (who is in a channel)."""

    def __init__(self, url: str, *, name: str | None = None, token: str | None = None) -> None:
        super().__init__(url, name=name, token=token)
        self.listing = Listing()
        self.listed = asyncio.Event()
        self.gone: dict[str, Place] = {}
        self.news: dict[str, News] = {}
        self._opened: set[str] = set()
        self.events |= {"dialog:news": self._news, "receipt:update": self._receipt}
        self.events["voice:update"] = self._voice
        self.doors, self.mutes = Doors(self), Mutes(self)
        self.on_online.append(self.watch)

    @property
    def has_account(self) -> bool:
        """Whether it is a person who has logged in; operators have other lists."""
        return bool(self.me.username) and self.me.kind != "operator"

    async def watch(self) -> None:
        """Connected, again perhaps: the list as it is now; the rest is pushed. Each page is taken
        before what comes behind it."""
        try:
            if self.has_account:
                await self._read_list()
        finally:
            self.listed.set()

    async def _read_list(self) -> None:
        self.listing.begin()
        asked: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = await self.ask("dialog:watch", **asked)
            self.listing.take(page.get("dialogs"), self.me.id)
            cursor = page.get("cursor")
            if not isinstance(cursor, str) or cursor in ("", asked.get("cursor")):
                break
            asked = {"cursor": cursor}
        self.listing.settle()
        self.changed("list", "")

    async def refresh_rooms(self, *, watch: bool = True) -> None:
        """See :class:`Session`; and from then on who is in their voice channels."""
        await super().refresh_rooms(watch=watch)

    async def enter(self, wanted: str) -> str:
        """Into the first place of this client: the one that was named, or the dialog with
        ``@username``; else what a person had last, or the first room there is. Its id; nothing
        where a person has nowhere to be yet. The session ends where it may not be entered."""
        await self.listed.wait()
        latest = next((one.id for one in self.listing.latest), None)
        open_first = sorted(self.rooms.values(), key=lambda room: room.locked)
        rooms = [room.id for room in open_first]
        place = wanted or latest or next(iter(rooms), "" if self.has_account else "lobby")
        try:
            if place.startswith("@"):
                place = await self.begin([place])
            return (await self.join(place)).id if place else ""
        except Refused as refused:
            if refused.code not in TRY_AGAIN:
                await self.give_up(refused.code, self.explain(refused))
            raise

    async def join(self, dialog_id: str) -> Dialog:
        """See :class:`Session`; who has yet to give a room's password is asked for it."""
        return await self.doors.join(dialog_id)

    async def begin(self, usernames: list[str], title: str = "") -> str:
        """The id of the dialog with one person, of which there is always the same one; or of a new
        group."""
        companions = [one.removeprefix("@").lower() for one in usernames]
        told: dict[str, Any] = {"kind": "group", "title": title} if title else {"kind": "direct"}
        answer = await self.ask("dialog:create", **told, **{"with": companions})
        return read(answer, OneDialog).dialog.id

    async def accept(self, link: str) -> str:
        """The id of the group that an invitation is for, as a link or its code."""
        code = link.rpartition(INVITATION)[2]
        answer = await self.ask("dialog:enter", code=code)
        return read(answer, OneDialog).dialog.id

    def note_joined(self, dialog_id: str, answer: Joined) -> None:
        """What one had not read elsewhere is not read here, either."""
        row, dialog = self.listing.rows.get(dialog_id), self.dialogs[dialog_id]
        if row and dialog_id not in self._opened:
            dialog.read_seq = min(dialog.last_seq, row.read or 0)
        self._opened.add(dialog_id)
        self.mutes.look(dialog)

    def note_refused(self, dialog_id: str, refused: Refused) -> None:
        """See :class:`Session`."""
        self.mutes.learn(dialog_id, refused)

    def why_silent(self, dialog: Dialog | None) -> Refused | None:
        """Why one may write nothing now: kept out, among readers, or muted."""
        if self.kept_out or dialog is None:
            return self.kept_out
        if dialog.place.read_only and self.me.kind != "operator":
            return Refused("forbidden", "", {"read_only": True})
        return self.mutes.against(dialog.id)

    def note_gone(self, dialog_id: str, refused: Refused) -> None:
        """See :class:`Session`: told with its name where it is simply not there any more. Of a room
        that has another password by now that is asked for."""
        if is_locked(refused):
            self.spawn(self._knock(dialog_id))
        elif refused.code == NotFound.code:
            self.let_go(dialog_id)
        else:
            super().note_gone(dialog_id, refused)

    async def _knock(self, dialog_id: str) -> None:
        """Who is let in goes on where they were."""
        try:
            await self.join(dialog_id)
        except Refused as refused:
            self.let_go(dialog_id)
            self.notice(self.explain(refused))

    def let_go(self, dialog_id: str) -> None:
        """One is in it no longer."""
        row, dialog = self.listing.drop(dialog_id), self.dialogs.pop(dialog_id, None)
        place = dialog.place if dialog else row
        self._opened.discard(dialog_id)
        if place:
            self.gone[dialog_id] = place
            self.changed("gone", dialog_id)

    def _presence(self, data: dict[str, Any]) -> None:
        super()._presence(data)
        if dialog := self.dialogs.get(str(data.get("dialog_id"))):
            self.mutes.look(dialog)

    def _news(self, data: dict[str, Any]) -> None:
        news = read(data, News)
        fresh = self.listing.take_news(news, self.me.id)
        self.changed("list", "")
        if fresh:
            self.news[news.dialog_id] = news
            self.changed("news", news.dialog_id)

    def _voice(self, data: dict[str, Any]) -> None:
        """Who is in a channel: of a room, of a dialog of the list, of whatever is open."""
        told = read(data, VoiceUpdate)
        id, dialog = told.dialog_id, self.dialogs.get(told.dialog_id)
        for place in (self.rooms.get(id), self.listing.rows.get(id), dialog and dialog.place):
            if place:
                place.voice = told.participants
        self.changed("voice", id)

    def _receipt(self, data: dict[str, Any]) -> None:
        self.listing.note_read(read(data, ReceiptUpdate), self.me.id)
        self.changed("list", "")

    def _typing(self, data: dict[str, Any], *, start: bool) -> None:
        super()._typing(data, start=start)
        who = read(data, Typing)
        if who.participant_id != self.me.id and who.dialog_id in self.listing.rows:
            self.listing.note_typing(who, time.monotonic() if start else None)
            self.changed("list", "")

    def _dialog_update(self, data: dict[str, Any]) -> None:
        told = data.get("dialog", "")
        if told is None:
            self.let_go(str(data.get("dialog_id")))
            return
        super()._dialog_update(data)
        if isinstance(told, dict) and isinstance(told.get("read"), int):
            self.listing.put(read(told, Listed), self.me.id)
            self.changed("list", "")
