"""Which rooms have so many people that only their number is told."""

from __future__ import annotations

from collections.abc import Iterator


class Crowds:
    """Rooms that are a crowd, and whether anybody came or went there since it was told."""

    def __init__(self) -> None:
        self._moved: dict[str, bool] = {}

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._moved

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._moved))

    def move(self, room_id: str) -> None:
        """Somebody came or went; the room is a crowd from now on if it was none."""
        self._moved[room_id] = True

    def settle(self, room_id: str) -> bool:
        """How many are there is told now; True when they are not as many, or others, than when it
        was told last."""
        moved, self._moved[room_id] = self._moved[room_id], False
        return moved

    def end(self, room_id: str) -> None:
        """A crowd no longer."""
        del self._moved[room_id]
