"""The field that one writes in: Enter sends, Tab completes, undo and paste as in any editor."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.message import Message as Event
from textual.widgets import TextArea

from chatd.client.text import sendable


class Field(TextArea):
    """Grows to five lines. Shift+Enter, Alt+Enter or Ctrl+J begin a new one."""

    BINDINGS = [
        Binding("ctrl+u", "delete_to_start_of_line", show=False),
        Binding("ctrl+k", "delete_to_end_of_line", show=False),
    ]
    NEW_LINE = frozenset({"shift+enter", "alt+enter", "ctrl+j"})

    class Sent(Event):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Complete(Event):
        """Tab was pressed."""

    class EditLast(Event):
        """Up was pressed in an empty field."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(
            id="field",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder=placeholder,
        )

    @property
    def caret(self) -> int:
        """Where the cursor is, in code points from the start."""
        row, column = self.cursor_location
        lines = self.text.split("\n")
        return sum(len(line) + 1 for line in lines[:row]) + column

    def put(self, text: str) -> None:
        """Replaces everything, with the cursor at the end; undo brings back what was there."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            self._take(event)
            self.post_message(self.Sent(sendable(self.text)))
        elif event.key in self.NEW_LINE:
            self._take(event)
            self.insert("\n")
        elif event.key == "tab":
            self._take(event)
            self.post_message(self.Complete())
        elif event.key == "up" and not self.text:
            self._take(event)
            self.post_message(self.EditLast())
        else:
            await super()._on_key(event)

    def _take(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
