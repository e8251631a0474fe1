"""The client without a screen: stays connected, keeps conversations complete, sends what waits."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import msgspec
from websockets.exceptions import WebSocketException

from chatd.protocol.envelope import COMMANDS
from chatd.terminal.core import shapes
from chatd.terminal.core.backoff import Backoff
from chatd.terminal.core.courier import TRY_AGAIN, Courier
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import note
from chatd.terminal.core.follower import Follower
from chatd.terminal.core.link import Link, Lost, open_link, reason, socket_url
from chatd.terminal.core.lists import whole
from chatd.terminal.core.outbox import Outbox, Unsent
from chatd.terminal.core.receipts import Receipts
from chatd.terminal.core.refusals import closed_by, over_in
from chatd.terminal.core.shapes import (
    DialogUpdate,
    DraftEdit,
    Joined,
    Me,
    MessageUpdate,
    Page,
    Place,
    PresenceUpdate,
    Refused,
    Typing,
    Welcome,
)
from chatd.terminal.core.text import to_sendable
from chatd.terminal.core.told import read, rows
from chatd.terminal.core.typist import Typist

Status = Literal["connecting", "online", "waiting", "ended"]
Changed = Callable[[str, str], None]
UNREACHABLE = "unreachable"
LOOKS_AGAIN_S = 60.0


class Session:
    """What the screens are made from. ``changed(what, dialog_id)`` is called for everything that
    is to be drawn anew: status, rooms, messages, older, drafts, people, dialog, queue, notice, end.

    ``explain(refused)``: an error in the user's words, for notices and for ``why`` it ended.
    ``met``: the daemon has had us once; from then on a lost connection is made again for ever.
    ``patient``: whoever is ``kept_out`` by then comes back when that is over.
    ``end_code``: why it ended, as the code of an error, unless the user wanted it to."""

    def __init__(self, url: str, *, name: str | None = None, token: str | None = None) -> None:
        self.url = socket_url(url)
        self.name = name
        self.token = token
        self.device = secrets.token_hex(6)
        self.me = Me("", name or "")
        self.status: Status = "connecting"
        self.why = ""
        self.end_code = ""
        self.met = self.patient = False
        self.kept_out: Refused | None = None
        self.retry_at = 0.0
        self.rooms: dict[str, Place] = {}
        self.dialogs: dict[str, Dialog] = {}
        self.outbox = Outbox()
        self.changed: Changed = lambda what, dialog_id: None
        self.given_back: Callable[[Unsent], None] = lambda entry: None
        self.explain: Callable[[Refused], str] = lambda refused: refused.message
        self.on_online: list[Callable[[], Any]] = []
        self.typist = Typist(self)
        self.receipts = Receipts(self)
        self.link: Link | None = None
        self.backoff = Backoff()
        self.garbage = 0
        self._hurry = asyncio.Event()
        self.courier = Courier(self)
        self.follower = Follower(self)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.events: dict[str, Callable[[dict[str, Any]], None]] = {
            "message:new": self._new_message,
            "message:update": self._message_update,
            "draft:edit": self._draft_edit,
            "typing:start": self._typing_start,
            "typing:stop": self._typing_stop,
            "presence:update": self._presence,
            "dialog:update": self._dialog_update,
        }

    async def run(self) -> None:
        """Until ``stop``, or until the daemon will not have us."""
        while not self.ended:
            try:
                await self._run_line()
            except (Refused, Lost, OSError, WebSocketException, msgspec.MsgspecError) as error:
                if not self.ended:
                    self._on_fault(error)
            if not self.ended:
                await self._wait()
        self.changed("end", "")

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self.status == "ended"

    async def _run_line(self) -> None:
        self._set_status("connecting")
        async with open_link(self.url, self._event) as link:
            reading = asyncio.create_task(link.read(), name="reading")
            sending: asyncio.Task[None] | None = None
            try:
                await self._enter(link)
                sending = asyncio.create_task(self.courier.deliver(link), name="outbox")
                await reading
            finally:
                self.link = None
                self.garbage += link.garbage
                for task in (reading, sending):
                    if task:
                        task.cancel()
                await asyncio.gather(
                    *(task for task in (reading, sending) if task), return_exceptions=True
                )

    async def _enter(self, link: Link) -> None:
        join = self.follower.joins()
        hello = {"name": self.name, "token": self.token, "device": self.device, "join": join}
        given = {key: value for key, value in hello.items() if value}
        welcome = read(await link.ask("hello", **given), Welcome)
        self.me, self.token, self.link = welcome.participant, welcome.token, link
        resumed = self.follower.resume(join, welcome.joined)
        self.typist.forget()
        self.receipts.again()
        await self.refresh_rooms()
        for dialog_id in list(self.dialogs):
            await self._rejoin(dialog_id, resumed.get(dialog_id))
        self.met, self.kept_out = True, None
        self.backoff.reset()
        self._set_status("online")
        for told in self.on_online:
            self.spawn(told())

    async def _rejoin(self, dialog_id: str, resumed: Dialog | None) -> None:
        """A room that is no longer there is let go, and the rest goes on."""
        try:
            follower = self.follower
            await (follower.complete(resumed) if resumed else follower.join(dialog_id))
        except Refused as refused:
            if refused.code in TRY_AGAIN:
                raise
            self.note_gone(dialog_id, refused)

    def note_refused(self, dialog_id: str, refused: Refused) -> None:
        """Something was not done there."""

    def note_gone(self, dialog_id: str, refused: Refused) -> None:
        """A conversation that one may not follow any more."""
        self.dialogs.pop(dialog_id, None)
        self.notice(self.explain(refused))

    async def give_up(self, code: str, why: str) -> None:
        """Ends it, and the line with it."""
        self.end(code, why)
        self.hurry()
        if self.link:
            await self.link.ws.close()

    def _on_fault(self, error: Exception) -> None:
        """One attempt is over: another one follows, unless it cannot be better."""
        refused = closed_by(error) if isinstance(error, Lost) else error
        if not isinstance(refused, Refused):
            self.why = reason(error)
            if not self.met:
                self.end(UNREACHABLE, self.why)
            return
        self.why = self.explain(refused)
        if self.patient and self.met and over_in(refused) is not None:
            self.kept_out = refused
        elif refused.code not in TRY_AGAIN:
            self.end(refused.code, self.why)

    def end(self, code: str, why: str) -> None:
        """It ends without the user's having asked for it."""
        self.end_code, self.why = code, why
        self._set_status("ended")

    async def _wait(self) -> None:
        for dialog in self.dialogs.values():
            dialog.lose_line()
        delay = max(self.backoff.next(), min(over_in(self.kept_out) or 0.0, LOOKS_AGAIN_S))
        self.retry_at = time.monotonic() + delay
        self._set_status("waiting")
        self._hurry.clear()
        try:
            await asyncio.wait_for(self._hurry.wait(), delay)
        except TimeoutError:
            return

    @property
    def wait_s(self) -> int:
        """Whole seconds until the next attempt to connect."""
        return max(0, round(self.retry_at - time.monotonic()))

    def hurry(self) -> None:
        """The next attempt to connect is made now."""
        self._hurry.set()

    async def stop(self) -> None:
        self.status = "ended"
        self._hurry.set()
        for task in list(self._tasks):
            task.cancel()
        if self.link:
            await self.link.ws.close()

    def spawn(self, work: Any) -> asyncio.Task[None]:
        """Runs beside the rest; what the daemon refuses is shown, what is lost is no news."""
        task = asyncio.ensure_future(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._end_task)
        return task

    def _end_task(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            note(error)

    async def settle(self) -> None:
        """Waits for what was begun with ``spawn``."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _guard(self, work: Any) -> None:
        try:
            await work
        except Refused as refused:
            if not self.ended:
                self.notice(self.explain(refused))
        except (Lost, msgspec.MsgspecError):
            return

    def notice(self, text: str) -> None:
        """Something to tell the user."""
        self.changed("notice", text)

    def _set_status(self, status: Status) -> None:
        if self.status != "ended" or status == "ended":
            self.status = status
            self.changed("status", "")

    async def ask(self, event: str, **data: Any) -> dict[str, Any]:
        """A command now, or Lost when there is no connection. What is read too often comes when
        the daemon says."""
        link = self.link
        while link is not None and link is self.link:
            try:
                return await link.ask(event, **data)
            except Refused as refused:
                if refused.code != "rate_limited" or not COMMANDS[event].gets_page:
                    raise
                await asyncio.sleep(float(refused.details.get("retry_after") or 1.0))
        raise Lost

    async def refresh_rooms(self, *, watch: bool = False) -> None:
        """The rooms that one may enter."""
        ask = partial(self.ask, watch=watch)
        found = rows(await whole(ask, "room:list", "rooms"), "rooms", Place)
        self.rooms = {room.id: room for room in found}
        self.changed("rooms", "")

    async def join(self, dialog_id: str) -> Dialog:
        """Follows a conversation, or takes it up where it was; nothing is missed."""
        return await self.follower.join(dialog_id)

    def joining(self, dialog_id: str) -> dict[str, Any]:
        """What else is said to join a conversation."""
        return {}

    def note_joined(self, dialog_id: str, answer: Joined) -> None:
        """It is followed, again perhaps."""

    async def older(self, dialog: Dialog) -> None:
        """A page in front of what is known; one at a time."""
        if not dialog.more or not dialog.messages or dialog.asking_older:
            return
        first, dialog.asking_older = dialog.messages[0].seq, True
        try:
            answer = await self.ask("history:get", dialog_id=dialog.id, before_seq=first, limit=100)
        finally:
            dialog.asking_older = False
        dialog.prepend(shapes.page(answer, Page))
        self.changed("older", dialog.id)

    async def leave(self, dialog_id: str) -> None:
        self.dialogs.pop(dialog_id, None)
        self.changed("rooms", "")
        await self.ask("dialog:leave", dialog_id=dialog_id)

    async def rename(self, name: str) -> None:
        """Another name, in every conversation; who is there learns it by a fresh entrance."""
        answer = await self.ask("hello", name=name, token=self.token, device=self.device)
        self.name, self.me = name, read(answer, Welcome).participant
        for dialog in list(self.dialogs.values()):
            await self.ask("dialog:leave", dialog_id=dialog.id)
            await self.join(dialog.id)
        self.changed("status", "")

    def send(
        self, dialog_id: str, content: str, *, action: bool = False, reply_to: int | None = None
    ) -> Unsent:
        """Puts a message on its way, now or when connected again; OutboxFull when too many wait."""
        entry = self.outbox.add(dialog_id, to_sendable(content), action=action, reply_to=reply_to)
        self.typist.note_sent(dialog_id)
        self.courier.wake()
        self.changed("messages", dialog_id)
        return entry

    def _event(self, event: str, data: dict[str, Any]) -> None:
        handle = self.events.get(event)
        if handle:
            handle(data)

    def _new_message(self, data: dict[str, Any]) -> None:
        message = shapes.message(data)
        dialog = self.dialogs.get(message.dialog_id)
        if dialog is None:
            return
        taken = dialog.take(message)
        dialog.note_rev(message.rev)
        if taken == "gap":
            if len(dialog.ahead) == 1:
                self.spawn(self.follower.catch_up(dialog))
            return
        if message.sender_id == self.me.id and isinstance(message.client_id, str):
            self.outbox.drop(message.client_id)
        self.outbox.drop_arrived(dialog.id, dialog.last_seq)
        self.changed("messages", dialog.id)

    def _message_update(self, data: dict[str, Any]) -> None:
        update = read(data, MessageUpdate)
        dialog = self.dialogs.get(update.dialog_id)
        if dialog is None:
            return
        if dialog.update(data):
            self.changed("messages", dialog.id)
        dialog.note_rev(update.rev)

    def _draft_edit(self, data: dict[str, Any]) -> None:
        edit = read(data, DraftEdit)
        dialog = self.dialogs.get(edit.dialog_id)
        if dialog is None or edit.participant_id == self.me.id:
            return
        if not dialog.edit_draft(edit):
            self.spawn(self.join(dialog.id))
        self.changed("drafts", dialog.id)

    def _typing_start(self, data: dict[str, Any]) -> None:
        self._typing(data, start=True)

    def _typing_stop(self, data: dict[str, Any]) -> None:
        self._typing(data, start=False)

    def _typing(self, data: dict[str, Any], *, start: bool) -> None:
        who = read(data, Typing)
        dialog = self.dialogs.get(who.dialog_id)
        if dialog is None or who.participant_id == self.me.id:
            return
        if start:
            dialog.types(who, time.monotonic())
        else:
            dialog.end_typing(who)
        self.changed("drafts", dialog.id)

    def _presence(self, data: dict[str, Any]) -> None:
        update = read(data, PresenceUpdate)
        dialog = self.dialogs.get(update.dialog_id)
        if dialog:
            dialog.move_person(update.participant)
            self.changed("people", dialog.id)
            self.changed("drafts", dialog.id)

    def _dialog_update(self, data: dict[str, Any]) -> None:
        update = read(data, DialogUpdate)
        dialog = self.dialogs.get(update.dialog_id)
        if dialog and update.crowd is not None:
            dialog.gather(update.dialog, crowd=update.crowd)
            self.changed("people", dialog.id)
        elif dialog and update.dialog:
            dialog.place = update.dialog.entitle(self.me.id)
        self.changed("dialog", update.dialog_id)
