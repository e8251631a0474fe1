"""The interface of what carries errands out, and how it says that it could not."""

from __future__ import annotations

from collections.abc import Callable

from chatd.domain.errand import Errand


class Failed(Exception):
    """It was not carried out; the text is for the operators. ``again``: worth another try, in
    ``after`` seconds at the earliest. ``closed``: whom it was for wants no more of them."""

    def __init__(
        self, text: str, *, again: bool = True, after: float = 0.0, closed: bool = False
    ) -> None:
        super().__init__(text)
        self.again = again and not closed
        self.after = after
        self.closed = closed


Carry = Callable[[Errand], str]
"""Carries one errand out, in bounded time; returns what it was answered; raises Failed."""
