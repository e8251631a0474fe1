"""What both full-screen clients share: a conversation, a field, who is there, the state."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.widgets import OptionList, Static, TextArea

from chatd.terminal.core.aside import Leftover
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import fence
from chatd.terminal.core.outbox import Unsent
from chatd.terminal.core.session import Session
from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import join_texts
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import charset, keyboard, panels
from chatd.terminal.ui.actions import Actions, Command, is_command
from chatd.terminal.ui.calling import Calling
from chatd.terminal.ui.conversation import Conversation
from chatd.terminal.ui.field import Field
from chatd.terminal.ui.found import Finding
from chatd.terminal.ui.help import Rows, open_page
from chatd.terminal.ui.key_order import KeyOrder
from chatd.terminal.ui.leaving import Leaving
from chatd.terminal.ui.people import People
from chatd.terminal.ui.pick import Pick
from chatd.terminal.ui.style import CSS, DARK_THEME, LIGHT_THEME

HINTS = 5
FRAME = 1 / 60
IN_WINDOWS = frozenset({"quit", "cancel", "theme"})


class ClientApp(Finding):
    """Draws what the session knows; every change of it names what is to be drawn anew."""

    ENABLE_COMMAND_PALETTE = False
    CSS = CSS
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (46, "-narrow"), (66, "-normal"), (100, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [*keyboard.BINDINGS]

    def __init__(
        self, session: Session, texts: Texts, table: dict[str, Command], *, light: bool
    ) -> None:
        super().__init__()
        keyboard.learn()
        foreign = charset.foreign()
        self.fitting = [charset.Fitting(foreign)] if foreign else []
        charset.listen(foreign or "utf-8")
        self.session, self.texts = session, texts
        self.theme = LIGHT_THEME if light else DARK_THEME
        self.actions = Actions(session, texts, self, table)
        self.conversation = Conversation(session, texts)
        self.field = Field(self, texts("placeholder"))
        self.head = Static(id="head")
        self.right = People(id="right")
        self.hints = Static(id="hints")
        self.status_line = Static(id="status")
        self.unsent: dict[str, str] = {}
        self.leaving, self.key_order, self.calling = Leaving(self), KeyOrder(self), Calling(self)
        self.pick, self.opens = Pick(self), self.key_order.opens
        session.on_online.append(self.leaving.take_up)
        self.stale: set[str] = set()
        self.drawn_at = 0.0
        self.people_shown = Text()

    @property
    def dialog(self) -> Dialog | None:
        """The conversation that is open."""
        return self.conversation.dialog

    @property
    def target(self) -> Dialog | None:
        """The conversation that is written to."""
        return self.dialog

    @property
    def picked(self) -> int | None:
        """The number of the message there that what is written is about."""
        return self.pick.seq

    @property
    def kept_for(self) -> str:
        """Whose client this is, to what is put aside."""
        return "chat"

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line goes through before it is drawn."""
        return [*super().get_line_filters(), *self.fitting]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The screen's keys rest while a window is open above it."""
        return len(self.screen_stack) < 2 or action in IN_WINDOWS

    async def on_event(self, event: events.Event) -> None:
        """Keys come in their turn; those that come when it is over are for nobody."""
        typed = isinstance(event, events.Key | events.Paste) and self.screen_stack
        if typed and not await self.key_order.come(event):
            return
        if self.screen_stack or not isinstance(event, events.InputEvent):
            await super().on_event(event)

    def on_mount(self) -> None:
        """Starts the session beside the screen."""
        self.session.changed, self.session.given_back = self.note_change, self.take_back
        self.session.explain = self.reason
        self.run_worker(self.session.run(), name="session", exit_on_error=True)
        self.set_interval(1.0, self.tick)
        self.leaving.listen()
        self.field.focus()
        self.draw_status()

    def note_change(self, what: str, dialog_id: str) -> None:
        """Something is to be drawn anew: once, however often it changes until then."""
        if what == "messages":
            self.calling.hear(dialog_id)
        if what == "notice":
            self.tell(dialog_id)
        elif what == "end":
            self.note_end()
        elif what in ("messages", "drafts", "older", "people") and not self.shows(dialog_id):
            self.soon("rooms")
        else:
            self.soon(what)

    def reason(self, refused: Refused) -> str:
        """Why the daemon did not do something."""
        return self.texts.refusal(refused)

    def note_end(self) -> None:
        """The session is over: at once where there was nothing to see, else told on the screen."""
        if self.dialog is None:
            self.exit()
        else:
            self.draw_status()

    def take_back(self, entry: Unsent) -> None:
        """What the daemon would not have is in the field again, to be made better."""
        self.put_back(entry.dialog_id, entry.content)

    def put_back(self, dialog_id: str, text: str) -> None:
        """In front of what stands in a conversation's field."""
        shown = self.shows(dialog_id) or not dialog_id
        now = self.field.text if shown else self.unsent.get(dialog_id, "")
        text = join_texts(text, now)
        if shown:
            self.field.put(text)
        else:
            self.unsent[dialog_id] = text

    def shows(self, dialog_id: str) -> bool:
        """Whether this conversation is open."""
        return self.dialog is not None and self.dialog.id == dialog_id

    def soon(self, what: str) -> None:
        """Draws this before the loop waits again, or when the last drawing has been painted."""
        if not self.stale:
            wait = self.drawn_at + FRAME - time.monotonic()
            if wait <= 0:
                self.call_later(self.draw)
            else:
                self.set_timer(wait, self.draw)
        self.stale.add(what)

    def draw(self) -> None:
        """Draws what has changed."""
        stale, self.stale = self.stale, set()
        self.drawn_at = time.monotonic()
        if not self.is_running:
            return
        for part in self.parts(stale):
            fence(part, None)

    def parts(self, stale: set[str]) -> Iterable[Callable[[], None]]:
        """What draws it; a part that cannot be drawn stays as it was."""
        if "older" in stale:
            yield partial(self.conversation.redraw, keep_bottom=True)
        elif "messages" in stale:
            yield self.conversation.redraw
        elif "drafts" in stale:
            yield self.conversation.redraw_drafts
        if "messages" in stale:
            yield self.mark_read
        if stale & {"people", "drafts", "messages", "status", "dialog", "voice"}:
            yield self.draw_people
        if stale - {"drafts", "older"}:
            yield from (self.draw_left, self.draw_head, self.draw_status)

    def draw_left(self) -> None:
        """The list at the left."""

    def draw_head(self) -> None:
        self.head.update(panels.head(self.dialog, self.texts))

    def draw_field(self) -> None:
        """What is written is about some message, perhaps."""
        self.field.border_title = self.pick.title()

    def draw_people(self) -> None:
        """The list at the right."""
        dialog, palette = self.dialog, self.conversation.palette
        if palette.seat(dialog.people if dialog else ()):
            self.conversation.restyle()
        dark, rows = self.current_theme.dark, self.right.size.height
        shown = panels.people(dialog, self.session.me.id, self.texts, palette, dark=dark, rows=rows)
        if shown != self.people_shown:
            self.people_shown = shown
            self.right.update(shown)

    def draw_status(self) -> None:
        self.status_line.update(panels.status(self.session, self.dialog, self.texts))

    def draw_hints(self) -> None:
        """The commands that a slash may become."""
        rows = self.actions.hints(self.field.text)[:HINTS]
        self.hints.update(panels.hints(rows))
        self.hints.set_class(bool(rows), "-shown")

    def tick(self) -> None:
        """What changes with time alone: the countdown, «печатает…» that runs out."""
        self.leaving.check()
        if self.session.status == "waiting":
            self.draw_status()
        if self.dialog and self.dialog.typing:
            self.soon("drafts")

    def show(self, dialog_id: str) -> None:
        """Opens a conversation, with what was half-written there. What was written before there
        was any is meant for the first."""
        early = "" if self.dialog else self.field.text
        if self.dialog:
            self.unsent[self.dialog.id] = self.field.text
        found = self.session.dialogs.get(dialog_id)
        self.conversation.open(found)
        with self.prevent(TextArea.Changed):
            self.field.put(join_texts(self.unsent.pop(dialog_id, ""), early))
        self.pick.drop()
        self.mark_read()
        self.stale |= {"people"}
        self.draw()
        self.draw_left()
        self.field.focus()

    def mark_read(self) -> None:
        """What is in sight has been read."""
        dialog = self.dialog
        if dialog and self.app_focus and self.conversation.following and dialog.read():
            self.session.receipts.read(dialog.id, dialog.last_seq)

    def tell(self, text: str) -> None:
        """Words of the client, for a while."""
        self.notify(text[:1500], markup=False, timeout=6)

    async def action_quit(self) -> None:
        self.quit()

    def give_back(self, line: str) -> None:
        """Into the field, or, where something else is in it by now, told."""
        if self.field.text:
            self.tell(line)
        else:
            self.field.put(line)

    def quit(self) -> None:
        self.leaving.begin()

    def field_texts(self) -> list[Leftover]:
        """What stands in the fields."""
        shown = self.dialog.id if self.dialog else ""
        written = {**self.unsent, shown: self.field.text}
        return [(id, text) for id, text in written.items() if text.strip() and not is_command(text)]

    async def on_unmount(self) -> None:
        """Ends the session with the screen."""
        self.calling.end()
        await self.session.stop()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The others see it."""
        self.tell_typing()
        self.draw_hints()

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        """They see the caret move, too."""
        self.tell_typing()

    def tell_typing(self) -> None:
        """Commands are nobody's business."""
        if self.dialog:
            text = self.field.text
            hidden = is_command(text)
            self.session.typist.note_text(
                self.dialog.id, "" if hidden else text, 0 if hidden else self.field.caret
            )

    def enter(self, text: str) -> bool:
        taken = self.actions.enter(text)
        if taken:
            self.conversation.marker = None
            self.conversation.to_end()
            self.pick.drop()
        return taken

    def complete(self, text: str) -> str | None:
        if not text:
            self.next_unread()
        return self.actions.complete(text)

    def recall(self) -> str | None:
        """Up in an empty field: one's last message, to be corrected."""
        target, picked, own = self.target, self.pick.message, self.session.me.id
        if picked and picked.sender_id == own:
            return f"/edit {picked.content}"
        last = target.last_of(own, own=True) if target else None
        return f"/edit {last.content}" if last else None

    def next_unread(self) -> None:
        """To the next conversation that has news."""
        own = self.session.me.id
        news = [one.id for one in self.session.dialogs.values() if one.unread(own)]
        if news:
            self.show(news[0])

    async def on_conversation_top(self, event: Conversation.Top) -> None:
        if self.dialog:
            self.session.spawn(self.session.older(self.dialog))

    def on_conversation_end(self, event: Conversation.End) -> None:
        self.mark_read()
        self.soon("rooms")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A line of the list at the left was chosen, by mouse or Enter."""
        if event.option.id:
            self.choose(event.option.id)

    def choose(self, option_id: str) -> None:
        """What the line stands for."""

    def on_people_resized(self, event: People.Resized) -> None:
        """More or fewer people find room."""
        self.draw_people()

    def watch_app_focus(self, focused: bool) -> None:
        """Back at this terminal: what came meanwhile is read."""
        self.soon("messages")

    def action_private(self) -> None:
        self.switch_private()

    def switch_private(self) -> None:
        """Hides one's drafts, or shows them."""
        typist = self.session.typist
        typist.set_private(not typist.private)
        self.draw_status()

    def action_theme(self) -> None:
        self.theme = LIGHT_THEME if self.current_theme.dark else DARK_THEME
        self.conversation.restyle()
        self.draw_people()

    def action_page(self, direction: int) -> None:
        """Page up, page down."""
        step = max(1, self.conversation.page_height - 2) * direction
        self.conversation.scroll_relative(y=step, animate=False, immediate=True)
        self.mark_read()

    def action_end(self) -> None:
        self.conversation.to_end()
        self.mark_read()

    def action_pick(self) -> None:
        self.pick.go_up()

    def action_write(self) -> None:
        """Escape: back to the field, about nothing but what is in it."""
        self.pick.drop()
        self.field.focus()

    def action_help(self) -> None:
        self.show_help()

    def show_help(self) -> None:
        """Every key and command."""
        keys = [line.partition("\t") for line in self.texts("help_keys").splitlines()]
        self.open_help([(key, told) for key, _, told in keys])

    def open_help(self, keys: Rows) -> None:
        """The page of these keys and of every command."""
        rows = [*keys, ("", ""), *self.actions.help_rows()]
        open_page(self, self.texts("help_title"), rows)
