"""At what pace the queue moves: the time between two acceptances, lately."""

from __future__ import annotations

from chatd.domain.queue import FIRST_GUESS_S, smoothed


class Pace:
    """A moving average of the seconds between two acceptances while somebody waited.

    ``moved``: places have changed since those who wait were last told.
    """

    def __init__(self) -> None:
        self._average: float | None = None
        self._last: float | None = None
        self.moved = False

    def accepted(self, now: float, waited_s: float) -> None:
        """A ticket was accepted; a queue that stood empty in between does not count as slow."""
        between = waited_s if self._last is None else min(now - self._last, waited_s)
        self._average = smoothed(self._average, max(1.0, between))
        self._last = now

    @property
    def seconds(self) -> float:
        """Seconds between two acceptances."""
        return FIRST_GUESS_S if self._average is None else self._average
