"""The page behind F1: every key and every command with what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from chatd.terminal.ui.window import Window

if TYPE_CHECKING:
    from chatd.terminal.ui.screen import ClientApp

Rows = list[tuple[str, str]]


class HelpPage(Window[None]):
    """Two columns in the middle of the screen. Whatever is typed before it is closed is for nobody:
    half a command would be said aloud below. ``later`` gets the keys that were pressed after that
    and are no longer for this page."""

    DEFAULT_CSS = """
    HelpPage { align: center middle; background: $background 60%; }
    HelpPage VerticalScroll {
        width: 64; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 0 1; scrollbar-size: 1 1;
    }
    """
    SCROLLS = frozenset({"up", "down", "pageup", "pagedown", "home", "end"})
    CLOSES = frozenset({"escape", "enter", "f1"})

    def __init__(
        self, title: str, hint: str, rows: Rows, later: Callable[[events.Event], object]
    ) -> None:
        super().__init__()
        self.later = later
        self.page = VerticalScroll(Static(draw_rows(rows)))
        self.page.border_title, self.page.border_subtitle = title, hint

    def compose(self) -> ComposeResult:
        yield self.page

    def on_key(self, event: events.Key) -> None:
        if not self.open:
            event.stop()
            self.later(event)
        elif event.key not in self.SCROLLS:
            event.stop()
            if event.key in self.CLOSES:
                self.close()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is for the field."""
        event.stop()
        self.close()
        self.later(event)

    def on_click(self) -> None:
        self.close()


def open_page(app: ClientApp, title: str, rows: Rows) -> None:
    """Something to read, above everything else; keys that come later are for the field."""
    app.push_screen(HelpPage(title, app.texts("window_closes"), rows, app.field.post_message))


def draw_rows(rows: Rows) -> Table:
    """Keys and commands at the left, what they do at the right."""
    table = Table(box=None, show_header=False, expand=True, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    return table
