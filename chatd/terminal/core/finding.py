"""Messages by their words, in all that one may read or in one conversation; and back to them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from chatd.terminal.core.dialog import Dialog
from chatd.terminal.core.reading import moment
from chatd.terminal.core.session import Session
from chatd.terminal.core.told import read, rows

SHOWN = 50
MOST_PAGES = 50


class Match(Struct, kw_only=True):
    """A message that was found; ``marks``: where in the excerpt the words are, from and to."""

    message_id: str
    dialog_id: str
    seq: int
    kind: str = ""
    sender_name: str = ""
    created_at: str = ""
    excerpt: str = ""
    marks: list[list[int]] = []

    @property
    def when(self) -> str:
        """Day and time, here."""
        at = moment(self.created_at)
        return f"{at:%d.%m.%Y %H:%M}" if at else ""


class Matches(Struct):
    """The newest of them. Not ``complete``: not all there is could be looked through yet."""

    found: list[Match] = []
    complete: bool = True


async def find(session: Session, words: str, dialog_id: str = "") -> Matches:
    """What has these words; in one conversation, if it is named."""
    within: dict[str, Any] = {"dialog_id": dialog_id} if dialog_id else {}
    answer = await session.ask("search:messages", query=words, limit=SHOWN, **within)
    told = read({"complete": answer.get("complete", True)}, Matches)
    return Matches(rows(answer, "found", Match), told.complete)


async def reach(session: Session, dialog: Dialog, seq: int) -> bool:
    """Whether a message is at hand, once enough of what is older is."""
    for _ in range(MOST_PAGES):
        if dialog.find(str(seq)) is not None:
            return True
        if not dialog.more or not dialog.messages or dialog.messages[0].seq <= seq:
            break
        await session.older(dialog)
    return dialog.find(str(seq)) is not None
