"""How many sockets may be open, in all and per address, whatever is spoken over them.

Who waits longest without having asked anything gives way to a newcomer, so that idle sockets take
nobody's place; those who ask in excess are let in only to be told so, or that the daemon lives.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable

SPARE = 32


class Place:
    """One connection's. ``network``: what it counts for, ``""`` when a proxy has yet to say."""

    __slots__ = ("hang_up", "network")

    def __init__(self, network: str, hang_up: Callable[[], None]) -> None:
        self.network = network
        self.hang_up = hang_up


class Places:
    """``most`` places, and SPARE for who comes in excess; ``each`` for one network."""

    def __init__(self, most: int, each: int) -> None:
        self.most, self.each = most, each
        self._waiting: OrderedDict[Place, None] = OrderedDict()
        self._waiting_from: dict[str, OrderedDict[Place, None]] = {}
        self._networks: Counter[str] = Counter()
        self.taken = 0
        self.given_way = 0

    def come(self, network: str, hang_up: Callable[[], None]) -> Place | None:
        """A new connection's place; ``None`` when there is none."""
        if network and self._networks[network] >= self.each:
            self._give_way(self._waiting_from.get(network, OrderedDict()))
        if self.taken >= self.most:
            self._give_way(self._waiting)
        if self.taken >= self.most + SPARE:
            return None
        place = Place(network, hang_up)
        self.taken += 1
        self._count(network, 1)
        return place

    def leave(self, place: Place) -> None:
        """The connection has ended."""
        self.asks(place)
        if place.hang_up is not no_hang_up:
            self._let_go(place)

    def waits(self, place: Place) -> None:
        """It has asked nothing yet, or nothing again."""
        if place.hang_up is not no_hang_up:
            self._waiting[place] = None
            self._waiting_from.setdefault(place.network, OrderedDict())[place] = None

    def asks(self, place: Place) -> None:
        """A request is there."""
        if place in self._waiting:
            del self._waiting[place]
            waiting = self._waiting_from[place.network]
            del waiting[place]
            if not waiting:
                del self._waiting_from[place.network]

    def belongs(self, place: Place, network: str) -> None:
        """Whose request it is that has come through a proxy."""
        if place.network != network and place.hang_up is not no_hang_up:
            self._count(place.network, -1)
            self._count(network, 1)
            place.network = network

    @property
    def full(self) -> bool:
        """Whether somebody is here in excess."""
        return self.taken > self.most

    def too_many(self, network: str) -> bool:
        """Whether somebody of this network is here in excess."""
        return self._networks[network] > self.each

    def _give_way(self, waiting: OrderedDict[Place, None]) -> None:
        if waiting:
            place = next(iter(waiting))
            self.asks(place)
            self.given_way += 1
            hang_up = place.hang_up
            self._let_go(place)
            hang_up()

    def _let_go(self, place: Place) -> None:
        self.taken -= 1
        self._count(place.network, -1)
        place.hang_up = no_hang_up

    def _count(self, network: str, change: int) -> None:
        if network:
            self._networks[network] += change
            if not self._networks[network]:
                del self._networks[network]


def no_hang_up() -> None:
    """It has no place any more."""
