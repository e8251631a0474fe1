"""How long customers waited for their first answer lately, site by site."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from heapq import heappop, heappush
from statistics import median

WEEK_S = 7 * 86_400.0
REMEMBERED = 1_000
LEAST = 5


class Answers:
    """Of each site the first answers of the last week, of very many the last 1,000: in the order of
    their times, and of how long they took, so that neither is looked for when somebody asks."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._sites: dict[str, Waits] = {}

    def note(self, site: str, episode_id: str, at: float, waited_s: float) -> None:
        """A customer got the first answer to a request; twice is once."""
        if self._now() - WEEK_S < at:
            self._sites.setdefault(site, Waits()).add(at, episode_id, max(0.0, waited_s))

    def usual_s(self, site: str) -> float | None:
        """The seconds that half of them were answered within; ``None`` where these are too few."""
        waits = self._sites.get(site)
        if waits is None:
            return None
        waits.drop_until(self._now() - WEEK_S)
        return median(waits.sorted) if len(waits.sorted) >= LEAST else None


class Waits:
    """Those of one site."""

    def __init__(self) -> None:
        self.sorted: list[float] = []
        self._oldest_first: list[tuple[float, str, float]] = []
        self._known: set[str] = set()

    def add(self, at: float, id: str, waited_s: float) -> None:
        """One more, unless it is known."""
        if id in self._known:
            return
        self._known.add(id)
        heappush(self._oldest_first, (at, id, waited_s))
        insort(self.sorted, waited_s)
        if len(self.sorted) > REMEMBERED:
            self._drop_oldest()

    def drop_until(self, at: float) -> None:
        """Those that are older are no matter any more."""
        while self._oldest_first and self._oldest_first[0][0] <= at:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, id, waited_s = heappop(self._oldest_first)
        self._known.discard(id)
        del self.sorted[bisect_left(self.sorted, waited_s)]
