"""``chatd chat --plain``: a line per event, for pipes and screen readers; drafts are not told."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import termios
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from functools import partial

from chatd.domain.message import Message
from chatd.errors import NotFound
from chatd.runtime import streams
from chatd.terminal.core.aside import Leftover
from chatd.terminal.core.attached import without_links
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import fence
from chatd.terminal.core.finding import Matches
from chatd.terminal.core.outbox import MOST, Unsent
from chatd.terminal.core.reading import clock, quote_line, reactions_line
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import REPLACEMENT, clean, name, one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms.commands import CHAT, ChatActions
from chatd.terminal.rooms.session import ChatSession
from chatd.terminal.ui import leftover
from chatd.terminal.ui.actions import is_command
from chatd.terminal.ui.leaving import ENDED_BY

REMEMBERED = 200
READS_ON_FOR = 0.5


class Plain:
    """Lines in, lines out; ends with its input, when everything is sent."""

    def __init__(self, session: ChatSession, texts: Texts, room: str) -> None:
        self.session, self.texts, self.room = session, texts, room
        self.actions = ChatActions(session, texts, self, CHAT)
        self.open_id = ""
        self.status = 0
        self.unheard = self.left = self.reading = False
        self.told: dict[str, dict[int, str]] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.talking: dict[str, list[str]] = {}
        self.lines: asyncio.Queue[str | None] = asyncio.Queue(MOST)
        self.refused: list[Leftover] = []
        self.unsaid: list[Leftover] = []
        self.unread = ""
        self.question: asyncio.Future[str | None] | None = None
        self.ended = asyncio.Event()
        self.entered = asyncio.Event()
        session.changed, session.explain = self.note_change, texts.refusal
        session.given_back = self.take_back
        session.doors.ask = self.ask_password
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

    async def ask_password(self, dialog_id: str, wrong: Refused | None) -> str | None:
        """The next line of a terminal, which then does not show it. In pipes nobody is asked."""
        if told := self.texts.wrong_password(wrong):
            streams.complain(told)
        if not sys.stdin.isatty():
            if not told:
                streams.complain(self.texts("door_variable"))
            return None
        room = self.session.rooms.get(dialog_id)
        title = one_line((room and room.title) or dialog_id, 40)
        with unseen(sys.stdin.fileno()):
            print(self.texts("door_title", title=title), end=": ", file=sys.stderr, flush=True)
            given = await self.next_line()
            print(file=sys.stderr)
        return given

    async def next_line(self) -> str | None:
        """What is typed next, for a question; None at the end of the input."""
        if self.reading:
            self.question = asyncio.get_running_loop().create_future()
            return await self.question
        line = await self.lines.get()
        if line is None:
            self.lines.put_nowait(None)
        return line

    async def run(self) -> None:
        """Until the input ends, nobody reads the output, the system or the daemon ends it."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(signum, self.stop, ENDED_BY + signum)
        parts = {
            asyncio.create_task(work, name=name)
            for name, work in (
                ("session", self.session.run()),
                ("input", self.read()),
                ("end", wait(self.ended)),
            )
        }
        done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        await self.session.stop()
        for part in parts:
            part.cancel()
        if self.status >= ENDED_BY or self.session.end_code or self.left:
            await self.read_on()
        for part in done:
            part.result()

    async def read(self) -> None:
        """Every line is a message or a command."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=feed, args=(loop, self.lines), daemon=True, name="stdin").start()
        await self.entered.wait()
        while (line := await self.read_line()) is not None:
            if self.answers(line):
                continue
            self.unread = line
            await self.wait_sent(all_but=MOST - 1)
            if self.left:
                return
            self.unread = ""
            self.actions.enter(line)
            if line.startswith("/"):
                await self.session.settle()
        self.answers(None)
        await self.session.settle()
        await self.wait_sent(all_but=0)

    async def read_line(self) -> str | None:
        """The next line; who has a question meanwhile gets it from here."""
        self.reading = True
        line = await self.lines.get()
        self.reading = False
        return line

    def answers(self, line: str | None) -> bool:
        """Whether a line was for a question, which has it now."""
        question, self.question = self.question, None
        if question is None or question.done():
            return False
        question.set_result(line)
        return True

    async def read_on(self) -> None:
        """What was there to be read when it was ended from outside, to be told as not sent; of an
        endless input as much as comes in a moment."""
        lines = [self.unread]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READS_ON_FOR):
                while (line := await self.lines.get()) is not None:
                    lines.append(line)
        said = [one for one in lines if one.strip() and not is_command(one)]
        self.unsaid = [(self.open_id or self.room, one) for one in said]

    def stop(self, status: int) -> None:
        """Ends the client with a status."""
        self.status = status
        self.ended.set()

    def take_back(self, entry: Unsent) -> None:
        """What the daemon would not have is told at the end."""
        self.refused.append((entry.dialog_id, entry.content))

    def leftovers(self) -> list[Leftover]:
        """What was not sent: refused, on its way, and read too late."""
        return [*self.refused, *leftover.waiting(self.session), *self.unsaid]

    async def wait_sent(self, all_but: int) -> None:
        """Waits until no more than so many messages are unsent."""
        while self.session.outbox.waiting() > all_but:
            await asyncio.sleep(0.02)

    def note_change(self, what: str, dialog_id: str) -> None:
        """Tells what is news."""
        if what == "notice":
            self.tell(dialog_id)
        elif what == "messages":
            self.tell_messages(dialog_id)
        elif what == "people":
            self.tell_people(dialog_id)
        elif what == "voice":
            self.tell_voice(dialog_id)
        elif what == "gone":
            self.note_gone(dialog_id)
        elif what == "status" and self.session.status in ("online", "waiting"):
            self.tell_status()

    def note_gone(self, dialog_id: str) -> None:
        """Who writes to a place that is there no longer would write to nobody."""
        told = self.texts.farewell_to(self.session.gone[dialog_id])
        self.tell(f"— {told}")
        if dialog_id == self.actions.left:
            self.session.spawn(self.end_here(dialog_id))
        elif dialog_id == self.open_id:
            self.session.spawn(self.session.give_up(NotFound.code, told))

    async def end_here(self, dialog_id: str) -> None:
        """Who has left by their own will is done, unless they are somewhere else by now."""
        await self.wait_sent(all_but=0)
        if dialog_id == self.open_id:
            self.left = True
            self.quit()

    def tell_status(self) -> None:
        if self.session.status == "online":
            self.tell(self.texts("went_online", name=name(self.session.me.name)))
        else:
            self.tell(self.texts("went_offline", seconds=self.session.wait_s))

    def tell_messages(self, dialog_id: str) -> None:
        """Messages that were not told yet, or say something else now."""
        dialog, told = self.session.dialogs.get(dialog_id), self.told.get(dialog_id)
        if dialog is None or told is None:
            return
        for message in dialog.messages[-REMEMBERED:]:
            bare = fence(partial(without_links, message), message)
            known = fence(partial(self.text_of, bare), f": {REPLACEMENT}")
            if told.get(message.seq) != known:
                said = fence(partial(self.text_of, message), f": {REPLACEMENT}")
                self.tell(fence(partial(self.line, dialog_id, message, said), REPLACEMENT))
            told[message.seq] = known
        while len(told) > REMEMBERED:
            del told[min(told)]

    def text_of(self, message: Message) -> str:
        """What a message says now."""
        if isinstance(message.deleted_at, str):
            return f": {self.texts('deleted')}"
        colon = " " if message.meta.get("kind") == "action" else ": "
        edited = " ✎" if isinstance(message.edited_at, str) else ""
        reactions = f"  {reactions_line(message)}".rstrip()
        quote = quote_line(message, self.texts("deleted"))
        return f"{colon}{quote}{self.texts.text_of(message)}{edited}{reactions}"

    def line(self, dialog_id: str, message: Message, said: str) -> str:
        """A message; its further lines are indented."""
        room = f"[{dialog_id}] " if dialog_id != self.open_id else ""
        text = clean(said).replace("\n", "\n    ")
        return f"{clock(message.created_at)} {room}{name(self.texts.sender_of(message))}{text}"

    def tell_people(self, dialog_id: str) -> None:
        """Who came, who went; of a crowd once how many."""
        dialog = self.session.dialogs.get(dialog_id)
        if dialog is None:
            return
        now = {one.id: one.name for one in dialog.people.values()}
        if not dialog.knows_people:
            if dialog.crowd and dialog_id in self.people:
                self.tell_count(dialog)
            self.people.pop(dialog_id, None)
            return
        before = self.people.get(dialog_id, now)
        for who in now.keys() - before.keys():
            self.tell(self.texts("came", name=name(now[who])))
        for who in before.keys() - now.keys():
            self.tell(self.texts("went", name=name(before[who])))
        self.people[dialog_id] = now

    def tell_voice(self, dialog_id: str) -> None:
        """Who is in the voice channel of a conversation that is open, if they are others now."""
        dialog, before = self.session.dialogs.get(dialog_id), self.talking.get(dialog_id, [])
        if dialog is None:
            return
        now = self.talking[dialog_id] = [name(one.name) for one in dialog.place.voice]
        if now != before:
            title = one_line(dialog.place.title or dialog.id)
            key = "in_voice" if now else "in_voice_none"
            self.tell(self.texts(key, title=title, names=", ".join(now)))

    def show(self, dialog_id: str) -> None:
        """Writes to another room from now on."""
        self.open_id = dialog_id
        if dialog := self.dialog:
            self.tell_count(dialog)
            self.tell_voice(dialog_id)
            self.told.setdefault(dialog_id, {})
            self.tell_messages(dialog_id)

    def tell_count(self, dialog: Dialog) -> None:
        """How many are in a room."""
        title = one_line(dialog.place.title or dialog.id)
        self.tell(self.texts("joined_room", title=title, count=dialog.present))

    def tell(self, text: str) -> None:
        """A line on stdout; the end, when nobody reads there any longer."""
        try:
            print(clean(text), flush=True)
        except OSError as error:
            streams.forget(sys.stdout)
            self.unheard = True
            self.ended.set()
            if not isinstance(error, BrokenPipeError):
                self.status = streams.FAILED
                streams.complain(f"stdout: {error.strerror}")

    def show_help(self) -> None:
        """Every command on a line of its own."""
        for usage, told in self.actions.help_rows():
            self.tell(f"{usage:<16} {told}")

    def show_found(self, words: str, matches: Matches) -> None:
        """A line each, the newest last."""
        for one in reversed(matches.found):
            said = one_line(one.excerpt, len(one.excerpt) or 1)
            self.tell(f"{one.message_id}  {one.when}  {name(one.sender_name)}: {said}")
        if not matches.found:
            self.tell(self.texts("search_nothing"))
        if not matches.complete:
            self.tell(self.texts("search_incomplete"))

    def show_link(self, link: str, told: str) -> None:
        """On a line of its own, for scripts."""
        self.tell(link)

    def switch_private(self) -> None:
        """There is no draft here to hide."""

    def opens(self, opening: asyncio.Task[None]) -> None:
        """The next line waits for it anyhow."""

    picked = None

    def give_back(self, line: str) -> None:
        """There is no field; why is told."""

    def quit(self) -> None:
        self.ended.set()


@contextlib.contextmanager
def unseen(terminal: int) -> Iterator[None]:
    """What is typed meanwhile is not shown."""
    before = termios.tcgetattr(terminal)
    flags = before[3] & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, [*before[:3], flags, *before[4:]])
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


async def wait(event: asyncio.Event) -> None:
    """Until it is set."""
    await event.wait()


def feed(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str | None]) -> None:
    """Reads the input in a thread of its own, no faster than it is sent; ``None`` at its end."""
    with contextlib.suppress(RuntimeError, CancelledError):
        for line in sys.stdin:
            asyncio.run_coroutine_threadsafe(lines.put(line.rstrip("\n")), loop).result()
        asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()


def run(session: ChatSession, texts: Texts, room: str) -> int:
    """Until the input ends, or the session does; the exit status, if something went wrong here."""
    plain = Plain(session, texts, room)
    told = 0
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(plain.run())
    finally:
        told = leftover.tell_left(session, texts, [] if plain.unheard else plain.leftovers())
    return plain.status or told
