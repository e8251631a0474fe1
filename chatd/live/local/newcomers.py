"""Who was new moments ago: a first request that is sent again, its answer lost, finds them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice

from chatd.domain.participant import Newcomer
from chatd.domain.times import to_epoch

KEPT_S = 600.0
MOST = 10_000


class Newcomers:
    """The stored ones by the request that made them; the oldest are forgotten first."""

    def __init__(self, stored: Iterable[Newcomer] = ()) -> None:
        self._known = OrderedDict(
            (one.id, one) for one in sorted(stored, key=lambda one: one.created_at)
        )

    def participant_of(self, request: str, now: float) -> str | None:
        """The participant whom this request made, if that was lately."""
        known = self._known.get(request)
        return known.participant if known and not late(known, now) else None

    def choose_outdated(self, now: float) -> list[str]:
        """Whose time is over, and who makes room for one more; a few of them at a time."""
        over = max(0, len(self._known) + 1 - MOST)
        first = islice(self._known.values(), over + 10)
        return [one.id for at, one in enumerate(first) if at < over or late(one, now)]

    def add(self, newcomer: Newcomer, forgotten: Iterable[str]) -> None:
        """Somebody new is stored, and these are no longer."""
        for id in forgotten:
            self._known.pop(id, None)
        self._known[newcomer.id] = newcomer


def late(newcomer: Newcomer, now: float) -> bool:
    """Whether this was too long ago."""
    return now - to_epoch(newcomer.created_at) >= KEPT_S
