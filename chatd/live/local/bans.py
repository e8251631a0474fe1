"""Who is kept out, ready to be asked for every command: addresses, networks, participants."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from operator import attrgetter

from chatd.domain.addresses import parse
from chatd.domain.bans import holds, networks_of, refusal
from chatd.domain.participant import Ban
from chatd.domain.times import to_text

FOREVER = "~"  # later than every time as text
Prefix = tuple[int, int]


class Bans:
    """The bans of the store in memory; one that has run out no longer holds. Networks are found by
    their length, so that as many as there may be cost one lookup for each length that is used."""

    def __init__(self, bans: Iterable[Ban]) -> None:
        self._by_id: dict[str, Ban] = {}
        self._networks: dict[Prefix, dict[int, dict[str, Ban]]] = {}
        for ban in bans:
            self.add(ban)

    def add(self, ban: Ban) -> None:
        """From now on, in place of an earlier one of the same target."""
        self._drop(ban)
        self._by_id[ban.id] = ban
        for network in networks_of(ban):
            first = int(network.network_address)
            bans = self._networks.setdefault((network.version, network.prefixlen), {})
            bans.setdefault(first, {})[ban.id] = ban

    def remove(self, ban: Ban) -> None:
        self._drop(ban)

    def _drop(self, ban: Ban) -> None:
        old = self._by_id.pop(ban.id, None)
        for network in networks_of(old) if old else ():
            length, first = (network.version, network.prefixlen), int(network.network_address)
            del self._networks[length][first][ban.id]
            if not self._networks[length][first]:
                del self._networks[length][first]
            if not self._networks[length]:
                del self._networks[length]

    def against(self, address: str, participant_id: str, now: float) -> Ban | None:
        """The ban that keeps this address or participant out; of several the one that holds for
        longest."""
        if not self._by_id:
            return None
        concerned = [ban for ban in self._concerning(address, participant_id) if holds(ban, now)]
        return max(concerned, key=lambda ban: ban.expires_at or FOREVER, default=None)

    def check(self, address: str, participant_id: str, now: float) -> None:
        """Raises Banned, saying until when."""
        if ban := self.against(address, participant_id, now):
            raise refusal(ban)

    def holding(self, now: float, after: str = "", most: int | None = None) -> list[Ban]:
        """Those that hold, in the order of their targets, behind one; of very many the first."""
        moment = to_text(now)
        found = (
            ban
            for ban in self._by_id.values()
            if ban.id > after and (ban.expires_at or FOREVER) > moment
        )
        key = attrgetter("id")
        return sorted(found, key=key) if most is None else heapq.nsmallest(most, found, key=key)

    def over(self, now: float) -> list[Ban]:
        """Those that have run out."""
        return [ban for ban in self._by_id.values() if not holds(ban, now)]

    def _concerning(self, address: str, participant_id: str) -> Iterator[Ban]:
        own = self._by_id.get(participant_id)
        if own and own.kind == "participant":
            yield own
        found = parse(address) if self._networks else None
        if found is None:
            return
        number, bits = int(found), found.max_prefixlen
        for (version, length), bans in self._networks.items():
            if version == found.version:
                first = number >> (bits - length) << (bits - length)
                yield from bans.get(first, {}).values()
