"""The connections of this process, found by id and by participant."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence

from chatd.domain.network import network_of
from chatd.domain.principal import ANONYMOUS, Principal
from chatd.live.connections import Connection

WHEREABOUTS = 10_000


class Connections:
    """All live connections, found by id and by participant. ``dropped``: how many
    events those that have ended were not told."""

    def __init__(self) -> None:
        self._by_id: dict[str, Connection] = {}
        self._by_participant: dict[str, dict[str, Connection]] = {}
        self._whereabouts: OrderedDict[str, tuple[str, float | None]] = OrderedDict()
        self.opened = 0
        self.replaced = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._by_id.values()))

    def add(self, connection: Connection) -> None:
        """A connection that has just been made; nobody is identified on it yet."""
        self._by_id[connection.id] = connection
        self.opened += 1

    def remove(self, connection: Connection) -> None:
        """A connection that has ended."""
        self._forget(connection)
        if self._by_id.pop(connection.id, None) is None:
            return
        self.dropped += connection.traffic().get("dropped", 0)

    def get(self, id: str) -> Connection | None:
        return self._by_id.get(id)

    def of(self, participant_id: str) -> list[Connection]:
        """The connections of a participant."""
        return list(self._by_participant.get(participant_id, {}).values())

    def has(self, participant_id: str, *, but: Connection | None = None) -> bool:
        """Whether a participant has a connection, but for one."""
        own = self._by_participant.get(participant_id, {})
        return len(own) > (but is not None and but.id in own)

    def has_elsewhere(self, participant_id: str) -> bool:
        """There is nowhere else."""
        return False

    def is_live(self, participant_id: str, connection_id: str) -> bool:
        """Whether somebody still has this connection."""
        return connection_id in self._by_participant.get(participant_id, {})

    def elsewhere(self) -> Sequence[tuple[str, str]]:
        """There is no other process."""
        return ()

    def note_seen(self, participant_id: str, address: str, at: float) -> None:
        """Somebody asked something from there; of very many the latest are remembered."""
        self._remember(participant_id, address, at)

    def last_seen(self, participant_id: str) -> float | None:
        """When somebody asked something without a connection."""
        return self._whereabouts.get(participant_id, ("", None))[1]

    def _remember(self, participant_id: str, address: str, at: float | None) -> None:
        self._whereabouts[participant_id] = address, at
        self._whereabouts.move_to_end(participant_id)
        if len(self._whereabouts) > WHEREABOUTS:
            self._whereabouts.popitem(last=False)

    def networks(self, participant_id: str) -> list[str]:
        """Where a participant is connected from, or was lately seen."""
        addresses = [one.address for one in self.of(participant_id)]
        addresses += [
            address for address, _ in filter(None, [self._whereabouts.get(participant_id)])
        ]
        return sorted(set(map(network_of, addresses)))

    def identify(self, connection: Connection, principal: Principal, key: str) -> Connection | None:
        """Somebody said who they are; returns the connection that this one replaces.

        ``key``: token and device, which no two connections have at once.
        """
        self._forget(connection)
        old = next((one for one in self.of(principal.id) if one.key == key), None)
        connection.principal, connection.key, connection.wrote = principal, key, False
        self._by_participant.setdefault(principal.id, {})[connection.id] = connection
        self.replaced += old is not None
        self._remember(principal.id, connection.address, self.last_seen(principal.id))
        return old

    def clear(self, connection: Connection) -> None:
        """Nobody is identified on it any more, until somebody says again who they are."""
        self._forget(connection)
        connection.principal, connection.key, connection.ends_at = ANONYMOUS, "", ""

    def _forget(self, connection: Connection) -> None:
        own = self._by_participant.get(connection.principal.id, {})
        own.pop(connection.id, None)
        if not own:
            self._by_participant.pop(connection.principal.id, None)
