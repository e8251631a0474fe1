"""What stands in the field of the console: answers and notes, drafts, what ``/`` offers."""

from __future__ import annotations

from chatd.domain.ticket import NOTES, ticket_of
from chatd.terminal.console.assist import Assist
from chatd.terminal.console.commands import ConsoleActions
from chatd.terminal.console.picker import Picker
from chatd.terminal.console.screen import ConsoleScreen
from chatd.terminal.core.aside import Leftover
from chatd.terminal.ui.actions import is_command


class WritingScreen(ConsoleScreen):
    """The screen, and what is written on it."""

    actions: ConsoleActions
    typed: ConsoleActions
    assist: Assist

    def action_note(self) -> None:
        """F4: what is written is for colleagues, or for the customer again."""
        if self.dialog is None or self.conversation.notes is None:
            return
        if self.target:
            self.session.typist.note_text(self.target.id, "", 0)
        self.noting ^= {self.dialog.id}
        self.pick.drop()
        self.tell_typing()
        self.field.focus()

    def action_draft(self) -> None:
        self.assist.draft()

    def action_sum_up(self) -> None:
        self.assist.sum_up()

    def action_write(self) -> None:
        """Escape: what the model writes is not wanted, or is seen; else as everywhere."""
        if not self.assist.give_up():
            super().action_write()
        self.field.focus()

    def enter(self, text: str) -> bool:
        """What was a draft may be an answer now."""
        taken = super().enter(text)
        if taken and not is_command(text):
            self.assist.note_sent()
        return taken

    @property
    def kept_for(self) -> str:
        """An operator's texts are no other's."""
        return f"console-{self.session.username or ''}"

    def field_texts(self) -> list[Leftover]:
        """A half-written note is one for whoever takes it up, too."""
        return [
            (f"{id}{NOTES}" if id in self.noting else id, text)
            for id, text in super().field_texts()
        ]

    def put_back(self, dialog_id: str, text: str) -> None:
        """A note is a note again, an answer an answer; both together are for no customer."""
        ticket_id = ticket_of(dialog_id)
        written = self.field.text if self.shows(ticket_id) else self.unsent.get(ticket_id, "")
        if ticket_id != dialog_id:
            self.noting.add(ticket_id)
        elif not written:
            self.noting.discard(ticket_id)
        super().put_back(ticket_id, text)
        self.draw_field()

    def complete(self, text: str) -> str | None:
        """Tab: a command or name; from an empty field to the lists."""
        if not text:
            # At once: the next key of a burst is for the list.
            self.screen.set_focus(self.own if self.own.shown else self.queue)
        return self.actions.complete(text)

    def tell_typing(self) -> None:
        """To whom one writes; what begins with ``/`` opens the picker instead."""
        text, target = self.field.text, self.target
        if text.startswith("/"):
            self.session.refresh_canned()
        self.offer()
        if target and not self.why_silent():
            hidden = is_command(text)
            caret = 0 if hidden else self.field.caret
            self.session.typist.note_text(target.id, "" if hidden else text, caret)

    def offer(self) -> None:
        """What begins as the text in the field does."""
        self.picker.offer(self.typed.offers(self.field.text, self.row.site if self.row else ""))

    def why_silent(self) -> str:
        """Why nothing can be said here now; empty when it can."""
        if self.row is None:
            return self.texts("console.nothing_open")
        if self.notes_mode or self.mine:
            return ""
        if self.row.status == "active":
            return self.texts("console.not_yours", name=self.session.name_of(self.row.operator))
        return self.texts(
            "console.reopen_first" if self.row.status == "closed" else "console.take_first"
        )

    def on_picker_picked(self, event: Picker.Picked) -> None:
        """Into the field, to be looked over; a command that wants nothing more is carried out."""
        offer = event.offer
        if offer.command and not offer.complete:
            self.field.put("")
            self.actions.enter(offer.text.strip())
        else:
            self.field.put(offer.text)
        self.field.focus()
