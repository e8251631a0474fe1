"""The looks of ``chatd console``: one's tickets and the queue, the customer typing beside them."""

from __future__ import annotations

import time
from collections import defaultdict
from functools import partial

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from chatd.domain.ticket import FOR_OPERATORS, ticket_of
from chatd.terminal.console import card, keys, rows
from chatd.terminal.console.assist import Assist
from chatd.terminal.console.bell import Bell
from chatd.terminal.console.board import Row, is_mine
from chatd.terminal.console.conversation import TicketConversation
from chatd.terminal.console.field import ConsoleField
from chatd.terminal.console.picker import Picker
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.console.undoing import Undoing
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import fence
from chatd.terminal.core.text import name, one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import panels
from chatd.terminal.ui.lists import RowList
from chatd.terminal.ui.screen import ClientApp


class ConsoleScreen(ClientApp):
    """Draws what the console knows."""

    session: ConsoleSession
    assist: Assist
    undoing: Undoing
    TITLE = "chatd console"
    CSS = (
        ClientApp.CSS
        + """
    #middle { min-width: 12; }
    #side { width: 28; display: none; border-right: vkey $panel; }
    #side Static { height: 1; padding: 0 1; color: $accent; text-style: bold; }
    #side OptionList { border: none; padding: 0; background: $background; scrollbar-size: 1 1; }
    #own { height: auto; max-height: 50%; min-height: 2; }
    #queue { height: 1fr; }
    #side #more { color: $foreground; text-style: dim; }
    #keys { height: 1; background: $panel; link-style: none; link-color: $foreground; }
    #right { display: none; }
    #assist { height: auto; max-height: 50%; padding: 0 1; background: $surface; }
    #assist Static { height: auto; }
    #picker { height: auto; max-height: 8; padding: 0 1; border: none; background: $surface;
              scrollbar-size: 1 1; }
    #picker > .option-list--option-highlighted { background: $primary-darken-1; color: $text; }
    #field, #field:focus { border-title-color: $accent; border-title-style: none; }
    #field.-note, #field.-note:focus { border-top: solid $warning; border-title-color: $warning; }
    .-narrow #side, .-wide #side { display: block; }
    .-wide #side { width: 36; }
    .-wide #right { width: 30; display: block; }
    """
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (110, "-wide")]

    def __init__(self, session: ConsoleSession, texts: Texts, *, light: bool = False) -> None:
        super().__init__(session, texts, {}, light=light)
        self.picker = Picker()
        self.field = ConsoleField(self, texts("console.placeholder"), self.picker)
        self.conversation: TicketConversation = TicketConversation(session, texts)
        self.own = RowList("own", texts("console.nothing_mine"))
        self.queue = RowList("queue", texts("console.nobody_waits"))
        self.own_head, self.queue_head, self.queue_foot = Static(), Static(), Static(id="more")
        self.keys_line = Static(id="keys")
        self.bells = Bell()
        self.called: defaultdict[str, set[str]] = defaultdict(set)
        self.noting: set[str] = set()
        self.marked: dict[str, None] = {}

    def compose(self) -> ComposeResult:
        """State; lists, conversation, card; keys."""
        yield self.status_line
        with Horizontal():
            with Vertical(id="side"):
                yield self.own_head
                yield self.own
                yield self.queue_head
                yield self.queue
                yield self.queue_foot
            with Vertical(id="middle"):
                yield self.head
                yield self.conversation
                yield self.assist.box
                yield self.picker
                yield self.field
            yield self.right
        yield self.keys_line

    @property
    def row(self) -> Row | None:
        """The ticket that is shown."""
        dialog = self.dialog
        if dialog is None:
            return None
        place = dialog.place
        return self.session.board.rows.get(dialog.id) or Row(
            dialog.id, place.site, place.status, customer_name=place.customer_name
        )

    @property
    def mine(self) -> bool:
        """Whether the ticket that is shown is one's own."""
        return bool(self.row and is_mine(self.row, self.session.username))

    @property
    def notes_mode(self) -> bool:
        """Whether what is written is for colleagues only."""
        return bool(self.dialog and self.dialog.id in self.noting)

    @property
    def target(self) -> Dialog | None:
        """The conversation that is written to."""
        return self.conversation.notes if self.notes_mode else self.dialog

    def shows(self, dialog_id: str) -> bool:
        """A ticket is shown with its notes."""
        return super().shows(ticket_of(dialog_id))

    def draw_left(self) -> None:
        """One's own tickets, then the queue."""
        dark, board, now = self.current_theme.dark, self.session.board, self.session.now
        mine = board.mine(self.session.username)
        self.own_head.update(self.texts("console.own_head", count=len(mine)))
        self.queue_head.update(self.texts("console.queue_head", count=board.count_waiting()))
        width = self.own.row_width
        shown = self.dialog.id if self.dialog else ""
        self.own.put(
            {one.id: fence(partial(self.own_row, one, width), self.unshown) for one in mine}, shown
        )
        width, me = self.queue.row_width, self.session.username
        draw = partial(rows.waiting, texts=self.texts, now=now, me=me, dark=dark, width=width)
        self.queue.put(
            {
                id: fence(
                    partial(draw, board.rows[id], place, marked=id in self.marked), self.unshown
                )
                for id, place in board.places().items()
            },
            shown,
        )
        self.queue_foot.display = board.unknown > 0
        self.queue_foot.update(self.texts("console.more_wait", count=board.unknown))

    @property
    def unshown(self) -> Text:
        """What stands for a ticket that cannot be drawn: two lines, as any."""
        return panels.unshown(self.texts).append("\n")

    @property
    def with_news(self) -> set[str]:
        """The tickets in which something has come that nobody has looked at."""
        own = self.session.board.mine(self.session.username)
        answered = {one.id for one in own if self.unread(one)}
        return answered | {id for id, what in self.called.items() if what - {"reply"}}

    def note_read(self) -> None:
        """What was read, here or elsewhere, is told of again when something comes."""
        answered = self.with_news
        self.called = defaultdict(
            set, {id: what for id, what in self.called.items() if id in answered}
        )

    def unread(self, one: Row) -> int:
        """How many messages of one's own are not read."""
        dialog = self.session.dialogs.get(one.id)
        return dialog.unread(self.session.me.id) if dialog else one.unread

    def own_row(self, one: Row, width: int) -> Text:
        """One of one's own."""
        dialog = self.session.dialogs.get(one.id)
        news = rows.news(one, dialog, self.texts)
        shown, marked = self.shows(one.id), one.id in self.marked
        return rows.own(one, self.unread(one), news, shown=shown, width=width, marked=marked)

    def draw_head(self) -> None:
        """Which ticket, and how it stands."""
        one, dark = self.row, self.current_theme.dark
        draw = partial(card.head, self.session, self.texts, dark=dark)
        self.head.update(fence(partial(draw, one), self.unshown) if one else "")
        self.draw_field()

    def draw_field(self) -> None:
        """Whom one writes to: the field says so, as nothing is worse than a note to a customer."""
        self.field.set_class(self.notes_mode, "-note")
        self.field.border_title = self.field_title()
        hint = "console.placeholder_note" if self.notes_mode else "console.placeholder"
        self.field.placeholder = self.texts(hint)

    def field_title(self) -> str:
        """Note or answer, and what the customer sees of it while it is written."""
        dialog = self.dialog
        if dialog is None:
            return ""
        if about := self.pick.title():
            return f"{self.texts('console.field_note')} · {about}" if self.notes_mode else about
        if self.notes_mode:
            return self.texts("console.field_note")
        if not self.mine:
            closed = dialog.place.status == "closed"
            return self.texts("console.field_closed" if closed else "console.field_not_mine")
        private = self.session.typist.private and dialog.place.live_typing == "full"
        policy = "indicator" if private else dialog.place.live_typing
        return self.texts(f"console.field_{policy}")

    def draw_people(self) -> None:
        """The card at the right."""
        one, dialog = self.row, self.dialog
        if one is None or dialog is None:
            self.right.update("")
            return
        if self.conversation.palette.seat(dialog.people):
            self.conversation.restyle()
        draw = partial(card.card, self.session, self.texts, one, dialog, self.conversation.hue)
        self.right.update(fence(draw, self.unshown))

    def draw_status(self) -> None:
        """Connection, who one is, counters; below, the keys."""
        self.status_line.update(self.state())
        self.note_read()
        waiting = {one.id for one in self.session.board.waiting()}
        unknown = self.session.board.unknown
        self.calling.count(len(waiting | self.with_news) + unknown)
        self.keys_line.update(keys.footer(self.texts, self.possible(), self.size.width))

    def state(self) -> Text:
        session, texts, board = self.session, self.texts, self.session.board
        text = Text(no_wrap=True, overflow="ellipsis")
        there = session.status == "online"
        mark = "✕" if session.ended else ("◐" if session.away else "●") if there else "○"
        text.append(f"{mark} ", "red" if not there else "yellow" if session.away else "green")
        told = "console.is_away" if there and session.away else f"status_{session.status}"
        text.append(texts(told, seconds=session.wait_s, why=one_line(session.why)))
        if session.me.name:
            text.append(f" · {name(session.me.name)}")
        unsent = sum(1 for one in session.outbox.entries if one.seq is None)
        if unsent and not there:
            text.append(f" · {texts('unsent', count=unsent)}", "bold")
        waiting = board.count_waiting()
        text.append(
            f"   {texts('console.count_waiting', count=waiting)}", "bold" if waiting else ""
        )
        text.append(f" · {texts('console.count_online', count=board.operators_online)}")
        text.append(f" · {texts('console.count_mine', count=len(board.mine(session.username)))}")
        if self.marked:
            text.append(f" · {texts('console.count_marked', count=len(self.marked))}", "bold")
        if news := len(self.with_news):
            text.append(f" · {texts('console.count_news', count=news)}", "bold")
        if self.calling.strikes.muted:
            text.append(f" · {texts('console.muted')}", "dim")
        return text

    def possible(self) -> set[str]:
        """What makes sense now, as the footer shows it."""
        one, can = self.row, {"help", "find", "quit"} | self.assist.possible()
        can |= {"undo"} if self.undoing.possible else set()
        can.add("back" if self.session.away else "away")
        if self.session.board.waiting():
            can.add("accept")
        if one is not None:
            can |= {"note", "reopen" if one.status == "closed" else "close"}
        if one is not None and one.status in FOR_OPERATORS:
            can.add("transfer")
        return can | {"give_back"} if self.mine else can

    def tick(self) -> None:
        """Waiting times and the bell go on by themselves."""
        super().tick()
        self.draw_left()
        self.draw_head()
        self.ring()

    def ring(self) -> None:
        """For who waits, could be taken, and is not offered to somebody else."""
        for_me = (None, self.session.username)
        waiting = [
            one.id
            for one in ([] if self.session.away else self.session.board.waiting())
            if one.offered_to in for_me and self.session.has_room(one.site)
        ]
        if self.bells.rings(waiting, time.monotonic()):
            self.calling.ring("waiting")

    def show(self, dialog_id: str) -> None:
        """Opens a ticket that is followed."""
        if not self.shows(dialog_id):
            self.assist.give_up()
        super().show(dialog_id)
        self.picker.offer([])

    def draw_hints(self) -> None:
        """The picker is more than hints."""

    def mark_read(self) -> None:
        """What is in sight of a ticket that one follows has been read."""
        notes = self.conversation.notes
        if notes and self.app_focus and notes.read():
            self.session.receipts.read(notes.id, notes.last_seq)
        super().mark_read()
        if self.dialog and self.row and not self.dialog.unread(self.session.me.id):
            self.row.unread = 0
        if self.dialog and self.calling.attends(self.dialog.id):
            self.called.pop(self.dialog.id, None)

    def on_resize(self) -> None:
        """The footer has as much room as there is."""
        self.soon("status")
