"""Everybody's colour: no two alike among those who are here, while there are enough."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

DARK = (
    *("#7dcfff", "#9ece6a", "#e0af68", "#bb9af7", "#f7768e", "#73daca"),
    *("#ff9e64", "#7aa2f7", "#f29ce0", "#d7e265"),
)
LIGHT = (
    *("#006a83", "#33691e", "#8f5e15", "#6a3fb5", "#b3261e", "#00695c"),
    *("#a04000", "#1a56b0", "#9c2780", "#5f6400"),
)
REMEMBERED = 1_000


class Palette:
    """Everybody has the colour of their id; of two who are here with the same one, the second gets
    another, and keeps it."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}
        self._here: frozenset[str] = frozenset()

    def colour(self, participant_id: str, *, dark: bool) -> str:
        """Somebody's colour on a dark or a light ground."""
        index = self._given.get(participant_id)
        return (DARK if dark else LIGHT)[hue_of(participant_id) if index is None else index]

    def seat(self, present: Iterable[str]) -> bool:
        """These are here now; True when somebody's colour has changed."""
        before, here, taken = dict(self._given), self._here, set[int]()
        self._here = frozenset(present)
        for one in sorted(self._here, key=lambda one: (one not in here, one not in before, one)):
            index = self._given.pop(one, hue_of(one))
            self._given[one] = next((free for free in hues_from(index) if free not in taken), index)
            taken.add(self._given[one])
        while len(self._given) > max(REMEMBERED, len(taken)):
            del self._given[next(iter(self._given))]
        return any(before.get(one, hue_of(one)) != index for one, index in self._given.items())


def hue_of(participant_id: str) -> int:
    """The colour of an id: the same on every screen and every day."""
    return zlib.crc32(participant_id.encode("utf-8", "replace")) % len(DARK)


def hues_from(index: int) -> Iterable[int]:
    """All colours, from one on."""
    return ((index + step) % len(DARK) for step in range(len(DARK)))
