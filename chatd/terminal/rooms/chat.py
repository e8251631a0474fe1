"""``chatd chat``: rooms at the left, people at the right, watching each other type between them."""

from __future__ import annotations

import asyncio
import time

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from chatd.domain.message import Message
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.heard import calls
from chatd.terminal.core.listing import is_muted
from chatd.terminal.core.shapes import News, Place, Refused
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.rooms import roster
from chatd.terminal.rooms.commands import CHAT, ChatActions
from chatd.terminal.rooms.session import ChatSession
from chatd.terminal.ui.asking import Asking
from chatd.terminal.ui.help import open_page
from chatd.terminal.ui.lists import RowList
from chatd.terminal.ui.screen import ClientApp


class ChatApp(ClientApp):
    session: ChatSession
    TITLE = "chatd"
    BINDINGS = [
        Binding("alt+up,ctrl+up,ctrl+p", "room(-1)", show=False, priority=True),
        Binding("alt+down,ctrl+down,ctrl+n", "room(1)", show=False, priority=True),
    ]

    def __init__(
        self, session: ChatSession, texts: Texts, room: str, *, light: bool = False
    ) -> None:
        super().__init__(session, texts, CHAT, light=light)
        self.actions = ChatActions(session, texts, self, CHAT)
        self.first_room = room
        self.called: set[str] = set()
        self.silent, self.silence = "", Static(id="silence")
        self.calling.judge = self.judge
        self.left = RowList("left", "")
        session.doors.ask, session.patient = self.ask_password, True
        session.on_online.append(self.enter_first)

    def compose(self) -> ComposeResult:
        yield self.head
        with Horizontal():
            yield self.left
            with Vertical(id="middle"):
                yield self.conversation
                yield self.hints
                yield self.silence
                yield self.field
            yield self.right
        yield self.status_line

    async def enter_first(self) -> None:
        """The room that was named, or the first there is; only the first time."""
        if self.dialog is None:
            self.show(await self.session.enter(self.first_room))

    async def ask_password(self, dialog_id: str, wrong: Refused | None) -> str | None:
        """In a window, which the next keys are for."""
        texts, given = self.texts, asyncio.get_running_loop().create_future()
        room = self.session.rooms.get(dialog_id)
        title = texts("door_title", title=one_line((room and room.title) or dialog_id, 40))
        window = Asking(title, texts("window_closes"), texts.wrong_password(wrong))
        await self.push_screen(window, given.set_result)
        self.key_order.ask()
        answer: str | None = await given
        return answer

    def judge(self, dialog: Dialog, message: Message) -> None:
        """Who is named or answered, and does not look, is called."""
        me = self.session.me
        if dialog.id in self.session.listing.rows:
            return
        if calls(message, dialog, me.id, me.name) and not self.calling.attends(dialog.id):
            self.called.add(dialog.id)
            self.calling.ring("named")

    def mark_read(self) -> None:
        """What is looked at calls no longer."""
        super().mark_read()
        if self.dialog and self.calling.attends(self.dialog.id):
            self.called.discard(self.dialog.id)

    def draw_status(self) -> None:
        """The title tells in how many rooms one is called."""
        super().draw_status()
        self.called &= {id for id in self.called if roster.calls(self, id)}
        self.calling.count(len(self.called))

        self.draw_field()

    def why_silent(self) -> str:
        """Why nothing is to be written here now; nothing where it may."""
        refused = self.session.why_silent(self.dialog)
        return self.texts.refusal(refused) if refused else ""

    def draw_field(self) -> None:
        """Who may not write is told why where they would; the field is for commands then."""
        super().draw_field()
        why = self.why_silent()
        if why != self.silent:
            self.silent = why
            self.silence.update(Text(why))
            self.silence.set_class(bool(why), "-shown")
            self.field.placeholder = self.texts("silent" if why else "placeholder")
            self.tell_typing()

    def tell_typing(self) -> None:
        """What nobody may hear is not told as it is written, either."""
        if self.dialog and self.silent:
            self.session.typist.note_text(self.dialog.id, "", 0)
        else:
            super().tell_typing()

    def draw_left(self) -> None:
        """Rooms, those not entered yet dim, and one's dialogs, each with what is unread."""
        self.left.set_class(self.session.has_account, "-dialogs")
        self.left.put(roster.rows(self), self.dialog.id if self.dialog else "")

    def on_row_list_resized(self, event: RowList.Resized) -> None:
        """What stands in a row is cut to fit."""
        self.soon("rooms")

    def places(self) -> dict[str, Place]:
        """Every room and dialog of the list, as it was told last."""
        dialogs: dict[str, Place] = {row.id: row for row in self.session.listing.latest}
        entered = {id: dialog.place for id, dialog in self.session.dialogs.items()}
        rooms = {id: place for id, place in entered.items() if id not in dialogs}
        return {**self.session.rooms, **rooms, **dialogs}

    def choose(self, option_id: str) -> None:
        if option_id in self.session.dialogs:
            self.show(option_id)
        else:
            self.opens(self.session.spawn(self.open_place(option_id)))

    async def open_place(self, dialog_id: str) -> None:
        """One that is not followed yet, perhaps."""
        if dialog_id not in self.session.dialogs:
            await self.session.join(dialog_id)
        self.show(dialog_id)

    def note_change(self, what: str, dialog_id: str) -> None:
        """See :class:`ClientApp`."""
        if what == "gone":
            self.note_gone(dialog_id)
        elif what == "news":
            self.note_news(self.session.news[dialog_id])
        else:
            super().note_change("rooms" if what == "list" else what, dialog_id)

    def note_gone(self, dialog_id: str) -> None:
        """Says so, and goes on with the next dialog."""
        self.tell(self.texts.farewell_to(self.session.gone[dialog_id]))
        if self.shows(dialog_id):
            self.show("")
            if following := next(iter([*self.session.listing.rows, *self.session.dialogs]), None):
                latest = self.session.listing.latest
                self.choose(latest[0].id if latest else following)
        self.soon("rooms")

    def note_news(self, news: News) -> None:
        """Who is written to, and does not look, is called; in a group who is named."""
        row = self.session.listing.rows[news.dialog_id]
        named = self.session.me.id in news.mentions
        wanted = named or (row.kind == "direct" and not is_muted(row, time.time()))
        if wanted and not self.calling.attends(row.id):
            self.called.add(row.id)
            self.calling.ring("named")

    def show_link(self, link: str, told: str) -> None:
        """In a window, whole, and for the clipboard."""
        self.copy_to_clipboard(link)
        open_page(self, self.texts("link_title"), [("", told), ("", ""), ("", link)])

    def next_unread(self) -> None:
        """See :class:`ClientApp`; dialogs that are not open, too."""
        rows = self.session.listing.latest
        news = [one.id for one in rows if roster.unread(self, one) and not self.shows(one.id)]
        if news:
            self.choose(news[0])
        else:
            super().next_unread()

    def tick(self) -> None:
        """See :class:`ClientApp`; who types in a dialog of the list does so for a while."""
        super().tick()
        if any(self.session.listing.typing.values()):
            self.soon("rooms")
        if self.silent:
            self.draw_field()

    def action_room(self, step: int) -> None:
        """The room above or below in the list."""
        known = list(self.places())
        if known:
            at = known.index(self.dialog.id) if self.dialog else -1
            self.choose(known[(at + step) % len(known)])


def run(session: ChatSession, texts: Texts, room: str, *, light: bool) -> int:
    """Until the user has enough, or the daemon was never reached; the exit status."""
    app = ChatApp(session, texts, room, light=light)
    app.run()
    return app.leaving.part()
