"""Messages that were found, in a window; Enter opens one where it was said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList

from chatd.terminal.core.fence import fence
from chatd.terminal.core.finding import Match, Matches, reach
from chatd.terminal.core.session import Session
from chatd.terminal.core.text import clean, name, one_line
from chatd.terminal.core.texts import Texts
from chatd.terminal.ui import panels
from chatd.terminal.ui.conversation import Conversation
from chatd.terminal.ui.lists import RowList
from chatd.terminal.ui.window import Window


class FoundList(Window[str | None]):
    """Ends with the id of the message that was chosen, or with nothing."""

    CSS = """
    FoundList { align: center top; background: $background 60%; }
    FoundList > Vertical { width: 90%; max-width: 110; min-width: 40; height: auto; margin: 2 0;
                           border: round $accent; border-title-color: $accent; padding: 0 1;
                           background: $surface; }
    FoundList OptionList { height: auto; max-height: 20; background: $surface; padding: 0;
                           border: none; }
    """
    BINDINGS = [Binding("escape", "cancel", show=False, priority=True)]

    def __init__(self, title: str, hint: str, found: list[Match], texts: Texts) -> None:
        super().__init__()
        self.window_title, self.hint, self.found, self.texts = title, hint, found, texts
        self.list = RowList("found", "")

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title, window.border_subtitle = self.window_title, self.hint
            yield self.list

    def on_mount(self) -> None:
        """The newest is under the cursor."""
        self.list.focus()
        self.call_after_refresh(self.fill)

    def on_row_list_resized(self, event: RowList.Resized) -> None:
        self.fill()

    def fill(self) -> None:
        """As wide as there is room."""
        unshown, width = panels.unshown(self.texts), self.list.row_width
        self.list.put(
            {one.message_id: fence(partial(row, one, width), unshown) for one in self.found}
        )
        if self.list.highlighted is None:
            self.list.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id:
            self.close(event.option.id)

    def action_cancel(self) -> None:
        self.close()


class Finding(App[None]):
    """What both full-screen clients do with what was found."""

    session: Session
    texts: Texts
    conversation: Conversation
    opens: Callable[[asyncio.Task[None]], None]

    def show_found(self, words: str, matches: Matches) -> None:
        """In a window; Enter opens one where it was said."""
        if not matches.complete:
            self.tell(self.texts("search_incomplete"))
        if not matches.found:
            self.tell(self.texts("search_nothing"))
            return
        by_id = {one.message_id: one for one in matches.found}

        def choose(id: str | None) -> None:
            if id:
                self.opens(self.session.spawn(self.go_to(by_id[id])))

        title = self.texts("search_title", words=one_line(words, 40), count=len(by_id))
        hint = self.texts("search_keys")
        self.push_screen(FoundList(title, hint, matches.found, self.texts), choose)

    async def go_to(self, one: Match) -> None:
        """Where it was said."""
        await self.open_place(one.dialog_id)
        dialog = self.session.dialogs.get(one.dialog_id)
        if dialog and await reach(self.session, dialog, one.seq):
            self.conversation.to_message(one.message_id)
        elif dialog:
            self.tell(self.texts("search_far"))

    async def open_place(self, dialog_id: str) -> None:
        """A conversation, perhaps one that is not followed yet."""

    def tell(self, text: str) -> None:
        """Words of the client."""


def row(one: Match, width: int) -> Text:
    """Who said it when and where; below, the words in it."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{one.when} ", "dim").append(name(one.sender_name), "bold")
    text.append(f"  {one_line(one.dialog_id, 40)}\n  ", "dim")
    said = Text(clean(one.excerpt).replace("\n", " "))
    if len(said.plain) == len(one.excerpt):
        for since, until in (mark for mark in one.marks if len(mark) == 2):
            said.stylize("bold underline", since, until)
    said.truncate(max(8, width - 3), overflow="ellipsis")
    return text.append_text(said)
