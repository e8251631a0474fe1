"""The page behind F1: every key and every command with what it does."""

from __future__ import annotations

from collections.abc import Callable

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from chatd.terminal.ui.window import Window

Rows = list[tuple[str, str]]


class HelpPage(Window[None]):
    """Two columns in the middle of the screen; any key but those that scroll closes it. ``later``
    gets the keys that were pressed after that one and are no longer for this page."""

    DEFAULT_CSS = """
    HelpPage { align: center middle; background: $background 60%; }
    HelpPage VerticalScroll {
        width: 64; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 0 1; scrollbar-size: 1 1;
    }
    """
    SCROLLS = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})

    def __init__(self, title: str, rows: Rows, later: Callable[[events.Event], object]) -> None:
        super().__init__()
        self.later = later
        self.page = VerticalScroll(Static(draw_rows(rows)))
        self.page.border_title = title

    def compose(self) -> ComposeResult:
        yield self.page

    def on_key(self, event: events.Key) -> None:
        if not self.open:
            event.stop()
            self.later(event)
        elif event.key not in self.SCROLLS:
            event.stop()
            self.close()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is for the field."""
        event.stop()
        self.close()
        self.later(event)

    def on_click(self) -> None:
        self.close()


def draw_rows(rows: Rows) -> Table:
    """Keys and commands at the left, what they do at the right."""
    table = Table(box=None, show_header=False, expand=True, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    return table
