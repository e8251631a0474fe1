"""The column of who is in a conversation."""

from __future__ import annotations

from textual.message import Message as Event
from textual.widgets import Static


class People(Static):
    """The list at the right, which shows as many as it has lines."""

    class Resized(Event):
        """It has more lines, or fewer."""

    def on_resize(self) -> None:
        """Tells who draws it."""
        self.post_message(self.Resized())
