"""When what a greenlet does has its place in the order: the next in a line may begin then."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar


def nobody_waits() -> None:
    """What most greenlets have to tell nobody."""


# Called as soon as a commit is asked for: what is asked for behind it comes behind it.
ASKED: ContextVar[Callable[[], None]] = ContextVar("asked", default=nobody_waits)
