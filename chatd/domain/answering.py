"""How long it usually takes until a person answers, as people say it."""

from __future__ import annotations

MINUTES = (1, 2, 3, 4, 5, 10, 15, 20, 30, 45)
HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
STEPS = (*MINUTES, *(60 * hours for hours in HOURS))
TOLERATED = 1.1  # nobody says "in 10 minutes" for five minutes and ten seconds


def spoken_minutes(seconds: float) -> int | None:
    """The minutes that one would say: a round figure, hardly ever less than it takes; ``None``
    where that is more than a day."""
    return next((step for step in STEPS if seconds <= 60 * step * TOLERATED), None)
