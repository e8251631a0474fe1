"""The conversation in the middle of the screen: messages, then everybody's drafts, as one page."""

from __future__ import annotations

import time
from functools import partial

from msgspec.structs import replace
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message as Event
from textual.scroll_view import ScrollView
from textual.strip import Strip

from chatd.domain.message import Message, message_id
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.drafts import WatchedDraft
from chatd.terminal.core.fence import fence
from chatd.terminal.core.outbox import Unsent
from chatd.terminal.core.palette import Palette
from chatd.terminal.core.session import Session
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import drawing

Lines = list[Strip]
FOUND = Style(reverse=True)


class Conversation(ScrollView, can_focus=False):
    """Stays at the end while it is there; asks for older messages when scrolled to the top."""

    DEFAULT_CSS = "Conversation { height: 1fr; width: 1fr; padding: 0 1; }"

    class Top(Event):
        """Scrolled to the oldest message that is known."""

    class End(Event):
        """Scrolled to the newest message."""

    def __init__(self, session: Session, texts: Texts) -> None:
        super().__init__(id="conversation")
        self.session = session
        self.texts = texts
        self.palette = Palette()
        self.dialog: Dialog | None = None
        self.following = True
        self.marker: int | None = None
        self.body: Lines = []
        self.lines: Lines = []
        self.drawn: dict[int, tuple[Message, Lines]] = {}
        self.look: tuple[int, bool] = (0, True)
        self.ground = Style()
        self.found, self.blank = "", 0
        self.starts: dict[str, int] = {}

    def open(self, dialog: Dialog | None) -> None:
        """Shows another conversation, from its end."""
        self.dialog, self.found = dialog, ""
        self.marker = dialog.read_seq if dialog and dialog.unread(self.session.me.id) else None
        self.drawn.clear()
        self.redraw()
        self.to_end()

    def redraw(self, *, keep_bottom: bool = False) -> None:
        """Draws everything anew; ``keep_bottom``: older messages came in front."""
        self.look = (self.page_width, self.app.current_theme.dark)
        before = len(self.lines)
        self.body = self.draw_body()
        self.assemble()
        if keep_bottom:
            grown = len(self.lines) - before
            self.scroll_to(y=self.scroll_offset.y + grown, animate=False, immediate=True)

    def restyle(self) -> None:
        """The colours are others now."""
        self.drawn.clear()
        self.redraw()

    def redraw_drafts(self) -> None:
        """Draws what is below the messages anew."""
        self.assemble()

    def assemble(self) -> None:
        """Puts the page together and keeps its end in sight, if it was. Only lines that look
        different are painted: where many write at once, that is what the time goes into."""
        before, top = self.in_sight(), self.scroll_offset.y
        lines = self.body + self.draw_tail()
        self.blank = max(0, self.page_height - len(lines))
        self.lines = [Strip.blank(0)] * self.blank + lines
        self.virtual_size = Size(self.page_width, len(self.lines))
        if self.following:
            self.to_end()
        now = self.in_sight()
        if len(now) != len(before) or top != self.scroll_offset.y:
            self.refresh()
        elif changed := [y for y, line in enumerate(now) if line != before[y]]:
            height = changed[-1] - changed[0] + 1
            self.refresh(Region(0, changed[0], self.size.width, height))

    def in_sight(self) -> Lines:
        """The lines that are on the screen."""
        top = self.scroll_offset.y
        return self.lines[top : top + self.page_height]

    def render_lines(self, crop: Region) -> Lines:
        """What is to be painted, on a ground that is looked up once for all of it."""
        self.ground = self.rich_style
        return super().render_lines(crop)

    @property
    def page_width(self) -> int:
        """How wide a line may be."""
        return max(10, self.scrollable_content_region.width)

    @property
    def page_height(self) -> int:
        """How many lines are in sight."""
        return self.scrollable_content_region.height

    @property
    def at_end(self) -> bool:
        """Whether the newest is in sight."""
        return self.scroll_offset.y >= self.max_scroll_y

    def to_end(self) -> None:
        """The newest into sight, and what comes after it."""
        self.following = True
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def to_message(self, id: str) -> None:
        """A message into sight, told apart from the others until another conversation is opened."""
        self.found = id
        self.redraw()
        top = self.blank + self.starts.get(id, 0) - self.page_height // 3
        self.following = False
        self.scroll_to(y=max(0, top), animate=False, force=True, immediate=True)

    def put(self, lines: Lines, message: Message, drawn: Lines) -> None:
        """A message below the lines that there are."""
        id = message_id(message.dialog_id, message.seq)
        self.starts[id] = len(lines)
        lines += [one.apply_style(FOUND) for one in drawn] if id == self.found else drawn

    def draw_body(self) -> Lines:
        dialog = self.dialog
        if dialog is None:
            return []
        lines: Lines = []
        width = self.look[0]
        for index, message in enumerate(dialog.messages):
            if starts := drawing.day(dialog.messages, index):
                lines.append(strip(drawing.rule(starts, width)))
            if self.marker is not None and message.seq == self.marker + 1:
                lines.append(strip(drawing.rule(self.texts("new"), width)))
            self.put(lines, message, self.draw_message(message))
        return lines

    def draw_message(self, message: Message) -> Lines:
        """One message, from memory when it looks as before."""
        known = self.drawn.get(message.seq)
        if known and known[0] is message:
            return known[1]
        strips = fence(lambda: self.draw_whole(message), self.unshown)
        self.drawn[message.seq] = (message, strips)
        return strips

    def draw_whole(self, message: Message) -> Lines:
        lines = drawing.message(
            replace(
                message,
                content=self.texts.text_of(message),
                sender_name=self.texts.sender_of(message),
            ),
            self.hue(message.sender_id),
            width=self.look[0],
            own=message.sender_id == self.session.me.id,
            deleted=self.texts("deleted"),
        )
        return [strip(line) for line in lines]

    @property
    def unshown_lines(self) -> list[drawing.Line]:
        """What stands for what cannot be drawn."""
        return [[Segment(" " * drawing.INDENT + self.texts("unshown"), drawing.DIM)]]

    @property
    def unshown(self) -> Lines:
        """The same for the screen."""
        return [strip(line) for line in self.unshown_lines]

    def hue(self, participant_id: str) -> str:
        return self.palette.colour(participant_id, dark=self.look[1])

    def draw_tail(self) -> Lines:
        """What is on its way, and what is being written."""
        dialog = self.dialog
        if dialog is None:
            return []
        width = self.look[0]
        lines = [
            line
            for one in self.session.outbox.of(dialog.id)
            for line in fence(partial(self.draw_pending, one), self.unshown_lines)
        ]
        lines += self.draw_drafts(dialog)
        if silent := dialog.typing_now(time.monotonic()):
            key = "types" if len(silent) == 1 else "type"
            lines += drawing.words_line(f"  ✎   {self.texts.who(key, silent)}", width)
        return [strip(line) for line in lines]

    def draw_drafts(self, dialog: Dialog) -> list[drawing.Line]:
        """Everybody's draft; where there are many, those that moved last and a count."""
        width = self.look[0]
        room = max(3, self.page_height // 2)
        newest = list(dialog.drafts.items())[-(room - 1) :]
        most = max(1, room // max(1, len(newest)))
        lines = [
            line
            for who_id, one in sorted(newest)
            for line in fence(partial(self.draw_draft, who_id, one, most), self.unshown_lines)
        ]
        if hidden := len(dialog.drafts) - len(newest):
            lines += drawing.words_line(f"  ✎   {self.texts('more_type', count=hidden)}", width)
        return lines

    def draw_pending(self, one: Unsent) -> list[drawing.Line]:
        """One's own message on its way."""
        me = self.session.me
        return drawing.pending(one, me.name, self.hue(me.id), width=self.look[0])

    def draw_draft(self, who_id: str, one: WatchedDraft, most: int) -> list[drawing.Line]:
        return drawing.draft(one, self.hue(who_id), width=self.look[0], most=most)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        at = self.scroll_offset.y + y
        line = self.lines[at] if at < len(self.lines) else Strip.blank(0)
        return line.apply_style(self.ground).adjust_cell_length(self.page_width, self.ground)

    def on_resize(self) -> None:
        self.drawn.clear()
        self.redraw()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """At the top, what is older is wanted; at the end, everything is read."""
        super().watch_scroll_y(old_value, new_value)
        self.following = self.at_end
        if new_value <= 1 and new_value < old_value and self.dialog and self.dialog.more:
            self.post_message(self.Top())
        elif new_value > old_value and self.at_end:
            self.post_message(self.End())


def strip(line: list[Segment]) -> Strip:
    """A line for the screen."""
    return Strip(line)
