"""Which rooms somebody sees, without asking each of them again and again."""

from __future__ import annotations

from collections.abc import Mapping

from chatd.domain.place import RoomPlace
from chatd.domain.principal import Principal
from chatd.domain.room import Room

MOST_KINDS = 1_000


class RoomsSeen:
    """Rooms look at little of who asks: all of one site, say, see the same. So they are asked once
    for all of a kind, until there are other rooms."""

    def __init__(self) -> None:
        self._rooms: Mapping[str, Room] = {}
        self._seen: dict[object, tuple[str, ...]] = {}

    def of(self, rooms: Mapping[str, Room], who: Principal) -> tuple[str, ...]:
        """Those that somebody sees, and that ask visitors for no password."""
        if rooms is not self._rooms or len(self._seen) >= MOST_KINDS:
            self._rooms, self._seen = rooms, {}
        kind = (who.kind, who.site, who.account is None, who.sites)
        if kind not in self._seen:
            self._seen[kind] = tuple(
                room.id
                for room in rooms.values()
                if RoomPlace(room.id, room).relation(who) != "stranger"
                and (who.is_staff or not room.lock)
            )
        return self._seen[kind]
