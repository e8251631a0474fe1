"""What cannot be drawn, or not be taken in, takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
MOST = 20
_faults: dict[str, None] = {}


def fence(draw: Callable[[], T], instead: T) -> T:
    """What was drawn; ``instead`` where that failed, whatever it was that failed."""
    try:
        return draw()
    except Exception as error:
        note(error)
        return instead


def note(error: Exception) -> None:
    """Remembers a fault, once, with the place where it happened."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    if len(_faults) < MOST:
        _faults[f"{type(error).__name__}: {error} ({place})"] = None


def faults() -> list[str]:
    """What went wrong behind the fences so far."""
    return list(_faults)
