"""At what pace a line of the queue moves, and what those who wait were last told of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import fmean

from chatd.domain.queue import FIRST_GUESS_S, expected_wait

REMEMBERED = 20


class QueuePace:
    """The last seconds between two acceptances of each line, while somebody waited in it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._samples: dict[str, deque[float]] = {}
        self._last: dict[str, float] = {}

    def note_acceptance(self, line: str, waited_s: float) -> None:
        """A ticket was accepted; a queue that stood empty in between does not count as slow."""
        now = self._clock()
        last = self._last.get(line)
        between = waited_s if last is None else min(now - last, waited_s)
        self._samples.setdefault(line, deque(maxlen=REMEMBERED)).append(max(1.0, between))
        self._last[line] = now

    def seconds(self, line: str) -> float:
        """Seconds between two acceptances, lately."""
        samples = self._samples.get(line)
        return fmean(samples) if samples else FIRST_GUESS_S

    def expect(self, line: str, place: int, first_waits_s: float) -> float:
        """Seconds until this place is served: never less than nothing has moved by now.
        ``first_waits_s``: how long the first of the line has waited."""
        still = first_waits_s
        if (last := self._last.get(line)) is not None:
            # A line that stood empty meanwhile was not slow.
            still = min(self._clock() - last, first_waits_s + FIRST_GUESS_S)
        return expected_wait(place, self.seconds(line), still)


class Places:
    """What those who wait were last told, so that nobody is told the same again."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[object, ...]] = {}
        self._next = 0

    def is_news(self, ticket_id: str, *what: object) -> bool:
        """True when it is not what was told last; remembers it."""
        if self._told.get(ticket_id) == what:
            return False
        self._told[ticket_id] = what
        return True

    def forget(self, ticket_id: str) -> None:
        """Does not wait any more."""
        self._told.pop(ticket_id, None)

    def take_turns(self, length: int, count: int) -> int:
        """Where the next of a list begin."""
        first = self._next if self._next < length else 0
        self._next = first + count
        return first
