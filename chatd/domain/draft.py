"""A live draft: unsent text that others watch, edited as in XEP-0301 (In-Band Real Time Text).

Ops are ``["i", text, position?]`` insert, ``["e", n?, position?]`` erase n before position,
``["w", ms]`` pause, ``["c", position]`` caret. Positions count Unicode code points and are clamped
to the text; an op of an unknown kind is ignored, as the XEP asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatd.errors import Conflict, Invalid, TooLarge

MAX_DRAFT = 8_000
Op = Sequence[str | int]


class Draft:
    """What one participant has half-written in one conversation."""

    __slots__ = ("frozen", "seq", "text")

    def __init__(self) -> None:
        self.text = ""
        self.seq = -1
        self.frozen = False

    def edit(self, seq: int, ops: Sequence[Op], longest: int = MAX_DRAFT) -> None:
        """Applies the edit numbered one after the last; Conflict on a gap, until a reset.
        TooLarge as soon as it is longer than ``longest`` on the way."""
        if self.frozen or (self.seq >= 0 and seq != self.seq + 1):
            self.frozen = True
            raise Conflict(
                "this draft lost an edit; send a reset with the full text", expected=self.seq + 1
            )
        text = self.text
        for op in ops:
            text = apply(text, op)
            check_length(text, longest)
        self.text, self.seq = text, seq

    def reset(self, seq: int, text: str, longest: int = MAX_DRAFT) -> None:
        """Starts over with the full text."""
        check_length(text, longest)
        self.text, self.seq = text, seq
        self.frozen = False


def check_length(text: str, longest: int) -> None:
    """A draft is not too long."""
    if len(text) > longest:
        raise TooLarge(f"this draft may have at most {longest} characters now", limit=longest)


def apply(text: str, op: Op) -> str:
    """The text after one op."""
    if not op or not isinstance(op[0], str):
        raise Invalid("an op is a list that begins with its kind", field="ops")
    change = OPS.get(op[0])
    return change(text, op) if change else text


def insert(text: str, op: Op) -> str:
    """``["i", text, position?]``."""
    if len(op) < 2 or not isinstance(op[1], str):
        raise Invalid('insert is ["i", text, position?]', field="ops")
    check_length(op[1], MAX_DRAFT)
    at = position(text, op, 2)
    return text[:at] + op[1] + text[at:]


def erase(text: str, op: Op) -> str:
    """``["e", n?, position?]``: n code points before the position, one without n."""
    count = op[1] if len(op) > 1 else 1
    if not isinstance(count, int):
        raise Invalid('erase is ["e", n?, position?]', field="ops")
    at = position(text, op, 2)
    return text[: max(0, at - max(0, count))] + text[at:]


def position(text: str, op: Op, index: int) -> int:
    """The position an op names, the end without one, clamped to the text."""
    if len(op) <= index:
        return len(text)
    at = op[index]
    if not isinstance(at, int):
        raise Invalid("a position is a whole number of code points", field="ops")
    return min(max(0, at), len(text))


OPS: dict[str, Callable[[str, Op], str]] = {"i": insert, "e": erase}
