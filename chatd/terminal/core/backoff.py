"""How long to wait before the next attempt to connect: longer each time, never in step."""

from __future__ import annotations

import random

FIRST = 0.5
MOST = 30.0


class Backoff:
    """Doubles from half a second to half a minute; a random half of it is left out, so that a
    thousand clients of a restarted daemon do not come back in the same instant."""

    def __init__(self, dice: random.Random | None = None) -> None:
        self.attempt = 0
        self._dice = dice or random.Random()

    def next(self) -> float:
        """Seconds until the next attempt."""
        ceiling: float = min(MOST, FIRST * 2 ** min(self.attempt, 16))
        self.attempt += 1
        return ceiling * (0.5 + self._dice.random() / 2)

    def reset(self) -> None:
        """The next wait is a short one again."""
        self.attempt = 0
