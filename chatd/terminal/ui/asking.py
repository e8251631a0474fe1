"""A window that asks for a password, without showing what is typed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from chatd.terminal.ui.window import Window


class Asking(Window[str | None]):
    """Ends with what was typed, or with nothing. ``told``: what became of the one before."""

    CSS = """
    Asking { align: center middle; background: $background 60%; }
    Asking > Vertical { width: 56; max-width: 100%; height: auto; padding: 0 1;
                        border: round $accent; border-title-color: $accent; background: $surface; }
    Asking Static { color: $error; height: auto; }
    Asking Input { border: none; height: 1; padding: 0; background: transparent; }
    Asking Input:focus { border: none; }
    """
    BINDINGS = [Binding("escape", "cancel", show=False, priority=True)]

    def __init__(self, title: str, hint: str, told: str) -> None:
        super().__init__()
        self.window_title, self.hint, self.told = title, hint, told
        self.input = Input(password=True, compact=True)

    def compose(self) -> ComposeResult:
        """What was wrong above the field."""
        with Vertical() as window:
            window.border_title, window.border_subtitle = self.window_title, self.hint
            if self.told:
                yield Static(self.told, markup=False)
            yield self.input

    def on_mount(self) -> None:
        self.input.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter; in an empty field it asks for nothing."""
        event.stop()
        if event.value:
            self.close(event.value)

    def action_cancel(self) -> None:
        self.close()
