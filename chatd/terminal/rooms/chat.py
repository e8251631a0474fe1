"""``chatd chat``: rooms at the left, people at the right, watching each other type between them."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from chatd.domain.message import Message
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import fence
from chatd.terminal.core.heard import calls
from chatd.terminal.core.session import Session
from chatd.terminal.core.shapes import Place
from chatd.terminal.core.text import one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import panels
from chatd.terminal.ui.actions import CHAT
from chatd.terminal.ui.screen import ClientApp

CALLED = "@"


class ChatApp(ClientApp):
    TITLE = "chatd"
    BINDINGS = [
        Binding("alt+up,ctrl+up,ctrl+p", "room(-1)", show=False, priority=True),
        Binding("alt+down,ctrl+down,ctrl+n", "room(1)", show=False, priority=True),
    ]

    def __init__(self, session: Session, texts: Texts, room: str, *, light: bool = False) -> None:
        super().__init__(session, texts, CHAT, light=light)
        self.first_room = room
        self.called: set[str] = set()
        self.calling.judge = self.judge
        self.left = OptionList(id="left", compact=True, markup=False)
        session.on_online.append(self.enter_first)

    def compose(self) -> ComposeResult:
        yield self.head
        with Horizontal():
            yield self.left
            with Vertical(id="middle"):
                yield self.conversation
                yield self.hints
                yield self.field
            yield self.right
        yield self.status_line

    async def enter_first(self) -> None:
        """The room that was named, or the first there is; only the first time."""
        if self.dialog is None:
            self.show(await self.session.enter(self.first_room))

    def judge(self, dialog: Dialog, message: Message) -> None:
        """Who is named or answered, and does not look, is called."""
        me = self.session.me
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
        self.called &= set(self.session.dialogs)
        self.calling.count(len(self.called))

    def draw_left(self) -> None:
        """Rooms with what is unread in them; those not entered yet are dim."""
        places = self.places()
        unshown = panels.unshown(self.texts)
        self.left.set_options(
            Option(fence(partial(self.room_line, id, one.title or id), unshown), id=id)
            for id, one in places.items()
        )
        if self.dialog and self.dialog.id in places:
            self.left.highlighted = list(places).index(self.dialog.id)

    def places(self) -> dict[str, Place]:
        """Every room of the list, as it was told last."""
        entered = {id: dialog.place for id, dialog in self.session.dialogs.items()}
        return {**self.session.rooms, **entered}

    def room_line(self, room_id: str, title: str) -> Text:
        dialog = self.session.dialogs.get(room_id)
        unread = dialog.unread(self.session.me.id) if dialog else 0
        line = Text(one_line(title, 8 if unread else 12), no_wrap=True, overflow="ellipsis")
        line.stylize("bold" if unread or self.shows(room_id) else "" if dialog else "dim")
        if unread:
            mark = CALLED if room_id in self.called else " "
            line.append(" ").append(f"{mark}{min(unread, 99)} ", style="bold reverse")
        elif dialog and dialog.drafts and not self.shows(room_id):
            line.append(" ✎")
        return line

    def choose(self, option_id: str) -> None:
        if option_id in self.session.dialogs:
            self.show(option_id)
        else:
            self.opens(self.session.spawn(self.actions.join(option_id)))

    def action_room(self, step: int) -> None:
        """The room above or below in the list."""
        known = list(self.places())
        if known:
            at = known.index(self.dialog.id) if self.dialog else -1
            self.choose(known[(at + step) % len(known)])


def run(session: Session, texts: Texts, room: str, *, light: bool) -> int:
    """Until the user has enough, or the daemon was never reached; the exit status."""
    app = ChatApp(session, texts, room, light=light)
    app.run()
    return app.leaving.part()
