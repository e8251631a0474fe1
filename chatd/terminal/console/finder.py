"""A window with a field and a list that fits what is typed: to search, to choose a colleague."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.worker import WorkType

from chatd.terminal.ui.lists import RowList
from chatd.terminal.ui.window import Window

Find = Callable[[str, int], Awaitable[Mapping[str, Text]]]


class Finder(Window[str | None]):
    """Ends with the id of what was chosen, or with nothing. ``find`` is given what was typed and
    how wide a row may be."""

    CSS = """
    Finder { align: center top; background: $background 60%; }
    Finder > Vertical { width: 80%; max-width: 90; min-width: 40; height: auto; margin: 3 0;
                        border: round $accent; border-title-color: $accent; padding: 0 1;
                        background: $surface; }
    Finder Input { border: none; height: 1; padding: 0; background: transparent; }
    Finder Input:focus { border: none; }
    Finder OptionList { height: auto; max-height: 14; background: $surface; padding: 0;
                        border: none; border-top: solid $panel-lighten-2; }
    """
    BINDINGS = [Binding("escape", "cancel", show=False, priority=True)]

    def __init__(self, title: str, placeholder: str, empty: str, find: Find) -> None:
        super().__init__()
        self.window_title, self.find = title, find
        self.input = Input(placeholder=placeholder, compact=True)
        self.list = RowList("found", empty)
        self.found_for: str | None = None
        self.submitted = False

    def compose(self) -> ComposeResult:
        """A field above a list."""
        with Vertical() as window:
            window.border_title = self.window_title
            yield self.input
            yield self.list

    def on_mount(self) -> None:
        """Everything, to begin with."""
        self.input.focus()
        self.call_after_refresh(self.seek)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Fewer with every letter."""
        self.submitted = False
        self.seek()

    def seek(self) -> None:
        """Looks anew; an older search that still runs is given up."""
        work: WorkType[None] = self.fill
        self.run_worker(work, exclusive=True)

    async def fill(self) -> None:
        """Shows what is found."""
        typed = self.input.value
        self.list.put(await self.find(typed, self.list.row_width))
        if self.list.shown and self.list.highlighted is None:
            self.list.highlighted = 0
        self.found_for = typed
        if self.submitted:
            self.choose()

    def on_key(self, event: events.Key) -> None:
        """The cursor of the list is moved from the field."""
        moves = {"down": "cursor_down", "up": "cursor_up"}
        moves |= {"pagedown": "page_down", "pageup": "page_up"}
        if event.key in moves and self.input.has_focus:
            event.stop()
            getattr(self.list, f"action_{moves[event.key]}")()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: of what fits what was typed, also where that is still being looked for."""
        self.submitted = True
        if self.found_for == self.input.value:
            self.choose()

    def choose(self) -> None:
        """The one under the cursor."""
        self.submitted = False
        if self.list.row_id:
            self.close(self.list.row_id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id:
            self.close(event.option.id)

    def action_cancel(self) -> None:
        self.close()
