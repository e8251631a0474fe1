"""Both ends of a live draft: one's own, as edits to send; another's, as edits that arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatd.domain.draft import MAX_DRAFT, apply
from chatd.errors import Invalid
from chatd.terminal.core.differ import caret_after, difference

Edit = dict[str, Any]


class OwnDraft:
    """What the others have been told of one's field, and the edit that brings them up to date.

    A draft begins with a reset, so that a screen that missed its predecessor's end is right again.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.text = ""
        self.caret = 0
        self.lost = True

    def edit(self, text: str, caret: int) -> Edit | None:
        """The next ``draft:edit``, or ``None`` when nothing is to be told. Above the cap the
        draft stands still; the message can be sent all the same."""
        if len(text) > MAX_DRAFT:
            self.lost = True
            return None
        if self.lost:
            return self.reset(text)
        ops = difference(self.text, text)
        if caret != (caret_after(ops, text) if ops else self.caret):
            ops.append(["c", caret])
        if not ops:
            return None
        self.seq += 1
        self.text, self.caret = text, caret
        if not text:
            self.lost = True
        return {"seq": self.seq, "ops": ops}

    def reset(self, text: str) -> Edit | None:
        """All of it; nothing, when there is nothing and nobody was told otherwise."""
        if not text and not self.text:
            return None
        self.seq += 1
        self.text, self.caret, self.lost = text, len(text), not text
        return {"seq": self.seq, "reset": text}

    def became_message(self) -> None:
        """The message supersedes the draft on every screen."""
        self.text, self.caret, self.lost = "", 0, True

    def lose_count(self) -> None:
        """The daemon lost count; the next edit is a reset."""
        self.lost = True


class WatchedDraft:
    """What somebody else has half-written."""

    def __init__(self, name: str, text: str = "", seq: int = -1) -> None:
        self.name = name
        self.text = text
        self.seq = seq
        self.caret = len(text)

    def edit(self, seq: int, ops: Sequence[Sequence[str | int]]) -> bool:
        """Applies the next edit; False when one is missing, and the draft must be asked for."""
        if self.seq >= 0 and seq != self.seq + 1:
            return seq <= self.seq
        try:
            for op in ops:
                self.apply(op)
        except Invalid:
            return False
        self.seq = seq
        self.text = self.text[:MAX_DRAFT]
        return True

    def apply(self, op: Sequence[str | int]) -> None:
        """One op, and where it leaves the caret."""
        self.text = apply(self.text, op)
        kind, *rest = op
        if kind not in ("i", "e", "c") or (rest and kind != "i" and not isinstance(rest[0], int)):
            return
        moved = [kind, rest[0] if rest else 1, *rest[1:]]
        self.caret = min(max(0, caret_after([moved], self.text)), len(self.text))

    def reset(self, seq: int, text: str) -> None:
        """Starts over with the full text."""
        self.seq, self.text = seq, text[:MAX_DRAFT]
        self.caret = len(self.text)
