"""The interface of what carries errands out, and how it says that it could not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

from chatd.domain.errand import Errand
from chatd.store.base import Change

Urgency = Literal["normal", "high"]


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


class Later(Exception):
    """It is not time for it yet: that was no try. ``after``: in so many seconds."""

    def __init__(self, after: float) -> None:
        super().__init__()
        self.after = after


class Needless(Exception):
    """It is not to be carried out any more; the text says why, for the operators."""


class Gone(Exception):
    """Whom it was for is no more; the text says how that is known."""


class Trial(Protocol):
    """One try. ``errand`` as it is now."""

    @property
    def errand(self) -> Errand: ...

    def hand_over(self, *changes: Change, **fields: object) -> None:
        """Notes, together with these changes and fields of the errand, that from now on it may
        have been carried out: whatever becomes of the daemon, it is not tried again by itself.
        Overtaken: somebody decided otherwise meanwhile, and nothing is to be done."""


class Unsure(Exception):
    """Nobody knows whether it was carried out; the text says why. It is not tried again."""


Carry = Callable[[Trial], str]
"""Carries one errand out, in bounded time; returns what it was answered. Raises Failed, which after
handing over means that it certainly was not carried out; Later, Needless, Unsure."""
