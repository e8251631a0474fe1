"""A list that may change under the cursor without losing it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

HEAD = "/"


class RowList(OptionList):
    """Rows by id; one whose id is a ``HEAD`` and more cannot be chosen. An empty
    list says so in such a line."""

    class Resized(Message):
        """Rows find more or less room."""

    def __init__(self, id: str, empty: str) -> None:
        super().__init__(id=id, compact=True, markup=False)
        self.empty = empty
        self.shown: dict[str, Text] = {}
        self.put({})

    @property
    def row_id(self) -> str | None:
        """What is under the cursor."""
        at = self.highlighted
        return self.get_option_at_index(at).id if at is not None else None

    @property
    def row_width(self) -> int:
        """How wide a row may be."""
        return max(8, self.scrollable_content_region.width or 24)

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def on_focus(self) -> None:
        """A cursor to go on from."""
        if self.highlighted is None and self.shown:
            self.highlighted = 0

    def put(self, rows: Mapping[str, Text], shown: str = "") -> None:
        """Shows these rows. The cursor stays where it is; of a list that has not the focus it is
        on the one that is shown."""
        if list(rows) != list(self.shown) or not self.options:
            self.begin(rows)
        else:
            for index, (id, text) in enumerate(rows.items()):
                if text != self.shown[id] or text.spans != self.shown[id].spans:
                    self.replace_option_prompt_at_index(index, text)
        self.shown = dict(rows)
        if not self.has_focus:
            self.highlighted = list(rows).index(shown) if shown in rows else None

    def begin(self, rows: Mapping[str, Text]) -> None:
        """Other rows, or in another order."""
        before = self.row_id
        options = [Option(text, id=id, disabled=id.startswith(HEAD)) for id, text in rows.items()]
        self.set_options(options or [Option(Text(self.empty, "dim"), disabled=True)])
        if before is not None and before in rows:
            self.highlighted = list(rows).index(before)
