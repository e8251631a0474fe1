"""The field that one writes in: Enter sends, Tab completes, undo and paste as in any editor."""

from __future__ import annotations

from typing import Protocol

from textual import events
from textual.binding import Binding
from textual.widgets import TextArea

from chatd.terminal.core.text import clean_paste, joins, to_sendable


class Owner(Protocol):
    """Who is asked when a key means more than a letter."""

    def enter(self, text: str) -> bool:
        """Enter was pressed; True: it was taken, and the field is to be empty."""

    def complete(self, text: str) -> str | None:
        """Tab was pressed: what is to stand in the field."""

    def recall(self) -> str | None:
        """Up was pressed in an empty field: what is to stand in it."""


class Field(TextArea):
    """Grows to five lines. Alt+Enter, Ctrl+J or Shift+Enter begin a new one.

    Every key is carried out before the next one is looked at. Left to itself the toolkit runs what
    a key is bound to later than a letter is inserted: of keys that come in one burst, as over a
    slow line, letters would overtake the arrows. (The toolkit goes on to its own handlers of a key
    or a paste after these.)
    """

    BINDINGS = [
        Binding("enter", "send", show=False),
        Binding("tab", "complete", show=False),
        Binding("up", "up", show=False),
        Binding("shift+enter,alt+enter,ctrl+j", "new_line", show=False),
        Binding("escape", "leave_off", show=False),
        Binding("ctrl+d", "delete_or_quit", show=False),
        Binding("ctrl+u", "delete_to_start_of_line", show=False),
        Binding("ctrl+k", "delete_to_end_of_line", show=False),
    ]

    def __init__(self, owner: Owner, placeholder: str) -> None:
        super().__init__(
            id="field",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=placeholder,
        )
        self.owner = owner

    @property
    def caret(self) -> int:
        """Where the cursor is, in code points from the start."""
        row, column = self.cursor_location
        return sum(len(self.document.get_line(at)) + 1 for at in range(row)) + column

    def put(self, text: str) -> None:
        """Replaces everything, with the cursor at the end; undo brings back what was there."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return
        if event.character and joins(event.character):
            self.insert(event.character, maintain_selection_offset=False)

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = clean_paste(event.text)

    def action_send(self) -> None:
        if self.owner.enter(to_sendable(self.text)):
            self.clear()

    def action_complete(self) -> None:
        if (text := self.owner.complete(self.text)) is not None:
            self.put(text)

    def action_up(self) -> None:
        """A line up, or the last message into an empty field."""
        if self.text:
            self.action_cursor_up()
        elif (text := self.owner.recall()) is not None:
            self.put(text)

    async def action_leave_off(self) -> None:
        """Escape: what is written is about nothing but itself."""
        await self.app.run_action("write")

    def action_new_line(self) -> None:
        """A line of its own."""
        self.insert("\n", maintain_selection_offset=False)

    async def action_delete_or_quit(self) -> None:
        """Ctrl+D ends an empty input, as everywhere."""
        if self.text:
            self.action_delete_right()
        else:
            await self.app.action_quit()
