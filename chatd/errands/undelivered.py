"""Which errands wait, failed, were dropped: found without the files of all that was delivered."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import NamedTuple

from chatd.domain.errand import Errand, State

MOST = 10_000  # of one target and state, but for what waits: that is bounded where it is made
Age = tuple[str, str]


class Known(NamedTuple):
    """An errand as it was last noted."""

    version: int
    state: State
    target: str
    age: Age


def age(errand: Errand) -> Age:
    """The order in which errands were made."""
    return errand.created_at, errand.id


class Undelivered:
    """Ids in memory, by state and target, of each as many as there is room for, the newest.
    ``whole``: what there was before this start is known, too."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[str, Known] = {}
        self._ages: dict[tuple[State, str], list[Age]] = {}
        self._ends: dict[tuple[State, str], Age] = {}
        self.whole = False

    def __len__(self) -> int:
        return len(self._known)

    def note(self, errand: Errand) -> None:
        """An errand as it is by now; what is older than what is known of it says nothing."""
        before = self._known.get(errand.id)
        if before and before.version > errand.version:
            return
        self.forget(errand.id)
        if errand.state == "delivered":
            return
        own = errand.state, errand.target
        self._known[errand.id] = Known(errand.version, *own, age(errand))
        ages = self._ages.setdefault(own, [])
        insort(ages, age(errand))
        if not errand.waits and len(ages) > self._most:
            self._ends[own] = ages[0]
            self.forget(ages[0][1])

    def forget(self, id: str) -> None:
        """An errand that is gone."""
        if known := self._known.pop(id, None):
            own = known.state, known.target
            ages = self._ages[own]
            del ages[bisect_left(ages, known.age)]
            if not ages:
                del self._ages[own]

    def newest_first(self, state: State, target: str | None, before: Age | None) -> Iterator[Age]:
        """Those in a state, to one target or to all, that are older than ``before``, as far back as
        all of them are known; what is older yet is in the files alone."""
        ends = self._ends_of(state, target)
        lists = [
            ages[: None if before is None else bisect_left(ages, before)]
            for (of, to), ages in self._ages.items()
            if of == state and target in (None, to)
        ]
        for one in heapq.merge(*map(reversed, lists), reverse=True):
            if any(one <= end for end in ends):
                return
            yield one

    def has_all(self, state: State, target: str | None) -> bool:
        """Whether none of those was forgotten for want of room."""
        return not self._ends_of(state, target)

    def _ends_of(self, state: State, target: str | None) -> list[Age]:
        """The newest that was forgotten, of each target."""
        return [end for (of, to), end in self._ends.items() if of == state and target in (None, to)]
