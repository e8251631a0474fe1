"""The client's own words, from the catalogs, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Sequence

from chatd.domain.message import Message
from chatd.locale import render_sender, render_words, text
from chatd.terminal.core import refusals
from chatd.terminal.core.attached import told_files
from chatd.terminal.core.marks import strip_marks
from chatd.terminal.core.shapes import LastMessage, Place, Refused
from chatd.terminal.core.text import name, one_line

NAMED = 3


class Texts:
    """Looks up ``client.KEY`` in one language. ``address``: where the daemon is, for links."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.address = ""

    def __call__(self, key: str, /, **values: object) -> str:
        """One text with its values filled in."""
        return text(self.language, f"client.{key}", **values)

    def text_of(self, message: Message) -> str:
        """What a message says, in the reader's language where the house said it, and its files."""
        if message.files:
            return told_files(message, self.address)
        return self.as_read(message.content, message.meta.get("words"))

    def sender_of(self, message: Message) -> str:
        """Who said it; the bot is called as in the reader's language."""
        meta = message.meta
        return render_sender(self.language, message.sender_type, message.sender_name, meta)

    def as_read(self, content: str, words: object) -> str:
        """What was said; where the house has said it, in the reader's language."""
        return render_words(self.language, content, {"words": words})

    def last_words(self, last: LastMessage | None) -> str:
        """What a list says of the newest message: its words without their marks, on one line."""
        return one_line(strip_marks(self.as_read(last.text, last.words))) if last else ""

    def who(self, key: str, names: Sequence[str]) -> str:
        """A sentence about some people, of whom the first few are named."""
        shown = ", ".join(name(one) for one in names[:NAMED])
        if len(names) > NAMED:
            shown = self("and_more", names=shown, count=len(names) - NAMED)
        return self(key, names=shown)

    def farewell_to(self, place: Place) -> str:
        """A conversation that one is in no longer."""
        key = "gone_direct" if place.kind == "direct" else "gone"
        return self(key, title=one_line(place.title or place.id, 40))

    def wrong_password(self, refused: Refused | None) -> str:
        """What became of a room's password that was given."""
        if refused is None:
            return ""
        return self("door_wrong") if refused.details.get("password") else self.refusal(refused)

    def refusal(self, refused: Refused) -> str:
        """What the daemon refused; in its words where the code is unknown here."""
        return refusals.explain(self, refused)
