"""A ticket's conversation, with the operators' notes between its messages."""

from __future__ import annotations

from functools import partial

from rich.segment import Segment
from rich.style import Style

from chatd.domain.message import Message
from chatd.domain.ticket import NOTES
from chatd.terminal.console.session import ConsoleSession
from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.fence import fence
from chatd.terminal.core.reading import clock
from chatd.terminal.core.text import clean, name
from chatd.terminal.ui import drawing
from chatd.terminal.ui.conversation import Conversation, Lines, strip

INK = {True: "#e8c98f", False: "#5c3d00"}
PAPER = {True: "#38301f", False: "#fdf0c8"}


class TicketConversation(Conversation):
    """The notes have paper and a word of their own, so that nobody takes them for answers."""

    session: ConsoleSession

    @property
    def notes(self) -> Dialog | None:
        """The notes of what is shown."""
        return self.session.dialogs.get(f"{self.dialog.id}{NOTES}") if self.dialog else None

    def draw_body(self) -> Lines:
        """Messages and notes in the order of their times."""
        if self.dialog is None:
            return [strip(line) for line in self.draw_nothing()]
        lines: Lines = []
        everything = merge(self.dialog, self.notes)
        for index, message in enumerate(everything):
            if starts := drawing.day(everything, index):
                lines.append(strip(drawing.rule(starts, self.look[0])))
            note = message.dialog_id != self.dialog.id
            if self.marker and message.seq == self.marker + 1 and not note:
                lines.append(strip(drawing.rule(self.texts("new"), self.look[0])))
            self.put(
                lines, message, self.draw_note(message) if note else self.draw_message(message)
            )
        return lines

    def draw_nothing(self) -> list[drawing.Line]:
        """What to do next, where no ticket is open: in the middle."""
        width = self.look[0]
        told = self.texts("console.empty").splitlines()
        below = max(0, (self.page_height - len(told)) // 2)
        lines = [line for text in told for line in drawing.words_line(text.center(width), width)]
        return [*lines, *([Segment("")] for _ in range(below))]

    def draw_note(self, message: Message) -> Lines:
        """A note, from memory when it looks as before."""
        known = self.drawn.get(-message.seq)
        if known and known[0] is message:
            return known[1]
        strips = fence(lambda: self.draw_whole_note(message), self.unshown)
        self.drawn[-message.seq] = (message, strips)
        return strips

    def draw_whole_note(self, message: Message) -> Lines:
        width, dark = self.look
        ink, paper = Style(color=INK[dark]), Style(bgcolor=PAPER[dark])
        deleted = isinstance(message.deleted_at, str)
        lines = drawing.entry(
            clock(message.created_at),
            f"{name(message.sender_name)} · {self.texts('console.a_note')}",
            ink + Style(bold=True),
            self.texts("deleted") if deleted else clean(message.content),
            ink,
            width,
        )
        return [strip(line).extend_cell_length(width).apply_style(paper) for line in lines]

    def draw_tail(self) -> Lines:
        """Whether the answer is read; what is on its way and being written, notes first."""
        lines: Lines = []
        if self.dialog and self.session.has_read(self.dialog):
            told = " " * drawing.INDENT + self.texts("console.read")
            lines += [strip(line) for line in drawing.words_line(told, self.look[0])]
        notes = self.notes
        if notes:
            for one in self.session.outbox.of(notes.id):
                drawn = fence(partial(self.draw_pending, one), self.unshown_lines)
                lines += [strip(line) for line in drawn]
            lines += [strip(line) for line in self.draw_drafts(notes)]
        return lines + super().draw_tail()


def merge(dialog: Dialog, notes: Dialog | None) -> list[Message]:
    """Both in the order of their times; notes from before the oldest message that is known stay
    out until that is."""
    if notes is None or not notes.messages:
        return dialog.messages
    first = dialog.messages[0].created_at if dialog.more and dialog.messages else ""
    shown = [note for note in notes.messages if note.created_at >= first]
    return sorted([*dialog.messages, *shown], key=lambda one: one.created_at)
