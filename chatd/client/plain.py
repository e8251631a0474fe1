"""``chatd chat --plain``: a line per event, for pipes and screen readers; drafts are not told."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading

from chatd.client.actions import CHAT, Actions
from chatd.client.dialog import Dialog
from chatd.client.drawing import clock
from chatd.client.session import Session
from chatd.client.text import clean, name, one_line
from chatd.client.texts import Texts
from chatd.domain.message import Message


class Plain:
    """Lines in, lines out; ends with its input, when everything is sent."""

    def __init__(self, session: Session, texts: Texts, room: str) -> None:
        self.session, self.texts, self.room = session, texts, room
        self.actions = Actions(session, texts, self, CHAT)
        self.open_id = ""
        self.shown: dict[str, int] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.ended = asyncio.Event()
        self.entered = asyncio.Event()
        session.changed = self.changed
        session.on_online.append(self.enter)

    @property
    def dialog(self) -> Dialog | None:
        """The room that one writes to."""
        return self.session.dialogs.get(self.open_id)

    async def enter(self) -> None:
        """Into the first room, the first time."""
        if not self.open_id:
            self.show(await self.session.enter(self.room))
        self.entered.set()

    async def run(self) -> None:
        """Until the input ends, or the daemon will not have us."""
        running = asyncio.create_task(self.session.run(), name="session")
        reading = asyncio.create_task(self.read(), name="input")
        await asyncio.wait({running, reading}, return_when=asyncio.FIRST_COMPLETED)
        await self.session.stop()
        reading.cancel()
        running.cancel()

    async def read(self) -> None:
        """Every line is a message or a command."""
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        threading.Thread(target=feed, args=(loop, lines), daemon=True, name="stdin").start()
        await self.entered.wait()
        while not self.ended.is_set():
            line = await lines.get()
            if line is None:
                break
            self.actions.typed(line)
            await asyncio.sleep(0)
        while not self.ended.is_set() and self.session.outbox.next():
            await asyncio.sleep(0.02)

    def changed(self, what: str, dialog_id: str) -> None:
        """Tells what is news."""
        if what == "notice":
            self.tell(dialog_id)
        elif what == "messages":
            self.tell_messages(dialog_id)
        elif what == "people":
            self.tell_people(dialog_id)
        elif what == "status" and self.session.status in ("online", "waiting"):
            self.tell_status()

    def tell_status(self) -> None:
        """Connected, or not."""
        if self.session.status == "online":
            self.tell(self.texts("went_online", name=name(self.session.me.name)))
        else:
            self.tell(self.texts("went_offline", seconds=self.session.wait_s))

    def tell_messages(self, dialog_id: str) -> None:
        """Messages that were not told yet."""
        dialog = self.session.dialogs.get(dialog_id)
        if dialog is None or dialog_id not in self.shown:
            return
        told = self.shown[dialog_id]
        for message in dialog.messages:
            if message.seq > told:
                self.tell(self.line(dialog_id, message))
        self.shown[dialog_id] = dialog.last_seq

    def line(self, dialog_id: str, message: Message) -> str:
        """A message; its further lines are indented."""
        room = f"[{dialog_id}] " if dialog_id != self.open_id and self.open_id else ""
        who = name(message.sender_name)
        said = clean(message.content).replace("\n", "\n    ")
        colon = " " if message.meta.get("kind") == "action" else ": "
        return f"{clock(message.created_at)} {room}{who}{colon}{said}"

    def tell_people(self, dialog_id: str) -> None:
        """Who came, who went."""
        dialog = self.session.dialogs.get(dialog_id)
        if dialog is None:
            return
        now = {one.id: one.name for one in dialog.people.values()}
        before = self.people.get(dialog_id, now)
        for who in now.keys() - before.keys():
            self.tell(self.texts("came", name=name(now[who])))
        for who in before.keys() - now.keys():
            self.tell(self.texts("went", name=name(before[who])))
        self.people[dialog_id] = now

    def show(self, dialog_id: str) -> None:
        """Writes to another room from now on."""
        self.open_id = dialog_id
        if dialog := self.dialog:
            title = one_line(dialog.place.title or dialog_id)
            self.tell(self.texts("joined_room", title=title, count=len(dialog.people)))
            self.shown.setdefault(dialog_id, 0)
            self.tell_messages(dialog_id)

    def tell(self, text: str) -> None:
        """A line on stdout."""
        sys.stdout.write(f"{clean(text)}\n")
        sys.stdout.flush()

    def show_help(self) -> None:
        """Every command on a line of its own."""
        for usage, told in self.actions.help_rows():
            self.tell(f"{usage:<16} {told}")

    def switch_private(self) -> None:
        """There is no draft here to hide."""

    def quit(self) -> None:
        """Ends the client."""
        self.ended.set()


def feed(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str | None]) -> None:
    """Reads the input in a thread of its own; ``None`` at its end."""
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
    loop.call_soon_threadsafe(lines.put_nowait, None)


def run(session: Session, texts: Texts, room: str) -> None:
    """Until the input ends, or the session does."""
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(Plain(session, texts, room).run())
