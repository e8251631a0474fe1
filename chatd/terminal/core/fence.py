"""What cannot be drawn takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def fenced(draw: Callable[[], T], instead: T) -> T:
    """What was drawn; ``instead`` where that failed, whatever it was that failed."""
    try:
        return draw()
    except Exception:
        return instead
