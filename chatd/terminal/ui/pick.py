"""Which message what is written is about: an answer to it, or the message itself anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.markup import escape

from chatd.domain.message import Message
from chatd.terminal.core.marks import strip_marks
from chatd.terminal.core.text import name, one_line

if TYPE_CHECKING:
    from chatd.terminal.ui.screen import ClientApp

SHOWN = 60


class Pick:
    """Goes up from the last message of somebody else, and from the oldest to none."""

    def __init__(self, app: ClientApp) -> None:
        self.app = app
        self._at: tuple[str, int] = ("", 0)

    @property
    def message(self) -> Message | None:
        """The one that was picked in the conversation that is written to."""
        target = self.app.target
        found = target.find(str(self._at[1])) if target and target.id == self._at[0] else None
        return found if found and not isinstance(found.deleted_at, str) else None

    @property
    def seq(self) -> int | None:
        """The number in its conversation of the message that is picked, if one is."""
        return self.message.seq if self.message else None

    def go_up(self) -> None:
        """To the one before."""
        target, now = self.app.target, self.message
        if target is None:
            return
        own = self.app.session.me.id
        for one in reversed(target.messages):
            above = one.seq < now.seq if now else one.sender_id != own
            if above and one.sender_type != "system" and not isinstance(one.deleted_at, str):
                self._put(target.id, one.seq)
                return
        self.drop()

    def drop(self) -> None:
        """Picks none any more."""
        self._put("", 0)

    def _put(self, dialog_id: str, seq: int) -> None:
        self._at = (dialog_id, seq)
        self.app.draw_field()

    def title(self) -> str:
        """What the field says of it."""
        one = self.message
        if one is None:
            return ""
        said = self.app.texts.as_read(one.content, one.meta.get("words"))
        who, text = self.app.texts.sender_of(one), one_line(strip_marks(said), SHOWN)
        return escape(self.app.texts("about", name=name(who), text=text))
