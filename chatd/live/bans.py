"""Who is kept out, ready to be asked for every command: addresses, networks, participants."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from chatd.domain.participant import Ban
from chatd.domain.times import to_text


class Bans:
    """The bans of the store in memory; one that has run out no longer holds."""

    def __init__(self, bans: Iterable[Ban]) -> None:
        self._participants: dict[str, Ban] = {}
        self._networks: dict[IPv4Network | IPv6Network, Ban] = {}
        for ban in bans:
            self.add(ban)

    def add(self, ban: Ban) -> None:
        """From now on."""
        if ban.kind == "participant":
            self._participants[ban.id] = ban
        else:
            self._networks[ip_network(ban.id)] = ban

    def remove(self, ban: Ban) -> None:
        """No longer."""
        if ban.kind == "participant":
            self._participants.pop(ban.id, None)
        else:
            self._networks.pop(ip_network(ban.id), None)

    def against(self, address: str, participant_id: str, now: float) -> Ban | None:
        """The ban that keeps this address or participant out, if one holds."""
        ban = self._participants.get(participant_id) or self._network_ban(address)
        return ban if ban and holds(ban, now) else None

    def holding(self, now: float) -> list[Ban]:
        """All that hold, in the order of their targets."""
        everything = [*self._networks.values(), *self._participants.values()]
        return sorted((ban for ban in everything if holds(ban, now)), key=lambda ban: ban.id)

    def _network_ban(self, address: str) -> Ban | None:
        if not self._networks:
            return None
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        return next((ban for network, ban in self._networks.items() if parsed in network), None)


def holds(ban: Ban, now: float) -> bool:
    """Whether a ban has not run out."""
    return ban.expires_at is None or ban.expires_at > to_text(now)
