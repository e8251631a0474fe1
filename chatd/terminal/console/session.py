"""The session of an operator's console: the queue and one's tickets, as they are pushed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from msgspec import Struct

from chatd.domain.ticket import NOTES
from chatd.terminal.console.board import Board, Department, Row, is_answered, is_mine, read_rows
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.link import Lost
from chatd.terminal.core.lists import whole
from chatd.terminal.core.reading import moment
from chatd.terminal.core.session import Session
from chatd.terminal.core.shapes import Canned, Joined, Queue, QueueUpdate, ReceiptUpdate
from chatd.terminal.core.text import name
from chatd.terminal.core.told import read, rows

SEARCHED_PAGES = 10
PAGE = 200
LOOK_AGAIN = 1.0
CANNED_FOR = 5.0


class Colleague(Struct):
    """An operator to whom a ticket may be handed."""

    username: str
    display_name: str = ""
    status: str = "offline"
    disabled: bool = False
    takes_tickets: bool = True
    available: bool = True
    active: int = 0
    capacity: int = 0
    sites: list[str] = []

    def has_room(self, site: str) -> bool:
        """Whether they could take a ticket of this site."""
        serves = not self.sites or site in self.sites
        return serves and self.available and self.active < self.capacity


class Mention(Struct):
    """One is named in the notes of a ticket."""

    id: str
    ticket: Row


class WhoIsBeside(Struct):
    """Which colleagues have a ticket open."""

    ticket_id: str
    colleagues: list[Any] = []


class ConsoleSession(Session):
    """Adds to ``changed``: queue (who waits, whose is what), lost (a ticket is no longer one's
    own), given (one was handed to one), reply (the customer of one's own has written, in one that
    is not followed), named (one is named in a ticket's notes)."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token=token)
        self.board = Board()
        self.canned: list[Canned] = []
        self.canned_at = float("-inf")
        self.names: dict[str, str] = {}
        self.operators: list[Colleague] = []
        self.looked_at = float("-inf")
        self.moves = self.seen_moves = 0
        self.seated = False
        self.watching = True
        self.away = False
        self.ahead_s = 0.0
        self.reads: dict[str, dict[str, int]] = {}
        self.events["queue:update"] = self._queue
        self.events["receipt:update"] = self._receipt
        self.events["note:mention"] = self._mention
        self.events["colleague:update"] = self._beside
        self.named: set[str] = set()
        self.heard_beside: set[str] = set()
        self.sat_down: Callable[[], None] = lambda: None
        self.on_online.append(self.sit_down)

    @property
    def username(self) -> str | None:
        return self.me.username

    @property
    def now(self) -> float:
        """The time by the daemon's clock, which the waiting times are told in."""
        return time.time() + self.ahead_s

    async def sit_down(self) -> None:
        """Connected, again perhaps: everything as it is now; the rest is pushed."""
        self.seated = False
        self.watching = True
        await self.set_clock()
        if self.away:
            await self.ask("presence:set", status="away")
        await self.fetch_canned()
        await self.colleagues()
        await self.watch()
        self.seated = True
        self.changed("queue", "")
        self.sat_down()
        named = await whole(self.ask, "mention:list", "mentions")
        for one in rows(named, "mentions", Mention):
            self.note_mention(one)

    async def fetch_canned(self) -> None:
        """The answers that are ready, as they are now."""
        self.canned_at = time.monotonic()
        self.canned = rows(await whole(self.ask, "canned:list", "canned"), "canned", Canned)
        self.changed("canned", "")

    def refresh_canned(self) -> None:
        """Anew, as they are looked for: somebody may have edited them."""
        if self.link and self.seated and time.monotonic() - self.canned_at >= CANNED_FOR:
            self.canned_at = time.monotonic()
            self.spawn(self.fetch_canned())

    async def watch(self) -> None:
        """Who waits and what is mine. What is pushed between the answers is newer than they are."""
        self.board.news.clear()
        self.heard_beside.clear()
        self.watching = True
        queue = await whole(self.ask, "queue:watch", "tickets", PAGE)
        mine = await whole(self.ask, "ticket:mine", "tickets")
        self.watching = False
        online = queue.get("operators_online")
        self.board.departments = rows(queue, "departments", Department)
        self.board.username = self.username
        had, known = {one.id: one for one in self.board.mine(self.username)}, self.board.known
        self.board.begin(
            queue.get("tickets"),
            mine.get("tickets"),
            online if isinstance(online, int) else 0,
            read(queue, Queue).waiting if queue.get("cursor") else 0,
        )
        for each in rows(queue, "colleagues", WhoIsBeside):
            if each.ticket_id not in self.heard_beside:
                self.board.put_beside(each.ticket_id, each.colleagues, self.me.id)
        for one in self.board.mine(self.username):
            # It came while the line was lost.
            before = had.get(one.id)
            if known and before is None and self.was_handed(one):
                self.changed("given", one.id)
            elif before is not None:
                self.note_reply(before, one)

    def name_of(self, username: str | None) -> str:
        """How an operator is called."""
        return name(self.names.get(username or "") or username or "")

    async def set_clock(self) -> None:
        """How far the daemon's clock is ahead of this one."""
        told = moment(str((await self.ask("ping")).get("server_time", "")))
        self.ahead_s = told.timestamp() - time.time() if told else 0.0

    def _queue(self, data: dict[str, Any]) -> None:
        self.moves += 1
        update = read(data, QueueUpdate)
        self.board.operators_online = update.operators_online
        if update.ticket:
            self.learn(data["ticket"])
            if self.watching:
                self.board.news.add(update.ticket.id)
        if self.board.queued:
            self.board.queued = update.waiting
        if self.board.runs_short and not self.watching:
            self.watching = True
            self.spawn(self.watch())
        self.changed("queue", update.ticket.id if update.ticket else "")

    def _beside(self, data: dict[str, Any]) -> None:
        ticket_id = str(data.get("ticket_id"))
        self.heard_beside.add(ticket_id)
        self.board.put_beside(ticket_id, data.get("colleagues"), self.me.id)
        self.changed("queue", ticket_id)

    def _mention(self, data: dict[str, Any]) -> None:
        self.note_mention(read(data, Mention))

    def note_mention(self, told: Mention) -> None:
        """Each is told of once, whichever way it came."""
        if told.id in self.named:
            return
        self.named.add(told.id)
        self.board.rows.setdefault(told.ticket.id, told.ticket)
        self.changed("named", told.ticket.id)

    def _dialog_update(self, data: dict[str, Any]) -> None:
        super()._dialog_update(data)
        view = data.get("dialog")
        if isinstance(view, dict) and view.get("kind") == "ticket":
            self.learn(view)
            self.changed("queue", str(data.get("dialog_id")))

    def was_handed(self, one: Row) -> bool:
        """Whether somebody else gave one this ticket."""
        return one.handed_by not in (None, self.username)

    def learn(self, view: dict[str, Any]) -> Row:
        """A ticket as somebody's action has left it; its open conversation shows it, too."""
        before, now = self.board.take(view)
        was, mine = bool(before and is_mine(before, self.username)), is_mine(now, self.username)
        if was and not mine:
            self.changed("lost", now.id)
        elif mine and not was and self.board.known and self.was_handed(now):
            self.changed("given", now.id)
        elif was and before is not None:
            self.note_reply(before, now)
        dialog = self.dialogs.get(now.id)
        if dialog:
            dialog.place = msgspec.structs.replace(
                dialog.place, status=now.status, operator=now.operator
            )
        return now

    def note_reply(self, before: Row, now: Row) -> None:
        """Of a ticket that is followed the messages themselves tell."""
        if now.id not in self.dialogs and is_answered(before, now):
            self.changed("reply", now.id)

    def has_room(self, site: str) -> bool:
        """Whether anybody could take a ticket of this site; as long as nobody is known, perhaps.
        Who has no room left looks whether the others have some, when something has moved."""
        mine = len(self.board.mine(self.username))
        here = [
            msgspec.structs.replace(one, active=mine) if one.username == self.username else one
            for one in self.operators
        ]
        if any(one.has_room(site) for one in here if one.username == self.username):
            return True
        if self.seen_moves != self.moves:
            if self.link and time.monotonic() - self.looked_at >= LOOK_AGAIN:
                self.looked_at = time.monotonic()
                self.spawn(self.look_around())
            return False
        return not here or any(one.has_room(site) for one in here)

    async def look_around(self) -> None:
        """Who has room now; whoever waits for it may ring."""
        await self.colleagues()
        self.changed("queue", "")

    async def act(self, command: str, ticket_id: str, **more: Any) -> Row:
        """``accept``, ``close``, ``reopen``, ``return``, ``tag``…; Refused when too late."""
        answer = await self.ask(f"ticket:{command}", ticket_id=ticket_id, **more)
        now = self.learn(answer.get("ticket", {}))
        self.changed("queue", ticket_id)
        return now

    def joining(self, dialog_id: str) -> dict[str, Any]:
        """Customers are told of who takes their ticket, not of who looks at it."""
        return {"connect": self.is_mine(dialog_id)}

    def note_joined(self, dialog_id: str, answer: Joined) -> None:
        """How far each has read."""
        self.reads[dialog_id] = {who: one.read for who, one in answer.receipts.items()}

    def _receipt(self, data: dict[str, Any]) -> None:
        update = read(data, ReceiptUpdate)
        if update.dialog_id in self.dialogs:
            self.reads.setdefault(update.dialog_id, {})[update.participant_id] = update.read
            self.changed("drafts", update.dialog_id)

    def has_read(self, dialog: Dialog) -> bool:
        """Whether the customer has read the last answer, and nothing came after it."""
        last = dialog.messages[-1] if dialog.messages else None
        read = self.reads.get(dialog.id, {}).get(dialog.place.customer_id, 0)
        return last is not None and last.sender_type == "admin" and read >= last.seq

    def is_mine(self, ticket_id: str) -> bool:
        """Whether one answers this ticket."""
        one = self.board.rows.get(ticket_id)
        return one is not None and is_mine(one, self.username)

    async def open(self, ticket_id: str) -> None:
        """Follows a ticket and its notes, with what was not read of it still unread."""
        entered = ticket_id not in self.dialogs
        both = [await self.join(id) for id in (ticket_id, f"{ticket_id}{NOTES}")]
        for dialog in both if entered else ():
            read = self.reads.get(dialog.id, {}).get(self.me.id, 0)
            dialog.read_seq = min(dialog.last_seq, read)

    async def put_aside(self, ticket_id: str) -> None:
        """Follows it no longer."""
        for dialog_id in (ticket_id, f"{ticket_id}{NOTES}"):
            self.reads.pop(dialog_id, None)
            if self.dialogs.pop(dialog_id, None):
                await self.ask("dialog:leave", dialog_id=dialog_id)

    async def colleagues(self) -> list[Colleague]:
        """Everybody to whom a ticket may be handed, those on line first."""
        moves = self.moves
        found = rows(await whole(self.ask, "operator:list", "operators"), "operators", Colleague)
        self.seen_moves = moves
        self.names = {one.username: one.display_name for one in found}
        self.operators = found
        order = {"online": 0, "away": 1}
        able = [one for one in found if not one.disabled]
        return sorted(able, key=lambda one: (order.get(one.status, 2), one.active, one.username))

    async def tickets(self, **narrowed: object) -> AsyncIterator[list[Row]]:
        """All tickets, newest first, page by page; or those that are asked for."""
        cursor: str | None = None
        for _ in range(SEARCHED_PAGES):
            answer = await self.ask("ticket:list", limit=200, cursor=cursor, **narrowed)
            yield read_rows(answer.get("tickets"))
            cursor = answer.get("cursor")
            if not isinstance(cursor, str) or not cursor:
                return

    async def set_away(self, away: bool) -> None:
        """Away operators are offered nothing."""
        self.away = away
        await self.ask("presence:set", status="away" if away else "online")
        self.changed("status", "")

    async def log_out(self) -> None:
        """Ends the session of this token, if there is a connection to say so on."""
        try:
            await self.ask("operator:logout")
        except Lost:
            return
