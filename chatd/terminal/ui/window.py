"""What opens above the screen and closes once, however many keys ask for that at a time."""

from __future__ import annotations

import time

from textual import events
from textual.screen import ModalScreen, ScreenResultType


class Window(ModalScreen[ScreenResultType]):
    """Keys of one burst reach it before it is gone: what they ask for then asks for nothing.
    ``closed_at``: when it closed, by the clock that keys are stamped with."""

    closed_at = 0.0

    @property
    def open(self) -> bool:
        """Whether it is what one sees."""
        return self.app.screen is self

    def close(self, result: ScreenResultType | None = None) -> None:
        """Ends it with a result, the first time."""
        if self.open:
            self.closed_at = time.monotonic()
            self.dismiss(result)

    def on_key(self, event: events.Key) -> None:
        """One that comes when it is closed: the toolkit would take it for whatever has the focus by
        then, and Enter would send what is half-written there."""
        if not self.open:
            event.stop()
