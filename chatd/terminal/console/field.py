"""The operator's field: as everybody's, with the picker above it."""

from __future__ import annotations

from textual import events

from chatd.terminal.console.picker import Picker
from chatd.terminal.ui.field import Field, Owner


class ConsoleField(Field):
    """Gives the picker its keys while that is in sight."""

    def __init__(self, owner: Owner, placeholder: str, picker: Picker) -> None:
        super().__init__(owner, placeholder)
        self.picker = picker

    async def _on_key(self, event: events.Key) -> None:
        if self.picker.open and event.key in Picker.KEYS:
            event.stop()
            event.prevent_default()
            self.picker.key(event.key)
        else:
            await super()._on_key(event)
